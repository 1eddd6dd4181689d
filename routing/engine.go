package routing

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/onward-crm/onward/crm"
)

// Engine carries moves from acceptance to their records: it gathers facts,
// decides, stores the plan, applies it and finishes. It holds no state of its
// own beside its parts, but for how long it leaves a system alone that is away; all
// that must last is in the ledger. It is safe for concurrent use, and any number of
// engines may share one ledger.
type Engine struct {
	policy *Policy
	deps   Deps
	opt    Options
	away   away
}

// Deps are the parts that an engine works with. Notifier, Flow, Completer and
// Observer may be nil: notices then stay in the ledger, strategy flow cannot
// invoke, reports that point elsewhere are parked, and nobody looks on. So may
// Relationships: then only the event and the CRM say what a mover is to us.
type Deps struct {
	CRM      *crm.Client
	Ledger   Ledger
	Accounts AccountFinder
	Notifier Notifier
	Flow     FlowInvoker
	// Completer fetches what reports point at.
	Completer Completer
	Observer  Observer
	// Targets are the accounts that are watched, nil for none; Sequences takes what
	// handoffs tell engagement tools.
	Targets   WatchList
	Sequences SequenceStarter
	// Relationships stamps every mover, whoever reports them, and takes what their moves
	// use.
	Relationships Relationships
	// Forgetters are all other places that an erasure reaches.
	Forgetters []Forgetter
}

// Options tune an engine; nil and zero fields mean the defaults. Nothing here
// can change a decision.
type Options struct {
	// Logger gets one line for each outcome, without personal data. Default:
	// nothing is logged.
	Logger *slog.Logger
	// Now is the clock. Default: time.Now.
	Now func() time.Time
	// Secret keys the hashes under which persons are remembered. Use the same one
	// for one ledger for ever: erased people are recognised by it.
	Secret []byte
	// BatchSize is the greatest number of deliveries worked on together
	// (DefaultBatchSize). Lease is how long they are held (DefaultLease).
	BatchSize int
	Lease     time.Duration
	// MaxAttempts is the number of attempts of unclear failure before a delivery
	// is parked (DefaultMaxAttempts). Outages do not count.
	MaxAttempts int
	// OutagePause and QuotaPause are how long work waits while the CRM is away or
	// its daily allowance is used up.
	OutagePause time.Duration
	QuotaPause  time.Duration
}

// The defaults of Options.
const (
	DefaultBatchSize   = 1000
	DefaultLease       = 5 * time.Minute
	DefaultMaxAttempts = 8
	DefaultOutagePause = 30 * time.Second
	DefaultQuotaPause  = 15 * time.Minute
)

// New makes an engine. The error is a *ConfigError, or names a missing part.
func New(cfg Config, deps Deps, o *Options) (*Engine, error) {
	policy, err := NewPolicy(cfg)
	if err != nil {
		return nil, err
	}
	if deps.CRM == nil || deps.Ledger == nil || deps.Accounts == nil {
		return nil, errors.New("routing: engine needs a CRM client, a ledger and an account finder")
	}
	if slices.Contains(cfg.strategies(), StrategyFlow) && cfg.Flow.Direction == FlowInvoke && deps.Flow == nil {
		return nil, &ConfigError{Problems: []Problem{{Path: "flow.direction", Message: "invoke needs a CRM that can run Flows"}}}
	}
	if names := cfg.sequences(); len(names) > 0 && deps.Sequences == nil {
		return nil, &ConfigError{Problems: []Problem{{Path: "configurations", Message: "handoff.sequence needs an endpoint to tell: " + join(names)}}}
	}
	e := &Engine{policy: policy, deps: deps}
	if o != nil {
		e.opt = *o
	}
	e.opt.fill()
	return e, nil
}

func (o *Options) fill() {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	orDefault(&o.BatchSize, DefaultBatchSize)
	orDefault(&o.Lease, DefaultLease)
	orDefault(&o.MaxAttempts, DefaultMaxAttempts)
	orDefault(&o.OutagePause, DefaultOutagePause)
	orDefault(&o.QuotaPause, DefaultQuotaPause)
}

func orDefault[T int | time.Duration](v *T, value T) {
	if *v <= 0 {
		*v = value
	}
}

// Policy is what the engine decides by.
func (e *Engine) Policy() *Policy { return e.policy }

// Plan decides without writing anything, positionally: a dry run with the same
// code and the same reasons. Events of one batch know of each other's plans. The
// error is the events' (ErrEvent, nothing is decided) or the CRM's.
func (e *Engine) Plan(ctx context.Context, evs []Event) ([]Plan, error) {
	normal, facts, err := e.Gather(ctx, evs)
	if err != nil {
		return nil, err
	}
	plans := make([]Plan, len(normal))
	known := newOverlay()
	for i := range normal {
		known.show(&facts[i])
		plans[i] = Evaluate(e.policy, normal[i], facts[i])
		known.learn(plans[i])
	}
	return plans, nil
}

