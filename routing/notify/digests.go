package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/dri/digest"
)

// The defaults of DigestsOptions.
const (
	DefaultLookback = 180 * 24 * time.Hour
	DefaultLease    = 10 * time.Minute
	// MaxWeeks is how far back a digest tells of what no earlier one did.
	MaxWeeks = 4
)

// DigestsOptions say where digests come from and how they go.
type DigestsOptions struct {
	// Records is the ledger, Directory knows users and accounts, Sent remembers what
	// was sent, Courier sends. All but Courier are needed; without it nothing can be
	// sent, only previewed.
	Records   Records
	Directory Directory
	Sent      Sent
	Courier   *Courier
	// Updates gives news of sponsors since <= At < until; nil for none.
	Updates func(ctx context.Context, since, until time.Time) ([]digest.Update, error)
	// Schedule says when digests are due.
	Schedule digest.Schedule
	// BaseURL is the org's address, to which record ids are added; "" for no links.
	BaseURL string
	// NoSummaries sends managers nothing.
	NoSummaries bool
	// Lookback is how long a move may take from its receipt until it is done
	// (DefaultLookback). Lease is how long one message may take to be sent
	// (DefaultLease).
	Lookback, Lease time.Duration
	// Logger gets one line for each message. Default: nothing is logged.
	Logger *slog.Logger
}

// Digests sends weekly digests and summaries. Make one with NewDigests. Safe for
// concurrent use.
type Digests struct {
	opt DigestsOptions
}

// NewDigests checks the options; the error names the field that is wrong.
func NewDigests(o DigestsOptions) (*Digests, error) {
	switch {
	case o.Records == nil:
		return nil, errors.New("notify: digests: Records: want a ledger")
	case o.Directory == nil:
		return nil, errors.New("notify: digests: Directory: want one")
	case o.Sent == nil:
		return nil, errors.New("notify: digests: Sent: want one")
	case o.Schedule.Hour < 0 || o.Schedule.Hour > 23 || o.Schedule.Minute < 0 || o.Schedule.Minute > 59:
		return nil, errors.New("notify: digests: Schedule: want a time of day from 00:00 to 23:59")
	}
	base, err := cleanBase(o.BaseURL)
	if err != nil {
		return nil, err
	}
	o.BaseURL = base
	if o.Lookback <= 0 {
		o.Lookback = DefaultLookback
	}
	if o.Lease <= 0 {
		o.Lease = DefaultLease
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Digests{opt: o}, nil
}

// cleanBase checks the address of the org.
func cleanBase(base string) (string, error) {
	if base == "" {
		return "", nil
	}
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", errors.New("notify: BaseURL: want an address such as https://acme.my.salesforce.com")
	}
	return strings.TrimSuffix(base, "/"), nil
}

// Report counts what became of a run's messages.
type Report struct {
	Week digest.Week
	// Done tells that an earlier run had finished the week, Waiting that what it could
	// not send is not due again yet: nothing was looked at.
	Done, Waiting bool
	// Sent, Delayed and Failed count messages of this run, Before those that were sent
	// or given up earlier, or that another process is sending. Empty counts users
	// without anything to hear, Unknown those who are no active user.
	Sent, Delayed, Failed, Before, Empty, Unknown int
}

