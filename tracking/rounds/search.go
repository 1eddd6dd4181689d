package rounds

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/target"
)

// manyAccounts is after how many accounts what a free provider found is kept; what was
// paid for is kept account by account.
const manyAccounts = 200

// Searched says what came of searching watched accounts.
type Searched struct {
	// Accounts were searched, once for each provider; Found are people who were met for
	// the first time, Risen those who were told before and have a higher title now, Again
	// those who were known already.
	Accounts int `json:"accounts"`
	Found    int `json:"found"`
	Risen    int `json:"risen,omitempty"`
	Again    int `json:"again,omitempty"`
	Credits  int `json:"credits,omitempty"`
	// Waiting are the providers that were cut short, and why.
	Waiting map[string]string `json:"waiting,omitempty"`
}

// Search looks for people at the watched accounts: with every provider whose time has
// come, or who was cut short, from the account on where it stopped. The error is
// ErrHeld, the store's, or ErrCut; what was found before it is kept.
func (r *Rounds) Search(ctx context.Context) (Searched, error) { return r.search(ctx, true) }

// Continue is Search with those providers only who were cut short.
func (r *Rounds) Continue(ctx context.Context) (Searched, error) { return r.search(ctx, false) }

func (r *Rounds) search(ctx context.Context, begin bool) (Searched, error) {
	h, err := r.take(ctx, targetWork)
	if err != nil {
		return Searched{}, err
	}
	s := &search{hold: h, begin: begin, out: Searched{Waiting: map[string]string{}}}
	err = s.all(ctx)
	return s.out, errors.Join(err, h.release(ctx, false))
}

// search is one run over the watched accounts.
type search struct {
	*hold
	// begin tells that searches are begun whose time has come.
	begin bool
	out   Searched
	// found are those of the accounts since the last time that anything was kept.
	found []target.Prospect
}

func (s *search) all(ctx context.Context) error {
	a, err := s.asking(ctx)
	if err != nil {
		return err
	}
	var cut []error
	for _, p := range s.deps.Providers {
		why := a.tired[p.Name()]
		if why == nil {
			if why, err = s.provider(ctx, p); err != nil {
				return err
			}
			if err := a.rest(ctx, p.Name(), why); err != nil {
				return err
			}
		}
		if why != nil {
			s.out.Waiting[p.Name()] = why.Error()
			cut = append(cut, why)
		}
	}
	if s.out.Accounts > 0 {
		s.opt.Logger.InfoContext(ctx, "rounds: accounts searched", slog.Int("accounts", s.out.Accounts), slog.Int("found", s.out.Found),
			slog.Int("risen", s.out.Risen), slog.Int("credits", s.out.Credits), slog.Int("waiting", len(s.out.Waiting)))
	}
	if len(cut) > 0 {
		return errors.Join(append(cut, ErrCut)...)
	}
	return nil
}

// searchWork is the name under which stands how far a provider has come.
func searchWork(provider string) string { return "search/" + provider }

// provider searches with one provider, if it is due; cut is why it could not go on.
func (s *search) provider(ctx context.Context, p tracking.Provider) (cut, err error) {
	every := s.plan.Every[p.Name()]
	if every < 0 {
		return nil, nil
	}
	var from Work
	err = s.deps.Store.Change(ctx, searchWork(p.Name()), func(w Work) (Work, error) {
		if now := s.tick(); s.begin && w.Began.IsZero() && !now.Before(w.Scan.Last.Add(every)) {
			w.Began, w.After = now, ""
		}
		from = w
		return w, nil
	})
	if err != nil || from.Began.IsZero() {
		return nil, err
	}
	since := 0
	at := cursorOf(from.After)
	for _, w := range s.Book().Accounts() {
		if at.covers(w.ID) || !w.Searched() {
			continue
		}
		credits, reached, why := s.account(ctx, p, w, at)
		s.out.Credits += credits
		if why != nil {
			return why, s.flush(ctx, p, reached)
		}
		s.out.Accounts++
		at, since = reached, since+1
		if credits > 0 || since >= manyAccounts {
			if err := s.flush(ctx, p, at); err != nil {
				return nil, err
			}
			since = 0
		}
	}
	if err := s.flush(ctx, p, at); err != nil {
		return nil, err
	}
	return nil, s.deps.Store.Change(ctx, searchWork(p.Name()), func(w Work) (Work, error) {
		w.Scan.Last, w.Began, w.After = w.Began, time.Time{}, ""
		return w, nil
	})
}

// cursor is how far a search has come: all of an account, or only up to a persona, so that
// nobody is paid for twice.
type cursor struct {
	account, persona string
	// part tells that only personas up to this one were searched.
	part bool
}

