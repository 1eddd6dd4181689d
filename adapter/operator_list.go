package adapter

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/routing"
)

// How many deliveries a page holds.
const (
	pageSize    = 50
	pageSizeMax = 1000
)

// deliveryFilter selects deliveries. A person is named by any of the four ways;
// only a keyed hash of it reaches the ledger.
type deliveryFilter struct {
	Status  []string `json:"status,omitempty" description:"accepted, done, filtered, review, waiting, parked"`
	Outcome string   `json:"outcome,omitempty"`
	Reason  string   `json:"reason,omitempty"`
	Source  string   `json:"source,omitempty" description:"the sender, exactly"`
	From    string   `json:"from,omitempty" description:"received at or after: a date or an RFC 3339 time"`
	Until   string   `json:"until,omitempty" description:"received before"`

	Email    string `json:"email,omitempty"`
	CRMID    string `json:"crmId,omitempty"`
	LinkedIn string `json:"linkedin,omitempty"`
	HubSpot  string `json:"hubspotId,omitempty"`

	Newest bool  `json:"newest,omitempty" description:"youngest first"`
	After  int64 `json:"after,omitempty" description:"next of the page before"`
	Limit  int   `json:"limit,omitempty" description:"at most so many, up to 1000"`
}

// filterOf reads a filter from a query.
func filterOf(q url.Values) (deliveryFilter, error) {
	f := deliveryFilter{
		Outcome: q.Get("outcome"), Reason: q.Get("reason"), Source: q.Get("source"), From: q.Get("from"), Until: q.Get("until"),
		Email: q.Get("email"), CRMID: q.Get("crm_id"), LinkedIn: q.Get("linkedin"), HubSpot: q.Get("hubspot_id"),
	}
	known := []string{"status", "outcome", "reason", "source", "from", "until", "email", "crm_id", "linkedin", "hubspot_id", "newest", "after", "limit"}
	for name := range q {
		if !slices.Contains(known, name) {
			return f, invalid("query", "only "+strings.Join(known, ", "))
		}
	}
	for _, list := range q["status"] {
		f.Status = append(f.Status, strings.Split(list, ",")...)
	}
	var err error
	if v := q.Get("newest"); v != "" {
		if f.Newest, err = strconv.ParseBool(v); err != nil {
			return f, invalid("newest", "true or false")
		}
	}
	if v := q.Get("after"); v != "" {
		if f.After, err = strconv.ParseInt(v, 10, 64); err != nil {
			return f, invalid("after", "the next of the page before")
		}
	}
	if v := q.Get("limit"); v != "" {
		if f.Limit, err = strconv.Atoi(v); err != nil {
			return f, invalid("limit", "a number up to "+strconv.Itoa(pageSizeMax))
		}
	}
	return f, nil
}

// filter is what the ledger is asked. where precedes the names of fields.
func (d *operatorDesk) filter(f deliveryFilter, where string) (routing.Filter, error) {
	out := routing.Filter{
		Outcome: routing.What(f.Outcome), Reason: routing.Reason(f.Reason), Source: f.Source,
		Newest: f.Newest, After: f.After, Limit: f.Limit,
	}
	if f.Limit == 0 {
		out.Limit = pageSize
	}
	if out.Limit < 1 || out.Limit > pageSizeMax {
		return out, invalid(where+"limit", fmt.Sprintf("from 1 to %d", pageSizeMax))
	}
	if f.After < 0 {
		return out, invalid(where+"after", "the next of the page before")
	}
	for _, s := range f.Status {
		if !slices.Contains(deliveryStatuses(), routing.Status(s)) {
			return out, invalid(where+"status", "accepted, done, filtered, review, waiting or parked")
		}
		if !slices.Contains(out.Statuses, routing.Status(s)) {
			out.Statuses = append(out.Statuses, routing.Status(s))
		}
	}
	var err error
	if out.From, err = moment(f.From, where+"from"); err != nil {
		return out, err
	}
	if out.Until, err = moment(f.Until, where+"until"); err != nil {
		return out, err
	}
	out.Persons, err = d.persons(f, where)
	return out, err
}

