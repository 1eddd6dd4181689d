package outbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/onward-crm/onward/adapter"
	"github.com/onward-crm/onward/routing"
)

// PromiseWebhook is the Kind of a Promise to tell an endpoint of a decision. Its
// Target is the endpoint's name.
const PromiseWebhook = "webhook"

// ActionCompleter ends an action of a HubSpot workflow that waits; *hubspot.Client is
// one. Errors are *crm.Error. Safe for concurrent use.
type ActionCompleter interface {
	CompleteAction(ctx context.Context, callbackID string, fields map[string]string) error
}

// Options are the parts and settings of an Outbox. Store and Ledger are required.
type Options struct {
	Store  adapter.Store
	Ledger routing.Ledger
	// HubSpot completes actions; nil keeps the callbacks until there is one.
	HubSpot ActionCompleter
	// WriteBack tells contacts of HubSpot what became of their moves; nil does not. The
	// engine needs the ledger that Follow gives.
	WriteBack *WriteBack
	// Endpoints are told of decisions.
	Endpoints []Endpoint
	// Sequences are told to begin a sequence for a person, each by its name (see
	// StartSequences). Statuses do not matter there.
	Sequences []Endpoint
	// AllowHosts are the hosts that endpoints may be at: names, or suffixes that begin
	// with "*."; empty allows all.
	AllowHosts []string
	// AllowNetworks are networks that endpoints may be in although they are not
	// public, such as 10.1.0.0/16, or 127.0.0.0/8 for tests.
	AllowNetworks []netip.Prefix
	// HTTPClient sends in place of the outbox's own client, which is the one that looks
	// at addresses after their names were resolved. Its redirects are not followed.
	HTTPClient *http.Client
	// Now is the clock, time.Now by default.
	Now func() time.Time
	// Logger gets a line for each message that failed: ids, codes, no values.
	Logger *slog.Logger
}

const (
	// outboxBatch is how many promises are taken at once, outboxLease for how long.
	outboxBatch = 100
	outboxLease = 5 * time.Minute
	// outboxPatience is how long one Send waits for a slow receiver.
	outboxPatience = 2 * time.Second
	// outboxRest is after which a receiver that has its hands full is looked at again.
	outboxRest = 30 * time.Second
	// outboxRecord is how long the store may take to note what was sent, also while
	// the program ends.
	outboxRecord = 5 * time.Second
)

// Outbox keeps promises: it completes waiting HubSpot actions, and tells endpoints of
// decisions by webhooks that are signed per Standard Webhooks. Every message is sent at
// least once; its id is the same each time. Safe for concurrent use, also by several
// processes on one store.
type Outbox struct {
	opt   Options
	lanes map[laneKey]*lane

	mu     sync.Mutex
	closed bool
	work   sync.WaitGroup
	// stop breaks off what is under way.
	stop chan struct{}
}

// ErrClosed: nothing is sent after Close.
var ErrClosed = errors.New("adapter: the outbox is closed")

// laneKey is a receiver: callbacks all go to one, and so do results for contacts.
type laneKey struct{ kind, target string }

func laneOf(p adapter.Promise) laneKey {
	switch p.Kind {
	case adapter.PromiseHubSpotCallback, PromiseWriteBack:
		return laneKey{kind: p.Kind}
	}
	return laneKey{p.Kind, p.Target}
}

