package contacts

import (
	"context"
	"errors"
	"time"

	"github.com/onward-crm/onward/adapter"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/contacts"
)

// The limits of the list of people.
const (
	usualPeople = 100
	mostPeople  = 1000
)

// PeopleQuery selects people.
type PeopleQuery struct {
	Relationship string `json:"-" query:"relationship" description:"only those under this one, by id"`
	Limit        int    `json:"-" query:"limit" description:"at most so many, 100 when it is left out, 1000 at most"`
}

// People are those who are tracked, by name.
type People struct {
	Tracked int                `json:"tracked" description:"how many there are in all"`
	People  []contacts.Contact `json:"people"`
}

func (d *desk) people(ctx context.Context, _ *adapter.OperatorCall, in PeopleQuery) (People, error) {
	if in.Limit == 0 {
		in.Limit = usualPeople
	}
	if in.Limit < 0 || in.Limit > mostPeople {
		return People{}, adapter.InvalidField("limit", "want 1 to 1000")
	}
	first, n, err := d.Service.ByName(ctx, in.Relationship, in.Limit)
	if err != nil {
		return People{}, refused(err)
	}
	return People{Tracked: n, People: append([]contacts.Contact{}, first...)}, nil
}

func (d *desk) find(ctx context.Context, _ *adapter.OperatorCall, in Person) (contacts.Follow, error) {
	p, err := in.person()
	if err != nil {
		return contacts.Follow{}, err
	}
	f, err := d.Service.Find(ctx, p)
	return f, refused(err)
}

// Removal is the body of untrack.
type Removal struct {
	Person
	Relationship string `json:"relationship,omitempty" description:"the one that they are taken out of"`
	All          bool   `json:"all,omitempty" description:"or all of them"`
}

// Removed are the relationships that somebody was taken out of.
type Removed struct {
	Untracked []string `json:"untracked"`
}

func (d *desk) untrack(ctx context.Context, c *adapter.OperatorCall, in Removal) (Removed, error) {
	if c.About = in.Relationship; in.All {
		c.About = "all"
	}
	p, err := in.person()
	if err != nil {
		return Removed{}, err
	}
	out, err := d.Service.Untrack(ctx, p, contacts.Removal{Relationship: in.Relationship, All: in.All, By: c.By})
	return Removed{out}, refused(err)
}

func (d *desk) retrack(ctx context.Context, _ *adapter.OperatorCall, in Person) (Done, error) {
	p, err := in.person()
	if err == nil {
		err = d.Service.Retrack(ctx, p)
	}
	if errors.Is(err, contacts.ErrNotTracked) {
		err = adapter.NotFound("nobody like that was taken out by hand")
	}
	return Done{err == nil}, err
}

// Champions are those who are missing.
type Champions struct {
	Missing []tracking.Champion `json:"missing"`
}

func (d *desk) missing(ctx context.Context, _ *adapter.OperatorCall, _ struct{}) (Champions, error) {
	found, err := d.Service.Missing(ctx, d.Champions)
	return Champions{append([]tracking.Champion{}, found...)}, refused(err)
}

// Dismissal is the body of dismiss.
type Dismissal struct {
	Person
	Reason string `json:"reason,omitempty" description:"for whoever looks later"`
}

func (d *desk) dismiss(ctx context.Context, c *adapter.OperatorCall, in Dismissal) (Done, error) {
	p, err := in.person()
	if err == nil {
		err = refused(d.Service.Dismiss(ctx, p, c.By, in.Reason))
	}
	return Done{err == nil}, err
}

func (d *desk) scorecard(ctx context.Context, _ *adapter.OperatorCall, _ struct{}) (tracking.Scorecard, error) {
	ds, err := d.Deliveries(ctx)
	if err != nil {
		return tracking.Scorecard{}, err
	}
	card, err := d.Service.Scorecard(ctx, d.Champions, ds)
	return card, refused(err)
}

// Churn are accounts that people have left in numbers.
type Churn struct {
	Accounts []tracking.ChurnAlert `json:"accounts"`
}

func (d *desk) churn(ctx context.Context, _ *adapter.OperatorCall, _ struct{}) (Churn, error) {
	found, err := d.Churn(ctx)
	return Churn{append([]tracking.ChurnAlert{}, found...)}, err
}

// mostMonths is how far back credits are summed.
const mostMonths = 120

// CreditsQuery says for how many months credits are summed.
type CreditsQuery struct {
	Months int `json:"-" query:"months" description:"this month and those before, 6 when it is left out, 120 at most"`
}

// Credits are the ledgers by month.
type Credits struct {
	Months []tracking.CreditSum `json:"months"`
}

func (d *desk) credits(ctx context.Context, _ *adapter.OperatorCall, in CreditsQuery) (Credits, error) {
	if in.Months == 0 {
		in.Months = 6
	}
	if in.Months < 1 || in.Months > mostMonths {
		return Credits{}, adapter.InvalidField("months", "want 1 to 120")
	}
	now := d.Now().UTC()
	first := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC).AddDate(0, 1-in.Months, 0)
	sums, err := d.Service.Credits(ctx, tracking.Months(first, in.Months))
	return Credits{sums}, err
}
