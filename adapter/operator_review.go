package adapter

import (
	"context"
	"errors"
	"slices"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/undo"
)

// choice is an operator's answer to a review.
type choice struct {
	AccountID string `json:"accountId,omitempty" description:"the account that the person moved to"`
	PersonID  string `json:"personId,omitempty" description:"the lead or contact that is the person"`
	None      bool   `json:"none,omitempty" description:"none of the candidates is right"`
}

// approve answers POST …/approve: with what the body chooses, or, when it chooses
// nothing, with the likeliest candidate.
func (d *operatorDesk) approve(ctx context.Context, c operatorCall) (any, act, error) {
	return d.decide(ctx, c, act{"approve", c.id}, true)
}

// pick answers POST …/pick: another candidate, or none.
func (d *operatorDesk) pick(ctx context.Context, c operatorCall) (any, act, error) {
	return d.decide(ctx, c, act{"pick", c.id}, false)
}

// reject answers POST …/reject: nothing is created.
func (d *operatorDesk) reject(ctx context.Context, c operatorCall) (any, act, error) {
	a := act{"reject", c.id}
	var none struct{}
	if err := readBody(c.body, &none); err != nil {
		return nil, a, err
	}
	if c.id == "" {
		return nil, a, invalid("key", "the id of a delivery")
	}
	record, err := d.engine.Reject(ctx, c.id, c.by)
	if errTell := d.tellAgain(ctx, []string{c.id}); errTell != nil {
		return nil, a, errTell
	}
	return d.answered(ctx, c, record, err, a)
}

// undoAnswer is a delivery that was undone, and what of it stays.
type undoAnswer struct {
	deliverySummary
	CreditsReturned int `json:"creditsReturned"`
	// Left are records and other effects that a person has to see to.
	Left []undo.Left `json:"left"`
}

// undo answers POST …/undo: what the decision wrote is taken back. Done already, it
// does nothing. When the work on it meets trouble, the queue goes on with it.
func (d *operatorDesk) undo(ctx context.Context, c operatorCall) (any, act, error) {
	a := act{"undo", c.id}
	var none struct{}
	if err := readBody(c.body, &none); err != nil {
		return nil, a, err
	}
	if c.id == "" {
		return nil, a, invalid("key", "the id of a delivery")
	}
	record, err := d.engine.Undo(ctx, c.id, c.by)
	for _, refused := range []error{routing.ErrUndo, routing.ErrConflict, routing.ErrUnknownKey} {
		if errors.Is(err, refused) {
			return nil, a, err
		}
	}
	if errTell := d.tellAgain(ctx, []string{c.id}); errTell != nil {
		return nil, a, errTell
	}
	if err != nil {
		if record, _ = d.record(ctx, c.id); record.Status != routing.StatusAccepted {
			return nil, a, err
		}
	}
	return undoAnswer{summaryOf(record), record.Outcome.Returned, orNone(record.Outcome.Left)}, a, nil
}

// decide carries out a choice.
func (d *operatorDesk) decide(ctx context.Context, c operatorCall, a act, likeliest bool) (any, act, error) {
	var chosen choice
	if err := readBody(c.body, &chosen); err != nil {
		return nil, a, err
	}
	record, err := d.record(ctx, c.id)
	if err != nil {
		return nil, a, err
	}
	pick, err := chosen.pick(record, likeliest)
	if err != nil {
		return nil, a, err
	}
	pick.By = c.by
	record, err = d.engine.Approve(ctx, c.id, pick)
	if errTell := d.tellAgain(ctx, []string{c.id}); errTell != nil {
		return nil, a, errTell
	}
	return d.answered(ctx, c, record, err, a)
}

// answered is the delivery after an answer. When the work on it met trouble the
// answer stands all the same, and the queue goes on with it.
func (d *operatorDesk) answered(ctx context.Context, c operatorCall, record routing.Record, err error, a act) (any, act, error) {
	if err == nil {
		return summaryOf(record), a, nil
	}
	if errors.Is(err, routing.ErrStalePlan) || errors.Is(err, routing.ErrUnknownKey) {
		return nil, a, err
	}
	record, errFetch := d.record(ctx, c.id)
	if errFetch != nil || record.Status != routing.StatusAccepted {
		return nil, a, err
	}
	return summaryOf(record), a, nil
}

// pick is the choice in the engine's words. What a review is about, the account or
// the person, is what "none" is said of.
func (c choice) pick(r routing.Record, likeliest bool) (routing.Pick, error) {
	var p routing.Pick
	var err error
	if c.None && (c.AccountID != "" || c.PersonID != "") {
		return p, invalid("none", "an id or none, not both")
	}
	if p.AccountID, err = chosenID(c.AccountID, "accountId"); err != nil {
		return p, err
	}
	if p.PersonID, err = chosenID(c.PersonID, "personId"); err != nil {
		return p, err
	}
	person := r.Outcome.Reason == routing.ReasonPersonReview
	switch {
	case c.None && person:
		p.PersonID = routing.PickNone
	case c.None:
		p.AccountID = routing.PickNone
	case p.AccountID != "" || p.PersonID != "":
	case likeliest:
		return proposed(r, person), nil
	default:
		return p, invalid("accountId", "accountId, personId or none")
	}
	return p, nil
}

// proposed is the likeliest candidate of a review. A review without candidates, for
// want of an owner or a name, is decided again as it is.
func proposed(r routing.Record, person bool) routing.Pick {
	switch {
	case r.Plan == nil:
		return routing.Pick{}
	case person && r.Plan.Person.ID != "":
		return routing.Pick{PersonID: r.Plan.Person.ID}
	case person && len(r.Plan.Person.Others) > 0:
		return routing.Pick{PersonID: r.Plan.Person.Others[0].ID}
	case !person && len(r.Plan.Account.Ranked) > 0:
		return routing.Pick{AccountID: r.Plan.Account.Ranked[0].ID}
	}
	return routing.Pick{}
}

// chosenID is a record id in its long form, "" for none.
func chosenID(id, field string) (string, error) {
	if id == "" {
		return "", nil
	}
	wide, err := crm.WidenID(id)
	if err != nil {
		return "", invalid(field, "15 or 18 characters of a record id")
	}
	return wide, nil
}

// tellAgain promises what deliveries come to after an act on them, to those who were
// told of them before or are still to be told. What nothing was done to is left alone,
// and what was promised after the same act already: so whoever repeats an act that met
// trouble makes up for what is missing.
func (s *Server) tellAgain(ctx context.Context, keys []string) error {
	if s.opt.Promises == nil {
		return nil
	}
	ctx = context.WithoutCancel(ctx) // the act is done, also when its sender has gone
	found, err := s.opt.Ledger.Fetch(ctx, keys)
	if err != nil {
		return err
	}
	var changed []routing.Accepted
	for _, key := range slices.Compact(slices.Sorted(slices.Values(keys))) {
		if record, ok := found[key]; ok && len(record.Acts) > 0 {
			changed = append(changed, routing.Accepted{Record: record})
		}
	}
	ps := s.opt.Promises(changed)
	if len(ps) == 0 {
		return nil
	}
	return s.opt.Store.Promise(ctx, ps)
}
