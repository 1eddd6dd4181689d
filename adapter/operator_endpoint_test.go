package adapter

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/crm"
)

// The requests and answers of the endpoints in these tests.
type (
	shelfQuery struct {
		ID     string   `json:"-" path:"id"`
		Kind   []string `json:"-" query:"kind" description:"the kinds"`
		Open   bool     `json:"-" query:"open"`
		Limit  int      `json:"-" query:"limit"`
		Author string   `json:"-" query:"author"`
	}
	shelfAct struct {
		ID    string   `json:"-" path:"id"`
		Force bool     `json:"-" query:"force"`
		Books []string `json:"books" description:"which ones"`
		Note  string   `json:"note,omitempty"`
	}
	shelfAnswer struct {
		By  string     `json:"by,omitempty"`
		Saw shelfQuery `json:"saw"`
		Act shelfAct   `json:"act"`
		All []string   `json:"all"`
	}
)

// newShelf is an office with endpoints of somebody else's.
func newShelf(t *testing.T) *office {
	look := NewOperatorEndpoint(OperatorAddress{Method: "GET", Path: "/operator/shelves/:id/books", Name: "listBooks", About: "Lists books."},
		func(_ context.Context, c *OperatorCall, in shelfQuery) (shelfAnswer, error) {
			return shelfAnswer{By: c.By, All: []string{in.ID, strings.Join(in.Kind, "+"), in.Author}, Saw: in}, nil
		})
	lend := NewOperatorEndpoint(OperatorAddress{Method: "POST", Path: "/operator/shelves/:id/lend", Name: "lendBooks", About: "Lends books.", Act: "lend"},
		func(_ context.Context, c *OperatorCall, in shelfAct) (shelfAnswer, error) {
			c.About = in.ID
			switch in.Note {
			case "field":
				return shelfAnswer{}, InvalidField("books[0]", "the title of a book")
			case "unknown":
				return shelfAnswer{}, NotFound("no such shelf")
			case "taken":
				return shelfAnswer{}, Conflict("lent", "it is lent")
			case "busy":
				return shelfAnswer{}, Conflict("", "again")
			case "fault":
				return shelfAnswer{}, errors.New("the cellar is under water")
			case "quota":
				return shelfAnswer{}, crm.ErrQuota
			}
			return shelfAnswer{By: c.By, All: append(in.Books, in.ID)}, nil
		})
	sweep := NewOperatorEndpoint(OperatorAddress{Method: "POST", Path: "/operator/shelves/sweep", Name: "sweepShelves", About: "Sweeps.", Act: "sweep"},
		func(context.Context, *OperatorCall, struct{}) (shelfAnswer, error) {
			return shelfAnswer{All: []string{}}, nil
		})
	return newOffice(t, func(o *office) {
		o.options = func(opt *Options) { opt.Operators.Endpoints = []OperatorEndpoint{look, lend, sweep} }
	})
}

// TestEndpointsAreRead: path, query and body come as the types say, and acts are kept.
func TestEndpointsAreRead(t *testing.T) {
	o := newShelf(t)
	var got shelfAnswer
	o.ask("GET", "/operator/shelves/a%2Fb/books?kind=x,y&kind=z&open=true&limit=7&author=Ada", "").want(200).read(&got)
	if diff := cmp.Diff([]string{"a/b", "x+y+z", "Ada"}, got.All); diff != "" || got.By != "ann" {
		t.Errorf("by %s: %s", got.By, diff)
	}
	o.askAs("Bearer "+bobToken, "POST", "/operator/shelves/s1/lend?force=1", `{"books":["b1"]}`).want(200).read(&got)
	if diff := cmp.Diff([]string{"b1", "s1"}, got.All); diff != "" {
		t.Error(diff)
	}
	o.ask("POST", "/operator/shelves/sweep", "").want(200)
	o.ask("POST", "/operator/shelves/sweep", "{}").want(200)
	o.kept(t, "sweep ann  done", "sweep ann  done", "lend bob s1 done")
}

