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
	// maxListed is how many records the list of all gives at once.
	maxListed = 100

	liveCursor     = "live:"
	archivedCursor = "archived:"
)

// list reads one page of all records; where deleted ones were asked for, they come
// after the others.
func (a *asking) list(ctx context.Context) (crm.Page, error) {
	after, archived := "", false
	if a.q.Cursor != "" {
		var ok bool
		if after, ok = strings.CutPrefix(a.q.Cursor, liveCursor); !ok {
			after, ok = strings.CutPrefix(a.q.Cursor, archivedCursor)
			archived = ok
		}
		if !ok || archived && !a.q.Deleted {
			return crm.Page{}, a.invalid(codeBadCursor, nil)
		}
	}
	kind := kindOf(a.q.Object)
	query := url.Values{"limit": {strconv.Itoa(maxListed)}, "archived": {crm.FormatBool(archived)}}
	if after != "" {
		query.Set("after", after)
	}
	if len(a.read) > 0 {
		query.Set("properties", strings.Join(a.read, ","))
	}
	k := call{
		op: "find", object: a.q.Object, name: "list " + kind, method: http.MethodGet,
		path: a.client.objects(kind), query: query, repeat: true,
	}
	var got readAnswer
	if _, err := a.client.do(ctx, k, &got); err != nil {
		return crm.Page{}, err
	}
	page, err := a.page(ctx, got.Results)
	if err != nil {
		return crm.Page{}, err
	}
	for i := range page.Records {
		page.Records[i].Deleted = archived
	}
	switch next := string(got.Paging.Next.After); {
	case next != "" && archived:
		page.Next = archivedCursor + next
	case next != "":
		page.Next = liveCursor + next
	case a.q.Deleted && !archived:
		page.Next = archivedCursor
	}
	return page, nil
}
