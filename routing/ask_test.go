package routing_test

import (
	"testing"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/routing"
)

// TestProbesAreWhatACRMCanAnswer runs them all, and looks for the two kinds of
// query that large orgs may be slow at.
func TestProbesAreWhatACRMCanAnswer(t *testing.T) {
	p, err := routing.NewPolicy(scenario(t).config("config.json"))
	if err != nil {
		t.Fatal(err)
	}
	qs := p.Probes()
	if _, err := crm.NewClient(memcrm.New(nil), nil).Find(t.Context(), qs); err != nil {
		t.Error(err)
	}
	byEmail, byName := 0, 0
	for _, q := range qs {
		switch {
		case q.Where[0].Op == crm.OpWords:
			byName++
		case q.Where[0].Field == "Email":
			byEmail++
		}
	}
	if byEmail != 2 || byName != 2 {
		t.Errorf("%d probes by e-mail and %d by name, want contacts and leads each", byEmail, byName)
	}
}
