package hubspotlist

import (
	"context"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/hubspot"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/contacts"
)

// DefaultMapping is what an import without a mapping reads: HubSpot's own properties,
// and the Salesforce contact that HubSpot's integration with Salesforce notes, so that
// a person of both systems is one. Those that the account does not have are left out.
// The map is the caller's own.
func DefaultMapping() tracking.Mapping {
	return tracking.Mapping{
		tracking.FieldFirstName: "firstname", tracking.FieldLastName: "lastname", tracking.FieldCompany: "company",
		tracking.FieldEmail: "email", tracking.FieldOtherEmails: "hs_additional_emails", tracking.FieldTitle: "jobtitle",
		tracking.FieldLinkedIn: "hs_linkedin_url", tracking.FieldRecordID: "salesforcecontactid",
	}
}

// New is the source of an import of kind tracking.ImportList. It costs three calls,
// one for every 250 members and one for every 100. Rows are numbered from 1.
//
// A reading fails with a tracking.ErrConfig for an id that is no list's, a list that
// is not there or of another object than contacts, and a mapping to a property that
// the account does not have; the text says what to do. Failures of HubSpot bear its
// class, such as crm.ErrDenied for a missing scope and crm.ErrUnavailable for a list
// that is still being built.
func New(client *hubspot.Client, imp tracking.Import) contacts.Source {
	return source{client: client, ref: imp.Ref, mapping: imp.Mapping}
}

type source struct {
	client  *hubspot.Client
	ref     string
	mapping tracking.Mapping
}

// Rows implements contacts.Source.
func (s source) Rows(ctx context.Context) iter.Seq2[tracking.Row, error] {
	return func(yield func(tracking.Row, error) bool) {
		list, read, err := s.open(ctx)
		if err != nil {
			yield(tracking.Row{}, err)
			return
		}
		n := 0
		for record, err := range s.client.Members(ctx, list, read.properties) {
			if err != nil {
				yield(tracking.Row{}, explained(list, err))
				return
			}
			n++
			if !yield(tracking.Row{Number: n, Person: read.person(record)}, nil) {
				return
			}
		}
	}
}

// open looks at the list and binds the mapping.
func (s source) open(ctx context.Context) (id string, r reader, err error) {
	if id, err = tracking.HubSpotListID(s.ref); err != nil {
		return "", r, err
	}
	list, err := s.client.List(ctx, id)
	if err != nil {
		return "", r, explained(id, err)
	}
	if err := tracking.CheckHubSpotList(id, list.ObjectTypeID); err != nil {
		return "", r, err
	}
	schema, err := s.client.Describe(ctx, crm.ObjectContact)
	if err != nil {
		return "", r, explained(id, err)
	}
	mapping, usual := s.mapping, len(s.mapping) == 0
	if usual {
		mapping = DefaultMapping()
		maps.DeleteFunc(mapping, func(_ tracking.Field, property string) bool {
			_, ok := schema.Field(property)
			return !ok
		})
	}
	r, err = newReader(mapping)
	r.usual = usual
	return id, r, err
}

// reader makes people out of contacts.
type reader struct {
	properties []string
	columns    tracking.Columns
	// usual tells that nobody chose the mapping.
	usual bool
}

func newReader(m tracking.Mapping) (reader, error) {
	var r reader
	for _, property := range m { // any order: sorted below
		if property = strings.TrimSpace(property); property != "" {
			r.properties = append(r.properties, property)
		}
	}
	slices.Sort(r.properties)
	r.properties = slices.Compact(r.properties)
	var err error
	r.columns, err = m.Bind(r.properties)
	return r, err
}

func (r reader) person(record crm.Record) tracking.Person {
	cells := make([]string, len(r.properties))
	for i, property := range r.properties {
		cells[i] = record.Fields[property]
	}
	p := r.columns.Person(cells)
	p.HubSpotID = record.ID
	if id, err := crm.WidenID(p.RecordID); r.usual && (err != nil || !strings.HasPrefix(id, "003")) {
		p.RecordID = "" // what the integration noted is no contact, and the row is good without
	}
	return p
}
