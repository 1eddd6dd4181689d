package adapter

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/onward-crm/onward/crm/hubspot"
	"github.com/onward-crm/onward/routing"
)

// ContactReader reads from one HubSpot account what webhooks point at;
// *hubspot.Client is one. Answers go by the ids that were asked for, and what is not
// there is missing from them. Safe for concurrent use.
type ContactReader interface {
	Contacts(ctx context.Context, ids []int64, properties []string) (map[int64]hubspot.Contact, error)
	Companies(ctx context.Context, ids []int64, properties []string) (map[int64]hubspot.Company, error)
	PrimaryCompany(ctx context.Context, contacts []int64) (map[int64]int64, error)
}

// CompleterOptions are those of NewCompleter.
type CompleterOptions struct {
	// Portals are the readers of further HubSpot accounts, by portal id. A contact is
	// never looked up in an account that it does not belong to: ids mean nothing there.
	Portals map[string]ContactReader
	// Portal is the account of the reader itself; "" lets it read for every portal
	// that Portals does not name.
	Portal string
}

// NewCompleter makes the routing.Completer that fetches contacts and their companies
// from HubSpot: all contacts of a batch in a few calls. A change of company, primary
// company, work address or title becomes a whole report; what is no move is skipped,
// and a privacy deletion erases the person. An error of the reader is an outage: every
// report waits. o may be nil.
func NewCompleter(reader ContactReader, o *CompleterOptions) routing.Completer {
	c := &hubSpotCompleter{reader: reader}
	if o != nil {
		c.opt = *o
	}
	return c
}

type hubSpotCompleter struct {
	reader ContactReader
	opt    CompleterOptions
}

var (
	errNotHubSpot    = errors.New("adapter: a report points to a system that nobody can read")
	errUnknownPortal = errors.New("adapter: a report points to a HubSpot account that nobody can read")
	errContactID     = errors.New("adapter: a report points to no contact")
)

// fetching are the reports of one batch that are read from one account.
type fetching struct {
	reader ContactReader
	// at are their places in the batch, ids the contacts they are about.
	at  []int
	ids []int64
}

// Complete implements routing.Completer.
func (c *hubSpotCompleter) Complete(ctx context.Context, evs []routing.Event) ([]routing.Completed, error) {
	out := make([]routing.Completed, len(evs))
	var accounts []*fetching
	for i, ev := range evs {
		done, fetch := unfetched(ev)
		if !fetch {
			out[i] = done
			continue
		}
		reader, id, err := c.source(*ev.Pointer)
		if err != nil {
			out[i] = routing.Completed{Err: err}
			continue
		}
		f := accountOf(&accounts, reader)
		f.at, f.ids = append(f.at, i), append(f.ids, id)
	}
	for _, f := range accounts {
		if err := f.fetch(ctx, evs, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// unfetched decides about reports that need no look at the contact; fetch tells that
// a report is none of these.
func unfetched(ev routing.Event) (done routing.Completed, fetch bool) {
	if ev.Pointer == nil {
		return routing.Completed{Event: ev}, false
	}
	if ev.Pointer.System != sourceHubSpot {
		return routing.Completed{Err: errNotHubSpot}, false
	}
	switch kind := ev.Pointer.Kind; kind {
	case kindPrivacy:
		who := ev
		if who.Pointer = nil; who.Person.HubSpotID == "" {
			who.Person.HubSpotID = ev.Pointer.ID
		}
		return routing.Completed{Event: who, Erase: true}, false
	case kindEnrolled, kindAssociation:
		return routing.Completed{}, true
	case kindPropertyChange:
		if newsOf(*ev.Pointer) != "" {
			return routing.Completed{}, true
		}
	}
	// A new contact, a merge, or a property that says nothing of a position.
	return routing.Completed{Skip: routing.ReasonNoMove}, false
}

// source finds who can read a contact.
func (c *hubSpotCompleter) source(p routing.Pointer) (ContactReader, int64, error) {
	id, err := strconv.ParseInt(p.ID, 10, 64)
	if err != nil || id <= 0 {
		return nil, 0, errContactID
	}
	if r, ok := c.opt.Portals[p.Tenant]; ok && p.Tenant != "" {
		return r, id, nil
	}
	if c.reader == nil || c.opt.Portal != "" && c.opt.Portal != p.Tenant {
		return nil, 0, errUnknownPortal
	}
	return c.reader, id, nil
}

// accountOf finds the fetching of a reader, or begins it.
func accountOf(accounts *[]*fetching, r ContactReader) *fetching {
	for _, f := range *accounts {
		if f.reader == r {
			return f
		}
	}
	f := &fetching{reader: r}
	*accounts = append(*accounts, f)
	return f
}

// fetch reads all contacts of an account with the companies they are and were at, and
// completes the reports about them.
func (f *fetching) fetch(ctx context.Context, evs []routing.Event, out []routing.Completed) error {
	contacts, err := f.reader.Contacts(ctx, f.ids, contactProperties())
	if err != nil {
		return fmt.Errorf("adapter: fetching contacts: %w", err)
	}
	var present []int64
	for _, id := range f.ids {
		if c, ok := contacts[id]; ok {
			present = append(present, c.ID)
		}
	}
	primary := map[int64]int64{}
	if len(present) > 0 {
		if primary, err = f.reader.PrimaryCompany(ctx, present); err != nil {
			return fmt.Errorf("adapter: fetching associations: %w", err)
		}
	}
	companies, err := f.companies(ctx, contacts, primary)
	if err != nil {
		return err
	}
	for k, i := range f.at {
		c, ok := contacts[f.ids[k]]
		if !ok {
			out[i] = routing.Completed{Skip: routing.ReasonSourceGone}
			continue
		}
		out[i] = completed(evs[i], readContact(c, primary[c.ID], companies))
		if portal, _, several := strings.Cut(evs[i].Person.HubSpotID, "-"); several {
			out[i].Event.Person.HubSpotID = portal + "-" + out[i].Event.Person.HubSpotID
		}
	}
	return nil
}

// companies reads the companies that contacts are linked to now and were before.
func (f *fetching) companies(ctx context.Context, contacts map[int64]hubspot.Contact, primary map[int64]int64) (map[int64]hubspot.Company, error) {
	var ids []int64
	for _, c := range contacts {
		ids = append(ids, primary[c.ID], wholeID(changeOf(c, propLinked).before))
	}
	slices.Sort(ids)
	ids = slices.DeleteFunc(slices.Compact(ids), func(id int64) bool { return id == 0 })
	if len(ids) == 0 {
		return nil, nil
	}
	companies, err := f.reader.Companies(ctx, ids, []string{propName, propDomain})
	if err != nil {
		return nil, fmt.Errorf("adapter: fetching companies: %w", err)
	}
	return companies, nil
}

// wholeID reads an id, 0 for none.
func wholeID(s string) int64 {
	id, err := hubspot.ParseID(s)
	if err != nil {
		return 0
	}
	return id
}
