package dispatch

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/sighting"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/sponsor"
)

// Observing takes up profiles that are reported; a sponsor.Desk is one.
type Observing interface {
	Observe(ctx context.Context, p sponsor.Profile) (updates int, err error)
}

// maxHeard bounds what a Listener keeps until it is asked to hand it on.
const maxHeard = 10_000

// Listener hears of the moves that the engine has finished, whoever reported them, and
// hands them to the desk: a webhook's word makes an update of a sponsor as a provider's
// does. What is heard is kept in memory alone, and the oldest is dropped when nobody
// takes it: a sponsor's profile is read again anyway. Make one with NewListener. Safe
// for concurrent use.
type Listener struct {
	routing.Observer
	mu    sync.Mutex
	heard []sponsor.Profile
}

// NewListener makes a listener that passes everything on to another observer, which may
// not be nil.
func NewListener(next routing.Observer) *Listener { return &Listener{Observer: next} }

// Finished keeps where somebody is now.
func (l *Listener) Finished(d routing.Delivery, o routing.Outcome, wait time.Duration) {
	l.Observer.Finished(d, o, wait)
	p, ok := seenIn(d, o)
	if !ok {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.heard = append(l.heard, p); len(l.heard) > maxHeard {
		l.heard = slices.Clone(l.heard[len(l.heard)-maxHeard:])
	}
}

// HandOn gives the desk what was heard since the last time. What is left when the desk
// fails is kept for the next time. It tells how many updates came of it.
func (l *Listener) HandOn(ctx context.Context, desk Observing) (updates int, err error) {
	l.mu.Lock()
	heard := l.heard
	l.heard = nil
	l.mu.Unlock()
	for i, p := range heard {
		n, err := desk.Observe(ctx, p)
		if err != nil {
			l.mu.Lock()
			l.heard = append(heard[i:], l.heard...)
			l.mu.Unlock()
			return updates, err
		}
		updates += n
	}
	return updates, nil
}

// seenIn is where a finished delivery has seen somebody; false for one that says
// nothing, of somebody who is forgotten, and for what the desk itself has told. The
// places of a report are companies', so that they say nothing of where people live.
func seenIn(d routing.Delivery, o routing.Outcome) (sponsor.Profile, bool) {
	ev, to := d.Event, d.Event.To
	own := ev.Source == sighting.Source && ev.Custom[sighting.ProviderKey] == sighting.SponsorProvider
	if to == nil || own || o.What == routing.WhatSuppressed || o.Status != routing.StatusDone && o.Status != routing.StatusFiltered {
		return sponsor.Profile{}, false
	}
	p := tracking.Person{
		RecordID: ev.Person.CRMID, HubSpotID: ev.Person.HubSpotID, LinkedIn: ev.Person.LinkedInURL,
		FirstName: ev.Person.FirstName, LastName: ev.Person.LastName, Emails: idsOf(append([]string{ev.Person.Email}, ev.Person.Emails...)...),
		Title: to.Title,
		Company: matching.Company{
			Name: to.Company, Domain: to.Domain, LinkedIn: to.CompanyLinkedInURL, AccountID: cmp.Or(o.AccountID, to.AccountID), Country: to.Country, State: to.State, City: to.City,
			Since: to.StartedOn.Time,
		},
	}
	if p.RecordID == "" {
		p.RecordID = o.PastID
	}
	if to.Email != "" {
		p.Emails = append(p.Emails, to.Email)
	}
	seen := ev.OccurredAt
	if seen.IsZero() {
		seen = d.ReceivedAt
	}
	return sponsor.Profile{Person: p, SeenAt: seen}, true
}
