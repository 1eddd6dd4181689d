package routing

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/onward-crm/onward/crm"
)

// classNotSent is the class of a note about a create that was not sent after all.
const classNotSent = "not_sent"

// clockSkew is by how much the CRM's clock may be behind ours; its times have
// whole seconds only, too.
const clockSkew = 5 * time.Minute

// leavesNoKey reports whether nobody could tell afterwards, by its key, that a
// write has landed.
func (e *Engine) leavesNoKey(w crm.Write) bool {
	return w.Verb == crm.VerbCreate && e.policy.cfg.Names.KeyField(w.Object) == ""
}

// doubted marks a write that an earlier attempt may have sent.
func (e *Engine) doubted(j *job, w crm.Write) crm.Write {
	if !e.leavesNoKey(w) {
		return w
	}
	w.Since = e.opt.Now().UTC().Add(-clockSkew)
	if since, ok := sentSince(j.receipts, w.Key, j.claim.Delivery.ReceivedAt); ok {
		w.Again, w.Since = true, since
	}
	return w
}

// sentSince tells from the receipts of a delivery whether a create without a key
// may have been sent, and since when it may be there. A note says when it was
// made; what ended in doubt says when it ended, so that only the receipt of the
// delivery is surely before it.
func sentSince(receipts []Receipt, key crm.Key, received time.Time) (time.Time, bool) {
	r, ok := receiptFor(receipts, key)
	switch {
	case ok && r.Class == classSent:
		return r.At, true
	case ok && r.Class == classDoubtful:
		return received.Add(-clockSkew), true
	}
	return time.Time{}, false
}

// doubts are creates without a key that somebody may have sent already, with the
// earliest moment at which that may have been.
type doubts map[crm.Key]time.Time

func (d doubts) note(key crm.Key, since time.Time) {
	if was, ok := d[key]; !ok || since.Before(was) {
		d[key] = since
	}
}

// mark gives a write the doubt that all share who want it.
func (d doubts) mark(w crm.Write) crm.Write {
	if since, ok := d[w.Key]; ok {
		w.Again, w.Since = true, since
	}
	return w
}

// doubts collects what is in doubt in a mailing. An account that several moves
// lead to may also have been sent by a move that is not in it.
func (s *shift) doubts(ctx context.Context, jobs []*job, m mailing) (doubts, error) {
	d := doubts{}
	firsts := map[string]crm.Key{}
	for i, j := range jobs {
		for _, w := range m.wants[i] {
			if w.Again {
				d.note(w.Key, w.Since)
			} else if first, ok := s.claimant(j, w); ok {
				firsts[first] = w.Key
			}
		}
	}
	if len(firsts) == 0 {
		return d, nil
	}
	found, err := s.deps.Ledger.Fetch(ctx, slices.Sorted(maps.Keys(firsts)))
	if err != nil {
		return nil, err
	}
	for first, record := range found {
		if since, ok := sentSince(record.Receipts, firsts[first], record.ReceivedAt); ok {
			d.note(firsts[first], since)
		}
	}
	return d, nil
}

// claimant is the other delivery that was the first to plan an account.
func (s *shift) claimant(j *job, w crm.Write) (delivery string, ok bool) {
	if w.Object != crm.ObjectAccount || !s.leavesNoKey(w) || j.facts == nil {
		return "", false
	}
	known := j.facts.Matched.Identity.NewCompany
	if known == nil || known.ID != string(w.Key) || known.Delivery == j.claim.Fence.Key {
		return "", false
	}
	return known.Delivery, true
}

// foresee notes the creates without a key before they are sent. Whoever finds
// such a note after a crash knows that the record may be there, and looks for it
// instead of creating it again (CR12). Returned are the writes of the jobs whose
// claims are still ours.
func (s *shift) foresee(ctx context.Context, jobs []*job, m mailing) (mailing, error) {
	if !slices.ContainsFunc(m.batch, s.leavesNoKey) {
		return m, nil
	}
	inDoubt, err := s.doubts(ctx, jobs, m)
	if err != nil {
		return m, err
	}
	var ws []Writing
	var owners []*job
	for i, j := range jobs {
		var notes []Receipt
		for _, w := range m.wants[i] {
			if s.leavesNoKey(w) {
				w = inDoubt.mark(w)
				r := Receipt{Key: w.Key, Verb: w.Verb, Object: w.Object, Class: classSent, Error: "sent, and no answer seen yet", At: w.Since}
				notes = append(notes, r)
				j.receipts = withReceipt(j.receipts, r)
			}
		}
		if len(notes) > 0 {
			ws, owners = append(ws, Writing{Fence: j.claim.Fence, Receipts: notes}), append(owners, j)
		}
	}
	if err := s.wrote(ctx, ws, owners); err != nil {
		return m, err
	}
	held := newMailing(len(jobs))
	for i, j := range jobs {
		for _, w := range m.wants[i] {
			if j.running() {
				held.add(i, inDoubt.mark(w))
			}
		}
	}
	return held, nil
}

// unsent takes a note back when its write failed in a way that left nothing
// behind. A write whose parent failed was not sent, whatever became of the
// parent. What may have been sent before this attempt stays in doubt: while there
// is doubt nothing is sent, so that no failure says anything about it.
func (s *shift) unsent(j *job, w crm.Write, err error) []Receipt {
	if !s.leavesNoKey(w) || w.Again || errors.Is(err, crm.ErrUnknownOutcome) && !errors.Is(err, crm.ErrParent) {
		return nil
	}
	r := Receipt{Key: w.Key, Verb: w.Verb, Object: w.Object, Class: classNotSent, Error: "not sent", At: s.opt.Now().UTC()}
	j.receipts = withReceipt(j.receipts, r)
	return []Receipt{r}
}
