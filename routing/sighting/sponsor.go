package sighting

import (
	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/sponsor"
)

// SponsorProvider stands in Event.Custom for whoever saw a sponsor move.
const SponsorProvider = "sponsors"

// Sponsor is the company change of a sponsor as an event (SP15). Its ID is the move's,
// so that it is accepted once, and it names the person by everything that is known of
// them, so that a move which a webhook reports too is one move. Whether it is one at
// all, and which, is judged anew.
func Sponsor(m sponsor.Move) routing.Event {
	known := m.Person
	if _, err := crm.WidenID(known.RecordID); err != nil {
		known.RecordID = "" // another system's
	}
	if slug, ok := matching.LinkedInPerson(known.LinkedIn); ok {
		known.LinkedIn = "https://www.linkedin.com" + slug
	} else {
		known.LinkedIn = ""
	}
	ev := event(SponsorProvider, known, tracking.Profile{SeenAt: m.At})
	ev.ID = m.ID
	from, to := m.From, m.To
	if from.Company.AccountID == "" {
		from.Company.AccountID = known.AccountID
	}
	ev.From, ev.To = somewhere(from), somewhere(to)
	return ev
}

// somewhere is a position, nil for one that names no company.
func somewhere(p tracking.Position) *routing.Place {
	if _, err := crm.WidenID(p.Company.AccountID); err != nil {
		p.Company.AccountID = ""
	}
	out := place(&p)
	if out.Company == "" && out.Domain == "" && out.AccountID == "" && out.CompanyLinkedInURL == "" {
		return nil
	}
	return out
}
