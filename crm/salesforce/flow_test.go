package salesforce

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/salesforce/sftest"
)

// The answer is the documented one, with further items in the forms that
// different versions give.
func TestFlowAnswerIsReadLeniently(t *testing.T) {
	body, err := os.ReadFile("testdata/flow_answer.json")
	if err != nil {
		t.Fatal(err)
	}
	answers, ok := flowAnswers(body, 6)
	if !ok {
		t.Fatal("the documented answer is not taken for one")
	}
	got := (&Org{}).flowResults(answers)
	want := map[string]string{"errorMessage": "", "leadId": "00QRM00000AbcDe2AJ", "score": "12.50", "created": "true"}
	if diff := cmp.Diff(want, got[0].Outputs); diff != "" || got[0].Err != nil {
		t.Errorf("first result: err %v, outputs (-want +got):\n%s", got[0].Err, diff)
	}
	for i, class := range []error{nil, crm.ErrDenied, nil, crm.ErrInvalid, crm.ErrUnknownOutcome, crm.ErrInvalid} {
		if !errors.Is(got[i].Err, class) {
			t.Errorf("result %d: %v, want class %v", i, got[i].Err, class)
		}
	}
}

func TestFlowAnswerThatIsNone(t *testing.T) {
	for name, body := range map[string]string{
		"a list of errors": `[{"errorCode":"NOT_FOUND","message":"no"}]`,
		"too few":          `[]`,
		"cut off":          `[{"isSuccess":true}`,
		"more after it":    `[{"isSuccess":true}] x`,
		"an object":        `{"isSuccess":true}`,
	} {
		if _, ok := flowAnswers([]byte(body), 1); ok {
			t.Errorf("%s is taken for an answer", name)
		}
	}
}

func TestFlowInputsAreTyped(t *testing.T) {
	for _, tt := range []struct {
		kind, text string
		occurs     int
		want       any
		ok         bool
	}{
		{kind: "STRING", text: "", want: "", ok: true},
		{kind: "STRING", text: "7", want: "7", ok: true},
		{kind: "BOOLEAN", text: "true", want: true, ok: true},
		{kind: "BOOLEAN", text: "", want: nil, ok: true},
		{kind: "BOOLEAN", text: "maybe"},
		{kind: "NUMBER", text: "12.50", want: "12.50", ok: true},
		{kind: "number", text: "", want: nil, ok: true},
		{kind: "NUMBER", text: "NaN"},
		{kind: "CURRENCY", text: "twelve"},
		{kind: "DATE", text: "2026-11-03", want: "2026-11-03", ok: true},
		{kind: "SOBJECT", text: "x"},
		{kind: "SOBJECT", text: "", want: nil, ok: true},
		{kind: "STRING", occurs: 2000, text: "x"},
	} {
		got, ok := flowVariable{Name: "v", Type: tt.kind, MaxOccurs: tt.occurs}.value(tt.text)
		if s, is := got.(fmt.Stringer); is {
			got = s.String()
		}
		if ok != tt.ok || ok && got != tt.want {
			t.Errorf("%s %q: %v %v, want %v %v", tt.kind, tt.text, got, ok, tt.want, tt.ok)
		}
	}
}

// scored is a Flow that counts its runs and refuses the key "refused".
func scored(runs *atomic.Int64) map[string]sftest.Flow {
	return map[string]sftest.Flow{"Route": {
		Inputs: []sftest.FlowVariable{
			{Name: "key", Required: true}, {Name: "score", Type: sftest.FlowNumber}, {Name: "open", Type: sftest.FlowBoolean},
		},
		Outputs: []sftest.FlowVariable{{Name: "leadId"}, {Name: "twice", Type: sftest.FlowNumber}, {Name: "was", Type: sftest.FlowBoolean}},
		Run: func(_ context.Context, in map[string]any) (map[string]any, error) {
			key, _ := in["key"].(string)
			runs.Add(1)
			if key == "refused" {
				return nil, errors.New("no")
			}
			score, _ := in["score"].(float64)
			return map[string]any{"leadId": "lead of " + key, "twice": 2 * score, "was": in["open"]}, nil
		},
	}}
}

func keys(n int) []map[string]string {
	out := make([]map[string]string, n)
	for i := range out {
		out[i] = map[string]string{"key": strconv.Itoa(i), "score": "1.5", "open": "true", "unheardOf": "x"}
	}
	return out
}

