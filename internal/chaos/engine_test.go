package chaos

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/mirror"
)

// secret keys the hashes of all worlds.
var secret = []byte("a secret of the tests, 32 bytes..")

// engineParts are what the tests vary. The zero value of each is a plain one.
type engineParts struct {
	driver   crm.Driver
	ledger   routing.Ledger
	accounts routing.AccountFinder
	notifier routing.Notifier
	now      func() time.Time
	sleep    func(context.Context, time.Duration) error
	batch    int
	lease    time.Duration
	attempts int
}

// engine puts an engine together for a world.
func (w *world) engine(tb testing.TB, p engineParts) *routing.Engine {
	tb.Helper()
	if p.driver == nil {
		p.driver = w.db
	}
	return newEngine(tb, config(tb, w.users), p)
}

func newEngine(tb testing.TB, cfg routing.Config, p engineParts) *routing.Engine {
	tb.Helper()
	client := crm.NewClient(p.driver, &crm.ClientOptions{Sleep: p.sleep, Rand: rand.New(rand.NewPCG(3, 4))})
	if p.accounts == nil {
		policy, err := routing.NewPolicy(cfg)
		if err != nil {
			tb.Fatal(err)
		}
		p.accounts = mirror.NewLive(client, policy)
	}
	e, err := routing.New(cfg, routing.Deps{CRM: client, Ledger: p.ledger, Accounts: p.accounts, Notifier: p.notifier}, &routing.Options{
		Now: p.now, Secret: secret, BatchSize: p.batch, Lease: p.lease, MaxAttempts: p.attempts,
	})
	if err != nil {
		tb.Fatal(err)
	}
	return e
}

// mailbox is a notifier that keeps the ids of what it was given.
type mailbox struct {
	mu  sync.Mutex
	ids []string
}

// Notify takes notices.
func (m *mailbox) Notify(_ context.Context, ns []routing.Notice) ([]error, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, n := range ns {
		m.ids = append(m.ids, n.ID)
	}
	return make([]error, len(ns)), nil
}

// at is a clock that stands still.
func at(t time.Time) func() time.Time { return func() time.Time { return t } }
