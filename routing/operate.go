package routing

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/onward-crm/onward/crm"
)

// ErrStalePlan: what an operator chose is no longer there, or the move is not
// in review any more. Nothing was changed.
var ErrStalePlan = errors.New("routing: stale_plan: the choice is overtaken")

// Approve answers a review: the move is decided again on fresh facts with the
// operator's choice, and carried out. The choice is checked against the CRM
// first; what was deleted or merged meanwhile is refused with ErrStalePlan and
// the move stays in review (RT40). An unknown key is ErrUnknownKey.
func (e *Engine) Approve(ctx context.Context, key string, pick Pick) (Record, error) {
	record, err := e.inReview(ctx, key)
	if err != nil {
		return Record{}, err
	}
	if err := e.standing(ctx, pick); err != nil {
		return record, err
	}
	return e.reopen(ctx, Reopen{Keys: []string{key}, If: []Status{StatusReview}, Act: Act{By: pick.By, What: "approve", Pick: &pick}})
}

// Reject ends a review with nothing created. The operator's word is kept.
func (e *Engine) Reject(ctx context.Context, key, by string) (Record, error) {
	if _, err := e.inReview(ctx, key); err != nil {
		return Record{}, err
	}
	pick := Pick{Reject: true, By: by}
	return e.reopen(ctx, Reopen{Keys: []string{key}, If: []Status{StatusReview}, Act: Act{By: by, What: "reject", Pick: &pick}})
}

// Resume makes parked, waiting or reviewed deliveries due again and works on
// them: with their stored plan, so that work continues where it stopped, or
// anew.
func (e *Engine) Resume(ctx context.Context, keys []string, keepPlan bool, by string) error {
	act := Act{At: e.opt.Now().UTC(), By: by, What: "resume"}
	if err := e.reopenOnly(ctx, Reopen{Keys: keys, KeepPlan: keepPlan, Act: act}); err != nil {
		return err
	}
	_, err := e.Drain(ctx)
	return err
}

// inReview is the record of a delivery that waits for an operator.
func (e *Engine) inReview(ctx context.Context, key string) (Record, error) {
	record, err := e.record(ctx, key)
	if err != nil {
		return Record{}, err
	}
	if record.Status != StatusReview {
		return record, fmt.Errorf("%w: it is %s", ErrStalePlan, record.Status)
	}
	return record, nil
}

func (e *Engine) record(ctx context.Context, key string) (Record, error) {
	found, err := e.deps.Ledger.Fetch(ctx, []string{key})
	if err != nil {
		return Record{}, err
	}
	record, ok := found[key]
	if !ok {
		return Record{}, ErrUnknownKey
	}
	return record, nil
}

// standing checks that what was picked is there.
func (e *Engine) standing(ctx context.Context, pick Pick) error {
	var qs []crm.Query
	if id := pick.AccountID; id != "" && id != PickNone {
		qs = append(qs, byID(crm.ObjectAccount, id))
	}
	if id := pick.PersonID; id != "" && id != PickNone {
		o := personObject(id)
		if o == "" {
			return fmt.Errorf("%w: the person picked is neither lead nor contact", ErrStalePlan)
		}
		qs = append(qs, byID(o, id))
	}
	if len(qs) == 0 {
		return nil
	}
	found, err := e.deps.CRM.Find(ctx, qs)
	if err != nil {
		return err
	}
	for i, records := range found {
		if len(records) == 0 {
			return fmt.Errorf("%w: the %s picked is gone", ErrStalePlan, qs[i].Object)
		}
	}
	return nil
}

func byID(o crm.Object, id string) crm.Query {
	return crm.Query{Object: o, Select: []string{"Name"}, Where: []crm.Cond{{Field: "Id", Op: crm.OpIn, Values: []string{id}}}}
}

// reopen makes one delivery due and works on it.
func (e *Engine) reopen(ctx context.Context, r Reopen) (Record, error) {
	r.Act.At = e.opt.Now().UTC()
	if err := e.reopenOnly(ctx, r); err != nil {
		return Record{}, err
	}
	claims, err := e.deps.Ledger.Claim(ctx, ClaimOrder{Now: r.Act.At, N: 1, Lease: e.opt.Lease, Keys: r.Keys})
	if err != nil {
		return Record{}, err
	}
	if _, err := e.work(ctx, claims); err != nil {
		return Record{}, err
	}
	return e.record(ctx, r.Keys[0])
}

func (e *Engine) reopenOnly(ctx context.Context, r Reopen) error {
	errs, err := e.deps.Ledger.Reopen(ctx, r)
	err = errors.Join(append(errs, err)...)
	if errors.Is(err, ErrConflict) {
		return errors.Join(ErrStalePlan, err)
	}
	return err
}

// Difference is a stored decision that another policy would make differently.
type Difference struct {
	Key string `json:"key"`
	// Was is the stored plan, Now the one that the other policy makes.
	Was Plan `json:"was"`
	Now Plan `json:"now"`
}

// Replay decides stored events again under another policy, on their stored
// facts, and yields those whose result differs. It reads no CRM and writes
// nothing (RT37). The error is yielded once, last.
func (e *Engine) Replay(ctx context.Context, p *Policy, f Filter) iter.Seq2[Difference, error] {
	return func(yield func(Difference, error) bool) {
		for record, err := range e.deps.Ledger.Records(ctx, f) {
			if err != nil {
				yield(Difference{}, err)
				return
			}
			if record.Plan == nil || record.Facts == nil {
				continue
			}
			now := Evaluate(p, record.Event, *record.Facts)
			if sameResult(*record.Plan, now) {
				continue
			}
			if !yield(Difference{Key: record.Key, Was: *record.Plan, Now: now}, nil) {
				return
			}
		}
	}
}

// sameResult compares what two plans would do, not how they explain it.
func sameResult(a, b Plan) bool {
	return a.Status == b.Status && a.What == b.What && a.Reason == b.Reason && a.AccountID == b.AccountID && a.Configuration == b.Configuration &&
		a.Person.ID == b.Person.ID && a.Owner.UserID == b.Owner.UserID && a.Credits == b.Credits
}
