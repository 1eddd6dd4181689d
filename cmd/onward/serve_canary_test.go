package main

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/salesforce/sftest"
)

// canaries are what must be seen nowhere: each part of a person, in a spelling that
// nothing else has.
var canaries = []string{"Zephyrine", "Quackenbos", "zquackenbos", "zq1", "canary-mail.example", "in/zq-canary-%d", "555-0199-77"}

// aCanary is a person made of canaries.
const aCanary = `"firstName":"Zephyrine","lastName":"Quackenbos","email":"zq%d@canary-mail.example","newEmail":"zq%d@canary-mail.example",` +
	`"linkedInUrl":"https://www.linkedin.com/in/zq-canary-%d","newPhone":"+1 555-0199-77","newCompany":"Beta%d Labs"`

// TestP21NothingLeaks sends people and secrets through the whole program, with faults of
// the org at every kind of call and with requests that are wrong in every way: none of
// it is in the log, in an answer to a sender, in the metrics or in what is printed.
func TestP21NothingLeaks(t *testing.T) {
	org, server := faultyOrg(t, sftest.Options{})
	environ, args := org.serving(t, filepath.Join(t.TempDir(), "onward.db"))
	s := startServing(t, environ, args...)
	for i, kind := range sftest.FaultKinds() {
		if kind != sftest.Slow && kind != sftest.Hooked {
			server.Inject(sftest.Fault{Kind: kind, Resource: []string{"composite", "composite/sobjects", "parameterizedSearch", ""}[i%4], N: 1 + i/4})
		}
	}
	var said strings.Builder
	for _, a := range canaryRequests(s) {
		if a.get("requestId") != decideID { // gives a Flow its own values back, to write them
			said.WriteString(a.String() + "\n")
		}
	}
	eventually(t, "everything has come to an end, or waits", func() bool {
		q := s.send("GET", "/operator/status", "", "Authorization", "Bearer "+testOperator)
		return q.status == http.StatusOK && q.get("queue", "due") == "0" && q.get("queue", "held") == "0"
	})
	if got := s.inbox(testOperator, "list", "--status", "parked"); !strings.Contains(got.stdout, "flow/long") {
		t.Errorf("what Salesforce refuses is not parked: %+v", got)
	}
	if len(server.CRM().Records(crm.ObjectLead)) == 0 {
		t.Error("no person got through: the test tests nothing")
	}
	for _, path := range []string{"/metrics", "/readyz", "/openapi.json", "/openapi-admin.json", "/nowhere/Quackenbos"} {
		said.WriteString(s.send("GET", path, "").String() + "\n")
	}
	if code := s.stop(); code != exit.CodeDone {
		t.Errorf("code %d", code)
	}
	secrets := []string{testFlowKey, testFeedKey, testOperator, testSecret, "not-the-key", org.said["client_secret"], org.said["access_token"]}
	for name, text := range map[string]string{"the log": s.stderr.String(), "an answer": said.String(), "the start": fmt.Sprint(s.said)} {
		for _, canary := range append(secrets, canaries...) {
			for line := range strings.Lines(text) {
				if strings.Contains(strings.ToLower(line), strings.ToLower(canary)) {
					t.Errorf("%s holds %q: %.400s", name, canary, line)
				}
			}
		}
	}
	if !strings.Contains(s.stderr.String(), `"move decided"`) || !strings.Contains(said.String(), "onward_accepted_total") || !strings.Contains(said.String(), "onward_crm_errors_total{") {
		t.Error("the log or the metrics are empty, or no fault was met: the test tests nothing")
	}
}

// decideID is the key of the only request whose answer holds people's values.
const decideID = "decide"

// canaryRequests are right and wrong requests with people in them, from many senders
// at once.
func canaryRequests(s *served) []answer {
	person := func(n int) string { return fmt.Sprintf(aCanary, n, n, n, n) }
	flow := func(path, body string) func() answer { return func() answer { return s.flow(testFlowKey, path, body) } }
	wrong := strings.Replace(person(90), `"newPhone"`, `"shoeSize"`, 1)
	requests := []func() answer{
		flow("match-account", `{"requestId":"m1",`+person(80)+`}`),
		flow("find-duplicates", `{"requestId":"m2",`+person(81)+`}`),
		flow("decide", `{"requestId":"`+decideID+`",`+person(82)+`}`),
		flow("resolve-dri", `{"requestId":"m4",`+person(83)+`}`),
		flow("complete", `{"requestId":"Quackenbos","leadId":"zquackenbos@canary-mail.example","error":"Zephyrine is gone"}`),
		// Salesforce refuses a title that is too long, and quotes it.
		flow("route", `{"requestId":"long",`+person(84)+`,"newTitle":"`+strings.Repeat("Quackenbos ", 14)+`"}`),
		flow("route", `{"requestId":"w1",`+wrong+`}`),
		flow("route", `{"requestId":"w2",`+person(91)+`,"startedOn":"Quackenbos"}`),
		flow("route", `{"requestId":"w3",`+person(92)+`,"pastContactId":"Quackenbos"}`),
		flow("route", `{"requestId":"w4",`+person(93)),
		flow("route", `{"requestId":"w5",`+person(94)+`,"lastName":"Quackenbos"}`),
		flow("route", `{"requestId":"w6","items":[{`+person(95)+`},{"strategy":"Quackenbos",`+person(96)+`}]}`),
		flow("route", `{"requestId":"Quackenbos\u0000",`+person(97)+`}`),
		flow("Quackenbos", `{}`),
		func() answer { return s.flow("not-the-key-of-Quackenbos", "route", `{"requestId":"k",`+person(98)+`}`) },
		func() answer {
			return s.feed(testFeedKey, "/feeds/vendor", "msg_1", `{"person":{"full_name":"Zephyrine Quackenbos","email":"zquackenbos@canary-mail.example"},"to":{"company":"Beta Labs"}}`)
		},
		func() answer {
			return s.feed(testFeedKey, "/feeds/vendor", "msg_2", `{"person":{"full_name":"Zephyrine Quackenbos","shoe_size":1},"to":{}}`)
		},
		func() answer {
			return s.feed("whsec_bm90LXRoZS1zZWNyZXQtb2YtdGhlLWZlZWQh", "/feeds/vendor", "msg_3", `{"person":{"full_name":"Zephyrine Quackenbos"}}`)
		},
		func() answer {
			return s.send("POST", "/operator/search", `{"email":"zquackenbos@canary-mail.example","shoeSize":1}`, "Authorization", "Bearer "+testOperator)
		},
		func() answer {
			return s.send("GET", "/operator/deliveries?Quackenbos=1", "", "Authorization", "Bearer not-the-key-of-Quackenbos")
		},
	}
	for n := range 12 {
		requests = append(requests, flow("route", fmt.Sprintf(`{"requestId":"move-%d",%s}`, n, person(n))))
	}
	out := make([]answer, len(requests))
	var all sync.WaitGroup
	for i, send := range requests {
		all.Go(func() { out[i] = send() })
	}
	all.Wait()
	return out
}