func TestEndpointsRefuse(t *testing.T) {
	o := newShelf(t)
	for _, row := range []struct {
		name, method, target, body string
		status                     int
		code, field                string
	}{
		{"an unknown parameter", "GET", "/operator/shelves/s/books?colour=red", "", 422, codeInvalidField, "query"},
		{"a number that is none", "GET", "/operator/shelves/s/books?limit=many", "", 422, codeInvalidField, "limit"},
		{"a switch that is none", "GET", "/operator/shelves/s/books?open=perhaps", "", 422, codeInvalidField, "open"},
		{"one value twice", "GET", "/operator/shelves/s/books?limit=1&limit=2", "", 422, codeInvalidField, "limit"},
		{"a query that is none", "GET", "/operator/shelves/s/books?a=%zz", "", 422, codeInvalidField, "query"},
		{"no parameters at all", "POST", "/operator/shelves/sweep?x=1", "", 422, codeInvalidField, "query"},
		{"no body at all", "POST", "/operator/shelves/sweep", `{"x":1}`, 422, codeInvalidField, "x"},
		{"an unknown member", "POST", "/operator/shelves/s/lend", `{"colour":"red"}`, 422, codeInvalidField, "colour"},
		{"the path's value in the body", "POST", "/operator/shelves/s/lend", `{"ID":"t"}`, 422, codeInvalidField, "ID"},
		{"another kind", "POST", "/operator/shelves/s/lend", `{"books":[1]}`, 422, codeInvalidField, "books[0]"},
		{"no JSON", "POST", "/operator/shelves/s/lend", `{`, 400, codeBadJSON, ""},
		{"a field", "POST", "/operator/shelves/s/lend", `{"note":"field"}`, 422, codeInvalidField, "books[0]"},
		{"nothing there", "POST", "/operator/shelves/s/lend", `{"note":"unknown"}`, 404, codeNotFound, ""},
		{"not possible", "POST", "/operator/shelves/s/lend", `{"note":"taken"}`, 409, "lent", ""},
		{"busy", "POST", "/operator/shelves/s/lend", `{"note":"busy"}`, 409, codeConflict, ""},
		{"our trouble", "POST", "/operator/shelves/s/lend", `{"note":"fault"}`, 503, codeUnavailable, ""},
		{"the CRM's trouble", "POST", "/operator/shelves/s/lend", `{"note":"quota"}`, 503, codeQuota, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := o.ask(row.method, row.target, row.body)
			got.refused(row.status, row.code, row.field)
			if strings.Contains(got.body, "cellar") {
				t.Errorf("an error's own words: %s", got.body)
			}
		})
	}
	o.askAs("", "GET", "/operator/shelves/s/books", "").refused(401, codeUnauthorized, "")
	o.askAs("", "POST", "/operator/shelves/s/lend", `{}`).refused(401, codeUnauthorized, "")
	o.kept(t, "lend ann s salesforce_limit", "lend ann s unavailable", "lend ann s conflict", "lend ann s lent", "lend ann s not_found",
		"lend ann s invalid_field", "lend ann  bad_json", "lend ann  invalid_field", "lend ann  invalid_field", "lend ann  invalid_field",
		"sweep ann  invalid_field", "sweep ann  invalid_field")
}

// TestEndpointsAreDescribed: the document has every endpoint with the parameters and
// the body of its type.
func TestEndpointsAreDescribed(t *testing.T) {
	o := newShelf(t)
	var doc any
	o.askAs("", "GET", "/openapi-admin.json", "").want(200).read(&doc)
	look, lend := at(doc, "paths", "/operator/shelves/{id}/books", "get"), at(doc, "paths", "/operator/shelves/{id}/lend", "post")
	for _, row := range []struct {
		op   any
		want []string
	}{
		{look, []string{"author in query", "id in path", "kind in query", "limit in query", "open in query"}},
		{lend, []string{"force in query", "id in path"}},
	} {
		var got []string
		for _, p := range asList(at(row.op, "parameters")) {
			got = append(got, at(p, "name").(string)+" in "+at(p, "in").(string))
		}
		slices.Sort(got)
		if diff := cmp.Diff(row.want, got); diff != "" {
			t.Error(diff)
		}
	}
	ref, _ := at(lend, "requestBody", "content", "application/json", "schema", "$ref").(string)
	members, _ := at(doc, "components", "schemas", strings.TrimPrefix(ref, "#/components/schemas/"), "properties").(map[string]any)
	if len(members) != 2 || members["books"] == nil || members["note"] == nil {
		text, _ := json.Marshal(lend)
		t.Errorf("the body %q: %v in %s", ref, members, text)
	}
	if at(doc, "paths", "/operator/shelves/sweep", "post", "operationId") != "sweepShelves" {
		t.Error("sweepShelves is missing")
	}
}