// Run sends the digests and summaries that are due at a moment, each once for its user
// and week, however often it is called (DR16). A Monday that was missed is made up for
// during its week; later, the next digest tells of both weeks.
//
// A schedule calls it every quarter of an hour or so: messages that could not be sent
// are due again after a while, and when the week is done a run is one look-up. The
// error is the ledger's, the directory's or the store's trouble; what was sent stays
// sent.
func (d *Digests) Run(ctx context.Context, now time.Time) (Report, error) {
	now = now.UTC().Truncate(time.Microsecond)
	out := Report{Week: d.opt.Schedule.Due(now)}
	if d.opt.Courier == nil {
		return out, errors.New("notify: digests: Courier: want one to send")
	}
	// Not held for longer than a moment: each message has a claim of its own, and this
	// one only remembers that the week is done.
	all, open, err := d.opt.Sent.Claim(ctx, Claim{Key: "digest:all:" + out.Week.String(), Now: now})
	if err != nil {
		return out, fmt.Errorf("notify: sent: %w", err)
	}
	if !open {
		out.Done, out.Waiting = all.State == StateSent, all.State == StateDelayed
		return out, nil
	}
	due, err := d.sendAll(ctx, now, &out)
	if err != nil {
		return out, err
	}
	settle := Settlement{Key: all.Key, Attempt: all.Attempt, State: StateSent}
	if !due.IsZero() {
		settle.State, settle.Due = StateDelayed, due
	}
	if err := d.opt.Sent.Settle(context.WithoutCancel(ctx), settle); err != nil && !errors.Is(err, ErrOvertaken) {
		return out, fmt.Errorf("notify: sent: %w", err)
	}
	return out, nil
}

// edition is everything that the messages of one week are made of.
type edition struct {
	*Digests
	// start is the moment of the run, began the same on the machine's clock.
	start, began time.Time

	week  digest.Week
	book  digest.Book
	users map[string]crm.User
	// reports are the ids of those who report to a manager.
	reports map[string][]string
}

// prepare gathers the facts of a week.
func (d *Digests) prepare(ctx context.Context, now time.Time) (*edition, error) {
	e := &edition{Digests: d, start: now, began: time.Now(), week: d.opt.Schedule.Due(now), users: map[string]crm.User{}}
	until := d.opt.Schedule.Window(e.week, time.Time{}).Until
	f, err := d.gather(ctx, d.opt.Schedule.Window(e.week.Add(1-MaxWeeks), time.Time{}).Since, until)
	if err == nil {
		f, err = named(ctx, d.opt.Directory, d.opt.BaseURL, f)
	}
	if err != nil {
		return nil, err
	}
	e.book = digest.NewBook(f)
	users, err := withManagers(ctx, d.opt.Directory, e.book.Users())
	if err != nil {
		return nil, fmt.Errorf("notify: users: %w", err)
	}
	for _, u := range users {
		e.users[u.ID] = u
	}
	if !d.opt.NoSummaries {
		e.reports = digest.Reports(users, e.book.Users())
	}
	return e, nil
}

// now goes on from the run's moment, in whole seconds: the claims of a long run begin
// when they are made.
func (e *edition) now() time.Time {
	return e.start.Add(time.Since(e.began).Truncate(time.Second))
}

// party is a user as messages name them.
func (e *edition) party(id string) digest.Party { return digest.Party{ID: id, Name: e.users[id].Name} }

// window is what the next message of a topic tells of: it begins where the last one
// that was sent ended, or where one that was not sent began.
func (e *edition) window(ctx context.Context, topic string) (digest.Window, error) {
	w := e.opt.Schedule.Window(e.week, time.Time{})
	last, ok, err := e.opt.Sent.Last(ctx, topic, w.Until)
	if err != nil {
		return w, fmt.Errorf("notify: sent: %w", err)
	}
	if !ok {
		return w, nil
	}
	since := last.Until
	if last.State != StateSent {
		since = last.Since
	}
	if oldest := e.opt.Schedule.Window(e.week.Add(1-MaxWeeks), time.Time{}).Since; since.Before(oldest) {
		since = oldest
	}
	return e.opt.Schedule.Window(e.week, since), nil
}

// topic is what follows each other: the digests of one user.
func topic(k digest.Kind, user string) string { return string(k) + ":" + user }

// weekly is the digest of a user, or the summary of a manager.
func (e *edition) weekly(ctx context.Context, k digest.Kind, id string) (digest.Message, error) {
	w, err := e.window(ctx, topic(k, id))
	if err != nil || k == digest.KindDigest {
		return e.book.Weekly(e.party(id), w), err
	}
	var digests []digest.Message
	for _, user := range e.reports[id] {
		digests = append(digests, e.book.Weekly(e.party(user), w))
	}
	return digest.Summary(e.party(id), w, digests), nil
}
