package salesforce

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"sync"
	"testing"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/crm/salesforce/sftest"
)

// postman counts how often each body with records is sent.
type postman struct {
	mu   sync.Mutex
	sent map[string]int
}

// follow lets the server tell what comes in.
func follow(s *sftest.Server) *postman {
	p := &postman{sent: map[string]int{}}
	s.Inject(sftest.Fault{Kind: sftest.Hooked, Resource: "composite/sobjects", Match: func(_, _ string, body []byte) bool {
		if bytes.Contains(body, []byte(`"records"`)) {
			p.mu.Lock()
			p.sent[string(body)]++
			p.mu.Unlock()
		}
		return false
	}})
	return p
}

// deliveries is what was sent and how often. The server may still be busy with a
// request whose client has seen its connection break.
func (p *postman) deliveries() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.sent)
}

// TestP05TransportSendsAWriteOnce: whatever becomes of the answer, below the CRM
// client nobody sends a write again. The client alone may, once it has asked whether
// the first has landed: a create in an org that has no field for our key would else
// be there twice.
func TestP05TransportSendsAWriteOnce(t *testing.T) {
	lost := []sftest.Fault{
		{Kind: sftest.HTML, Status: http.StatusBadGateway}, {Kind: sftest.Refused, Status: http.StatusInternalServerError, Code: "UNKNOWN_EXCEPTION"},
		{Kind: sftest.Refused}, {Kind: sftest.Refused, Status: http.StatusTooManyRequests}, {Kind: sftest.Concurrency},
	}
	for _, kind := range lossKinds() {
		lost = append(lost, sftest.Fault{Kind: kind})
	}
	for kind, writes := range kindsOfWrites() {
		for _, f := range lost {
			t.Run(fmt.Sprintf("%s, %s %d", kind, f.Kind, f.Status), func(t *testing.T) {
				t.Parallel()
				s, g := local(t, nil)
				batch := writes(t, s.CRM())
				p := follow(s)
				f.Resource = "composite/sobjects"
				s.Inject(f)
				_, _ = g.Write(t.Context(), batch) // what it says is the subject of other tests
				sent := p.deliveries()
				if len(sent) == 0 {
					t.Fatal("nothing was sent")
				}
				for body, n := range sent {
					if n != 1 {
						t.Errorf("sent %d times: %s", n, body)
					}
				}
			})
		}
	}
}

// TestP05LostCreateWithoutAKey: of a create without a key in the CRM whose answer is
// lost there is one record, or it is left to a person.
func TestP05LostCreateWithoutAKey(t *testing.T) {
	names := crm.DefaultNames()
	names.Keyless = []crm.Object{crm.ObjectContact}
	for _, kind := range lossKinds() {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			s, _ := local(t, &sftest.Options{CRM: memcrm.New(&memcrm.Options{Names: names})})
			g, err := Open(t.Context(), Options{Instance: s.URL, Login: ClientCredentials{ID: s.ClientID(), Secret: s.ClientSecret()}, Names: names})
			if err != nil {
				t.Fatal(err)
			}
			defer g.Close()
			s.Inject(sftest.Fault{Kind: kind, Resource: "composite/sobjects"})
			w := newWrite(1, crm.VerbCreate, crm.ObjectContact, crm.Fields{"FirstName": "Ann", "LastName": "Lee"})
			results, err := hurried(t, g).Apply(t.Context(), []crm.Write{w})
			if n := len(s.CRM().Records(crm.ObjectContact)); n > 1 || n == 0 && err == nil && results[0].Err == nil {
				t.Errorf("%d records, %+v, %v", n, results, err)
			}
		})
	}
}
