package routing

import "context"

// prolong keeps the claims in hand when more than a third of their lease is
// over, so that nobody else takes them up while a long batch is under way. It
// comes before everything that takes long or cannot be taken back. A claim that
// is lost all the same is dropped before anything is written for it.
func (s *shift) prolong(ctx context.Context) error {
	now := s.opt.Now()
	if now.Sub(s.since) <= s.opt.Lease/3 {
		return nil
	}
	var fences []Fence
	var which []*job
	for _, j := range s.jobs {
		if !j.gone {
			fences, which = append(fences, j.claim.Fence), append(which, j)
		}
	}
	if len(fences) == 0 {
		return nil
	}
	errs, err := s.deps.Ledger.Extend(ctx, fences, now.UTC().Add(s.opt.Lease))
	if err != nil {
		return err
	}
	for i, j := range which {
		j.gone = errs[i] != nil
	}
	s.since = now
	return nil
}
