package routing_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/routing"
)

// flowScript is a Flow that answers by script and remembers what it was asked.
type flowScript struct {
	shape   crm.FlowShape
	outputs map[string]string
	fails   error // of a run
	broken  error // of a call
	asked   []map[string]string
}

func (f *flowScript) DescribeFlow(_ context.Context, name string) (crm.FlowShape, error) {
	if name != "Route_Job_Change" {
		return crm.FlowShape{}, crm.ErrNotFound
	}
	return f.shape, nil
}

func (f *flowScript) InvokeFlow(_ context.Context, _ string, inputs []map[string]string) ([]crm.FlowResult, error) {
	f.asked = append(f.asked, inputs...)
	if f.broken != nil {
		return nil, f.broken
	}
	out := make([]crm.FlowResult, len(inputs))
	for i := range out {
		out[i] = crm.FlowResult{Outputs: f.outputs, Err: f.fails}
	}
	return out, nil
}

// invoking is a world whose policy hands Jane's move from Acme to Beta to a Flow.
func invoking(t *testing.T, f *flowScript) *world {
	t.Helper()
	w := scenario(t,
		"Account.csv", "Id,Name,Website,OwnerId\n@A1,Acme Inc,acme.com,@U1\n@A2,Beta Ltd,beta.io,@U2\n",
		"Contact.csv", "Id,FirstName,LastName,Email,AccountId,OwnerId\n@C1,Jane,Doe,jane@acme.com,@A1,@U1\n@C5,J,D,,@A2,@U2\n",
		"invoke.json", `{"strategy": "flow", "flow": {"direction": "invoke", "name": "Route_Job_Change"}}`,
		"events.jsonl", `{"person": {"full_name": "Jane Doe", "crm_id": "@C1"}, "to": {"company": "Beta", "domain": "beta.io"}}`)
	deps := w.deps()
	deps.Flow = f
	e, err := routing.New(w.config("invoke.json"), deps, w.options())
	if err != nil {
		t.Fatal(err)
	}
	w.engine = e
	return w
}

func TestRT10InvokedFlowWrites(t *testing.T) {
	f := &flowScript{outputs: map[string]string{"contactId": id("C5"), "accountId": id("A2"), "note": "by us"}}
	w := invoking(t, f)
	w.run()
	w.run() // delivered again: nothing is repeated
	if len(f.asked) != 1 {
		t.Fatalf("the Flow ran %d times", len(f.asked))
	}
	for name, want := range map[string]string{
		"accountId": id("A2"), "accountStatus": "auto", "pastContactId": id("C1"), "pastAccountId": id("A1"), "ownerId": id("U2"),
		"lastName": "Doe", "company": "Beta", "duplicateId": "", "requestId": "1", "status": "done",
	} {
		if got := f.asked[0][name]; got != want {
			t.Errorf("input %s = %q, want %q", name, got, want)
		}
	}
	if f.asked[0]["key"] == "" {
		t.Error("the Flow got no key to write with")
	}
	w.demand(`
1.status = done
1.what = handed_to_flow
1.reason = flow_invoke
1.contact = @C5
1.account = @A2
1.credits = 1
1.dri.joins = @U2
1.dri.leaves = @U1
1.event.Contact__c = @C5
crm.@C1.Left_Company__c = true
crm.created.Contact = 0`)
	if got := w.record(w.keys[0]).Outcome.Flow["note"]; got != "by us" {
		t.Errorf("output note = %q", got)
	}
}

func TestRT10InvokedFlowFails(t *testing.T) {
	for name, f := range map[string]*flowScript{
		"the run fails":         {fails: errors.New("FLOW_EXCEPTION")},
		"it gives out an error": {outputs: map[string]string{"errorMessage": "no"}},
		"the answer is lost":    {broken: crm.ErrUnknownOutcome},
	} {
		w := invoking(t, f)
		w.run()
		w.demand("1.status = parked\n1.what = refused\n1.reason = flow_failed\n1.credits = 0\n1.contact =\ncrm.@C1.Left_Company__c = true")
		if w.finishAll(); len(f.asked) != 1 {
			t.Errorf("%s: the Flow ran %d times", name, len(f.asked))
		}
	}
}

func TestRT10InvokedFlowIsAway(t *testing.T) {
	f := &flowScript{broken: crm.ErrUnavailable}
	w := invoking(t, f)
	if err := w.handle("1"); !errors.Is(err, crm.ErrUnavailable) {
		t.Fatalf("error %v", err)
	}
	w.demand("1.state = accepted\n1.note = waiting_for_crm")
	f.broken, f.outputs = nil, map[string]string{"contactId": id("C5")}
	w.finishAll()
	w.demand("1.status = done\n1.contact = @C5\n1.credits = 1")
	if len(f.asked) != 2 {
		t.Errorf("the Flow was asked %d times, want 2", len(f.asked))
	}
}

// TestRT10FlowIsCheckedAtTheStart: a Flow that is not there, or that wants or
// lacks inputs, is found by the check.
func TestRT10FlowIsCheckedAtTheStart(t *testing.T) {
	good := crm.FlowShape{Inputs: []string{"key", "status", "lastName"}, Required: []string{"lastName"}}
	for name, c := range map[string]struct {
		flow routing.FlowInvoker
		flowName,
		path string
	}{
		"all is well":      {&flowScript{shape: good}, "Route_Job_Change", ""},
		"no such Flow":     {&flowScript{shape: good}, "Other", "flow.name"},
		"unknown input":    {&flowScript{shape: crm.FlowShape{Inputs: []string{"key", "status", "x"}, Required: []string{"x"}}}, "Route_Job_Change", "flow.name"},
		"no key":           {&flowScript{shape: crm.FlowShape{Inputs: []string{"status"}}}, "Route_Job_Change", "flow.name"},
		"no Flows at hand": {nil, "Route_Job_Change", "flow.direction"},
	} {
		w := scenario(t)
		cfg := w.config("config.json")
		cfg.Strategy, cfg.Flow.Direction, cfg.Flow.Name = routing.StrategyFlow, routing.FlowInvoke, c.flowName
		paths := checkPaths(t, w, cfg, c.flow)
		if c.path == "" && len(paths) != 0 || c.path != "" && !slices.Equal(paths, []string{c.path}) {
			t.Errorf("%s: problems at %v, want %q", name, paths, c.path)
		}
	}
	w := scenario(t)
	cfg := w.config("config.json")
	cfg.Strategy, cfg.Flow.Direction, cfg.Flow.Name = routing.StrategyFlow, routing.FlowInvoke, "Route_Job_Change"
	if _, err := routing.New(cfg, w.deps(), nil); !errors.Is(err, routing.ErrConfig) {
		t.Errorf("an engine without an invoker: %v", err)
	}
}

// checkPaths are the paths of the problems that Check finds.
func checkPaths(t *testing.T, w *world, cfg routing.Config, flow routing.FlowInvoker) []string {
	t.Helper()
	p, err := routing.NewPolicy(cfg)
	if err != nil {
		t.Fatal(err)
	}
	problems, err := routing.Check(t.Context(), p, crm.NewClient(w.db, noPauses()), flow)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, x := range problems {
		out = append(out, x.Path)
	}
	return out
}