func TestFlowIsDescribed(t *testing.T) {
	s, g := local(t, &sftest.Options{Flows: scored(new(atomic.Int64))})
	got, err := g.DescribeFlow(t.Context(), "Route")
	if err != nil {
		t.Fatal(err)
	}
	want := crm.FlowShape{Inputs: []string{"key", "score", "open"}, Required: []string{"key"}, Outputs: []string{"leadId", "twice", "was"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := g.DescribeFlow(t.Context(), "Absent"); !errors.Is(err, crm.ErrNotFound) {
		t.Errorf("an absent Flow: %v", err)
	}
	before := s.Calls().Total
	for _, name := range []string{"", "a/b", "../limits", "1st", "a b", "a?b"} {
		if _, err := g.DescribeFlow(t.Context(), name); !errors.Is(err, crm.ErrInvalid) {
			t.Errorf("name %q: %v", name, err)
		}
	}
	if s.Calls().Total != before {
		t.Error("a malformed name was sent")
	}
}

func TestFlowRunsAreSentInSmallBatchesPositionally(t *testing.T) {
	var runs atomic.Int64
	s, g := local(t, &sftest.Options{Flows: scored(&runs)})
	got, err := g.InvokeFlow(t.Context(), "Route", keys(45))
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range got {
		want := map[string]string{"leadId": "lead of " + strconv.Itoa(i), "twice": "3", "was": "true"}
		if diff := cmp.Diff(crm.FlowResult{Outputs: want}, r); diff != "" {
			t.Fatalf("result %d (-want +got):\n%s", i, diff)
		}
	}
	if n := s.Calls().Total; len(got) != 45 || runs.Load() != 45 || n != 4 {
		t.Errorf("%d results, %d runs, %d calls; want 45, 45 and 4: one describe, three batches", len(got), runs.Load(), n)
	}
}

func TestFlowFailureBelongsToItsRun(t *testing.T) {
	var runs atomic.Int64
	_, g := local(t, &sftest.Options{Flows: scored(&runs)})
	in := keys(4)
	in[1]["key"], in[2]["score"] = "refused", "many"
	got, err := g.InvokeFlow(t.Context(), "Route", in)
	if err != nil {
		t.Fatal(err)
	}
	for i, failed := range []bool{false, true, true, false} {
		if (got[i].Err != nil) != failed {
			t.Errorf("result %d: %v", i, got[i].Err)
		}
	}
	if !errors.Is(got[2].Err, crm.ErrInvalid) || runs.Load() != 3 {
		t.Errorf("an input of the wrong type: %v, %d runs", got[2].Err, runs.Load())
	}
}

// A run is never sent twice, whatever was lost.
func TestCR04LostAnswerOfAFlowIsNotRepeated(t *testing.T) {
	lost := sftest.Fault{Kind: sftest.ResetAfter, Resource: "actions", Method: "POST"}
	for _, tt := range []struct {
		name      string
		fault     sftest.Fault
		inputs    int
		whole     error   // class of the call's error
		positions []error // class at 0, 20 and 40
		runs      int64
	}{
		{name: "only batch lost", fault: lost, inputs: 3, whole: crm.ErrUnknownOutcome, runs: 3},
		{name: "first of three lost", fault: lost, inputs: 45,
			positions: []error{crm.ErrUnknownOutcome, crm.ErrUnavailable, crm.ErrUnavailable}, runs: 20},
		{name: "second of three lost", fault: sftest.Fault{Kind: lost.Kind, Resource: lost.Resource, Method: lost.Method, N: 2}, inputs: 45,
			positions: []error{nil, crm.ErrUnknownOutcome, crm.ErrUnavailable}, runs: 40},
		{name: "malformed answer", fault: sftest.Fault{Kind: sftest.Malformed, Resource: "actions", Method: "POST"}, inputs: 3,
			whole: crm.ErrUnknownOutcome, runs: 3},
		{name: "refused before it ran", fault: sftest.Fault{Kind: sftest.Refused, Resource: "actions", Method: "POST"}, inputs: 45,
			whole: crm.ErrUnavailable},
		{name: "second refused", fault: sftest.Fault{Kind: sftest.Refused, Resource: "actions", Method: "POST", N: 2}, inputs: 45,
			positions: []error{nil, crm.ErrUnavailable, crm.ErrUnavailable}, runs: 20},
		{name: "a gateway gave up", fault: sftest.Fault{Kind: sftest.HTML, Status: 502, Resource: "actions", Method: "POST"}, inputs: 3,
			whole: crm.ErrUnknownOutcome},
		{name: "describe refused", fault: sftest.Fault{Kind: sftest.Refused, Status: 403, Code: "INSUFFICIENT_ACCESS", Resource: "actions"}, inputs: 3,
			whole: crm.ErrDenied},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var runs atomic.Int64
			s, g := local(t, &sftest.Options{Flows: scored(&runs)})
			s.Inject(tt.fault)
			got, err := g.InvokeFlow(t.Context(), "Route", keys(tt.inputs))
			if !errors.Is(err, tt.whole) {
				t.Errorf("the call: %v, want class %v", err, tt.whole)
			}
			for i, class := range tt.positions {
				if !errors.Is(got[20*i].Err, class) {
					t.Errorf("result %d: %v, want class %v", 20*i, got[20*i].Err, class)
				}
			}
			if runs.Load() != tt.runs {
				t.Errorf("%d runs, want %d", runs.Load(), tt.runs)
			}
		})
	}
}

// TestFaultsInAFlowAreFinal: what went wrong within a run is its end, and no outage
// after which it would run again.
func TestFaultsInAFlowAreFinal(t *testing.T) {
	for _, code := range []string{"UNKNOWN_EXCEPTION", "UNABLE_TO_LOCK_ROW", "SERVER_UNAVAILABLE", "INVALID_SESSION_ID", "REQUEST_LIMIT_EXCEEDED"} {
		no := false
		err := (&Org{}).flowFailure(flowAnswer{IsSuccess: &no, Errors: []wireError{{StatusCode: code}}})
		wantError(t, err, crm.ErrInvalid, code)
	}
	g := documented(t, answers(400, `[{"errorCode":"UNKNOWN_EXCEPTION","message":"m"}]`))
	_, err := g.runFlow(t.Context(), "Route", []flowRun{{}})
	wantError(t, err, crm.ErrUnknownOutcome, "UNKNOWN_EXCEPTION")
}
