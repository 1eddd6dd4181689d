package routing_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/routing"
)

const rotaConfig = `{"strategy": "always-lead", "owners": {"lead": ["round_robin(west)"], "pools": {"west": ["@U1", "@U2", "@U3"]}}}`

// TestRT18ConcurrentEnginesShareTheTurns lets several engines decide at once:
// storing the plan and advancing the pointer are one step, so nobody's turn is
// taken twice or lost.
func TestRT18ConcurrentEnginesShareTheTurns(t *testing.T) {
	const engines, moves = 4, 10
	w := scenario(t, "config.json", rotaConfig, "User.csv", "Id,Name,IsActive\n@U2,Udo,false\n")
	var wg sync.WaitGroup
	for n := range engines {
		e, err := routing.New(w.config("config.json"), w.deps(), w.options())
		if err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			for i := range moves {
				if _, err := e.Handle(t.Context(), mover(n*moves+i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	w.finishAll()
	got := map[string]int{}
	for _, lead := range w.db.Records(crm.ObjectLead) {
		got[w.label(lead.Fields["OwnerId"])]++
	}
	if half := engines * moves / 2; got["@U1"] != half || got["@U3"] != half || len(got) != 2 {
		t.Errorf("owners %v, want %d each of U1 and U3", got, half)
	}
}

// mover is the n-th of many people, each to a company of their own.
func mover(n int) routing.Event {
	return routing.Event{
		ID: fmt.Sprint("m", n), Source: "file:test", Person: routing.Person{FirstName: "Ann", LastName: "Q" + letters(n)},
		To: &routing.Place{Company: "Company " + letters(n), Domain: fmt.Sprintf("c%d.example", n)},
	}
}

func TestRT18DryRunsAdvanceNothing(t *testing.T) {
	w := scenario(t, "config.json", rotaConfig)
	for range 3 {
		plans, err := w.engine.Plan(t.Context(), []routing.Event{mover(1), mover(2)})
		if err != nil {
			t.Fatal(err)
		}
		if a, b := w.label(plans[0].Owner.UserID), w.label(plans[1].Owner.UserID); a != "@U1" || b != "@U2" {
			t.Fatalf("owners %s and %s, want @U1 and @U2", a, b)
		}
	}
	for _, mode := range []string{"dry", "shadow"} {
		x := scenario(t, "config.json", `{"mode": "`+mode+`", `+rotaConfig[1:])
		for n := range 2 {
			r, err := x.engine.Handle(t.Context(), mover(n))
			if err != nil {
				t.Fatal(err)
			}
			if got := x.label(r.Plan.Owner.UserID); got != "@U1" {
				t.Errorf("%s: move %d has owner %s, want @U1", mode, n, got)
			}
		}
	}
}

// TestRT18OneDecisionTakesSeveralTurns: the owner of a new account, of the contact in
// it and the person responsible come from one pool, each the next one.
func TestRT18OneDecisionTakesSeveralTurns(t *testing.T) {
	w := scenario(t, "config.json", `{"strategy": "contact-and-account",
		"owners": {"account": "round_robin(p)", "contact": "round_robin(p)", "pools": {"p": ["@U1", "@U2", "@U3", "@U8"]}},
		"dri": {"joins": {"other": {"contact": "round_robin(p)"}}}}`)
	record, err := w.engine.Handle(t.Context(), mover(1))
	if err != nil || record.Status != routing.StatusDone {
		t.Fatalf("%s %s, %v", record.Status, record.Outcome.Reason, err)
	}
	account, _ := w.db.Record(record.Outcome.AccountID)
	got := []string{w.label(account.Fields["OwnerId"]), w.label(record.Outcome.OwnerID), w.label(record.Plan.DRI[0].UserID)}
	if fmt.Sprint(got) != "[@U1 @U2 @U3]" {
		t.Errorf("turns %v", got)
	}
	if a, err := w.ledger.Lookup(t.Context(), routing.Question{Pools: []string{"p"}}); err != nil || a.Rota["p"] != 3 {
		t.Errorf("the pool stands at %d, %v", a.Rota["p"], err)
	}
}
