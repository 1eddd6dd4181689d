package routing

import (
	"context"
	"errors"

	"github.com/onward-crm/onward/crm"
)

// apply carries out the kept plans of a batch: the writes, what only their
// results ask for, the Flow, and last the event records. Receipts are stored
// after each step, so that a crash repeats as little as possible; what is
// repeated has the same keys. Who has nothing to write ends well even while the
// CRM is away.
func (s *shift) apply(ctx context.Context, jobs []*job) error {
	ready := planned(jobs)
	err := s.steps(ctx, ready)
	for _, j := range ready {
		if j.running() && (err == nil || j.plan.silent()) {
			s.conclude(j)
			j.done = j.running()
		}
	}
	return err
}

// steps writes what there is to write.
func (s *shift) steps(ctx context.Context, ready []*job) error {
	steps := []func(*job) []crm.Write{
		func(j *job) []crm.Write { return j.plan.Effects() },
		func(j *job) []crm.Write { return FollowUp(s.policy, *j.plan, j.receipts) },
	}
	for _, step := range steps {
		if err := s.write(ctx, ready, step); err != nil {
			return err
		}
	}
	if err := s.invoke(ctx, ready); err != nil {
		return err
	}
	for _, j := range ready {
		if j.running() {
			s.conclude(j)
		}
	}
	if err := s.act(ctx, ready); err != nil {
		return err
	}
	for _, j := range ready {
		if j.running() && len(j.plan.Actions) > 0 {
			s.conclude(j)
		}
	}
	return s.write(ctx, ready, s.eventRecord)
}

// silent reports whether a plan changes nothing in the CRM.
func (p Plan) silent() bool { return len(p.Effects()) == 0 && p.Flow == nil && !p.WritesEvent() }

func planned(jobs []*job) []*job {
	var out []*job
	for _, j := range jobs {
		if j.plan != nil && j.running() && !j.done {
			out = append(out, j)
		}
	}
	return out
}

// conclude says what became of a job.
func (s *shift) conclude(j *job) {
	err := guarded(func() {
		j.outcome = Conclude(s.policy, *j.plan, j.receipts)
		if j.plan.Flow != nil {
			j.outcome.takeFlow(*j.plan, j.receipts, s.policy.delay())
		}
		j.outcome.takeActions(*j.plan, j.receipts)
	})
	if err != nil {
		j.stop(hitchBroken, err)
	}
}

// eventRecord is the event record of a job, completed with its outcome.
func (e *Engine) eventRecord(j *job) []crm.Write {
	if !j.plan.WritesEvent() {
		return nil
	}
	w := EventRecord(e.policy, *j.plan, j.outcome, Explanation(*j.plan, j.outcome))
	dropHidden(w.Set, *j.plan, j.receipts)
	return []crm.Write{w}
}

// mailing is one step of all jobs in one batch.
type mailing struct {
	batch []crm.Write
	// place is where a key stands in the batch. Writes with one key (an account
	// that several movers share) are sent once.
	place map[crm.Key]int
	// wants are the writes of each job.
	wants [][]crm.Write
}

func newMailing(jobs int) mailing {
	return mailing{place: map[crm.Key]int{}, wants: make([][]crm.Write, jobs)}
}

func (m *mailing) add(job int, w crm.Write) {
	m.wants[job] = append(m.wants[job], w)
	at, ok := m.place[w.Key]
	if !ok {
		m.place[w.Key] = len(m.batch)
		m.batch = append(m.batch, w)
	} else if w.Again {
		m.batch[at].Again, m.batch[at].Since = true, w.Since // somebody else's attempt is one too
	}
}

// collect asks each running job for the writes of a step.
func (e *Engine) collect(jobs []*job, step func(*job) []crm.Write) mailing {
	m := newMailing(len(jobs))
	for i, j := range jobs {
		if !j.running() {
			continue
		}
		var all []crm.Write
		if err := guarded(func() { all = step(j) }); err != nil {
			j.stop(hitchBroken, err)
			continue
		}
		for _, w := range all {
			if r, ok := receiptFor(j.receipts, w.Key); ok && r.Class == "" && w.Object != crm.ObjectJobChange && (w.ID == "" || w.ID == r.ID) {
				continue // done by an earlier attempt
			}
			m.add(i, e.doubted(j, w))
		}
	}
	return m
}

// write applies one step of all jobs in one batch.
func (s *shift) write(ctx context.Context, jobs []*job, step func(*job) []crm.Write) error {
	if err := s.prolong(ctx); err != nil {
		return err
	}
	m := s.collect(jobs, step)
	if len(m.batch) == 0 {
		return nil
	}
	m, err := s.foresee(ctx, jobs, m)
	if err != nil {
		return err
	}
	results, callErr := s.deps.CRM.Apply(ctx, m.batch)
	ended := callErr
	if ended == nil {
		ended = ctx.Err()
	}
	var ws []Writing
	var owners []*job
	for i, j := range jobs {
		if len(m.wants[i]) == 0 {
			continue
		}
		if receipts := s.settle(j, m, m.wants[i], results, ended); len(receipts) > 0 {
			ws, owners = append(ws, Writing{Fence: j.claim.Fence, Receipts: receipts}), append(owners, j)
		}
		switch {
		case j.hitch == "" && !j.stale:
			s.landed++
		case s.doubt == nil && j.hitch == hitchFailure && !errors.Is(j.err, crm.ErrLocked):
			s.doubt = j.err
		}
	}
	if err := s.wrote(ctx, ws, owners); err != nil {
		return err
	}
	return callErr
}

// settle sorts the results of a job: done or refused for good gives a receipt,
// overtaken asks for a new decision, anything else waits. What fails while the
// call as a whole did not end is that job's failure, however much it looks like
// an outage.
func (s *shift) settle(j *job, m mailing, ws []crm.Write, results []crm.Result, ended error) []Receipt {
	var out []Receipt
	for _, w := range ws {
		r := results[m.place[w.Key]]
		switch {
		case r.Err == nil:
		case outage(r.Err):
			why := hitchFailure
			if ended != nil || errors.Is(r.Err, crm.ErrQuota) || errors.Is(r.Err, crm.ErrAuth) {
				why = hitchOutage
			}
			j.stop(why, r.Err)
			out = append(out, s.unsent(j, w, r.Err)...)
			continue
		case errors.Is(r.Err, crm.ErrStale), errors.Is(r.Err, crm.ErrInactiveOwner):
			j.stale = true
			out = append(out, s.unsent(j, w, r.Err)...)
			continue
		}
		receipt := receiptOf(w, r, s.opt.Now().UTC())
		if w.Object == crm.ObjectJobChange {
			receipt.Before, receipt.Changed = nil, nil // our own record: nothing of it is ever to be undone
		}
		out = append(out, receipt)
		j.receipts = withReceipt(j.receipts, receipt)
	}
	return out
}

func withReceipt(list []Receipt, r Receipt) []Receipt {
	out := make([]Receipt, 0, len(list)+1)
	for _, old := range list {
		if old.Key != r.Key {
			out = append(out, old)
		}
	}
	return append(out, r)
}

// wrote stores receipts, also when the caller is about to go. Without them the
// work would be repeated under the same keys, so a job whose receipts could not
// be stored is left to its lease.
func (s *shift) wrote(ctx context.Context, ws []Writing, owners []*job) error {
	if len(ws) == 0 {
		return nil
	}
	errs, err := s.deps.Ledger.Wrote(context.WithoutCancel(ctx), ws)
	for i, j := range owners {
		if err != nil || errs[i] != nil {
			j.gone = true
		}
	}
	return err
}
