package track

import (
	"context"
	"iter"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/tracking"
)

// Records lists what the ledger knows; a routing.Ledger does.
type Records interface {
	Records(ctx context.Context, f routing.Filter) iter.Seq2[routing.Record, error]
}

// Finder reads records of the CRM; a *crm.Client does.
type Finder interface {
	Find(ctx context.Context, qs []crm.Query) ([][]crm.Record, error)
}

// restDays is how long a report may have waited, for a review or for the CRM, to be
// counted among the deliveries of a window that it was received before.
const restDays = 30

// askAtOnce is how many records are asked for together.
const askAtOnce = 2000

// Deliveries are the moves of the scorecard's windows that ended in somebody's lead or
// contact. One counts as touched when the CRM dates an activity with the record, such as a
// call, a mail or a closed task, on the day of the delivery or later; open tasks are none.
func Deliveries(ctx context.Context, ledger Records, client Finder, now time.Time) ([]tracking.Delivery, error) {
	from := now.AddDate(0, 0, -tracking.RoutingDays)
	if long := now.AddDate(0, -tracking.EngagementMonths, 0); long.Before(from) {
		from = long
	}
	var out []tracking.Delivery
	places := map[crm.Object]map[string][]int{crm.ObjectContact: {}, crm.ObjectLead: {}}
	for rec, err := range ledger.Records(ctx, routing.Filter{Statuses: []routing.Status{routing.StatusDone}, From: from.AddDate(0, 0, -restDays)}) {
		if err != nil {
			return nil, err
		}
		if !delivered(rec) || rec.FinishedAt.Before(from) {
			continue
		}
		o := rec.Outcome
		if o.ContactID != "" {
			places[crm.ObjectContact][o.ContactID] = append(places[crm.ObjectContact][o.ContactID], len(out))
		} else {
			places[crm.ObjectLead][o.LeadID] = append(places[crm.ObjectLead][o.LeadID], len(out))
		}
		out = append(out, tracking.Delivery{At: rec.FinishedAt, OwnerID: o.OwnerID})
	}
	for object, at := range places { // any order: each object has its own places
		if err := touch(ctx, client, object, at, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// delivered reports whether a move ended in a lead or contact, for real.
func delivered(rec routing.Record) bool {
	switch rec.Outcome.What {
	case routing.WhatContact, routing.WhatAccountAndContact, routing.WhatLead, routing.WhatEnriched, routing.WhatUpdated,
		routing.WhatReactivated, routing.WhatPartial:
		return rec.Outcome.ContactID+rec.Outcome.LeadID != ""
	}
	return false
}

// touch marks the deliveries whose records somebody has acted on; at are their places.
func touch(ctx context.Context, client Finder, object crm.Object, at map[string][]int, ds []tracking.Delivery) error {
	ids := make([]string, 0, len(at))
	for id := range at {
		ids = append(ids, id) // any order: each record has its own places
	}
	for len(ids) > 0 {
		n := min(len(ids), askAtOnce)
		found, err := client.Find(ctx, []crm.Query{{
			Object: object, Select: []string{"LastActivityDate"}, Where: []crm.Cond{{Field: "Id", Op: crm.OpIn, Values: ids[:n]}},
		}})
		if err != nil {
			return err
		}
		ids = ids[n:]
		for _, r := range found[0] {
			day := crm.ParseTime(r.Fields["LastActivityDate"])
			for _, i := range at[r.ID] {
				ds[i].Touched = !day.IsZero() && !day.Before(ds[i].At.UTC().Truncate(24*time.Hour))
			}
		}
	}
	return nil
}
