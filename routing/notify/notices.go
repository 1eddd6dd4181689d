package notify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/dri/digest"
	"github.com/onward-crm/onward/routing"
)

// DefaultMaxAge is how old a notice may become before it is not sent any more: the
// digest will tell.
const DefaultMaxAge = 3 * 24 * time.Hour

// quietFor is how long no notice is tried after one had to wait: the engine's work goes
// on beside it, and is not to stand at a mail server that does not answer.
const quietFor = time.Minute

// NoticesOptions say what notices are made of and how they go. Records, Directory, Sent
// and Courier are needed. The engine waits while a notice is sent, so the courier should
// try once, and not for long; what it cannot send is offered again.
type NoticesOptions struct {
	Records   Records
	Directory Directory
	Sent      Sent
	Courier   *Courier
	// Rules say how people are told of which scenario; none means the usual words.
	Rules []digest.Rule
	// Sponsors tells whether one of these keys of a person (tracking.Person.Keys) names a
	// sponsor, of whose move News may tell too. nil takes everybody for one, which costs
	// marks for each notice.
	Sponsors func(ctx context.Context, keys []string) (bool, error)
	// BaseURL is the org's address, to which record ids are added; "" for no links.
	BaseURL string
	// MaxAge bounds the age of a notice (DefaultMaxAge), Lease how long one may take to
	// be sent (DefaultLease).
	MaxAge, Lease time.Duration
	// Now is the clock. Default: time.Now.
	Now func() time.Time
	// Logger gets one line for each notice. Default: nothing is logged.
	Logger *slog.Logger
}

// Notices tells responsible people of moves as soon as they are done. It is a
// routing.Notifier: the engine offers it what the ledger has to tell. Make one with
// NewNotices. Safe for concurrent use.
type Notices struct {
	opt  NoticesOptions
	base string
	// quiet is until when nothing is tried, in microseconds since 1970.
	quiet atomic.Int64
}

var _ routing.Notifier = (*Notices)(nil)

// NewNotices checks the options; the error names what is wrong.
func NewNotices(o NoticesOptions) (*Notices, error) {
	if o.Records == nil || o.Directory == nil || o.Sent == nil || o.Courier == nil {
		return nil, errors.New("notify: notices: want Records, Directory, Sent and Courier")
	}
	if err := digest.CheckRules(o.Rules); err != nil {
		return nil, err
	}
	base, err := cleanBase(o.BaseURL)
	if err != nil {
		return nil, err
	}
	if o.MaxAge <= 0 {
		o.MaxAge = DefaultMaxAge
	}
	if o.Lease <= 0 {
		o.Lease = DefaultLease
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Notices{opt: o, base: base}, nil
}

// errLater: the notice waits; it is to be offered again.
var errLater = errors.New("notify: not sent yet")

// Notify sends notices, positionally. A notice comes back with an error when it is to
// be offered again: it could not be sent now, or somebody else is sending it. What no
// channel will ever take, what is too old, and what nobody is told of by the rules comes
// back without one, so that it does not stand in the way of others.
func (n *Notices) Notify(ctx context.Context, ns []routing.Notice) ([]error, error) {
	keys := make([]string, len(ns))
	users := make([]string, len(ns))
	for i, one := range ns {
		keys[i], users[i] = one.Delivery, one.UserID
	}
	records, err := n.opt.Records.Fetch(ctx, idsOf(keys...))
	if err != nil {
		return nil, fmt.Errorf("notify: ledger: %w", err)
	}
	known, err := n.opt.Directory.Users(ctx, idsOf(users...))
	if err != nil {
		return nil, fmt.Errorf("notify: users: %w", err)
	}
	byID := map[string]crm.User{}
	for _, u := range known {
		byID[u.ID] = u
	}
	changes, err := n.changes(ctx, ns, records)
	if err != nil {
		return nil, err
	}
	errs := make([]error, len(ns))
	round := n.opt.Courier.Round()
	for i, one := range ns {
		errs[i] = n.send(ctx, round, offer{one, records[one.Delivery], changes[i], byID[one.UserID]})
	}
	return errs, nil
}

// changes are what the notices are about, nil for what nobody is told of any more.
func (n *Notices) changes(ctx context.Context, ns []routing.Notice, records map[string]routing.Record) ([]*digest.Change, error) {
	var f digest.Facts
	var which []int
	for i, one := range ns {
		if c, ok := ChangeOf(records[one.Delivery]); ok {
			f.Changes, which = append(f.Changes, addressed(c, one)), append(which, i)
		}
	}
	f, err := named(ctx, n.opt.Directory, n.base, f)
	if err != nil {
		return nil, err
	}
	out := make([]*digest.Change, len(ns))
	for at, i := range which {
		out[i] = &f.Changes[at]
	}
	return out, nil
}

// addressed gives the notice's halves to the notice's user: who was to be told when it was
// decided is told, whoever is responsible by now.
func addressed(c digest.Change, one routing.Notice) digest.Change {
	for i, p := range c.Parts {
		for _, s := range one.Scenarios {
			if p.Scenario == s {
				c.Parts[i].UserID = cmp.Or(one.UserID, one.Queue)
			}
		}
	}
	return c
}

// offer is one notice with what it is about and whom it is for.
type offer struct {
	routing.Notice
	record routing.Record
	// change is nil for what nobody is told of any more.
	change *digest.Change
	user   crm.User
}

// send sends one notice; see Notify.
func (n *Notices) send(ctx context.Context, round *Round, one offer) error {
	c, u := one.change, one.user
	now := n.opt.Now().UTC().Truncate(time.Microsecond)
	key := "notice:" + one.ID
	switch {
	case c == nil:
		return n.drop(key, "nothing_to_tell")
	case now.Sub(one.At) > n.opt.MaxAge:
		return n.drop(key, "too_old")
	case one.UserID != "" && !u.Active:
		return n.drop(key, "no_active_user")
	}
	to := digest.Party{ID: cmp.Or(one.UserID, one.Queue), Name: cmp.Or(u.Name, one.Queue)}
	content, ok := digest.Notice(n.opt.Rules, *c, to)
	if !ok {
		return n.drop(key, "off")
	}
	if n.quiet.Load() > now.UnixMicro() {
		return errLater
	}
	p := post{sent: n.opt.Sent, lease: n.opt.Lease, logger: n.opt.Logger, now: func() time.Time { return now }}
	m := Message{Key: key, To: Recipient{UserID: u.ID, Name: to.Name, Email: u.Email}, Content: content}
	keys, err := n.newsOf(ctx, one)
	if err != nil {
		return err
	}
	r, err := p.sendOnce(ctx, round, m, keys)
	if err != nil || r.again.IsZero() {
		return err
	}
	if r.taken {
		n.quiet.Store(now.Add(quietFor).UnixMicro())
	}
	return errLater
}

// drop forgets a notice that nobody will be sent.
func (n *Notices) drop(key, reason string) error {
	n.opt.Logger.Info("notice dropped", "message", key, "reason", reason)
	return nil
}
