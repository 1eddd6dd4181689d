package routing

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/routing/undo"
)

// ErrUndo: a decision cannot be taken back. Nothing was changed.
var ErrUndo = errors.New("routing: undo refused")

// UndoError is an ErrUndo with its reason: ReasonNothingWritten, ReasonErased, or
// ReasonChangedSince with the records and fields that are in the way.
type UndoError struct {
	Reason    Reason
	Obstacles []undo.Obstacle
}

// Error names records and fields, and no value.
func (e *UndoError) Error() string { return ErrUndo.Error() + ": " + e.words() }

// Unwrap is ErrUndo.
func (e *UndoError) Unwrap() error { return ErrUndo }

func (e *UndoError) words() string {
	words := []string{strings.ReplaceAll(string(e.Reason), "_", " ")}
	for _, o := range e.Obstacles {
		words = append(words, o.String())
	}
	return strings.Join(words, "; ")
}

// actUndo is the word under which an undo is kept with its delivery.
const actUndo = "undo"

// Undo takes back what a decision has written: fields get their previous values, the
// credits are returned, the event record says so, and the delivery ends as
// WhatUndone, with who did it and when in its acts. Records that were created are not
// deleted; they, and what other systems did, are named in Outcome.Left.
//
// It is refused with an *UndoError where a record has changed since (see
// routing/undo), and with ErrConflict while the delivery is being worked on; nothing
// is changed then. The second undo of a decision does nothing. A crash, or a CRM that
// is away, leaves the delivery accepted, and the work goes on where it stopped. What
// changes between the look and the write parks the delivery with ReasonUndoStopped:
// replayed, it is tried again. A decision that was taken back stays so: neither a
// replay nor another report of the same move does it again.
func (e *Engine) Undo(ctx context.Context, key, by string) (Record, error) {
	record, err := e.record(ctx, key)
	switch {
	case err != nil:
		return Record{}, err
	case !record.Status.Terminal():
		return record, ErrConflict
	case record.Outcome.What == WhatUndone:
		return record, nil
	}
	done, left := undoable(key, record.Receipts)
	if len(done)+len(left) == 0 {
		return record, &UndoError{Reason: ReasonNothingWritten}
	}
	if _, err := e.wayBack(ctx, record.Plan, done); err != nil {
		return record, err
	}
	after, err := e.reopen(ctx, Reopen{
		Keys: []string{key}, KeepPlan: true, If: []Status{StatusDone, StatusFiltered, StatusReview, StatusWaiting, StatusParked},
		Act: Act{By: by, What: actUndo, Credits: record.Outcome.Credits},
	})
	if errors.Is(err, ErrConflict) {
		return record, ErrConflict
	}
	return after, err
}

// undoKey is the key of the write that puts the values of a record back.
func undoKey(delivery string, ref crm.Ref) crm.Key {
	id := ref.ID
	if wide, err := crm.WidenID(id); err == nil {
		id = wide
	}
	return keyOf("undo", delivery, string(ref.Object), id)
}

// undoable sorts the receipts of a delivery: what can be put back, but for records
// that were put back already, and what stays whatever is done. Our own event record
// is neither.
func undoable(delivery string, receipts []Receipt) (done []undo.Done, left []undo.Left) {
	back := map[crm.Key]bool{}
	for _, r := range receipts {
		if ref := (crm.Ref{Object: r.Object, ID: r.ID}); r.Key == undoKey(delivery, ref) {
			back[r.Key] = r.Class == ""
		}
	}
	for _, r := range receipts {
		ref := crm.Ref{Object: r.Object, ID: r.ID}
		_, ours := back[r.Key]
		switch {
		case ours, r.Object == "", r.Object == crm.ObjectJobChange, r.Object == flowObject && r.notRun():
		case r.Class == classSent || r.Class == classDoubtful:
			left = append(left, undo.Left{Object: r.Object, ID: r.ID, Reason: undo.ReasonInDoubt})
		case r.Class != "":
		case r.Verb == "":
			left = append(left, elsewhere(r)...)
		case !back[undoKey(delivery, ref)]:
			done = append(done, undo.Done{Ref: ref, Created: r.Verb != crm.VerbUpdate, Before: r.Before, Changed: r.Changed})
		}
	}
	return done, left
}

