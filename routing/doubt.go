package routing

import (
	"context"
	"errors"
	"time"

	"github.com/onward-crm/onward/crm"
)

// The classes of notes about creates that leave no key in the CRM.
const (
	// classSent: the create may have been sent, and nobody saw what became of it.
	classSent = "unknown_outcome"
	// classNotSent: it was not sent after all.
	classNotSent = "not_sent"
)

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
	r, ok := receiptFor(j.receipts, w.Key)
	w.Since = e.opt.Now().UTC().Add(-clockSkew)
	if w.Again = ok && (r.Class == classSent || r.Class == classDoubtful); w.Again {
		w.Since = r.At
	}
	return w
}

// foresee notes the creates without a key before they are sent. Whoever finds
// such a note after a crash knows that the record may be there, and looks for it
// instead of creating it again (CR12). Returned are the writes of the jobs whose
// claims are still ours.
func (s *shift) foresee(ctx context.Context, jobs []*job, m mailing) (mailing, error) {
	var ws []Writing
	var owners []*job
	for i, j := range jobs {
		var notes []Receipt
		for _, w := range m.wants[i] {
			if s.leavesNoKey(w) {
				r := Receipt{Key: w.Key, Verb: w.Verb, Object: w.Object, Class: classSent, Error: "sent, and no answer seen yet", At: w.Since}
				notes = append(notes, r)
				j.receipts = withReceipt(j.receipts, r)
			}
		}
		if len(notes) > 0 {
			ws, owners = append(ws, Writing{Fence: j.claim.Fence, Receipts: notes}), append(owners, j)
		}
	}
	if len(ws) == 0 {
		return m, nil
	}
	if err := s.wrote(ctx, ws, owners); err != nil {
		return m, err
	}
	held := newMailing(len(jobs))
	for i, j := range jobs {
		for _, w := range m.wants[i] {
			if j.running() {
				held.add(i, w)
			}
		}
	}
	return held, nil
}

// unsent takes a note back when its write failed in a way that left nothing
// behind.
func (s *shift) unsent(j *job, w crm.Write, err error) []Receipt {
	if !s.leavesNoKey(w) || errors.Is(err, crm.ErrUnknownOutcome) {
		return nil
	}
	r := Receipt{Key: w.Key, Verb: w.Verb, Object: w.Object, Class: classNotSent, Error: "not sent", At: s.opt.Now().UTC()}
	j.receipts = withReceipt(j.receipts, r)
	return []Receipt{r}
}
