package hubspot

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/onward-crm/onward/crm"
)

const (
	// ownersAPage is how many owners one call gives, maxOwners how many an account may
	// have before something is wrong.
	ownersAPage = 100
	maxOwners   = 20_000

	typeQueue = "QUEUE"
)

// ownersAnswer is the answer to a read of owners.
type ownersAnswer struct {
	Results []wireOwner `json:"results"`
	Paging  paging      `json:"paging"`
}

type wireOwner struct {
	ID        id   `json:"id"`
	Email     text `json:"email"`
	First     text `json:"firstName"`
	Last      text `json:"lastName"`
	Type      text `json:"type"`
	CreatedAt text `json:"createdAt"`
	UpdatedAt text `json:"updatedAt"`
	Archived  bool `json:"archived"`
}

// ownersDescribed is what can be read of a user. Owners have no properties API.
func ownersDescribed() *described {
	d := &described{
		object: crm.ObjectUser, schema: crm.Schema{Object: crm.ObjectUser},
		byName: map[string]crm.Field{}, property: map[string]string{},
	}
	for _, f := range []crm.Field{
		{Name: fieldID, Type: crm.TypeID}, {Name: "Name", Type: crm.TypeText}, {Name: "Email", Type: crm.TypeEmail},
		{Name: "IsActive", Type: crm.TypeBoolean}, {Name: "ManagerId", Type: crm.TypeReference, RefersTo: []crm.Object{crm.ObjectUser}},
		{Name: "CreatedDate", Type: crm.TypeDateTime}, {Name: "LastModifiedDate", Type: crm.TypeDateTime},
	} {
		d.add(f, f.Name)
	}
	return d
}

// owners answers a query about users: all owners are read, which are few, and the
// conditions looked at here. Those who were deactivated are users who are not active.
func (a *asking) owners(ctx context.Context) (crm.Page, error) {
	if a.q.Cursor != "" {
		return crm.Page{}, a.invalid(codeBadCursor, nil)
	}
	var all []wireOwner
	for _, archived := range []bool{false, true} {
		some, err := a.client.ownersOf(ctx, archived)
		if err != nil {
			return crm.Page{}, err
		}
		all = append(all, some...)
	}
	var page crm.Page
	seen := map[id]bool{}
	for _, o := range all {
		if o.Type == typeQueue || o.ID == 0 || seen[o.ID] {
			continue
		}
		seen[o.ID] = true
		fields := o.fields()
		r := crm.Record{Object: crm.ObjectUser, ID: fields[fieldID], Version: crm.Version(o.UpdatedAt), Fields: crm.Fields{}}
		fits := true
		for _, cond := range a.q.Where {
			fits = fits && meets(a.d.byName[cond.Field], cond, fields[cond.Field])
		}
		for _, name := range a.q.Select {
			r.Fields[name] = fields[name]
		}
		if fits {
			page.Records = append(page.Records, r)
		}
	}
	sortByID(page.Records)
	return page, nil
}

// fields are an owner's values in the form of package crm.
func (o wireOwner) fields() crm.Fields {
	stamp := crm.Field{Type: crm.TypeDateTime}
	return crm.Fields{
		fieldID: formatID(int64(o.ID)), "Name": strings.TrimSpace(string(o.First) + " " + string(o.Last)),
		"Email": string(o.Email), "IsActive": crm.FormatBool(!o.Archived), "ManagerId": "",
		"CreatedDate": canonical(stamp, string(o.CreatedAt)), "LastModifiedDate": canonical(stamp, string(o.UpdatedAt)),
	}
}

// ownersOf reads all owners who are active, or all who are not.
func (c *Client) ownersOf(ctx context.Context, archived bool) ([]wireOwner, error) {
	var all []wireOwner
	query := url.Values{"limit": {strconv.Itoa(ownersAPage)}, "archived": {crm.FormatBool(archived)}}
	for len(all) < maxOwners {
		k := call{op: "find", object: crm.ObjectUser, name: "owners", method: http.MethodGet, path: c.resource("owners"), query: query, repeat: true}
		var a ownersAnswer
		if _, err := c.do(ctx, k, &a); err != nil {
			return nil, err
		}
		for _, o := range a.Results {
			o.Archived = archived
			all = append(all, o)
		}
		after := string(a.Paging.Next.After)
		if after == "" || len(a.Results) == 0 {
			return all, nil
		}
		if after == query.Get("after") {
			break
		}
		query.Set("after", after)
	}
	return nil, &crm.Error{Op: "find", Object: crm.ObjectUser, Class: crm.ErrUnavailable, Code: codeMalformed}
}
