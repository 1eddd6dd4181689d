// Package spotter takes up what rounds find: it makes events of looks and hires by
// package sighting, and has them accepted like any other report. It is a rounds.Router.
package spotter

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/sighting"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/rounds"
	"github.com/onward-crm/onward/tracking/target"
)

// Accepter stores events durably; *routing.Engine is one.
type Accepter interface {
	Accept(ctx context.Context, evs []routing.Event) ([]routing.Accepted, error)
}

// Spotter is a rounds.Router. Make one with New. Safe for concurrent use.
type Spotter struct {
	accepter Accepter
	profile  matching.Profile
	now      func() time.Time
	accepted func()
}

var _ rounds.Router = (*Spotter)(nil)

// Options tune a Spotter; zero fields mean defaults.
type Options struct {
	// Profile brings pins and acquisitions into the comparison of companies.
	Profile matching.Profile
	// Now is the clock; default time.Now.
	Now func() time.Time
	// Accepted is called when events were accepted, such as to wake who works on them.
	Accepted func()
}

// New makes a Spotter.
func New(a Accepter, o *Options) *Spotter {
	s := &Spotter{accepter: a, now: time.Now}
	if o != nil {
		s.profile, s.accepted = o.Profile, o.Accepted
		if o.Now != nil {
			s.now = o.Now
		}
	}
	return s
}

// Looks takes up those looks that tell a change; see rounds.Router.
func (s *Spotter) Looks(ctx context.Context, looks []rounds.Look) ([]rounds.Verdict, error) {
	out := make([]rounds.Verdict, len(looks))
	var evs []routing.Event
	for i, l := range looks {
		seen := sighting.Observe(s.profile, l.Provider, sighting.Last{Person: l.Person, SeenAt: l.SeenAt, Relationship: l.Relationship}, l.Profile)
		v := &out[i]
		v.Kind, v.Reason = seen.Kind, string(seen.Reason)
		v.Fresh = seen.Reason == sighting.ReasonSeen || seen.Reason == sighting.ReasonUnchanged
		if seen.Reason != sighting.ReasonSeen {
			continue
		}
		mark, stays := lasting(seen)
		if stays && slices.Contains(l.Told, mark) {
			v.Reason = ReasonTold
			continue
		}
		if _, err := routing.Normalize(seen.Event, s.now()); err != nil {
			v.Reason, v.Fresh = ReasonUnusable, false
			continue
		}
		v.Taken, v.Stays, v.Mark = true, stays, mark
		evs = append(evs, seen.Event)
	}
	return out, s.accept(ctx, evs)
}

// Why a look is not taken up, beside the reasons of package sighting.
const (
	// ReasonTold: the same was handed on before.
	ReasonTold = "told"
	// ReasonUnusable: the provider's answer makes no event.
	ReasonUnusable = "unusable"
)

// lasting tells of a change that leaves the person where they were: what to remember
// of it, so that it is told once. After all others the person is somewhere else, and
// the same answer is no change any more.
func lasting(s sighting.Sighting) (mark string, stays bool) {
	switch s.Kind {
	case tracking.Left:
		return string(s.Kind) + "|" + place(s.Event.From), true
	case tracking.AdditionalRole:
		return string(s.Kind) + "|" + place(s.Event.To), true
	case tracking.NameChanged:
		return string(s.Kind) + "|" + strings.ToLower(s.Event.Person.LastName), true
	}
	return "", false
}

func place(p *routing.Place) string {
	if p == nil {
		return ""
	}
	if d, ok := matching.ParseDomain(p.Domain); ok {
		return d.Registrable
	}
	return matching.ParseCompany(p.Company).Key
}

// Hires takes up people at watched accounts; see rounds.Router.
func (s *Spotter) Hires(ctx context.Context, hires []rounds.Hire) ([]error, error) {
	errs := make([]error, len(hires))
	var evs []routing.Event
	for i, h := range hires {
		ev := sighting.Hire(h.Prospect)
		if h.Was != nil {
			if seen := s.risen(h); seen.Reason == sighting.ReasonSeen {
				ev = seen.Event
			}
		}
		if _, err := routing.Normalize(ev, s.now()); err != nil {
			errs[i] = err
			continue
		}
		evs = append(evs, ev)
	}
	return errs, s.accept(ctx, evs)
}

// risen is somebody who was told before, and has a higher title at the same account.
func (s *Spotter) risen(h rounds.Hire) sighting.Sighting {
	at := func(p target.Prospect) tracking.Person {
		person := p.Person
		person.Company.AccountID, person.AccountID = p.AccountID, p.AccountID
		return person
	}
	now := tracking.Profile{Person: at(h.Prospect), SeenAt: h.FoundAt}
	now.Current = []tracking.Position{{Company: now.Person.Company, Title: now.Person.Title, Current: true}}
	return sighting.Observe(s.profile, h.Source, sighting.Last{Person: at(*h.Was), SeenAt: h.Was.FoundAt}, now)
}

// accept stores events; those that were stored before are known by their ids.
func (s *Spotter) accept(ctx context.Context, evs []routing.Event) error {
	if len(evs) == 0 {
		return nil
	}
	if _, err := s.accepter.Accept(ctx, evs); err != nil {
		return err
	}
	if s.accepted != nil {
		s.accepted()
	}
	return nil
}

// Erased tells which people a ledger has tombstones of, positionally: they must not be
// kept. secret is the one that the engine hashes with.
func Erased(ledger routing.Ledger, secret []byte) func(ctx context.Context, people []tracking.Person) ([]bool, error) {
	return func(ctx context.Context, people []tracking.Person) ([]bool, error) {
		out := make([]bool, len(people))
		owners := map[string][]int{}
		var q routing.Question
		for i, p := range people {
			for _, key := range tracking.ErasedBy(p.Keys()) {
				stone := routing.Tombstone(secret, key)
				if owners[stone] == nil {
					q.Tombstones = append(q.Tombstones, stone)
				}
				owners[stone] = append(owners[stone], i)
			}
		}
		if len(q.Tombstones) == 0 {
			return out, nil
		}
		answer, err := ledger.Lookup(ctx, q)
		if err != nil {
			return nil, err
		}
		for stone := range answer.Buried {
			for _, i := range owners[stone] {
				out[i] = true
			}
		}
		return out, nil
	}
}
