package sponsor_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/crm/salesforce"
	"github.com/onward-crm/onward/crm/salesforce/sftest"
)

// TestTasksOnceOverTheWire: Salesforce takes the tasks and the answer is lost, or spoilt
// on its way; with a key field and without there is one task for each entity in the end.
func TestTasksOnceOverTheWire(t *testing.T) {
	for _, taskKey := range []string{"Onward_Key__c", ""} {
		for _, kind := range []sftest.FaultKind{"", sftest.ResetBefore, sftest.ResetAfter, sftest.Truncated, sftest.Malformed, sftest.HTML, sftest.Empty} {
			t.Run(fmt.Sprintf("key field %q %s", taskKey, kind), func(t *testing.T) {
				o := &office{stage: newStage(t, oneTask)}
				names := crm.DefaultNames()
				names.TaskKey = taskKey
				clock := func() time.Time { return o.now }
				o.crm = memcrm.New(&memcrm.Options{Names: names, Now: clock, Schemas: sftest.Schemas(names)})
				s := sftest.Start(t, &sftest.Options{CRM: o.crm, Now: clock})
				org, err := salesforce.Open(t.Context(), salesforce.Options{
					Instance: s.URL, Login: salesforce.ClientCredentials{ID: sftest.DefaultClientID, Secret: sftest.DefaultClientSecret}, Names: names, Now: clock,
				})
				o.ok(err)
				t.Cleanup(func() { _ = org.Close() })
				o.owe(names, crm.NewClient(org, impatient()))
				if kind != "" {
					s.Inject(sftest.Fault{Kind: kind, Resource: "composite/sobjects", Method: "POST"})
				}
				o.drain()
				o.wantTasks()
				if n := s.Calls().ByResource["composite/sobjects"]; n < 1 {
					t.Error("nothing was written as it should be, so that nothing went wrong")
				}
			})
		}
	}
}
