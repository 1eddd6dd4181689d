package adapter

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/onward-crm/onward/routing"
)

// forgetful is a store that fails to take promises while told to.
type forgetful struct {
	Store
	fails bool
}

func (f *forgetful) Promise(ctx context.Context, ps []Promise) error {
	if f.fails {
		return errors.New("disk full")
	}
	return f.Store.Promise(ctx, ps)
}

// TestAD14ToldAgainAfterAnAct: what an operator's answer, a replay or the report of a
// Flow brings about is promised anew, once for each act; a store in trouble is made up
// for when the act is repeated, also where that is refused.
func TestAD14ToldAgainAfterAnAct(t *testing.T) {
	store := &forgetful{Store: NewMemoryStore(SideLimits{})}
	o := newOffice(t, func(o *office) {
		o.store = store
		o.options = func(opt *Options) {
			opt.Promises = func(as []routing.Accepted) (out []Promise) {
				for _, a := range as {
					out = append(out, Promise{ID: fmt.Sprint(a.Record.Key, " ", len(a.Record.Acts)), Kind: "webhook", Delivery: a.Record.Key})
				}
				return out
			}
		}
	})
	told := func(id string, want int) {
		t.Helper()
		if ps, err := store.Promises(t.Context(), id, ""); err != nil || len(ps) != want {
			t.Errorf("%d promises, want %d, %v", len(ps), want, err)
		}
	}
	id := o.toReview("r1")
	told(id, 0)
	o.ask("POST", o.path(id, "approve"), `{}`).want(200)
	told(id, 1)
	o.ask("POST", o.path(id, "approve"), `{}`).refused(409, "stale_plan", "")
	told(id, 1)
	store.fails = true
	o.ask("POST", "/operator/replay", `{"keys":["`+id+`"]}`).want(503)
	told(id, 1)
	store.fails = false
	o.ask("POST", o.path(id, "reject"), ``).refused(409, "stale_plan", "")
	told(id, 2)
}