// elsewhere is what a Flow or an engagement tool did: a Flow's records by their ids.
func elsewhere(r Receipt) []undo.Left {
	var out []undo.Left
	for _, made := range []struct {
		output string
		object crm.Object
	}{{"leadId", crm.ObjectLead}, {"contactId", crm.ObjectContact}, {"accountId", crm.ObjectAccount}} {
		if id := r.Changed[made.output]; id != "" && r.Object == flowObject {
			out = append(out, undo.Left{Object: made.object, ID: id, Reason: undo.ReasonElsewhere})
		}
	}
	if len(out) == 0 {
		out = append(out, undo.Left{Object: r.Object, ID: r.ID, Reason: undo.ReasonElsewhere})
	}
	return out
}

// wayBack reads the records and works out how they are put back. The error is an
// *UndoError, or the CRM's.
func (e *Engine) wayBack(ctx context.Context, p *Plan, done []undo.Done) (undo.Plan, error) {
	// Without a plan the person was erased, and the previous values with it, unless
	// the receipts still tell.
	if p == nil && slices.ContainsFunc(done, func(d undo.Done) bool { return len(d.Changed) == 0 }) {
		return undo.Plan{}, &UndoError{Reason: ReasonErased}
	}
	qs := readBack(done)
	if len(qs) == 0 {
		return undo.Plan{}, nil
	}
	found, err := e.deps.CRM.Find(ctx, qs)
	if err != nil {
		return undo.Plan{}, err
	}
	back := undo.Make(done, slices.Concat(found...))
	if len(back.Obstacles) > 0 {
		return undo.Plan{}, &UndoError{Reason: ReasonChangedSince, Obstacles: back.Obstacles}
	}
	return back, nil
}

// readBack asks for the records of writes with the fields that were written, one
// query an object.
func readBack(done []undo.Done) []crm.Query {
	queries := map[crm.Object]crm.Query{}
	for _, d := range done {
		q := queries[d.Object]
		if q.Object == "" {
			q = crm.Query{Object: d.Object, Select: []string{"Id"}, Where: []crm.Cond{{Field: "Id", Op: crm.OpIn}}}
		}
		q.Select = append(q.Select, d.Changed.Names()...)
		q.Where[0].Values = append(q.Where[0].Values, d.ID)
		queries[d.Object] = q
	}
	var out []crm.Query
	for _, o := range slices.Sorted(maps.Keys(queries)) {
		q := queries[o]
		slices.Sort(q.Select)
		q.Select = slices.Compact(q.Select)
		out = append(out, q)
	}
	return out
}

// takenBack is the first undo that an operator asked for; nil for none.
func takenBack(acts []Act) *Act {
	i := slices.IndexFunc(acts, func(a Act) bool { return a.What == actUndo })
	if i < 0 {
		return nil
	}
	return &acts[i]
}

// taking prepares a job that is to be undone. Notices of the decision are not sent
// any more, and nothing is due.
func (j *job) taking(act *Act) {
	var p Plan
	if j.claim.Plan != nil {
		p = *j.claim.Plan
		p.Notices, p.Due = nil, time.Time{}
	}
	j.plan, j.facts, j.undo = &p, j.claim.Facts, act
}

// undo takes back what jobs have written, one after another: it is a rare thing.
func (s *shift) undo(ctx context.Context, jobs []*job) error {
	for _, j := range jobs {
		if j.undo == nil || !j.waits() {
			continue
		}
		if err := s.undoOne(ctx, j); err != nil {
			j.stop(hitchOutage, err)
			return err
		}
	}
	return nil
}

