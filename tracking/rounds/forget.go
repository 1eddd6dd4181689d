package rounds

import (
	"context"
	"slices"

	"github.com/onward-crm/onward/tracking"
)

// KnownAs are the given keys, and all others of the person whom they name, as far as
// rounds know them: for an erasure, which asks everybody who keeps something. A name at a
// company leads no further.
func (r *Rounds) KnownAs(ctx context.Context, keys []string) ([]string, error) {
	out := slices.Clone(keys)
	for from := 0; from < len(out); {
		ask := out[from:]
		from = len(out)
		each := make([][]string, len(ask))
		for i, key := range ask {
			each[i] = []string{key}
		}
		seen, err := r.deps.Store.SeenOf(ctx, each)
		if err != nil {
			return nil, err
		}
		found, err := r.deps.Store.KnownAs(ctx, ask)
		if err != nil {
			return nil, err
		}
		var more []string
		for _, s := range seen {
			more = append(more, tracking.Handles(s.Keys)...)
		}
		for _, k := range found {
			more = append(more, tracking.Handles(k.Keys)...)
		}
		for _, key := range more {
			if !slices.Contains(out, key) {
				out = append(out, key)
			}
		}
	}
	return out, nil
}

// Forget removes the person whom keys name. Tombstones are kept elsewhere: whoever has
// one is not kept again (Deps.Erased).
func (r *Rounds) Forget(ctx context.Context, keys []string) error {
	_, err := r.deps.Store.Erase(ctx, keys)
	return err
}
