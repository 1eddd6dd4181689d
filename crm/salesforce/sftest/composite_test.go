package sftest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/onward-crm/onward/crm"
)

func part(id, method, path, body string) string {
	if body == "" {
		body = "null"
	}
	return fmt.Sprintf(`{"method":%q,"url":%q,"referenceId":%q,"body":%s}`, method, data(path), id, body)
}

func compositeOf(allOrNone bool, parts ...string) string {
	return fmt.Sprintf(`{"allOrNone":%v,"compositeRequest":[%s]}`, allOrNone, strings.Join(parts, ","))
}

func TestCompositeReferences(t *testing.T) {
	c := start(t, nil)
	r := c.call(http.MethodPost, data("composite"), compositeOf(false,
		part("acc", "POST", "sobjects/Account", `{"Name":"Acme","NumberOfEmployees":12345678901}`),
		part("read", "GET", "sobjects/Account/@{acc.id}", ""),
		part("con", "POST", "sobjects/Contact", `{"LastName":"Lee","AccountId":"@{read.Id}","Title":"at @{read.Name}"}`),
		part("many", "POST", "composite/sobjects", records(false, item(crm.ObjectContact, `"LastName":"Mo"`))),
		part("upd", "PATCH", "sobjects/Contact/@{many[0].id}", `{"AccountId":"@{acc.id}"}`)), 200)
	for i, status := range []float64{201, 200, 201, 200, 204} {
		c.want(r, fmt.Sprintf("compositeResponse.%d.httpStatusCode", i), status)
	}
	c.want(r, "compositeResponse.1.body.NumberOfEmployees", 12345678901.0)
	c.want(r, "compositeResponse.2.referenceId", "con")
	if loc, _ := r.at("compositeResponse.0.httpHeaders.Location").(string); !strings.Contains(loc, "/sobjects/Account/001") {
		t.Errorf("Location %q", loc)
	}
	for _, x := range c.org.CRM().Records(crm.ObjectContact) {
		if x.Fields["AccountId"] == "" || x.Fields["LastName"] == "Lee" && x.Fields["Title"] != "at Acme" {
			t.Errorf("contact %v", x.Fields)
		}
	}
	if calls := c.org.Calls(); calls.Total != 1 || calls.ByResource["composite"] != 1 {
		t.Errorf("calls %+v: the parts do not count", calls)
	}
}

func TestCompositeHalts(t *testing.T) {
	parts := []string{
		part("a", "POST", "sobjects/Account", `{"Name":"Acme"}`),
		part("b", "POST", "sobjects/Account", `{}`),
		part("c", "POST", "sobjects/Contact", `{"LastName":"Lee","AccountId":"@{b.id}"}`),
		part("d", "POST", "sobjects/Account", `{"Name":"Delta"}`),
	}
	c := start(t, nil)
	r := c.call(http.MethodPost, data("composite"), compositeOf(false, parts...), 200)
	for i, want := range []struct {
		status float64
		code   any
	}{{201, nil}, {400, "REQUIRED_FIELD_MISSING"}, {400, "PROCESSING_HALTED"}, {201, nil}} {
		c.want(r, fmt.Sprintf("compositeResponse.%d.httpStatusCode", i), want.status)
		c.want(r, fmt.Sprintf("compositeResponse.%d.body.0.errorCode", i), want.code)
	}
	if n := c.count(crm.ObjectAccount); n != 2 {
		t.Errorf("%d accounts, want 2", n)
	}
	r = c.call(http.MethodPost, data("composite"), compositeOf(true, parts...), 200)
	for i, code := range []any{"PROCESSING_HALTED", "REQUIRED_FIELD_MISSING", "PROCESSING_HALTED", "PROCESSING_HALTED"} {
		c.want(r, fmt.Sprintf("compositeResponse.%d.body.0.errorCode", i), code)
		c.want(r, fmt.Sprintf("compositeResponse.%d.httpStatusCode", i), 400.0)
	}
	if n := c.count(crm.ObjectAccount); n != 2 {
		t.Errorf("%d accounts after the rollback, want 2", n)
	}
}

// TestOuterAllOrNoneOverridesTheInner: the collection says that an item was
// saved, and it was not.
func TestOuterAllOrNoneOverridesTheInner(t *testing.T) {
	c := start(t, nil)
	r := c.call(http.MethodPost, data("composite"), compositeOf(true, part("many", "POST", "composite/sobjects",
		records(false, item(crm.ObjectContact, `"LastName":"Mo"`), item(crm.ObjectContact, `"Title":"x"`)))), 200)
	c.want(r, "compositeResponse.0.body.0.success", true)
	if n := c.count(crm.ObjectContact); n != 0 {
		t.Errorf("%d contacts, want none", n)
	}
}

