package adapter

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/routing"
)

// The pauses between looks at work that somebody else does.
const (
	firstPause = 20 * time.Millisecond
	lastPause  = 500 * time.Millisecond
)

// lookTime bounds the calls that still follow when the time for an answer is over.
const lookTime = 2 * time.Second

// retryQuota is when a sender shall come again when the CRM's daily allowance is
// used up.
const retryQuota = 15 * time.Minute

// waiters knows, for deliveries that may be given back, how many requests wait for
// each, and whether any was told that it is accepted. Accepting and telling hold the
// gate for reading and giving back for writing, so that nobody is told "accepted" of
// what another request takes away again.
type waiters struct {
	gate sync.RWMutex
	mu   sync.Mutex
	keys map[string]*waited
}

type waited struct {
	requests int
	told     bool
}

func (w *waiters) join(keys []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, key := range keys {
		if w.keys[key] == nil {
			w.keys[key] = &waited{}
		}
		w.keys[key].requests++
	}
}

func (w *waiters) part(keys []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, key := range keys {
		if w.keys[key].requests--; w.keys[key].requests == 0 {
			delete(w.keys, key)
		}
	}
}

// tell notes that a sender is told of the delivery as accepted.
func (w *waiters) tell(key string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.keys[key].told = true
}

// free reports whether the deliveries may be given back: one request alone waits for
// each, and nobody was told of it.
func (w *waiters) free(keys []string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return !slices.ContainsFunc(keys, func(key string) bool { return w.keys[key].requests > 1 || w.keys[key].told })
}

// take carries a verified request through its source.
func (s *Server) take(ctx context.Context, x *exchange) (Response, error) {
	b, err := x.route.Take.Split(x.req, x.caller)
	if err != nil {
		return Response{}, err
	}
	x.notes = append(x.notes, "received", b.Received, "ignored", b.Ignored, "events", len(b.Events), "rejected", len(b.Rejected))
	if b.Wait > 0 { // the sender has waited since the request came in
		b.Wait = max(b.Wait-time.Since(x.began), time.Millisecond)
	}
	results, err := s.admit(ctx, x.route.Take.Name(), &b, x.leave)
	if err != nil {
		return Response{}, err
	}
	return x.route.Take.Answer(b, results), nil
}

// admit stores the events of a batch, waits for their outcome as long as the batch
// says, and tells what became of them, positionally. Events that can never be
// accepted move to b.Rejected. leave gives up the place in the waiting room once
// everything is stored. The error is a *Refusal or trouble of ours; nothing was
// accepted then, or everything was given back.
func (s *Server) admit(ctx context.Context, source string, b *Batch, leave func()) ([]Result, error) {
	s.sift(b)
	if len(b.Events) == 0 {
		return nil, nil
	}
	keys := make([]string, len(b.Events))
	for i, ev := range b.Events {
		keys[i] = routing.DeliveryKey(ev)
	}
	if b.Withdraw {
		s.waiters.join(keys)
		defer s.waiters.part(keys)
	}
	results, err := s.accept(ctx, b)
	if err != nil {
		return nil, err
	}
	if b.check != nil {
		if why := b.check(*b, results); why != nil {
			return nil, why
		}
	}
	s.count(source, results)
	if err := s.promise(ctx, results); err != nil {
		return nil, err
	}
	leave()
	if b.Wait <= 0 {
		s.opt.Wake()
		return results, nil
	}
	if err := s.await(ctx, b, keys, results); err != nil {
		return nil, err
	}
	return results, s.settle(ctx, b, keys, results)
}

// promise stores that somebody will be told of the deliveries. It is done before the
// answer, so that a sender who gets none, and repeats, makes up for it.
func (s *Server) promise(ctx context.Context, results []Result) error {
	if s.opt.Promises == nil {
		return nil
	}
	accepted := make([]routing.Accepted, len(results))
	for i, r := range results {
		accepted[i] = routing.Accepted{New: r.New, Record: r.Record}
	}
	ps := s.opt.Promises(accepted)
	if len(ps) == 0 {
		return nil
	}
	return s.opt.Store.Promise(ctx, ps)
}

