package routing_test

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/memledger"
)

func noPauses() *crm.ClientOptions {
	return &crm.ClientOptions{Sleep: func(context.Context, time.Duration) error { return nil }}
}

// run takes the steps of the scenario.
func (w *world) run() {
	w.t.Helper()
	steps, ok := w.parts.Get("steps")
	if !ok {
		steps = "handle all"
	}
	for line := range strings.Lines(steps) {
		w.do(strings.TrimSpace(line))
	}
}

// do takes one step:
//
//	handle all | N | N-M        accept events and work on all that is due
//	handle each                 the same, one after another
//	plan N                      dry run
//	drain                       work on what is due
//	advance 11d | 30m           move the clock
//	config PART | restart       a new engine: other policy, ledger saved and loaded
//	approve N account=ID person=ID, reject N, resume N [anew]
//	undo N                      take a decision back
//	rerank ID …                 these relationships rank highest from now on
//	replay PART                 decide stored events again under another policy
//	edit ID Field=value … (a blank is written _), delete ID, merge ID into ID, convert ID ID ID,
//	hide ID, lock ID TIMES      what other people do in the CRM
//	validate OBJECT             a rule that refuses new records of an object
//	mend OBJECT                 switches it off
//	duplicate-rule NAME OBJECT FIELD block|alert [against OBJECT]
//	lead-rule ID                the CRM's own lead assignment (setup only)
//
// A step that ends in "-> text" must fail with an error that holds the text.
func (w *world) do(step string) {
	w.t.Helper()
	if step == "" || strings.HasPrefix(step, "#") {
		return
	}
	step, fails, expected := strings.Cut(step, " -> ")
	words := strings.Fields(step)
	verb, args := words[0], words[1:]
	err := w.operate(verb, args)
	if expected {
		if err == nil || !strings.Contains(err.Error(), fails) {
			w.t.Fatalf("%s: error %v, want %q", step, err, fails)
		}
		return
	}
	if err != nil {
		w.t.Fatalf("%s: %v", step, err)
	}
}

func (w *world) operate(verb string, args []string) error {
	ctx := w.t.Context()
	switch verb {
	case "handle":
		return w.handle(args[0])
	case "plan":
		return w.plan(args[0])
	case "drain":
		_, err := w.engine.Drain(ctx)
		return err
	case "advance":
		return w.advance(args[0])
	case "config":
		w.configure(args[0])
		return nil
	case "restart":
		return w.restart()
	case "approve":
		_, err := w.engine.Approve(ctx, w.key(args[0]), pick(args[1:]))
		return err
	case "reject":
		_, err := w.engine.Reject(ctx, w.key(args[0]), "op")
		return err
	case "resume":
		return w.engine.Resume(ctx, []string{w.key(args[0])}, len(args) == 1, "op")
	case "undo":
		_, err := w.engine.Undo(ctx, w.key(args[0]), "op")
		return err
	case "replay":
		return w.replay(args[0])
	case "rerank":
		return w.rerank(args)
	default:
		return w.change(verb, args)
	}
}

// change does what other people do in the CRM.
func (w *world) change(verb string, args []string) error {
	switch verb {
	case "edit":
		f := crm.Fields{}
		for _, set := range args[1:] {
			name, value, _ := strings.Cut(set, "=")
			f[name] = strings.ReplaceAll(value, "_", " ")
		}
		return w.db.Edit(args[0], f)
	case "delete":
		return w.db.Delete(args[0])
	case "merge":
		return w.db.Merge(args[0], args[2])
	case "convert":
		return w.db.Convert(args[0], args[1], args[2])
	case "hide":
		return w.db.Hide(args[0])
	case "lock":
		n, err := strconv.Atoi(args[1])
		if err != nil {
			return err
		}
		return w.db.Lock(args[0], n)
	case "validate":
		w.validate(crm.Object(args[0]))
	case "mend":
		w.mended[crm.Object(args[0])] = true
	case "duplicate-rule":
		rule := memcrm.DuplicateRule{Name: args[0], Object: crm.Object(args[1]), Fields: []string{args[2]}, Block: args[3] == "block"}
		if len(args) > 5 {
			rule.Against = crm.Object(args[5])
		}
		w.db.AddDuplicateRule(rule)
	default:
		return fmt.Errorf("no such step")
	}
	return nil
}

func (w *world) validate(o crm.Object) {
	w.db.AddValidation(memcrm.Validation{Name: "No new " + string(o), Object: o, Check: func(before, _ crm.Fields) []string {
		if before != nil || w.mended[o] {
			return nil
		}
		return []string{"Title"}
	}})
}

// span reads "all", "3" or "2-4" into positions of events.
func (w *world) span(text string) (from, to int) {
	if text == "all" || text == "each" {
		return 0, len(w.events)
	}
	first, last, ok := strings.Cut(text, "-")
	if !ok {
		last = first
	}
	from, errFrom := strconv.Atoi(first)
	to, errTo := strconv.Atoi(last)
	if errFrom != nil || errTo != nil || from < 1 || to > len(w.events) {
		w.t.Fatalf("no events %q", text)
	}
	return from - 1, to
}

func (w *world) key(number string) string {
	from, _ := w.span(number)
	return w.keys[from]
}

func (w *world) handle(which string) error {
	from, to := w.span(which)
	step := to - from
	if which == "each" {
		step = 1
	}
	for ; from < to; from += step {
		if _, err := w.engine.HandleBatch(w.t.Context(), w.events[from:from+step]); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) plan(which string) error {
	from, to := w.span(which)
	plans, err := w.engine.Plan(w.t.Context(), w.events[from:to])
	for i, p := range plans {
		w.plans[from+i] = p
	}
	return err
}

func (w *world) advance(by string) error {
	if days, ok := strings.CutSuffix(by, "d"); ok {
		n, err := strconv.Atoi(days)
		w.now = w.now.AddDate(0, 0, n)
		return err
	}
	d, err := time.ParseDuration(by)
	w.now = w.now.Add(d)
	return err
}

func (w *world) restart() error {
	var buf bytes.Buffer
	if err := w.ledger.Save(&buf); err != nil {
		return err
	}
	var err error
	if w.ledger, err = memledger.Load(&buf); err != nil {
		return err
	}
	w.configure("config.json")
	return nil
}

func (w *world) replay(part string) error {
	p, err := routing.NewPolicy(w.config(part))
	if err != nil {
		return err
	}
	for d, err := range w.engine.Replay(w.t.Context(), p, routing.Filter{}) {
		if err != nil {
			return err
		}
		w.replays = append(w.replays, d)
	}
	return nil
}

func pick(args []string) routing.Pick {
	p := routing.Pick{By: "op"}
	for _, arg := range args {
		switch name, value, _ := strings.Cut(arg, "="); name {
		case "account":
			p.AccountID = value
		case "person":
			p.PersonID = value
		}
	}
	return p
}