// undoOne looks, puts back, and looks again where a record has moved on meanwhile.
// The error is an outage of the CRM or the ledger.
func (s *shift) undoOne(ctx context.Context, j *job) error {
	key := j.claim.Delivery.Key
	for range maxRethinks + 1 {
		j.stale = false
		done, left := undoable(key, j.receipts)
		back, err := s.wayBack(ctx, j.claim.Plan, done)
		if refused, ok := errors.AsType[*UndoError](err); ok {
			return s.concludeUndo(ctx, j, left, refused.words())
		}
		if err != nil && (outage(err) || crm.ClassOf(err) == nil) {
			return err
		}
		if err != nil {
			j.stop(hitchFailure, err)
			return nil
		}
		err = s.write(ctx, []*job{j}, func(*job) []crm.Write { return putBack(key, back.Back) })
		if err != nil {
			return err
		}
		if j.running() {
			return s.concludeUndo(ctx, j, append(back.Left, left...), j.refusedBack())
		}
		if !j.stale {
			return nil
		}
	}
	j.stop(hitchFailure, errOvertaken)
	return nil
}

// putBack are the writes of previous values, each only onto the version that was
// looked at.
func putBack(delivery string, list []undo.Back) []crm.Write {
	out := make([]crm.Write, len(list))
	for i, b := range list {
		out[i] = crm.Write{Key: undoKey(delivery, b.Ref), Verb: crm.VerbUpdate, Object: b.Object, ID: b.ID, Set: b.Set, If: b.Version}
	}
	return out
}

// refusedBack is what the CRM said against putting something back, "" for nothing.
func (j *job) refusedBack() string {
	for _, r := range j.receipts {
		if r.Class != "" && r.Key == undoKey(j.claim.Delivery.Key, crm.Ref{Object: r.Object, ID: r.ID}) {
			return r.Error
		}
	}
	return ""
}

// concludeUndo ends a job that was undone, or, where something stopped it, parks it;
// the event record follows.
func (s *shift) concludeUndo(ctx context.Context, j *job, left []undo.Left, stopped string) error {
	err := guarded(func() { j.outcome = undone(s.policy, j, left, stopped) })
	if err != nil {
		j.stop(hitchBroken, err)
		return nil
	}
	if err := s.write(ctx, []*job{j}, s.eventRecord); err != nil {
		return err
	}
	j.stale = false // of the event record there is nothing to look at again
	j.done = j.running()
	return nil
}

// made names what was created, for a delivery whose plan is no longer kept.
func (o *Outcome) made(receipts []Receipt) {
	for _, r := range receipts {
		switch {
		case r.Class != "" || r.Verb == crm.VerbUpdate:
		case r.Object == crm.ObjectLead || r.Object == crm.ObjectContact:
			o.person(r)
		case r.Object == crm.ObjectAccount:
			o.AccountID = r.ID
		case r.Object == crm.ObjectJobChange:
			o.EventRecordID = r.ID
		}
	}
}

// undone is the outcome of an undo: the ids are those of the decision.
func undone(p *Policy, j *job, left []undo.Left, stopped string) Outcome {
	o := Conclude(p, *j.plan, j.receipts)
	if j.claim.Plan == nil {
		o.made(j.receipts)
	}
	if j.plan.Flow != nil {
		o.takeFlow(*j.plan, j.receipts, 0)
	}
	o.Open, o.DRIDue, o.Matches, o.Error, o.Left = false, time.Time{}, nil, stopped, left
	if stopped != "" {
		o.Status, o.What, o.Reason, o.Credits = StatusParked, WhatPartial, ReasonUndoStopped, j.undo.Credits
		return o
	}
	o.Status, o.What, o.Reason, o.Credits, o.Returned = StatusDone, WhatUndone, ReasonUndone, 0, j.undo.Credits
	return o
}
