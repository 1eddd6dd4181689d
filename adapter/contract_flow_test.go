package adapter

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/crmtest"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/routing"
)

// The cases of Salesforce's routes, as they are written. Each begins with an empty
// store.
func TestContractFlow(t *testing.T) {
	for name, change := range map[string][]func(*flowBench){
		"D01": nil, "D04": nil, "D05": nil, "D06": nil, "D08": nil, "D12": nil,
		"D09": {twoNewCos},
		"D10": {alreadyThere},
		"D11": {failing(crmtest.Fault{Call: crmtest.AnyCall, Kind: crmtest.Quota, Sticky: true})},
	} {
		t.Run(name, func(t *testing.T) {
			b, c := newFlowBench(t, change...), readCase(t, name)
			b.check(c, b.exchange(c))
		})
	}
}

// twoNewCos puts two accounts of one company into the CRM, parent and child.
func twoNewCos(b *flowBench) {
	b.cfg.Strategy = routing.StrategyContactAndAccount
	b.cfg.Matching.Hierarchy, b.cfg.Matching.TieBreakers = matching.HierarchyAmbiguous, []matching.TieBreaker{}
	f := crm.Fields{"Name": "NewCo", "Website": "newco.example"}
	parent, err := b.db.Add(crm.ObjectAccount, f)
	if err != nil {
		b.t.Fatal(err)
	}
	f["ParentId"] = parent
	if _, err := b.db.Add(crm.ObjectAccount, f); err != nil {
		b.t.Fatal(err)
	}
}

// alreadyThere is a lead that only the CRM's own rule takes for the person.
func alreadyThere(b *flowBench) {
	b.cfg.DuplicateRules.EnrichOnBlock = true
	lead := crm.Record{Object: crm.ObjectLead, ID: flowLead, Fields: crm.Fields{"LastName": "Leigh", "Company": "Other", "Title": "VP Sales"}}
	if err := b.db.Put(lead); err != nil {
		b.t.Fatal(err)
	}
	b.db.AddDuplicateRule(memcrm.DuplicateRule{
		Name: "Standard_Lead_Duplicate_Rule", Object: crm.ObjectLead, Fields: []string{"Title"}, Block: true,
	})
}

func TestContractD02RequestAgain(t *testing.T) {
	b := newFlowBench(t)
	first, again := readCase(t, "D01"), readCase(t, "D02")
	b.check(first, b.exchange(first))
	effects := len(b.db.Effects())
	b.check(again, b.exchange(again))
	if n := len(b.db.Effects()); n != effects {
		t.Errorf("%d more writes", n-effects)
	}
}

// unread is a body that must not be read.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, nil
}

func TestContractD03SameBytesForEveryKeyThatIsNone(t *testing.T) {
	b, c := newFlowBench(t), readCase(t, "D03")
	missing := b.exchange(c)
	b.check(c, missing)
	for name, value := range map[string]string{"unknown": "sfk_nobody_has", "revoked": "sfk_previous", "empty": ""} {
		b.now = func() time.Time { return time.UnixMilli(contractClock).Add(2 * time.Hour) }
		got := b.send(c.req.URI, unread{t}, map[string]string{"X-API-Key": value})
		if got.Code != missing.Code || got.Body.String() != missing.Body.String() || got.Header().Get("WWW-Authenticate") != "ApiKey" {
			t.Errorf("%s: %d %s", name, got.Code, got.Body)
		}
	}
}

func TestContractD07BodyOverTheLimit(t *testing.T) {
	b, c := newFlowBench(t), readCase(t, "D07")
	large := `{"requestId":"` + strings.Repeat("x", 1<<20) + `"}`
	for name, hide := range map[string]bool{"told": false, "chunked": true} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(c.req.Method, c.req.URI, strings.NewReader(large))
			if hide {
				r.ContentLength = -1
			}
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("X-API-Key", "sfk_current")
			w := httptest.NewRecorder()
			b.Handler().ServeHTTP(w, r)
			b.check(c, w)
		})
	}
}
