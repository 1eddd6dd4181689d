package hubspot

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/onward-crm/onward/crm"
)

const (
	// maxMembers is how many memberships one call gives at most.
	maxMembers = 250
	// typeContact is HubSpot's id for the type of contacts.
	typeContact = "0-1"

	objectList crm.Object = "List"

	codeBadList    = "BAD_LIST_ID"
	codeNoContacts = "LIST_HOLDS_NO_CONTACTS"
	codeNotReady   = "LIST_IS_BEING_BUILT"
	codeCursor     = "CURSOR_REPEATED"
)

// List is a list of HubSpot.
type List struct {
	ID   string
	Name string
	// ObjectTypeID is the type of its members: "0-1" contacts, "0-2" companies.
	ObjectTypeID string
	// Kind is MANUAL, DYNAMIC or SNAPSHOT.
	Kind string
	// Status is COMPLETE when its members are known.
	Status string
	// Size is how many members it has, 0 where HubSpot does not tell.
	Size int
}

// List reads what a list is. An id that is no positive whole number is
// crm.ErrInvalid, a list that is not there, or was deleted, crm.ErrNotFound.
func (c *Client) List(ctx context.Context, listID string) (List, error) {
	listID = strings.TrimSpace(listID)
	n, err := ParseID(listID)
	if err != nil {
		return List{}, &crm.Error{Op: "find", Object: objectList, Class: crm.ErrInvalid, Code: codeBadList,
			Err: fmt.Errorf("hubspot: %.40q is no list id; it is the number in the list's address", listID)}
	}
	k := call{op: "find", object: objectList, name: "list", method: http.MethodGet, path: c.resource("lists") + "/" + formatID(n), repeat: true}
	var a struct {
		List struct {
			ID      text `json:"listId"`
			Name    text `json:"name"`
			Type    text `json:"objectTypeId"`
			Kind    text `json:"processingType"`
			Status  text `json:"processingStatus"`
			Size    text `json:"size"`
			Deleted text `json:"deletedAt"`
		} `json:"list"`
	}
	if _, err := c.do(ctx, k, &a); err != nil {
		return List{}, err
	}
	l := a.List
	switch {
	case l.Deleted != "":
		return List{}, &crm.Error{Op: "find", Object: objectList, Class: crm.ErrNotFound, Code: categoryMissing}
	case l.Type == "":
		return List{}, &crm.Error{Op: "find", Object: objectList, Class: crm.ErrUnavailable, Code: codeMalformed}
	}
	size, _ := strconv.Atoi(string(l.Size))
	return List{
		ID: formatID(n), Name: string(l.Name), ObjectTypeID: string(l.Type), Kind: string(l.Kind),
		Status: string(l.Status), Size: size,
	}, nil
}

// Members reads the contacts of a list with some fields (see Names), in pages: at any
// time it holds at most 350 ids and 100 contacts. An error comes once, with an empty
// Record, and is the last; breaking out is fine. Members that were deleted are left
// out, and one that was merged meanwhile is not told twice on one page.
//
// A list of another type than contacts, an id that is no number and an unknown field
// are crm.ErrInvalid, and nothing is read. A list that HubSpot is still building is
// crm.ErrUnavailable: half a list would look as if the others had left. Fields are
// looked up anew, since HubSpot leaves out of its answers what is not there any more,
// without a word. While HubSpot is busy or away for minutes, the reading waits.
func (c *Client) Members(ctx context.Context, listID string, fields []string) iter.Seq2[crm.Record, error] {
	return func(yield func(crm.Record, error) bool) {
		m := &membership{client: c, fields: fields, yield: yield}
		if err := m.run(ctx, listID); err != nil {
			yield(crm.Record{}, err)
		}
	}
}

// membership is one run through a list.
type membership struct {
	client *Client
	fields []string
	yield  func(crm.Record, error) bool
	// waiting are members that are not read yet; full tells that the reader has had
	// enough.
	waiting []int64
	full    bool
}

func (m *membership) run(ctx context.Context, listID string) error {
	d, err := m.client.describeAgain(ctx, crm.ObjectContact)
	if err != nil {
		return err
	}
	a := &asking{client: m.client, q: crm.Query{Object: crm.ObjectContact, Select: m.fields}, d: d}
	if err := a.check(); err != nil {
		return err
	}
	l, err := m.client.List(ctx, listID)
	if err != nil {
		return err
	}
	switch {
	case l.ObjectTypeID != typeContact:
		return &crm.Error{Op: "find", Object: objectList, Class: crm.ErrInvalid, Code: codeNoContacts,
			Err: fmt.Errorf("hubspot: list %s holds objects of type %.20q, not contacts (0-1)", l.ID, l.ObjectTypeID)}
	case l.Status == "PROCESSING":
		return &crm.Error{Op: "find", Object: objectList, Class: crm.ErrUnavailable, Code: codeNotReady}
	}
	return m.pages(ctx, a, l.ID)
}

// pages goes through the memberships.
func (m *membership) pages(ctx context.Context, a *asking, listID string) error {
	query := url.Values{"limit": {strconv.Itoa(maxMembers)}}
	for after := ""; ; {
		var ids []int64
		var next string
		if err := m.client.patiently(ctx, func() (err error) {
			ids, next, err = m.client.memberships(ctx, listID, query)
			return err
		}); err != nil {
			return err
		}
		m.waiting = append(m.waiting, ids...)
		last := next == ""
		for !m.full && (len(m.waiting) >= maxRead || last && len(m.waiting) > 0) {
			if err := m.read(ctx, a); err != nil {
				return err
			}
		}
		switch {
		case last || m.full:
			return nil
		case next == after:
			return &crm.Error{Op: "find", Object: objectList, Class: crm.ErrUnavailable, Code: codeCursor}
		}
		after = next
		query.Set("after", next)
	}
}

// memberships reads one page of the ids of a list's members.
func (c *Client) memberships(ctx context.Context, listID string, query url.Values) (ids []int64, next string, err error) {
	k := call{
		op: "find", object: objectList, name: "list memberships", method: http.MethodGet,
		path: c.resource("lists") + "/" + listID + "/memberships", query: query, repeat: true,
	}
	var got struct {
		Results []struct {
			ID id `json:"recordId"`
		} `json:"results"`
		Paging paging `json:"paging"`
	}
	if _, err := c.do(ctx, k, &got); err != nil {
		return nil, "", err
	}
	for _, r := range got.Results {
		if r.ID == 0 {
			return nil, "", &crm.Error{Op: "find", Object: objectList, Class: crm.ErrUnavailable, Code: codeMalformed}
		}
		ids = append(ids, int64(r.ID))
	}
	return ids, string(got.Paging.Next.After), nil
}

// read reads the next hundred of the members and hands them on.
func (m *membership) read(ctx context.Context, a *asking) error {
	n := min(len(m.waiting), maxRead)
	var found map[int64]answered
	if err := m.client.patiently(ctx, func() (err error) {
		found, err = m.client.byIDs(ctx, crm.ObjectContact, m.waiting[:n], readRequest{Properties: withOwn(a.read)})
		return err
	}); err != nil {
		return err
	}
	var records []readRecord
	for _, id := range m.waiting[:n] {
		if got, ok := found[id]; ok {
			records = append(records, got.record)
		}
	}
	m.waiting = append(m.waiting[:0], m.waiting[n:]...)
	var page crm.Page
	if err := m.client.patiently(ctx, func() (err error) {
		page, err = a.page(ctx, records)
		return err
	}); err != nil {
		return err
	}
	for _, r := range page.Records {
		if !m.yield(r, nil) {
			m.full = true
			return nil
		}
	}
	return nil
}
