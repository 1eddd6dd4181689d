package hubspot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/onward-crm/onward/crm"
)

// errBadID: ids are positive whole numbers.
var errBadID = errors.New("hubspot: not a record's id")

// maxRead is how many records one call reads at most.
const maxRead = 100

// propMerged lists the ids that were merged into a record.
const propMerged = "hs_merged_object_ids"

// objectCompany is what errors call a company.
const objectCompany crm.Object = "Company"

// Version is a value that a property had from At on. Value is "" for none.
type Version struct {
	Value string
	At    time.Time
}

// Contact is a person in HubSpot.
type Contact struct {
	// ID is the contact's present id.
	ID int64
	// MergedFrom is the id that was asked for when it was merged into ID, else 0.
	MergedFrom int64
	// Properties are the present values of those asked for; blank ones are left out.
	Properties map[string]string
	// History holds their versions, youngest first.
	History map[string][]Version
}

// readRequest is the body of a batch read.
type readRequest struct {
	Properties  []string    `json:"properties"`
	WithHistory []string    `json:"propertiesWithHistory,omitempty"`
	Inputs      []readInput `json:"inputs"`
}

type readInput struct {
	ID    string `json:"id"`
	After string `json:"after,omitempty"`
}

// readAnswer is the answer to a batch read, whole (200) or in part (207).
type readAnswer struct {
	Results []readRecord `json:"results"`
	Errors  []batchError `json:"errors"`
}

type readRecord struct {
	ID         id              `json:"id"`
	Properties map[string]text `json:"properties"`
	History    map[string][]struct {
		Value text    `json:"value"`
		At    instant `json:"timestamp"`
	} `json:"propertiesWithHistory"`
}

// Contacts reads contacts with the named properties and their history, 100 a call.
// The answer goes by the ids that were asked for; those that HubSpot does not have
// any more are missing from it. A merged contact is answered with its new id. Errors
// are *crm.Error; there is no answer in part.
func (c *Client) Contacts(ctx context.Context, ids []int64, properties []string) (map[int64]Contact, error) {
	ask := withOwn(properties)
	out := make(map[int64]Contact, len(ids))
	for chunk := range slices.Chunk(distinct(ids), maxRead) {
		records, err := c.read(ctx, crm.ObjectContact, chunk, readRequest{Properties: ask, WithHistory: ask})
		if err != nil {
			return nil, err
		}
		assign(out, chunk, records)
	}
	return out, nil
}

// withOwn are the properties to ask for: those wanted, and the one that tells of
// merges.
func withOwn(properties []string) []string {
	ask := append(slices.Clone(properties), propMerged)
	slices.Sort(ask)
	return slices.Compact(ask)
}

// read makes one call. A record that does not exist is left out; any other failure
// within the answer is the call's.
func (c *Client) read(ctx context.Context, object crm.Object, ids []int64, q readRequest) ([]readRecord, error) {
	for _, n := range ids {
		if n <= 0 {
			return nil, &crm.Error{Op: "find", Object: object, Class: crm.ErrInvalid, Code: codeBadID, Err: errBadID}
		}
		q.Inputs = append(q.Inputs, readInput{ID: formatID(n)})
	}
	kind := "contacts"
	if object == objectCompany {
		kind = "companies"
	}
	k := call{op: "find", object: object, name: "read " + kind, path: c.objects(kind) + "/batch/read", body: q, repeat: true}
	var a readAnswer
	r, err := c.post(ctx, k, &a)
	if err != nil {
		if errors.Is(err, crm.ErrNotFound) && isMissing(r) {
			return nil, nil // none of them is there
		}
		return nil, err
	}
	if err := inBatch(k, a.Errors); err != nil {
		return nil, err
	}
	return a.Results, nil
}

// assign finds for each id that was asked for the record that answers it.
func assign(out map[int64]Contact, asked []int64, records []readRecord) {
	present := map[int64]Contact{}
	merged := map[int64]int64{}
	for _, r := range records {
		contact := contactOf(r)
		present[contact.ID] = contact
		for _, old := range mergedIDs(contact.Properties[propMerged]) {
			merged[old] = contact.ID
		}
	}
	var open []int64
	for _, n := range asked {
		switch contact, ok := present[n]; {
		case ok:
			out[n] = contact
		case merged[n] != 0:
			contact = present[merged[n]]
			contact.MergedFrom = n
			out[n] = contact
		default:
			open = append(open, n)
		}
	}
	assignRest(out, asked, open, present)
}

// assignRest pairs the one id without an answer with the one answer that nobody
// asked for: a merge that the contact itself does not tell of.
func assignRest(out map[int64]Contact, asked, open []int64, present map[int64]Contact) {
	if len(open) != 1 {
		return
	}
	var strangers []Contact
	for n, contact := range present {
		if !slices.Contains(asked, n) && !answers(out, n) {
			strangers = append(strangers, contact)
		}
	}
	if len(strangers) == 1 {
		contact := strangers[0]
		contact.MergedFrom = open[0]
		out[open[0]] = contact
	}
}

func answers(out map[int64]Contact, n int64) bool {
	for _, contact := range out {
		if contact.ID == n {
			return true
		}
	}
	return false
}

func contactOf(r readRecord) Contact {
	c := Contact{ID: int64(r.ID), Properties: plain(r.Properties), History: map[string][]Version{}}
	for name, versions := range r.History {
		for _, v := range versions {
			c.History[name] = append(c.History[name], Version{Value: strings.TrimSpace(string(v.Value)), At: v.At.Time})
		}
		slices.SortStableFunc(c.History[name], func(a, b Version) int { return b.At.Compare(a.At) })
		if _, ok := c.Properties[name]; !ok && len(c.History[name]) > 0 && c.History[name][0].Value != "" {
			c.Properties[name] = c.History[name][0].Value
		}
	}
	return c
}

// plain are the values that are not blank.
func plain(properties map[string]text) map[string]string {
	out := make(map[string]string, len(properties))
	for name, v := range properties {
		if s := strings.TrimSpace(string(v)); s != "" {
			out[name] = s
		}
	}
	return out
}

// mergedIDs reads a list such as "122;123".
func mergedIDs(s string) []int64 {
	var out []int64
	for part := range strings.SplitSeq(s, ";") {
		if n, err := ParseID(strings.TrimSpace(part)); err == nil {
			out = append(out, n)
		}
	}
	return out
}

func distinct(ids []int64) []int64 {
	out := slices.Clone(ids)
	slices.Sort(out)
	return slices.Compact(out)
}

// String names the contact by its id alone.
func (c Contact) String() string { return fmt.Sprintf("contact %d", c.ID) }
