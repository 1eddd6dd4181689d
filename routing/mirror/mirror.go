package mirror

import (
	"context"
	"fmt"
	"iter"
	"log/slog"
	"sync"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/routing"
)

// Mirror is an index of the CRM's accounts that follows their changes. It is safe
// for concurrent use: look-ups go on while it is refreshed or saved.
type Mirror struct {
	o       Options
	print   string // of everything that decides what is kept
	overlap time.Duration
	maxAge  time.Duration

	// work is held by whoever reads the CRM or the file. It guards state.
	work  sync.Mutex
	state *state

	// mu guards what look-ups read.
	mu    sync.RWMutex
	index *matching.Index
	stats Stats
}

// Options say what a mirror is made from. Client and Policy are needed.
type Options struct {
	Client *crm.Client
	Policy *routing.Policy
	// Scan answers a query that has very many rows, Client.All's way but in any
	// order. Default: Client.All. Salesforce gives its Bulk queries.
	Scan func(context.Context, crm.Query) iter.Seq2[crm.Record, error]
	// Path is the file in which the mirror is kept; "" keeps it nowhere. The file
	// holds company data and the e-mail domains of contacts, and no person.
	Path string
	// Source names where the records come from, such as the org's id. A file of
	// another source is not used.
	Source string
	// Now is the clock; default time.Now. It measures how long reading takes; the
	// mark up to which changes were read is by the CRM's own clock.
	Now func() time.Time
	// Logger gets one line for each load, refresh and refused file, without
	// personal data. Default: none.
	Logger *slog.Logger
	// Overlap is how far before the mark changes are read again: long
	// transactions become visible late. Default DefaultOverlap.
	Overlap time.Duration
	// MaxAge is how long deltas can be trusted to tell of deletions; a mirror that
	// was not refreshed for longer is loaded anew. Default DefaultMaxAge.
	MaxAge time.Duration
}

const (
	// DefaultOverlap is the default of Options.Overlap.
	DefaultOverlap = 10 * time.Minute
	// DefaultMaxAge is the default of Options.MaxAge: Salesforce empties its
	// recycle bin after 15 days.
	DefaultMaxAge = 10 * 24 * time.Hour
)

// Stats tells how a mirror stands.
type Stats struct {
	// Accounts are those in the index, merged and deleted ones included.
	// Contacts and Opportunities are those that were ever counted.
	Accounts, Contacts, Opportunities, Users int
	// Mark is the time up to which all changes were read, by the CRM's clock.
	Mark time.Time
	// LoadedAt is when everything was read, RefreshedAt when the CRM was last
	// asked, both by Options.Now.
	LoadedAt, RefreshedAt time.Time
	// FromFile tells that the mirror was restored from its file. Refused says why
	// the file was not used; nil when it was, or when there is none.
	FromFile bool
	Refused  error
}

var _ routing.AccountFinder = (*Mirror)(nil)

// Open gives a mirror that is in step with the CRM: from its file and the changes
// since when the file is whole, of this version, source, configuration and not
// too old, otherwise by reading everything. A file that cannot be used is no
// error; Stats.Refused and the log tell. The error is the CRM's, with its class.
func Open(ctx context.Context, o Options) (*Mirror, error) {
	m, err := open(o)
	if err != nil {
		return nil, err
	}
	if m.restore() {
		_, err = m.Refresh(ctx)
	} else {
		err = m.Reload(ctx)
	}
	if err != nil {
		return nil, err
	}
	return m, nil
}

// Load reads everything into a mirror that is kept in no file.
func Load(ctx context.Context, c *crm.Client, p *routing.Policy) (*Mirror, error) {
	return Open(ctx, Options{Client: c, Policy: p})
}

// open prepares a mirror that holds nothing yet.
func open(o Options) (*Mirror, error) {
	if o.Client == nil || o.Policy == nil {
		return nil, fmt.Errorf("mirror: options: want a client and a policy")
	}
	if o.Scan == nil {
		o.Scan = o.Client.All
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	m := &Mirror{o: o, overlap: o.Overlap, maxAge: o.MaxAge, print: fingerprint(o), state: newState(), index: matching.NewIndex(nil, nil)}
	if m.overlap <= 0 {
		m.overlap = DefaultOverlap
	}
	if m.maxAge <= 0 {
		m.maxAge = DefaultMaxAge
	}
	return m, nil
}

// Candidates gives the accounts that each company may be, compared already.
func (m *Mirror) Candidates(_ context.Context, p matching.Profile, cs []matching.Company) ([]routing.Candidates, error) {
	index := m.current()
	if p.ListSize == 0 {
		p.ListSize = index.Len()
	}
	out := make([]routing.Candidates, len(cs))
	for i, c := range cs {
		match, accounts := index.MatchWith(p, c)
		out[i] = routing.Candidates{Accounts: accounts, Capped: match.Capped, ListSize: p.ListSize, Match: &match}
	}
	return out, nil
}

// Len is the number of accounts.
func (m *Mirror) Len() int { return m.current().Len() }

// Freshness is when the CRM was last asked for changes, by Options.Now.
func (m *Mirror) Freshness() time.Time { return m.Stats().RefreshedAt }

// Stats tells how the mirror stands.
func (m *Mirror) Stats() Stats {
	m.mu.RLock()
	defer m.mu.RUnlock()
	s := m.stats
	s.Accounts = m.index.Len()
	return s
}

func (m *Mirror) current() *matching.Index {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.index
}

// publish lets look-ups see an index, and tells how it stands.
func (m *Mirror) publish(x *matching.Index, s *state, change func(*Stats)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.index, m.state = x, s
	change(&m.stats)
	m.stats.Contacts, m.stats.Opportunities, m.stats.Users = s.contacts.len(), s.deals.len(), s.users.len()
}