func cursorOf(after string) (c cursor) {
	c.account, c.persona, c.part = strings.Cut(after, "\x1f")
	return c
}

func (c cursor) String() string {
	if c.part {
		return c.account + "\x1f" + c.persona
	}
	return c.account
}

// covers reports whether all of an account was searched.
func (c cursor) covers(account string) bool {
	return account < c.account || account == c.account && !c.part
}

// left are the personas that were not searched at an account.
func (c cursor) left(account string, personas []tracking.Persona) []tracking.Persona {
	if !c.part || account != c.account {
		return personas
	}
	done := slices.IndexFunc(personas, func(p tracking.Persona) bool { return p.Name == c.persona })
	return personas[done+1:]
}

// account asks for the people of all personas at one account, and tells how far it came.
func (s *search) account(ctx context.Context, p tracking.Provider, w target.Watched, from cursor) (credits int, reached cursor, cut error) {
	personas := target.Counting(s.plan.Personas, w.Personas())
	if len(s.plan.Personas) == 0 {
		personas = []tracking.Persona{{}}
	}
	at := matching.Company{Name: w.Name, Domain: w.Website, AccountID: w.ID}
	reached = from
	for _, persona := range from.left(w.ID, personas) {
		found, err := p.Find(ctx, at, persona, s.plan.Limit)
		credits += found.Credits
		for _, profile := range found.Profiles {
			s.found = append(s.found, prospectOf(profile, w.ID, at, p.Name(), s.tick()))
		}
		switch {
		case errors.Is(err, tracking.ErrUnknown), errors.Is(err, tracking.ErrGone): // too little is known of the account
		case err != nil:
			return credits, reached, err
		}
		reached = cursor{account: w.ID, persona: persona.Name, part: true}
	}
	return credits, cursor{account: w.ID}, nil
}

// prospectOf is somebody at a watched account, with the position that they have there.
func prospectOf(profile tracking.Profile, account string, at matching.Company, provider string, now time.Time) target.Prospect {
	p := target.Prospect{Person: profile.Person, AccountID: account, Source: provider, FoundAt: now}
	p.Person.AccountID = ""
	here := slices.IndexFunc(profile.Current, func(c tracking.Position) bool {
		same, _ := matching.SameCompany(c.Company, at)
		return same == matching.SamenessSame
	})
	if here < 0 && len(profile.Current) > 0 {
		here = 0
	}
	if here >= 0 {
		p.Person.Company, p.Person.Title, p.StartedOn = profile.Current[here].Company, profile.Current[here].Title, profile.Current[here].StartedOn
	}
	return p
}

// flush keeps whom the search has found so far, and then how far it has come: should it
// stop in between, the same people are found again, and known.
func (s *search) flush(ctx context.Context, p tracking.Provider, at cursor) error {
	ctx = context.WithoutCancel(ctx)
	found := s.found
	s.found = nil
	for batch := range slices.Chunk(found, s.opt.Batch) {
		if err := s.keep(ctx, batch); err != nil {
			return err
		}
	}
	if err := s.renew(ctx); err != nil { // whoever took over goes by its own steps
		return err
	}
	return s.deps.Store.Change(ctx, searchWork(p.Name()), func(w Work) (Work, error) {
		w.After = at.String()
		return w, nil
	})
}

// keep keeps those who are news.
func (s *search) keep(ctx context.Context, found []target.Prospect) error {
	found, err := s.allowed(ctx, found)
	if err != nil {
		return err
	}
	var keys []string
	for _, p := range found {
		keys = append(keys, p.Person.Keys()...)
	}
	known, err := s.deps.Store.KnownAs(ctx, keys)
	if err != nil {
		return err
	}
	b := newBench(known)
	for _, p := range found {
		switch b.meet(p, s.tick()) {
		case metNew:
			s.out.Found++
		case metRisen:
			s.out.Risen++
		case metKnown:
			s.out.Again++
		}
	}
	return s.deps.Store.Keep(ctx, b.changes)
}

// allowed leaves out those who were erased, and those without keys.
func (s *search) allowed(ctx context.Context, found []target.Prospect) ([]target.Prospect, error) {
	found = slices.DeleteFunc(slices.Clone(found), func(p target.Prospect) bool { return len(p.Person.Keys()) == 0 })
	if s.deps.Erased == nil || len(found) == 0 {
		return found, nil
	}
	people := make([]tracking.Person, len(found))
	for i, p := range found {
		people[i] = p.Person
	}
	gone, err := s.deps.Erased(ctx, people)
	if err != nil {
		return nil, err
	}
	var out []target.Prospect
	for i, p := range found {
		if !gone[i] {
			out = append(out, p)
		}
	}
	return out, nil
}
