package adapter

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/onward-crm/onward/routing"
)

// tiredLedger answers nothing: with an error, or never.
type tiredLedger struct {
	routing.Ledger
	err error
}

func (l *tiredLedger) Depth(ctx context.Context, now time.Time) (routing.Depth, error) {
	switch {
	case l.err == nil:
		return l.Ledger.Depth(ctx, now)
	case errors.Is(l.err, context.DeadlineExceeded):
		<-ctx.Done()
		return routing.Depth{}, ctx.Err()
	}
	return routing.Depth{}, l.err
}

// tiredStore cannot tell its switch.
type tiredStore struct {
	Store
	err error
}

func (s *tiredStore) Paused(ctx context.Context) (bool, error) {
	if s.err != nil {
		return false, s.err
	}
	return s.Store.Paused(ctx)
}

func TestHealth(t *testing.T) {
	ledger, store := &tiredLedger{}, &tiredStore{}
	o := newOffice(t, func(o *office) {
		ledger.Ledger, store.Store = o.ledger, o.store
		o.ledger, o.store = ledger, store
	})
	for _, row := range []struct {
		name          string
		ledger, store error
		status        int
		part          string
	}{
		{"everything answers", nil, nil, 200, ""},
		{"the ledger fails", errors.New("disk of jane@example.com"), nil, 503, "ledger"},
		{"the ledger hangs", context.DeadlineExceeded, nil, 503, "ledger"},
		{"the store fails", nil, errors.New("disk"), 503, "store"},
	} {
		t.Run(row.name, func(t *testing.T) {
			ledger.err, store.err = row.ledger, row.store
			var got healthy
			began := time.Now()
			body := o.askAs("", "GET", "/readyz", "").want(row.status).read(&got).body
			if got.Part != row.part || strings.Contains(body, "disk") {
				t.Errorf("ready: %s", body)
			}
			if time.Since(began) > 3*time.Second {
				t.Error("it waited for the ledger")
			}
			o.askAs("", "GET", "/healthz", "").want(200).read(&got)
		})
	}
}

func TestPausedIsReady(t *testing.T) {
	o := newOffice(t)
	o.ask("POST", "/operator/pause", "").want(200)
	o.askAs("", "GET", "/readyz", "").want(200)
}
