package routing_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/routing"
)

// seed is an event of a scenario, with the facts that a decision on it is made
// on, both as JSON.
type seed struct{ event, facts string }

// seeds gives the events of all scenarios.
func seeds(f *testing.F) []seed {
	f.Helper()
	var out []seed
	for _, path := range scenarios(f) {
		w := newWorld(f, readScenario(f, path), 0)
		events, facts, err := w.engine.Gather(f.Context(), w.events)
		if err != nil {
			f.Fatal(err)
		}
		for i := range events {
			out = append(out, seed{encode(f, w.events[i]), encode(f, facts[i])})
		}
	}
	return out
}

// policies are the ones that fuzzing decides by: each strategy, with profiles and
// modes among them.
func policies(f *testing.F) []*routing.Policy {
	f.Helper()
	var out []*routing.Policy
	for i, s := range routing.Strategies() {
		w := newWorld(f, readScenario(f, scenarios(f)[0]), 0)
		cfg := w.config("config.json")
		cfg.Strategy, cfg.StrategyOverride = s, true
		cfg.Matching.Profile = []string{"balanced", "lenient", "strict", "balanced"}[i]
		cfg.Mode = []routing.Mode{routing.ModeLive, routing.ModeLive, routing.ModeShadow, routing.ModeDry}[i]
		p, err := routing.NewPolicy(cfg)
		if err != nil {
			f.Fatal(err)
		}
		out = append(out, p)
	}
	return out
}

// FuzzEvent: any text is an event or an error that names fields; what is
// normalised stays as it is, also when it is written and read.
func FuzzEvent(f *testing.F) {
	for _, s := range seeds(f) {
		f.Add(s.event)
	}
	f.Add(`{"person": {"email": "ＪＡＮＥ@ＡＣＭＥ.COM", "linkedin_url": "https://de.linkedin.com/in/j%C3%BCrgen/"}, "to": {"domain": "bücher.de", "company": "\u0000"}}`)
	f.Fuzz(func(t *testing.T, text string) {
		var ev routing.Event
		if json.Unmarshal([]byte(text), &ev) != nil {
			return
		}
		one, err := routing.Normalize(ev, start)
		if err != nil {
			if bad, ok := errors.AsType[*routing.EventError](err); !ok || len(bad.Problems) == 0 {
				t.Fatalf("error %v", err)
			}
			return
		}
		two, err := routing.Normalize(one, start.Add(time.Hour))
		if err != nil {
			t.Fatalf("refused the second time: %v\n%s", err, encode(t, one))
		}
		if diff := cmp.Diff(one, two); diff != "" {
			t.Fatalf("the second time changes\n%s", diff)
		}
		again := decode[routing.Event](t, encode(t, one))
		if encode(t, again) != encode(t, one) {
			t.Fatalf("written %s\nread    %s", encode(t, one), encode(t, again))
		}
	})
}

// FuzzDecide: any event on any facts gets a plan that keeps its promises.
func FuzzDecide(f *testing.F) {
	for i, s := range seeds(f) {
		f.Add(s.event, s.facts, uint8(i))
	}
	ps := policies(f)
	f.Fuzz(func(t *testing.T, event, facts string, which uint8) {
		var ev routing.Event
		var known routing.Facts
		if json.Unmarshal([]byte(event), &ev) != nil || json.Unmarshal([]byte(facts), &known) != nil {
			return
		}
		ev, err := routing.Normalize(ev, start)
		if err != nil {
			return
		}
		p := ps[int(which)%len(ps)]
		routing.Needs(p, ev, known)
		plan := routing.Evaluate(p, ev, known)
		if broken := promises(plan); broken != "" {
			t.Fatalf("%s: %s", broken, encode(t, plan))
		}
		routing.Explanation(plan, routing.Conclude(p, plan, nil))
	})
}

// FuzzPlanJSON: plans and facts are written and read without a change, so that
// what is stored is what was decided.
func FuzzPlanJSON(f *testing.F) {
	for i, s := range seeds(f) {
		f.Add(s.event, s.facts, uint8(i))
	}
	ps := policies(f)
	f.Fuzz(func(t *testing.T, event, facts string, which uint8) {
		var ev routing.Event
		var known routing.Facts
		if json.Unmarshal([]byte(event), &ev) != nil || json.Unmarshal([]byte(facts), &known) != nil {
			return
		}
		p := ps[int(which)%len(ps)]
		known.Matched = routing.Match(p, ev, known)
		plan := routing.Decide(p, ev, known)
		if text := encode(t, plan); encode(t, decode[routing.Plan](t, text)) != text {
			t.Fatalf("the plan is not read as it was written:\n%s", text)
		}
		if text := encode(t, known); encode(t, decode[routing.Facts](t, text)) != text {
			t.Fatalf("the facts are not read as they were written:\n%s", text)
		}
	})
}
