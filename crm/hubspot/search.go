package hubspot

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/onward-crm/onward/crm"
)

const (
	// maxSearch is how many characters the body of a search may have.
	maxSearch = 3_000
	// maxFilters is how many filters a group may hold; one of them pages.
	maxFilters = 6

	searchCursor = "search:"
	codeUnsorted = "UNSORTED_ANSWER"
	codeTooLong  = "VALUE_TOO_LONG"
)

// searchRequest is the body of a search.
type searchRequest struct {
	Groups     []filterGroup `json:"filterGroups"`
	Properties []string      `json:"properties"`
	Sorts      []sorting     `json:"sorts"`
	Limit      int           `json:"limit"`
	After      string        `json:"after"`
}

type filterGroup struct {
	Filters []filter `json:"filters"`
}

type filter struct {
	Property string   `json:"propertyName"`
	Operator string   `json:"operator"`
	Value    string   `json:"value,omitempty"`
	Values   []string `json:"values,omitempty"`
}

type sorting struct {
	Property  string `json:"propertyName"`
	Direction string `json:"direction"`
}

// search asks HubSpot's search for one page. It pages by the id of the last row:
// HubSpot's own cursor ends after 10,000 rows.
func (a *asking) search(ctx context.Context) (crm.Page, error) {
	last, err := a.lastRow()
	if err != nil {
		return crm.Page{}, err
	}
	body, possible, err := a.searchBody(last)
	if err != nil || !possible {
		return crm.Page{}, err
	}
	kind := kindOf(a.q.Object)
	k := call{
		op: "find", object: a.q.Object, name: "search " + kind, path: a.client.objects(kind) + "/search",
		body: body, repeat: true, search: true,
	}
	var got readAnswer
	if _, err := a.client.do(ctx, k, &got); err != nil {
		return crm.Page{}, err
	}
	for _, r := range got.Results {
		if int64(r.ID) <= last {
			// The next page would begin in the wrong place, and rows be lost.
			return crm.Page{}, &crm.Error{Op: "find", Object: a.q.Object, Class: crm.ErrUnavailable, Code: codeUnsorted}
		}
		last = int64(r.ID)
	}
	page, err := a.page(ctx, got.Results)
	if err == nil && got.Paging.Next.After != "" && len(got.Results) > 0 {
		page.Next = searchCursor + formatID(last)
	}
	return page, err
}

// lastRow is where an earlier page ended.
func (a *asking) lastRow() (int64, error) {
	if a.q.Cursor == "" {
		return 0, nil
	}
	text, ok := strings.CutPrefix(a.q.Cursor, searchCursor)
	n, err := ParseID(text)
	if !ok || err != nil {
		return 0, a.invalid(codeBadCursor, nil)
	}
	return n, nil
}

// searchBody writes a search that finds at least what is asked for. Conditions that
// do not fit are left to the check of each row; possible is false when no record can
// meet one of them.
func (a *asking) searchBody(last int64) (body searchRequest, possible bool, err error) {
	body = searchRequest{
		Properties: a.read, Limit: maxRows, After: "0", Sorts: []sorting{{propID, "ASCENDING"}},
		Groups: []filterGroup{{Filters: []filter{{Property: propID, Operator: "GT", Value: formatID(last)}}}},
	}
	if body.Properties == nil {
		body.Properties = []string{}
	}
	var tooLong string
	var blanks *crm.Cond
	sent := false
	for _, cond := range a.q.Where {
		f, possible := a.filterOf(cond)
		if !possible {
			return body, false, nil
		}
		if slices.Contains(cond.Values, "") {
			blanks = &cond
			continue
		}
		grown := body
		grown.Groups = []filterGroup{{Filters: append(slices.Clone(body.Groups[0].Filters), f)}}
		if len(grown.Groups[0].Filters) > maxFilters || length(grown) > maxSearch {
			tooLong = cond.Field
			continue
		}
		body, sent = grown, true
	}
	if sent {
		return body, true, nil
	}
	// Nothing that narrows was sent: either blanks are asked for, or no condition fits.
	if blanks == nil {
		return body, false, a.invalid(codeTooLong, nil, tooLong)
	}
	body.Groups = a.blankGroups(body.Groups[0].Filters[0], *blanks)
	if length(body) > maxSearch {
		return body, false, a.invalid(codeTooLong, nil, blanks.Field)
	}
	return body, true, nil
}

// blankGroups finds records in which a property is blank or has one of the values.
func (a *asking) blankGroups(page filter, cond crm.Cond) []filterGroup {
	blank := filter{Property: a.d.property[cond.Field], Operator: "NOT_HAS_PROPERTY"}
	groups := []filterGroup{{Filters: []filter{page, blank}}}
	cond.Values = slices.DeleteFunc(slices.Clone(cond.Values), func(v string) bool { return v == "" })
	if len(cond.Values) == 0 {
		return groups
	}
	if f, possible := a.filterOf(cond); possible {
		groups = append(groups, filterGroup{Filters: []filter{page, f}})
	}
	return groups
}

// filterOf writes a condition. Values that the field cannot have are left out.
func (a *asking) filterOf(cond crm.Cond) (f filter, possible bool) {
	field := a.d.byName[cond.Field]
	property := a.d.property[cond.Field]
	if cond.Op == crm.OpSince {
		at := crm.ParseTime(cond.Values[0])
		return filter{Property: property, Operator: "GTE", Value: strconv.FormatInt(at.UnixMilli(), 10)}, true
	}
	var values []string
	for _, v := range cond.Values {
		for _, form := range searchForms(field, v) {
			if !slices.Contains(values, form) {
				values = append(values, form)
			}
		}
	}
	switch len(values) {
	case 0:
		return filter{}, slices.Contains(cond.Values, "")
	case 1:
		return filter{Property: property, Operator: "EQ", Value: values[0]}, true
	}
	return filter{Property: property, Operator: "IN", Values: values}, true
}

// searchForms are the forms in which a search knows a value; none when the field
// cannot have it. A list of texts must be in lower case, options as they are written,
// times in milliseconds.
func searchForms(f crm.Field, v string) []string {
	if v == "" {
		return nil
	}
	switch f.Type {
	case crm.TypeID, crm.TypeReference:
		if n, err := ParseID(strings.TrimSpace(v)); err == nil {
			return []string{formatID(n)}
		}
		return nil
	case crm.TypeNumber, crm.TypeCurrency:
		if _, err := strconv.ParseFloat(v, 64); err != nil {
			return nil
		}
		return []string{v}
	case crm.TypeBoolean:
		return []string{crm.FormatBool(crm.IsTrue(v))}
	case crm.TypeDate, crm.TypeDateTime:
		at := crm.ParseTime(v)
		if at.IsZero() {
			return nil
		}
		return []string{strconv.FormatInt(at.UnixMilli(), 10)}
	case crm.TypePicklist:
		if !f.Restricted {
			return []string{v}
		}
		var out []string
		for _, o := range f.Values {
			if strings.EqualFold(o, v) {
				out = append(out, o)
			}
		}
		return out
	}
	return []string{strings.ToLower(v)}
}

// length is how many characters a body has on its way.
func length(body searchRequest) int {
	text, err := json.Marshal(body)
	if err != nil {
		return maxSearch + 1
	}
	return utf8.RuneCount(text)
}
