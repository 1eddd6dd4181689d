package ledgertest

import (
	"testing"

	"github.com/onward-crm/onward/routing"
)

// Run runs the suite. Open returns an empty ledger each time it is called, and
// releases it by t.Cleanup.
func Run(t *testing.T, open func(t *testing.T) routing.Ledger) {
	topics := []struct {
		name      string
		scenarios []scenario
	}{
		{"Accept", accepting},
		{"Withdraw", withdrawing},
		{"Claim", claiming},
		{"Persons", persons},
		{"Starvation", starvation},
		{"Fences", fences},
		{"Decided", deciding},
		{"Completed", completing},
		{"Receipts", receipts},
		{"Finish", finishing},
		{"Waiting", waiting},
		{"Release", releasing},
		{"Reopen", reopening},
		{"Records", records},
		{"Filter", filtering},
		{"Depth", depths},
		{"Responsible", responsible},
		{"Responsible and the rest", responsibleBeside},
		{"Bury", burying},
		{"Notices", notices},
		{"Values", values},
		{"Concurrent", concurrent},
	}
	for _, topic := range topics {
		t.Run(topic.name, func(t *testing.T) {
			for _, s := range topic.scenarios {
				t.Run(s.name, func(t *testing.T) {
					s.play(&stage{T: t, ledger: open(t)})
				})
			}
		})
	}
}

// scenario is one test.
type scenario struct {
	name string
	play func(s *stage)
}
