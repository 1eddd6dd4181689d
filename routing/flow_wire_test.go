package routing_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/salesforce"
	"github.com/onward-crm/onward/crm/salesforce/sftest"
	"github.com/onward-crm/onward/routing"
)

// countedFlow is a Flow that notes under which keys it ran, and makes nothing.
type countedFlow struct {
	mu   sync.Mutex
	runs map[string]int
}

func (f *countedFlow) flow() sftest.Flow {
	inputs := []sftest.FlowVariable{{Name: "key"}, {Name: "status"}, {Name: "lastName"}}
	return sftest.Flow{
		Inputs: inputs, Outputs: []sftest.FlowVariable{{Name: "errorMessage"}},
		Run: func(_ context.Context, in map[string]any) (map[string]any, error) {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.runs[fmt.Sprint(in["key"])]++
			return map[string]any{}, nil
		},
	}
}

// TestRT10LostBatchOfRuns hands forty-five moves to a Flow; they leave in three
// calls, and the answer to the second is lost. The first twenty are done. Whether
// the next twenty ran is not known, so somebody looks. The last five never left
// and run later. None runs twice.
func TestRT10LostBatchOfRuns(t *testing.T) {
	for _, lost := range []sftest.FaultKind{sftest.ResetBefore, sftest.ResetAfter, sftest.Truncated} {
		t.Run(string(lost), func(t *testing.T) {
			counted := &countedFlow{runs: map[string]int{}}
			w, server := invokingOverTheWire(t, counted, 45)
			server.Inject(sftest.Fault{Kind: lost, Resource: "actions", Method: http.MethodPost, N: 2})
			if _, err := w.engine.HandleBatch(t.Context(), w.events); !errors.Is(err, crm.ErrUnavailable) {
				t.Fatalf("error %v, want the outage of the runs that wait", err)
			}
			if done, parked, open := w.fates(); done != 20 || parked != 20 || open != 5 {
				t.Errorf("%d done, %d parked, %d waiting; want 20, 20 and 5", done, parked, open)
			}
			w.finishAll()
			if done, parked, open := w.fates(); done != 25 || parked != 20 || open != 0 {
				t.Errorf("in the end %d done, %d parked, %d waiting; want 25, 20 and 0", done, parked, open)
			}
			ran := 45
			if lost == sftest.ResetBefore {
				ran = 25
			}
			if len(counted.runs) != ran {
				t.Errorf("%d moves ran, want %d", len(counted.runs), ran)
			}
			for key, n := range counted.runs {
				if n != 1 {
					t.Errorf("%s ran %d times", key, n)
				}
			}
		})
	}
}

// invokingOverTheWire is a world whose policy hands n moves to a Flow of an org.
func invokingOverTheWire(t *testing.T, f *countedFlow, n int) (*world, *sftest.Server) {
	t.Helper()
	w := scenario(t, "invoke.json", `{"strategy": "flow", "flow": {"direction": "invoke", "name": "Route_Job_Change"}}`)
	for i := range n {
		w.events = append(w.events, routing.Event{
			ID: fmt.Sprint(i), Source: "file:test", Person: routing.Person{FirstName: "P" + letters(i), LastName: "Q" + letters(i*7)},
			To: &routing.Place{Company: "Beta " + letters(i*31), Domain: letters(i) + "-beta.io"},
		})
		w.keys = append(w.keys, routing.DeliveryKey(w.events[i]))
	}
	server := w.onDay(sftest.Options{Flows: map[string]sftest.Flow{"Route_Job_Change": f.flow()}}, 1)
	org, ok := w.driver.(*salesforce.Org)
	if !ok {
		t.Fatalf("the driver is a %T", w.driver)
	}
	deps := w.deps()
	deps.Flow = org
	var err error
	if w.engine, err = routing.New(w.config("invoke.json"), deps, w.options()); err != nil {
		t.Fatal(err)
	}
	return w, server
}

// fates counts the moves that are done, those that are parked because nobody knows
// whether the Flow ran, and those that wait.
func (w *world) fates() (done, parked, open int) {
	w.t.Helper()
	for _, key := range w.keys {
		r := w.record(key)
		switch {
		case !r.Status.Terminal():
			open++
		case r.Outcome.Status == routing.StatusDone:
			done++
		case r.Outcome.Reason == routing.ReasonFlowFailed && r.Outcome.Error != "":
			parked++
		default:
			w.t.Errorf("%s: %s %s %s", key, r.Outcome.Status, r.Outcome.Reason, r.Outcome.Error)
		}
	}
	return done, parked, open
}
