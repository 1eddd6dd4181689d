package rounds_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/rounds"
)

// paid spends a credit for each person whom it knows, as far as it was given any.
type paid struct {
	*provider
	budget, spent int
	// dies tells that the process ends in the middle.
	dies bool
}

func (p *paid) Spent() int { return p.spent }

func (p *paid) Refresh(_ context.Context, people []tracking.Person) (tracking.Refreshed, error) {
	out := tracking.Refreshed{Answers: make([]tracking.Answer, len(people))}
	for i := range people {
		if p.spent == p.budget {
			out.Answers[i].Err = p.failure(tracking.ErrBudget)
			continue
		}
		p.spent++
	}
	if p.dies {
		panic("killed")
	}
	return out, nil
}

func (p *paid) Find(_ context.Context, _ matching.Company, _ tracking.Persona, limit int) (tracking.Found, error) {
	p.spent += min(limit, p.budget)
	return tracking.Found{Credits: p.spent}, nil
}

func TestMeterKeepsToTheMonth(t *testing.T) {
	now, dies := start, false
	m := &rounds.Meter{
		ID: "paid", PerMonth: 10, Store: new(rounds.Memory), Now: func() time.Time { return now },
		Open: func(credits int) rounds.Metered {
			return &paid{provider: &provider{name: "paid"}, budget: credits, dies: dies}
		},
	}
	people := make([]tracking.Person, 4)
	spent := func(want int) {
		t.Helper()
		if got, err := m.Spent(t.Context()); err != nil || got != want {
			t.Errorf("%d spent, %v; want %d", got, err, want)
		}
	}
	refused := func() (n int) {
		t.Helper()
		got, err := m.Refresh(t.Context(), people)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range got.Answers {
			if errors.Is(a.Err, tracking.ErrBudget) {
				n++
			}
		}
		return n
	}
	if n := refused(); n != 0 {
		t.Errorf("%d refused", n)
	}
	spent(4)
	if _, err := m.Find(t.Context(), matching.Company{}, tracking.Persona{}, 3); err != nil {
		t.Fatal(err)
	}
	spent(7)
	if n := refused(); n != 1 {
		t.Errorf("%d refused, want those above the month's credits", n)
	}
	spent(10)
	if n := refused(); n != 4 {
		t.Errorf("%d refused", n)
	}
	now = now.AddDate(0, 1, 0)
	spent(0)
	dies = true
	func() {
		defer func() { _ = recover() }()
		refused()
	}()
	spent(4) // set aside, and never given back
}