// sift moves events that no engine takes to the rejected ones.
func (s *Server) sift(b *Batch) {
	now := s.opt.Now().UTC()
	var events []routing.Event
	var index []int
	for i, ev := range b.Events {
		normal, err := routing.Normalize(ev, now)
		var bad *routing.EventError
		if errors.As(err, &bad) {
			p := bad.Problems[0]
			b.Rejected = append(b.Rejected, Rejection{Index: b.Index[i], Code: codeInvalidField, Field: p.Field, Message: p.Message})
			continue
		}
		events, index = append(events, normal), append(index, b.Index[i])
	}
	b.Events, b.Index = events, index
	slices.SortStableFunc(b.Rejected, func(a, c Rejection) int { return a.Index - c.Index })
}

// accept stores the events: from here on nothing is lost.
func (s *Server) accept(ctx context.Context, b *Batch) ([]Result, error) {
	if b.Withdraw {
		s.waiters.gate.RLock()
		defer s.waiters.gate.RUnlock()
	}
	accepted, err := s.opt.Engine.Accept(ctx, b.Events)
	if err != nil {
		return nil, err
	}
	results := make([]Result, len(accepted))
	for i, a := range accepted {
		results[i] = Result{New: a.New, Known: a.Record.Status.Terminal(), Record: a.Record}
	}
	return results, nil
}

func (s *Server) count(source string, results []Result) {
	first := 0
	for _, r := range results {
		if r.New {
			first++
		}
	}
	s.telemetry.accepted(source, first, len(results)-first)
}

// await works on the deliveries that have no outcome yet, until all have one or the
// time is over; the work goes on after that. Where the CRM is in trouble, what has
// not begun is given back: the error is the refusal that the sender gets.
func (s *Server) await(ctx context.Context, b *Batch, keys []string, results []Result) error {
	open := openKeys(keys, results)
	if len(open) == 0 {
		return nil
	}
	over := time.Now().Add(b.Wait)
	done := make(chan error, 1)
	if !s.begin(ctx, func(ctx context.Context) { done <- s.workOn(crm.Hurried(ctx), open, over) }) {
		s.opt.Wake()
		return nil
	}
	timer := time.NewTimer(b.Wait)
	defer timer.Stop()
	var trouble error
	select {
	case trouble = <-done:
	case <-timer.C:
	case <-ctx.Done():
	}
	if trouble != nil && b.Withdraw && ctx.Err() == nil && s.giveBack(ctx, b, keys, results) {
		return refusalFor(trouble)
	}
	return s.look(ctx, keys, results)
}

// workOn works on deliveries until each has an outcome, or has none before the time is
// over: one that somebody else holds, or that waits behind an older one, is looked
// at again, but not one that is put back until later.
func (s *Server) workOn(ctx context.Context, keys []string, over time.Time) error {
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		if err := s.opt.Engine.WorkOn(ctx, keys); err != nil {
			return err
		}
		found, err := s.opt.Ledger.Fetch(ctx, keys)
		if err != nil {
			return err
		}
		late := s.opt.Now().Add(time.Until(over))
		keys = slices.DeleteFunc(slices.Clone(keys), func(key string) bool {
			return found[key].Status.Terminal() || found[key].Due.After(late)
		})
		if len(keys) == 0 || !time.Now().Add(pause).Before(over) {
			return nil
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil
		}
	}
}

// openKeys are those of the results without an outcome, each once.
func openKeys(keys []string, results []Result) []string {
	open := map[string]bool{}
	for i, r := range results {
		if !r.Known {
			open[keys[i]] = true
		}
	}
	return slices.Sorted(maps.Keys(open))
}

