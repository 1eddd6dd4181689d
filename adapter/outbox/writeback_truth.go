package outbox

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/onward-crm/onward/adapter"
	"github.com/onward-crm/onward/crm/hubspot"
	"github.com/onward-crm/onward/dri"
	"github.com/onward-crm/onward/routing"
)

// unsaid are reasons for which there is nothing to tell a contact: it has not moved, or a
// later result stands there.
var unsaid = []routing.Reason{
	routing.ReasonNoMove, routing.ReasonSourceGone, routing.ReasonUnchanged, routing.ReasonCosmetic, routing.ReasonOlderThanApplied,
}

// worthTelling reports whether a contact is told of a result.
func worthTelling(o routing.Outcome) bool {
	switch {
	case !o.Status.Terminal(), o.Status == routing.StatusWaiting, o.What == "", o.What == routing.WhatSuppressed:
		return false
	}
	return o.What != routing.WhatNothing || !slices.Contains(unsaid, o.Reason)
}

// latest is the delivery whose result holds for the contact of another one now: that of
// the latest move, and of a repeated report the one that it repeats. Nil when none is to
// be told of.
func (b *backs) latest(ctx context.Context, rec routing.Record) (*routing.Record, error) {
	known, err := b.aboutContact(ctx, rec)
	if err != nil {
		return nil, err
	}
	var repeated []string
	for _, r := range known {
		if r.Outcome.First != "" {
			repeated = append(repeated, r.Outcome.First)
		}
	}
	first := map[string]routing.Record{}
	if len(repeated) > 0 {
		if first, err = b.ledger.Fetch(ctx, repeated); err != nil {
			return nil, err
		}
	}
	var last *routing.Record
	for _, r := range known {
		if at, ok := first[r.Outcome.First]; ok {
			r = at
		}
		if holds(r) && (last == nil || later(r, *last)) {
			last = &r
		}
	}
	return last, nil
}

// aboutContact are the deliveries about the contact of one: of the same person, and of
// the same contact, since namesakes share what a person is known by.
func (b *backs) aboutContact(ctx context.Context, rec routing.Record) ([]routing.Record, error) {
	known := []routing.Record{rec}
	if len(rec.Persons) == 0 {
		return known, nil // without persons the filter would let everybody through
	}
	for r, err := range b.ledger.Records(ctx, routing.Filter{Persons: rec.Persons}) {
		if err != nil {
			return nil, err
		}
		if r.Event.Person.HubSpotID == rec.Event.Person.HubSpotID && r.Key != rec.Key {
			known = append(known, r)
		}
	}
	return known, nil
}

// holds reports whether a delivery has a result that a contact is told. What was planned
// only, in shadow mode, is told nobody.
func holds(r routing.Record) bool {
	return worthTelling(r.Outcome) && r.Outcome.What != routing.WhatDuplicate && (r.Plan == nil || r.Plan.Mode == routing.ModeLive)
}

func later(a, b routing.Record) bool {
	if !a.OccurredAt.Equal(b.OccurredAt) {
		return a.OccurredAt.After(b.OccurredAt)
	}
	return a.Seq > b.Seq
}

// backOf is what a contact is told of a result, in the words of a workflow's action. DRI
// is the id of the user.
func backOf(r routing.Record) hubspot.Back {
	return hubspot.Back{
		Outcome: adapter.ActionOutput(r)["outcome"], LeadID: r.Outcome.LeadID, ContactID: r.Outcome.ContactID,
		AccountID: r.Outcome.AccountID, DRI: responsible(r), Whole: true,
	}
}

// responsible is who is responsible for a move by now: for the arrival, else for the
// departure; "" while it is not known.
func responsible(r routing.Record) string {
	if len(r.DRI) == 0 {
		return ""
	}
	user := ""
	for _, a := range r.DRI[len(r.DRI)-1].Assignments {
		if a.Scenario == dri.Joins && a.UserID != "" {
			return a.UserID
		}
		user = a.UserID
	}
	return user
}

// contactOf is the contact that a delivery is about. Where there are several portals, the
// id bears the portal's.
func contactOf(r routing.Record, portal string) (int64, bool) {
	text := r.Event.Person.HubSpotID
	if of, id, several := strings.Cut(text, "-"); several {
		if of != portal {
			return 0, false
		}
		text = id
	}
	id, err := hubspot.ParseID(text)
	return id, text != "" && err == nil
}

// targetOf is the Target of a promise to tell who is responsible since a time: it waits
// until that is stored. targetTime reads it, the zero time for any other.
func targetOf(at time.Time) string { return strconv.FormatInt(at.UnixMicro(), 10) }

func targetTime(target string) time.Time {
	us, err := strconv.ParseInt(target, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMicro(us)
}

// stateAt is since when the latest responsible people of a delivery are.
func stateAt(r routing.Record) time.Time {
	if len(r.DRI) == 0 {
		return time.Time{}
	}
	return r.DRI[len(r.DRI)-1].At
}
