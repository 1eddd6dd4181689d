package notify

import (
	"context"
	"fmt"
	"time"

	"github.com/onward-crm/onward/dri/digest"
)

// Preview makes what Run would send at a moment, and sends and marks nothing: digests,
// then summaries, empty ones left out. user restricts it to one; "" means all. The error
// is the ledger's, the directory's or the store's trouble.
func (d *Digests) Preview(ctx context.Context, now time.Time, user string) ([]digest.Message, error) {
	e, err := d.prepare(ctx, now.UTC())
	if err != nil {
		return nil, err
	}
	var out []digest.Message
	for _, a := range e.addressees() {
		if user != "" && a.id != user {
			continue
		}
		m, err := e.weekly(ctx, a.kind, a.id)
		if err != nil {
			return nil, fmt.Errorf("notify: preview: %w", err)
		}
		if !m.Empty() {
			out = append(out, m)
		}
	}
	return out, nil
}