// New makes an outbox. The error says which setting is wrong; it holds no secret.
func New(o Options) (*Outbox, error) {
	if o.Store == nil || o.Ledger == nil {
		return nil, errors.New("adapter: an outbox needs a store and a ledger")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	client := webhookClient(o.HTTPClient, o.AllowNetworks)
	b := &Outbox{opt: o, stop: make(chan struct{}), lanes: map[laneKey]*lane{
		{kind: adapter.PromiseHubSpotCallback}: newLane(callbackSayer{o.HubSpot}.say, nil),
	}}
	b.openWriteBack()
	for _, e := range o.Endpoints {
		if err := e.check(o); err != nil {
			return nil, err
		}
		key := laneKey{PromiseWebhook, e.Name}
		if b.lanes[key] != nil {
			return nil, fmt.Errorf("adapter: endpoint %s: there are two of that name", e.Name)
		}
		s := webhookSayer{endpoint: e, client: client, now: o.Now, message: decisionMessageOf}
		b.lanes[key] = newLane(s.say, e.wants)
	}
	if err := b.openSequences(client); err != nil {
		return nil, err
	}
	return b, nil
}

// Promises are the messages about accepted deliveries: one for each endpoint. They are
// the same each time, so that a repeated request promises nothing twice, and others
// after each act on the delivery, so that what it came to then is told as well. Of what
// ended long ago nothing is promised for a repeated request: it was told, and the store
// need not remember it any more.
func (b *Outbox) Promises(deliveries []routing.Accepted) []adapter.Promise {
	now := b.opt.Now().UTC()
	var out []adapter.Promise
	for _, d := range deliveries {
		if ended := d.Record.FinishedAt; !d.New && d.Record.Status.Terminal() && !ended.IsZero() && now.Sub(ended) > promiseRepeats {
			continue
		}
		for _, e := range b.opt.Endpoints {
			out = append(out, adapter.Promise{
				ID: messageID(e.Name, d.Record.Key, len(d.Record.Acts)), Kind: PromiseWebhook, Delivery: d.Record.Key, Target: e.Name, Made: now, Due: now,
			})
		}
	}
	return out
}

// Send works off the promises that are due, and returns how many messages were sent.
// A receiver that is slow is not waited for long: its messages go on being sent after
// Send has returned, also when ctx ends, until Close. The error is the store's or the
// ledger's; what could not be sent is due again by itself.
func (b *Outbox) Send(ctx context.Context) (int, error) {
	if !b.begin() {
		return 0, ErrClosed
	}
	defer b.work.Done()
	began := b.opt.Now() // what is put off from now on is not for this Send
	var sent atomic.Int64
	for {
		now := b.opt.Now()
		ps, err := b.opt.Store.Owed(ctx, began, outboxBatch, outboxLease+now.Sub(began))
		if err != nil || len(ps) == 0 {
			return int(sent.Load()), err
		}
		if err := b.round(ctx, ps, now.Add(outboxLease), &sent); err != nil {
			return int(sent.Load()), err
		}
	}
}

// begin counts a piece of work, unless the outbox is closed.
func (b *Outbox) begin() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.closed {
		b.work.Add(1)
	}
	return !b.closed
}

