package notify

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/onward-crm/onward/dri/digest"
)

// addressee is somebody who may get a message.
type addressee struct {
	kind digest.Kind
	id   string
}

// addressees are all who may get one, in order: responsible users, then managers.
func (e *edition) addressees() []addressee {
	var out []addressee
	for _, id := range e.book.Users() {
		out = append(out, addressee{digest.KindDigest, id})
	}
	for _, id := range slices.Sorted(maps.Keys(e.reports)) {
		out = append(out, addressee{digest.KindSummary, id})
	}
	return out
}

// sendAll sends what is due, and returns when to try again what could not be sent; zero
// for nothing.
func (d *Digests) sendAll(ctx context.Context, now time.Time, out *Report) (due time.Time, err error) {
	e, err := d.prepare(ctx, now)
	if err != nil {
		return due, err
	}
	round := d.opt.Courier.Round()
	for _, a := range e.addressees() {
		if err := ctx.Err(); err != nil {
			return due, err
		}
		if u, ok := e.users[a.id]; !ok || !u.Active || u.Queue {
			out.Unknown++
			continue
		}
		again, err := e.sendTo(ctx, round, a, out)
		if err != nil {
			return due, err
		}
		if !again.IsZero() && (due.IsZero() || again.Before(due)) {
			due = again
		}
	}
	return due, nil
}

// sendTo sends one message, unless it is empty or was sent before. again is when to try
// it again, zero for never.
func (e *edition) sendTo(ctx context.Context, round *Round, a addressee, out *Report) (again time.Time, err error) {
	m, err := e.weekly(ctx, a.kind, a.id)
	if err != nil {
		return again, err
	}
	if m.Empty() {
		out.Empty++
		return again, nil
	}
	u, top := e.users[a.id], topic(a.kind, a.id)
	r, err := e.post().send(ctx, round, Claim{Topic: top, Since: m.Since, Until: m.Until}, Message{
		Key: top + ":" + e.week.String(), To: Recipient{UserID: u.ID, Name: u.Name, Email: u.Email}, Content: m,
	})
	switch {
	case err != nil:
		return again, err
	case !r.taken:
		out.Before++
	case r.mark.State == StateSent:
		out.Sent++
	case r.mark.State == StateFailed:
		out.Failed++
	default:
		out.Delayed++
	}
	return r.again, nil
}

func (e *edition) post() post {
	return post{sent: e.opt.Sent, lease: e.opt.Lease, logger: e.opt.Logger, now: e.now}
}