// TestEndpointsAreChecked: what cannot be served or described is refused at the start.
func TestEndpointsAreChecked(t *testing.T) {
	fine := OperatorAddress{Method: "POST", Path: "/operator/x/:id", Name: "x", About: "Does x.", Act: "x"}
	type byID struct {
		ID string `json:"-" path:"id"`
	}
	with := func(change func(*OperatorAddress)) OperatorEndpoint {
		at := fine
		change(&at)
		return NewOperatorEndpoint(at, func(context.Context, *OperatorCall, byID) (struct{}, error) { return struct{}{}, nil })
	}
	for _, row := range []struct {
		name, want string
		e          OperatorEndpoint
	}{
		{"nothing", "no handler", OperatorEndpoint{}},
		{"a method", "neither GET nor POST", with(func(a *OperatorAddress) { a.Method = "PUT" })},
		{"an act of GET", "GET does nothing", with(func(a *OperatorAddress) { a.Method = "GET" })},
		{"a path elsewhere", "begins with", with(func(a *OperatorAddress) { a.Path = "/hubspot/:id" })},
		{"another parameter", "no parameter but", with(func(a *OperatorAddress) { a.Path = "/operator/:name" })},
		{"a parameter twice", "no parameter but", with(func(a *OperatorAddress) { a.Path = "/operator/:id/:id" })},
		{"no parameter", "differ in their parameters", with(func(a *OperatorAddress) { a.Path = "/operator/x" })},
		{"a name", "a name", with(func(a *OperatorAddress) { a.Name = "do-x" })},
		{"no sentence", "a sentence", with(func(a *OperatorAddress) { a.About = "" })},
		{"a name of ours", "another operation's", with(func(a *OperatorAddress) { a.Name = "listDeliveries" })},
		{"a body of GET", "GET has no body", NewOperatorEndpoint(OperatorAddress{Method: "GET", Path: "/operator/x", Name: "x", About: "X."},
			func(context.Context, *OperatorCall, struct {
				A string `json:"a"`
			}) (int, error) {
				return 0, nil
			})},
		{"a parameter's kind", "a parameter is a text", NewOperatorEndpoint(OperatorAddress{Method: "GET", Path: "/operator/x", Name: "x", About: "X."},
			func(context.Context, *OperatorCall, struct {
				A float64 `json:"-" query:"a"`
			}) (int, error) {
				return 0, nil
			})},
		{"a parameter in the body", "no member of the body", NewOperatorEndpoint(OperatorAddress{Method: "POST", Path: "/operator/x", Name: "x", About: "X."},
			func(context.Context, *OperatorCall, struct {
				A string `query:"a"`
			}) (int, error) {
				return 0, nil
			})},
		{"no struct", "into a struct", NewOperatorEndpoint(OperatorAddress{Method: "POST", Path: "/operator/x", Name: "x", About: "X."},
			func(context.Context, *OperatorCall, string) (int, error) { return 0, nil })},
	} {
		t.Run(row.name, func(t *testing.T) {
			if err := checkEndpoints([]OperatorEndpoint{row.e}); err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("got %v, want …%s…", err, row.want)
			}
		})
	}
	ok := with(func(*OperatorAddress) {})
	if err := checkEndpoints([]OperatorEndpoint{ok}); err != nil {
		t.Error(err)
	}
	if err := checkEndpoints([]OperatorEndpoint{ok, ok}); err == nil {
		t.Error("one name twice")
	}
	o := newOffice(t)
	opt := o.server.opt
	opt.Operators.Endpoints = []OperatorEndpoint{{}}
	if _, err := New(opt); err == nil || !strings.Contains(err.Error(), "no handler") {
		t.Errorf("a server with it: %v", err)
	}
}
