package routing

import (
	"context"
	"errors"
	"strconv"

	"github.com/onward-crm/onward/crm"
)

// errSilent is the failure of a move whose attempts ended without a word, as
// they do when the process dies of them.
var errSilent = errors.New("routing: the attempts end in silence")

// spent reports whether a delivery has used up its attempts without a word: the
// process died, or its leases ended. That may be its own doing, or that of
// whatever else let processes die.
func (s *shift) spent(j *job) bool { return j.claim.Failures >= s.opt.MaxAttempts }

// lastKey is the key under which it is noted that a delivery has its last tries.
func lastKey(delivery string) crm.Key { return keyOf("last tries", delivery) }

// lastSince names, in that note, the failures that the delivery had by then.
const lastSince = "failures"

// warn notes that a spent delivery has its last tries, alone, while others show
// that the world is well. One that ends as many of those in silence, and is still
// without a decision, has made an end of the process by itself: it is parked.
// Once there is a plan it never is: its records may be there already, and
// somebody has to see them.
func (s *shift) warn(ctx context.Context, j *job) error {
	if !s.spent(j) || j.plan != nil || s.read == 0 {
		return nil
	}
	since, ok := j.warned()
	switch {
	case !ok:
		return s.noteLast(ctx, []*job{j}, crm.Fields{lastSince: strconv.Itoa(j.claim.Failures)})
	case j.claim.Failures-since >= s.opt.MaxAttempts:
		j.stop(hitchFailure, errSilent)
	}
	return nil
}

// warned is how many failures the delivery had when its last tries began.
func (j *job) warned() (since int, ok bool) {
	r, _ := receiptFor(j.receipts, lastKey(j.claim.Delivery.Key))
	since, err := strconv.Atoi(r.Changed[lastSince])
	return since, err == nil
}

// noteLast writes the note, or takes it back.
func (s *shift) noteLast(ctx context.Context, jobs []*job, f crm.Fields) error {
	ws := make([]Writing, len(jobs))
	for i, j := range jobs {
		r := Receipt{Key: lastKey(j.claim.Delivery.Key), Changed: f, At: s.opt.Now().UTC()}
		j.receipts = withReceipt(j.receipts, r)
		ws[i] = Writing{Fence: j.claim.Fence, Receipts: []Receipt{r}}
	}
	return s.wrote(ctx, ws, jobs)
}

// forgive takes back the notes of those that are given back alive.
func (s *shift) forgive(ctx context.Context) error {
	var alive []*job
	for _, j := range s.jobs {
		if _, ok := j.warned(); ok && !j.gone && j.hitch != hitchFailure {
			alive = append(alive, j)
		}
	}
	return s.noteLast(ctx, alive, nil)
}
