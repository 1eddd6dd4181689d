package outbox

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/tracking/target"
)

// welcomed is leadCreated with a handoff to the sequence welcome.
func welcomed(key string) routing.Record {
	rec := leadCreated(key)
	rec.Plan = &routing.Plan{
		Key: key, Mode: routing.ModeLive, Configuration: "hires", Signal: target.SignalNewHire, Persona: "Leaders",
		Actions: []routing.Action{{Kind: target.ActionSequence, Key: "onward-1", Sequence: "welcome"}},
	}
	rec.Event.To.Email, rec.Event.To.Title = "ann@newco.com", "CFO"
	return rec
}

func newWelcome(t *testing.T, answer func(*http.Request) (*http.Response, error)) *post {
	t.Helper()
	return newPost(t, map[string]func(*http.Request) (*http.Response, error){"tool.example.com": answer}, func(o *Options) {
		o.Sequences = []Endpoint{{Name: "welcome", URL: "https://tool.example.com/enrol", Secrets: o.Endpoints[0].Secrets}}
		o.Endpoints = nil
	})
}

func start(key string) routing.SequenceStart {
	return routing.SequenceStart{ID: "onward-1", Sequence: "welcome", Delivery: key}
}

func TestAT06SequenceIsASignedMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newWelcome(t, answers(nil, 503, 204))
		if errs := p.StartSequences(t.Context(), []routing.SequenceStart{start("flow:1"), {ID: "onward-2", Sequence: "none", Delivery: "flow:1"}, start("flow:1")}); errs[0] != nil || errs[2] != nil ||
			errs[1] == nil || errs[1].Error() != "nobody is there by that name" {
			t.Fatalf("taken with %v", errs)
		}
		if n := p.send(t); n != 0 || len(p.net.of("tool.example.com")) != 0 {
			t.Fatalf("%d sent before the delivery has ended", n)
		}
		p.ledger.put(welcomed("flow:1"))
		pass(10 * time.Second)
		p.send(t)
		pass(600 * time.Second)
		if n := p.send(t); n != 1 {
			t.Fatalf("%d sent after the tool came back", n)
		}
		calls := p.net.of("tool.example.com")
		const want = `{"type":"sequence.start","timestamp":"2026-07-13T09:01:00Z","data":{"sequence":"welcome","deliveryId":"flow:1",` +
			`"configuration":"hires","signal":"new_hire","persona":"Leaders","leadId":"00QRM00000AbcDe2AJ","ownerId":"005RM00000UsrAbYAJ",` +
			`"firstName":"Ann","lastName":"Lee","email":"ann@newco.com","title":"CFO","company":"NewCo"}}`
		if len(calls) != 2 || string(calls[1].body) != want || calls[1].header.Get("webhook-id") != "onward-1" {
			t.Errorf("%d calls, the last with %s\nwant %s", len(calls), calls[len(calls)-1].body, want)
		}
		if !strings.HasPrefix(calls[1].header.Get("webhook-signature"), "v1,") {
			t.Errorf("signature %q", calls[1].header.Get("webhook-signature"))
		}
		pass(600 * time.Second)
		if n := p.send(t); n != 0 {
			t.Errorf("%d sent again", n)
		}
	})
}

// Nothing is told of a person who was erased before the message went out.
func TestSequenceOfAnErasedPersonIsNotTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newWelcome(t, answers(nil, 204))
		p.StartSequences(t.Context(), []routing.SequenceStart{start("flow:1")})
		rec := welcomed("flow:1")
		rec.Plan, rec.Event = nil, routing.Event{}
		p.ledger.put(rec)
		if n := p.send(t); n != 0 || len(p.net.of("tool.example.com")) != 0 {
			t.Errorf("%d sent", n)
		}
		if story := p.story(t, "flow:1"); len(story) != 1 || story[0].Ended.IsZero() || story[0].Sent || story[0].Error != sayNothing {
			t.Errorf("the promise is %+v", story)
		}
	})
}

func TestSequenceOfRecords(t *testing.T) {
	rec := welcomed("flow:1")
	if s, ok := routing.SequenceOf(rec, "welcome"); !ok || s.Email != "ann@newco.com" || s.ID != "onward-1" {
		t.Errorf("%+v, %t", s, ok)
	}
	for name, change := range map[string]func(*routing.Record){
		"another endpoint": func(r *routing.Record) { r.Plan.Actions[0].Sequence = "other" },
		"suppressed":       func(r *routing.Record) { r.Plan.Actions[0].Suppressed = routing.ReasonOptedOut },
		"shadow":           func(r *routing.Record) { r.Plan.Mode = routing.ModeShadow },
		"no record":        func(r *routing.Record) { r.Outcome.LeadID = "" },
		"a task": func(r *routing.Record) {
			r.Plan.Actions[0].Kind, r.Plan.Actions[0].Key = target.ActionTask, crm.Key("x")
		},
	} {
		rec := welcomed("flow:1")
		change(&rec)
		if s, ok := routing.SequenceOf(rec, "welcome"); ok {
			t.Errorf("%s: %+v", name, s)
		}
	}
}

func TestSequenceEndpointsAreChecked(t *testing.T) {
	p := newWelcome(t, answers(nil, 204))
	o := p.Outbox.opt
	o.Sequences = append(o.Sequences, o.Sequences[0])
	if _, err := New(o); err == nil || !strings.Contains(err.Error(), "two of that name") {
		t.Errorf("error %v", err)
	}
	o.Sequences = []Endpoint{{Name: "welcome", URL: "http://tool.example.com", Secrets: o.Sequences[0].Secrets}}
	if _, err := New(o); err == nil || !strings.Contains(err.Error(), "want https") {
		t.Errorf("error %v", err)
	}
}