func deliveryStatuses() []routing.Status {
	return []routing.Status{
		routing.StatusAccepted, routing.StatusDone, routing.StatusFiltered,
		routing.StatusReview, routing.StatusWaiting, routing.StatusParked,
	}
}

// moment reads a date or a time, zero for "".
func moment(text, field string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, invalid(field, "a date or an RFC 3339 time")
}

// persons are the hashes of the person whom a filter names, nil for nobody.
func (d *operatorDesk) persons(f deliveryFilter, where string) ([]string, error) {
	var out []string
	for _, way := range []struct {
		field, value string
		person       routing.Person
	}{
		{"email", f.Email, routing.Person{Emails: []string{f.Email}}},
		{"crmId", f.CRMID, routing.Person{CRMID: f.CRMID}},
		{"linkedin", f.LinkedIn, routing.Person{LinkedInURL: f.LinkedIn}},
		{"hubspotId", f.HubSpot, routing.Person{HubSpotID: f.HubSpot}},
	} {
		if way.value == "" {
			continue
		}
		if way.person.CRMID != "" {
			wide, err := crm.WidenID(way.person.CRMID)
			if err != nil {
				return nil, invalid(where+way.field, "15 or 18 characters of a record id")
			}
			way.person.CRMID = wide
		}
		hashes := d.engine.PersonHashes(routing.Event{Person: way.person})
		if len(hashes) == 0 {
			return nil, invalid(where+way.field, "nobody can be told by this")
		}
		out = append(out, hashes...)
	}
	return out, nil
}

// deliveryPage is a list of deliveries. Next continues it, 0 at its end.
type deliveryPage struct {
	Items []deliverySummary `json:"items"`
	Next  int64             `json:"next,omitempty"`
}

// list answers GET /operator/deliveries.
func (d *operatorDesk) list(ctx context.Context, c operatorCall) (any, act, error) {
	f, err := filterOf(c.query)
	if err != nil {
		return nil, act{}, err
	}
	return d.page(ctx, f)
}

// search answers POST /operator/search: the same as a list, for names of people
// that shall not stand in an address line.
func (d *operatorDesk) search(ctx context.Context, c operatorCall) (any, act, error) {
	var f deliveryFilter
	if err := readBody(c.body, &f); err != nil {
		return nil, act{}, err
	}
	return d.page(ctx, f)
}

// reviews answers GET /operator/reviews: what waits for a person's decision.
func (d *operatorDesk) reviews(ctx context.Context, c operatorCall) (any, act, error) {
	return d.only(ctx, c, routing.StatusReview)
}

// parked answers GET /operator/parked: what needs a change from outside.
func (d *operatorDesk) parked(ctx context.Context, c operatorCall) (any, act, error) {
	return d.only(ctx, c, routing.StatusParked)
}

// only lists the deliveries of one status.
func (d *operatorDesk) only(ctx context.Context, c operatorCall, s routing.Status) (any, act, error) {
	f, err := filterOf(c.query)
	if err != nil {
		return nil, act{}, err
	}
	f.Status = []string{string(s)}
	return d.page(ctx, f)
}

func (d *operatorDesk) page(ctx context.Context, f deliveryFilter) (any, act, error) {
	filter, err := d.filter(f, "")
	if err != nil {
		return nil, act{}, err
	}
	out := deliveryPage{Items: []deliverySummary{}}
	for record, err := range d.ledger.Records(ctx, filter) {
		if err != nil {
			return nil, act{}, err
		}
		out.Items = append(out.Items, summaryOf(record))
		out.Next = record.Seq
	}
	if len(out.Items) < filter.Limit {
		out.Next = 0
	}
	return out, act{}, nil
}
