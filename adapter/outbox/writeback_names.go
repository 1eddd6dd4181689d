package outbox

import (
	"context"
	"slices"
	"time"
)

// namesKept is how long a user's name is taken for the present one.
const namesKept = time.Hour

// userNames knows the names of users, and asks for those that it does not know. Not safe
// for concurrent use: one group is written at a time.
type userNames struct {
	ask   func(ctx context.Context, ids []string) (map[string]string, error)
	now   func() time.Time
	known map[string]string
	until time.Time
}

// of gives names by id; "" for who is not known.
func (n *userNames) of(ctx context.Context, ids []string) (map[string]string, error) {
	if n.ask == nil {
		return nil, nil
	}
	if now := n.now(); !now.Before(n.until) {
		n.known, n.until = map[string]string{}, now.Add(namesKept)
	}
	var missing []string
	for _, id := range ids {
		if _, ok := n.known[id]; !ok && id != "" {
			missing = append(missing, id)
		}
	}
	slices.Sort(missing)
	if missing = slices.Compact(missing); len(missing) == 0 {
		return n.known, nil
	}
	found, err := n.ask(ctx, missing)
	if err != nil {
		return nil, err
	}
	for _, id := range missing {
		n.known[id] = found[id]
	}
	return n.known, nil
}