// TestSubrequestsInheritNoHeaders: duplicate and assignment headers stand with
// each part.
func TestSubrequestsInheritNoHeaders(t *testing.T) {
	c := start(t, nil)
	sub := func(headers string) string {
		return `{"compositeRequest":[{"method":"GET","url":"` + data("sobjects/Account/x") + `","referenceId":"a","httpHeaders":` + headers + `}]}`
	}
	c.call(http.MethodPost, data("composite"), sub(`{"If-Modified-Since":"x"}`), 200)
	for _, name := range []string{"Accept", "authorization", "Content-Type"} {
		c.want(c.call(http.MethodPost, data("composite"), sub(`{"`+name+`":"x"}`), 400), "0.errorCode", "INVALID_INPUT")
	}
}

func TestCompositeLimits(t *testing.T) {
	c := start(t, nil)
	repeat := func(n int, method, path, body string) string {
		var parts []string
		for i := range n {
			parts = append(parts, part(fmt.Sprintf("p%d", i), method, path, body))
		}
		return compositeOf(false, parts...)
	}
	for _, x := range []struct {
		name, body string
		status     int
	}{
		{"25 parts", repeat(25, "GET", "sobjects/Account/describe", ""), 200},
		{"26 parts", repeat(26, "GET", "sobjects/Account/describe", ""), 400},
		{"5 queries", repeat(5, "GET", "query?q=x", ""), 200},
		{"6 queries", repeat(6, "GET", "query?q=x", ""), 400},
		{"6 collections", repeat(6, "POST", "composite/sobjects", "{}"), 400},
		{"nested", repeat(1, "POST", "composite", "{}"), 400},
		{"search", repeat(1, "GET", "search?q=x", ""), 400},
		{"same id", compositeOf(false, part("a", "GET", "sobjects/Lead/x", ""), part("a", "GET", "sobjects/Lead/x", "")), 400},
		{"bad id", compositeOf(false, part("1a", "GET", "sobjects/Lead/x", "")), 400},
		{"no path", `{"compositeRequest":[{"method":"GET","url":"sobjects/Lead","referenceId":"a"}]}`, 400},
		{"nothing", `{}`, 400},
	} {
		t.Run(x.name, func(t *testing.T) { c.call(http.MethodPost, data("composite"), x.body, x.status) })
	}
}

func TestBatch(t *testing.T) {
	c := start(t, nil)
	body := `{"haltOnError":%v,"batchRequests":[{"method":"POST","url":"v66.0/sobjects/Account","richInput":{}},{"method":"POST","url":"v66.0/sobjects/Account","richInput":{"Name":"Acme"}}]}`
	r := c.call(http.MethodPost, data("composite/batch"), fmt.Sprintf(body, true), 200)
	c.want(r, "hasErrors", true)
	c.want(r, "results.0.statusCode", 400.0)
	c.want(r, "results.1.statusCode", 412.0)
	c.want(c.call(http.MethodPost, data("composite/batch"), fmt.Sprintf(body, false), 200), "results.1.statusCode", 201.0)
}

func graphOf(id string, parts ...string) string {
	return fmt.Sprintf(`{"graphId":%q,"compositeRequest":[%s]}`, id, strings.Join(parts, ","))
}

func graphCall(graphs ...string) string { return `{"graphs":[` + strings.Join(graphs, ",") + `]}` }