// look reads what became of the deliveries.
func (s *Server) look(ctx context.Context, keys []string, results []Result) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookTime)
	defer cancel()
	found, err := s.opt.Ledger.Fetch(ctx, keys)
	if err != nil {
		return nil // it is stored all the same: the answer is "accepted"
	}
	for i, key := range keys {
		if record, ok := found[key]; ok {
			results[i].Record, results[i].Known = record, record.Status.Terminal()
		}
	}
	return nil
}

// giveBack withdraws what this request has brought, as if it had never come. It
// reports whether the sender may be told to come again: not when anything has begun,
// nor when another request waits for the same.
func (s *Server) giveBack(ctx context.Context, b *Batch, keys []string, results []Result) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookTime)
	defer cancel()
	s.waiters.gate.Lock()
	defer s.waiters.gate.Unlock()
	var mine []string
	var events []routing.Event
	for i, r := range results {
		if r.New && !slices.Contains(mine, keys[i]) {
			mine, events = append(mine, keys[i]), append(events, b.Events[i])
		}
	}
	if len(mine) == 0 || !s.waiters.free(mine) || !s.untouched(ctx, mine) {
		return false
	}
	errs, err := s.opt.Ledger.Withdraw(ctx, mine)
	if err != nil {
		return false
	}
	var gone []routing.Event
	for i, err := range errs {
		if err == nil {
			gone = append(gone, events[i])
		}
	}
	if len(gone) == len(mine) {
		return true
	}
	if len(gone) == 0 {
		return false
	}
	// Some have begun meanwhile, so all go on. Where that fails the sender has to
	// come again: what was kept is known by its key.
	_, err = s.opt.Engine.Accept(ctx, gone)
	return err != nil
}

// untouched reports whether nothing was decided or done for any of the deliveries.
func (s *Server) untouched(ctx context.Context, keys []string) bool {
	found, err := s.opt.Ledger.Fetch(ctx, keys)
	if err != nil {
		return false
	}
	for _, key := range keys {
		if r, ok := found[key]; !ok || r.Status != routing.StatusAccepted || r.Plan != nil || len(r.Receipts) > 0 {
			return false
		}
	}
	return true
}

// settle prepares an answer that tells no outcome: the promise to tell it later is
// stored before.
func (s *Server) settle(ctx context.Context, b *Batch, keys []string, results []Result) error {
	if !slices.ContainsFunc(results, func(r Result) bool { return !r.Known }) {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookTime)
	defer cancel()
	if b.Withdraw {
		if err := s.commit(ctx, b, keys, results); err != nil {
			return err
		}
	}
	s.opt.Wake()
	if b.Callback == nil {
		return nil
	}
	p := *b.Callback
	p.Delivery, p.Made = keys[0], s.opt.Now().UTC()
	if p.Due.IsZero() {
		p.Due = p.Made
	}
	return s.opt.Store.Promise(ctx, []Promise{p})
}

// commit makes sure that what a sender is told to be accepted stays so: a delivery
// that another request has brought is stored once more, in case that it was given
// back meanwhile, and is not given back from now on.
func (s *Server) commit(ctx context.Context, b *Batch, keys []string, results []Result) error {
	s.waiters.gate.RLock()
	defer s.waiters.gate.RUnlock()
	var again []routing.Event
	for i, r := range results {
		if r.Known {
			continue
		}
		s.waiters.tell(keys[i])
		if !r.New {
			again = append(again, b.Events[i])
		}
	}
	if len(again) == 0 {
		return nil
	}
	_, err := s.opt.Engine.Accept(ctx, again)
	return err
}

// refusalFor is the answer to a sender who shall come again.
func refusalFor(trouble error) *Refusal {
	if errors.Is(trouble, crm.ErrQuota) {
		return &Refusal{Status: http.StatusServiceUnavailable, Code: codeQuota, Message: "daily API limit reached", RetryAfter: retryQuota}
	}
	return unavailable()
}

// sortedNames are the names of a header, in order.
func sortedNames(h http.Header) []string { return slices.Sorted(maps.Keys(h)) }