// round sends what can be sent of some promises, each receiver on its own. They are
// held until a time.
func (b *Outbox) round(ctx context.Context, ps []adapter.Promise, until time.Time, sent *atomic.Int64) error {
	keys := make([]string, len(ps))
	groups := map[laneKey][]adapter.Promise{}
	for i, p := range ps {
		keys[i] = p.Delivery
		groups[laneOf(p)] = append(groups[laneOf(p)], p)
	}
	slices.Sort(keys)
	recs, err := b.opt.Ledger.Fetch(ctx, slices.Compact(keys))
	if err != nil {
		return err
	}
	errs := make(chan error, len(groups))
	for key, group := range groups {
		b.work.Go(func() { errs <- b.serve(context.WithoutCancel(ctx), b.lanes[key], group, recs, until, sent) })
	}
	patience := time.NewTimer(outboxPatience)
	defer patience.Stop()
	for range groups {
		select {
		case err := <-errs:
			if err != nil {
				return err
			}
		case <-patience.C:
			return ctx.Err()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// serve sends the messages of one receiver and notes what became of them.
func (b *Outbox) serve(ctx context.Context, l *lane, ps []adapter.Promise, recs map[string]routing.Record, until time.Time, sent *atomic.Int64) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	b.work.Go(func() {
		select {
		case <-b.stop:
			cancel()
		case <-ctx.Done():
		}
	})
	var ks []adapter.Keeping
	switch {
	case l == nil:
		ks = b.putOff(ps, 0)
	case !l.enter():
		ks = b.putOff(ps, outboxRest)
	default:
		ks = b.attempt(ctx, l, ps, recs, until)
		l.leave()
	}
	for i, k := range ks {
		if k.Sent {
			sent.Add(1)
		} else if !k.Waited {
			b.opt.Logger.LogAttrs(ctx, slog.LevelWarn, "message not sent", slog.String("message", k.ID), slog.String("kind", ps[i].Kind),
				slog.Int("attempt", ps[i].Attempts+1), slog.Bool("given_up", k.GivenUp), slog.String("error", k.Error))
		}
	}
	noting, noted := context.WithTimeout(context.WithoutCancel(ctx), outboxRecord)
	defer noted()
	err := b.opt.Store.Kept(noting, ks)
	if err != nil {
		b.opt.Logger.LogAttrs(ctx, slog.LevelError, "messages not noted", slog.Int("messages", len(ks)), slog.String("error", err.Error()))
	}
	return err
}

// attempt sends messages, a few at the same time. What does not get its turn while it
// is held is left to whoever takes it next.
func (b *Outbox) attempt(ctx context.Context, l *lane, ps []adapter.Promise, recs map[string]routing.Record, until time.Time) []adapter.Keeping {
	ks := make([]adapter.Keeping, len(ps))
	var under sync.WaitGroup
	for i, p := range ps {
		rec, known := recs[p.Delivery]
		l.places <- struct{}{}
		if now := b.opt.Now(); now.Add(webhookTimeout).After(until) {
			<-l.places
			ks[i] = adapter.Keeping{ID: p.ID, Waited: true, Due: now, At: now}
			continue
		}
		under.Go(func() {
			defer func() { <-l.places }()
			ks[i] = l.keep(ctx, p, rec, known, b.opt.Now)
		})
	}
	under.Wait()
	return ks
}

// putOff leaves messages for later. Without a rest nobody is there to receive them:
// another process may know the receiver, or this one after its next start, so they are
// given up only when they are too old.
func (b *Outbox) putOff(ps []adapter.Promise, rest time.Duration) []adapter.Keeping {
	now := b.opt.Now()
	ks := make([]adapter.Keeping, len(ps))
	for i, p := range ps {
		age := now.Sub(p.Made)
		ks[i] = adapter.Keeping{ID: p.ID, Waited: true, Due: now.Add(rest), At: now}
		switch {
		case rest > 0:
		case age > promiseLifetime:
			ks[i] = adapter.Keeping{ID: p.ID, GivenUp: true, Error: sayNoLane, At: now}
		default:
			ks[i].Due = now.Add(untilEnded(age))
		}
	}
	return ks
}

// Replay makes a message due again, whatever became of it: the next Send sends it with
// the same id and a new signature. An unknown id is ErrNoPromise.
func (b *Outbox) Replay(ctx context.Context, id string) error {
	if _, err := b.opt.Store.Promises(ctx, "", id); err != nil {
		return err
	}
	now := b.opt.Now()
	return b.opt.Store.Kept(ctx, []adapter.Keeping{{ID: id, Waited: true, Due: now, At: now}})
}

// Gone names the endpoints that answered 410 and are told nothing more, in order.
func (b *Outbox) Gone() []string {
	var out []string
	for _, e := range b.opt.Endpoints {
		if b.lanes[laneKey{PromiseWebhook, e.Name}].isGone() {
			out = append(out, e.Name)
		}
	}
	slices.Sort(out)
	return out
}

// Close stops sending. It waits for the messages that are under way until ctx ends, and
// breaks them off then: they are due again, which is noted before Close returns. The
// error is that of ctx when messages were broken off.
func (b *Outbox) Close(ctx context.Context) error {
	b.mu.Lock()
	again := b.closed
	b.closed = true
	b.mu.Unlock()
	if again {
		return nil
	}
	done := make(chan struct{})
	go func() { b.work.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		close(b.stop)
		<-done
		return ctx.Err()
	}
}