// TestGraphsAreAtomicEach writes account, contact and event record of one move in
// each graph.
func TestGraphsAreAtomicEach(t *testing.T) {
	c := start(t, nil)
	move := func(id, lastName string) string {
		return graphOf(id,
			part("acc", "POST", "sobjects/Account", `{"Name":"Acme `+id+`"}`),
			part("con", "POST", "sobjects/Contact", `{"LastName":"`+lastName+`","AccountId":"@{acc.id}"}`),
			part("jc", "PATCH", "sobjects/Job_Change__c/External_Id__c/"+id, `{"Contact__c":"@{con.id}"}`))
	}
	r := c.call(http.MethodPost, data("composite/graph"), graphCall(move("g1", "Lee"), move("g2", ""), move("g3", "Mo")), 200)
	for path, want := range map[string]any{
		"graphs.0.graphId": "g1", "graphs.0.isSuccessful": true, "graphs.0.graphResponse.compositeResponse.2.body.created": true,
		"graphs.1.isSuccessful": false, "graphs.1.graphResponse.compositeResponse.0.body.0.errorCode": "PROCESSING_HALTED",
		"graphs.1.graphResponse.compositeResponse.1.body.0.errorCode": "REQUIRED_FIELD_MISSING", "graphs.2.isSuccessful": true,
	} {
		c.want(r, path, want)
	}
	for o, want := range map[crm.Object]int{crm.ObjectAccount: 2, crm.ObjectContact: 2, crm.ObjectJobChange: 2} {
		if n := c.count(o); n != want {
			t.Errorf("%d of %s, want %d", n, o, want)
		}
	}
}

func TestGraphLimits(t *testing.T) {
	c := start(t, nil)
	nodes := func(n int) string {
		var parts []string
		for i := range n {
			parts = append(parts, part(fmt.Sprintf("n%d", i), "POST", "sobjects/Account", `{"Name":"x"}`))
		}
		return graphOf("g", parts...)
	}
	chain := func(n int) string {
		parts := []string{part("n0", "POST", "sobjects/Account", `{"Name":"x"}`)}
		for i := 1; i < n; i++ {
			parts = append(parts, part(fmt.Sprintf("n%d", i), "POST", "sobjects/Account", fmt.Sprintf(`{"Name":"x","ParentId":"@{n%d.id}"}`, i-1)))
		}
		return graphOf("g", parts...)
	}
	graphs := func(n int, body string) string {
		var out []string
		for i := range n {
			out = append(out, graphOf(fmt.Sprintf("g%d", i), part("a", "POST", "sobjects/Account", body)))
		}
		return graphCall(out...)
	}
	for _, x := range []struct {
		name, body string
		status     int
	}{
		{"500 nodes", graphCall(nodes(500)), 200},
		{"501 nodes", graphCall(nodes(501)), 400},
		{"75 graphs", graphs(75, `{"Name":"x"}`), 200},
		{"76 graphs", graphs(76, `{"Name":"x"}`), 400},
		{"depth 15", graphCall(chain(15)), 200},
		{"depth 16", graphCall(chain(16)), 400},
		{"query", graphCall(graphOf("g", part("a", "GET", "query?q=x", ""))), 400},
		{"same id", graphCall(nodes(1), nodes(1)), 400},
		{"nothing", `{}`, 400},
	} {
		t.Run(x.name, func(t *testing.T) { c.call(http.MethodPost, data("composite/graph"), x.body, x.status) })
	}
	r := c.call(http.MethodPost, data("composite/graph"), graphs(16, `{}`), 200)
	c.want(r, "graphs.13.graphResponse.compositeResponse.0.body.0.errorCode", "REQUIRED_FIELD_MISSING")
	c.want(r, "graphs.14.graphResponse.compositeResponse.0.body.0.errorCode", "PROCESSING_HALTED")
}

func TestTrees(t *testing.T) {
	c := start(t, nil)
	body := func(lastName string) string {
		return `{"records":[{"attributes":{"type":"Account","referenceId":"a"},"Name":"Acme","Contacts":{"records":[
			{"attributes":{"type":"Contact","referenceId":"b"},"LastName":"` + lastName + `"}]}}]}`
	}
	r := c.call(http.MethodPost, data("composite/tree/Account"), body(""), 400)
	c.want(r, "hasErrors", true)
	c.want(r, "results.0.referenceId", "b")
	c.want(r, "results.0.errors.0.statusCode", "REQUIRED_FIELD_MISSING")
	if n := c.count(crm.ObjectAccount); n != 0 {
		t.Errorf("%d accounts are left", n)
	}
	r = c.call(http.MethodPost, data("composite/tree/Account"), body("Lee"), 201)
	c.want(r, "hasErrors", false)
	contacts := c.org.CRM().Records(crm.ObjectContact)
	if len(contacts) != 1 || any(contacts[0].Fields["AccountId"]) != r.at("results.0.id") {
		t.Errorf("contacts %v", contacts)
	}
	twice := strings.Replace(body("Lee"), `"referenceId":"b"`, `"referenceId":"a"`, 1)
	c.call(http.MethodPost, data("composite/tree/Account"), twice, 400)
	c.call(http.MethodPost, data("composite/tree/Contact"), body("Lee"), 400)
}