// Gather normalises events and reads all facts that decisions on them want,
// positionally, without writing anything.
func (e *Engine) Gather(ctx context.Context, evs []Event) ([]Event, []Facts, error) {
	now := e.opt.Now().UTC()
	normal, err := e.normalize(evs, now)
	if err != nil {
		return nil, nil, err
	}
	facts := make([]Facts, len(normal))
	for i := range facts {
		facts[i].Now = now
	}
	if err := e.gather(ctx, normal, facts); err != nil {
		return nil, nil, err
	}
	return normal, facts, nil
}

// normalize normalises all events; any invalid one refuses the batch, naming
// each by its place.
func (e *Engine) normalize(evs []Event, now time.Time) ([]Event, error) {
	out := make([]Event, len(evs))
	var problems []error
	for i, ev := range evs {
		var err error
		if out[i], err = Normalize(ev, now); err != nil {
			problems = append(problems, fmt.Errorf("event %d: %w", i, err))
		}
	}
	return out, errors.Join(problems...)
}

// Accept stores events durably without working on them, positionally. When it
// returns nil the sender may be told that they will be done. The error of an
// invalid event is ErrEvent; nothing of the batch is stored then.
func (e *Engine) Accept(ctx context.Context, evs []Event) ([]Accepted, error) {
	now := e.opt.Now().UTC()
	normal, err := e.normalize(evs, now)
	if err != nil {
		return nil, err
	}
	trace := ""
	if e.deps.Observer != nil {
		trace = e.deps.Observer.Trace(ctx)
	}
	ds := make([]Delivery, len(normal))
	for i, ev := range normal {
		ds[i] = Delivery{
			Key: DeliveryKey(ev), Event: ev, Persons: e.PersonHashes(ev),
			OccurredAt: ev.OccurredAt, ReceivedAt: now.Truncate(time.Microsecond), Trace: trace,
		}
	}
	return e.deps.Ledger.Accept(ctx, ds)
}

// PersonHashes are the keyed hashes under which the ledger knows the person of an
// event, by which deliveries can be searched (Filter.Persons).
func (e *Engine) PersonHashes(ev Event) []string { return e.hashed(Identifiers(ev)) }

// hashed are identifiers as the ledger may keep them.
func (e *Engine) hashed(ids []string) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = Tombstone(e.opt.Secret, id)
	}
	return out
}

// Handle is HandleBatch for one event.
func (e *Engine) Handle(ctx context.Context, ev Event) (Record, error) {
	records, err := e.HandleBatch(ctx, []Event{ev})
	if len(records) == 0 {
		return Record{}, err
	}
	return records[0], err
}

// HandleBatch accepts events, works on everything that is due, and returns the
// records of the events, positionally: for callers with their own queue. When
// the CRM, the ledger or the system that a report points at was in trouble the error
// says so; what was accepted is
// then in the ledger with StatusAccepted, and a later call goes on with it.
func (e *Engine) HandleBatch(ctx context.Context, evs []Event) ([]Record, error) {
	accepted, err := e.Accept(ctx, evs)
	if err != nil {
		return nil, err
	}
	_, elsewhere, trouble := e.drain(ctx)
	trouble = errors.Join(trouble, elsewhere)
	keys := make([]string, len(accepted))
	for i, a := range accepted {
		keys[i] = a.Record.Key
	}
	found, err := e.deps.Ledger.Fetch(ctx, keys)
	if err != nil {
		return nil, errors.Join(trouble, err)
	}
	out := make([]Record, len(keys))
	for i, key := range keys {
		out[i] = found[key]
	}
	return out, trouble
}

// WorkOn works on these deliveries alone, for a caller who waits for them. What is
// not due, is held by somebody else, or stands behind an older delivery of the same
// person stays as it is. The error is trouble with the CRM, the ledger or the system
// that a report points at, by which nothing is lost.
func (e *Engine) WorkOn(ctx context.Context, keys []string) error {
	for ctx.Err() == nil {
		claims, err := e.deps.Ledger.Claim(ctx, ClaimOrder{Now: e.opt.Now().UTC(), N: len(keys), Lease: e.opt.Lease, Keys: keys})
		if err != nil || len(claims) == 0 {
			return err
		}
		if _, err := e.work(ctx, claims); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// Drain works on everything that is due and returns how many deliveries it
// finished. It stops at the first trouble with the CRM or the ledger; nothing
// is lost by that. Reports that wait for the system that they point at stop nobody
// and are no error.
func (e *Engine) Drain(ctx context.Context) (int, error) {
	done, _, err := e.drain(ctx)
	return done, err
}

// drain is Drain, and tells why reports wait for another system.
func (e *Engine) drain(ctx context.Context) (done int, elsewhere, err error) {
	for ctx.Err() == nil {
		claims, err := e.deps.Ledger.Claim(ctx, ClaimOrder{Now: e.opt.Now().UTC(), N: e.opt.BatchSize, Lease: e.opt.Lease})
		if err != nil {
			return done, elsewhere, err
		}
		if len(claims) == 0 {
			e.notifyAll(ctx)
			return done, elsewhere, nil
		}
		n, err := e.work(ctx, claims)
		done += n
		if other, ok := errors.AsType[*elsewhereError](err); ok { // it is told only where nothing else is wrong
			elsewhere, err = other, nil
		}
		if err != nil {
			return done, elsewhere, err
		}
	}
	return done, elsewhere, ctx.Err()
}
