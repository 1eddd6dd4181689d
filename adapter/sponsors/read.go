package sponsors

import (
	"context"
	"slices"
	"time"

	"github.com/onward-crm/onward/adapter"
	"github.com/onward-crm/onward/tracking/sponsor"
)

// How many sponsors a page holds.
const (
	pageSize    = 50
	pageSizeMax = 1000
)

// listQuery selects sponsors.
type listQuery struct {
	Status []string `json:"-" query:"status" description:"untracked, pending, match-found, no-match-found, tracking-in-progress, tracked, disabled"`
	place
	Open  bool   `json:"-" query:"open" description:"only those with open updates"`
	After string `json:"-" query:"after" description:"next of the page before"`
	Limit int    `json:"-" query:"limit" description:"at most so many, up to 1000; 50 without it"`
}

// place selects by entity and role.
type place struct {
	Kind   string `json:"-" query:"kind" description:"kind of entity, such as account"`
	Entity string `json:"-" query:"entity" description:"id of the entity"`
	Role   string `json:"-" query:"role"`
}

// listPage is a page of sponsors.
type listPage struct {
	Items []sponsor.Sponsor `json:"items"`
	// Next begins the following page, "" for none.
	Next string `json:"next,omitempty"`
}

func (d desk) list(ctx context.Context, _ *adapter.OperatorCall, q listQuery) (listPage, error) {
	out := listPage{Items: []sponsor.Sponsor{}}
	f := sponsor.Filter{Kind: q.Kind, Entity: q.Entity, Role: q.Role, Open: q.Open}
	for _, word := range q.Status {
		s := sponsor.Status(word)
		if !slices.Contains(sponsor.Statuses(), s) || !s.Reported() {
			return out, adapter.InvalidField("status", "statuses of sponsors")
		}
		f.Statuses = append(f.Statuses, s)
	}
	if q.Limit == 0 {
		q.Limit = pageSize
	}
	if q.Limit < 1 || q.Limit > pageSizeMax {
		return out, adapter.InvalidField("limit", "from 1 to 1000")
	}
	for s, err := range d.List(ctx, f) {
		switch {
		case err != nil:
			return out, err
		case s.ID <= q.After:
			continue
		case len(out.Items) == q.Limit:
			out.Next = out.Items[q.Limit-1].ID
			return out, nil
		}
		out.Items = append(out.Items, s)
	}
	return out, nil
}

// sponsorID names one sponsor.
type sponsorID struct {
	ID string `json:"-" path:"id" description:"the sponsor's id"`
}

func (d desk) one(ctx context.Context, _ *adapter.OperatorCall, q sponsorID) (sponsor.Sponsor, error) {
	for s, err := range d.List(ctx, sponsor.Filter{IDs: []string{q.ID}}) {
		return s, err
	}
	return sponsor.Sponsor{}, adapter.NotFound("there is no such sponsor, or it is in progress")
}

// updateQuery names one update.
type updateQuery struct {
	sponsorID
	Update string `json:"-" query:"update" required:"true" description:"the update's id"`
}

func (d desk) update(ctx context.Context, _ *adapter.OperatorCall, q updateQuery) (sponsor.Details, error) {
	return d.Details(ctx, sponsor.UpdateRef{Sponsor: q.ID, Update: q.Update})
}

// historyPage is what happened, in order of time.
type historyPage struct {
	Items []sponsor.Entry `json:"items"`
}

func (d desk) history(ctx context.Context, _ *adapter.OperatorCall, q sponsorID) (historyPage, error) {
	if _, err := d.one(ctx, nil, q); err != nil {
		return historyPage{}, err
	}
	return d.lines(ctx, sponsor.HistoryFilter{Sponsor: q.ID})
}

// historyQuery selects lines of the history.
type historyQuery struct {
	Kind   string `json:"-" query:"kind" description:"kind of the entity; account without it"`
	Entity string `json:"-" query:"entity" description:"id of the entity"`
	Since  string `json:"-" query:"since" description:"a day, such as 2026-11-01"`
}

func (d desk) allHistory(ctx context.Context, _ *adapter.OperatorCall, q historyQuery) (historyPage, error) {
	var f sponsor.HistoryFilter
	if q.Entity != "" {
		f.Entity = sponsor.EntityRef{Kind: q.Kind, ID: q.Entity}
		if q.Kind == "" {
			f.Entity.Kind = sponsor.KindAccount
		}
	} else if q.Kind != "" {
		return historyPage{}, adapter.InvalidField("entity", "the id of the entity, beside its kind")
	}
	if q.Since != "" {
		day, err := time.Parse(time.DateOnly, q.Since)
		if err != nil {
			return historyPage{}, adapter.InvalidField("since", "a day such as 2026-11-01")
		}
		f.Since = day
	}
	return d.lines(ctx, f)
}

func (d desk) lines(ctx context.Context, f sponsor.HistoryFilter) (historyPage, error) {
	out := historyPage{Items: []sponsor.Entry{}}
	for e, err := range d.History(ctx, f) {
		if err != nil {
			return out, err
		}
		out.Items = append(out.Items, e)
	}
	return out, nil
}

// nothing is asked with.
type nothing struct{}

func (d desk) totals(ctx context.Context, _ *adapter.OperatorCall, _ nothing) (sponsor.Totals, error) {
	return d.Totals(ctx)
}

// breachPage lists broken promises.
type breachPage struct {
	Items []sponsor.Breach `json:"items"`
}

func (d desk) breaches(ctx context.Context, _ *adapter.OperatorCall, _ nothing) (breachPage, error) {
	found, err := d.Breaches(ctx)
	return breachPage{orNone(found)}, err
}

// gapPage lists accounts without a tracked sponsor.
type gapPage struct {
	// Accounts is the number of key accounts.
	Accounts int           `json:"accounts"`
	Items    []sponsor.Gap `json:"items"`
}

func (d desk) gaps(ctx context.Context, _ *adapter.OperatorCall, _ nothing) (gapPage, error) {
	accounts, err := d.keyAccounts(ctx)
	if err != nil {
		return gapPage{}, err
	}
	found, err := d.Gaps(ctx, accounts)
	return gapPage{len(accounts), orNone(found)}, err
}

// orNone is an empty list in JSON, not null.
func orNone[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
