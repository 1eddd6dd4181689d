package hstest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm/hubspot/hstest"
)

// send makes one request with the token of the private app.
func send(t *testing.T, s *hstest.Server, method, path, body string) (status int, answer string, header http.Header) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.URL()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+hstest.Token)
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/json")
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text), resp.Header
}

func inputs(n int, one string) string {
	var all []string
	for i := range n {
		all = append(all, strings.ReplaceAll(one, "#", fmt.Sprint(i+1)))
	}
	return strings.Join(all, ",")
}

// TestRefusals: what HubSpot does not take is not taken here.
func TestRefusals(t *testing.T) {
	filters := func(n int) string {
		return `{"filters":[` + inputs(n, `{"propertyName":"lastname","operator":"EQ","value":"#"}`) + `]}`
	}
	const contacts = "/crm/v3/objects/contacts"
	rows := []struct {
		name, method, path, body string
		status                   int
		says                     string
	}{
		{"a hundred records", "POST", contacts + "/batch/read", `{"inputs":[` + inputs(100, `{"id":"#"}`) + `]}`, 207, "OBJECT_NOT_FOUND"},
		{"one more", "POST", contacts + "/batch/read", `{"inputs":[` + inputs(101, `{"id":"#"}`) + `]}`, 400, "VALIDATION_ERROR"},
		{"51 records with history", "POST", contacts + "/batch/read", `{"propertiesWithHistory":["lastname"],"inputs":[` + inputs(51, `{"id":"#"}`) + `]}`, 400, "property histories is 50"},
		{"no record", "POST", contacts + "/batch/read", `{"inputs":[]}`, 400, "VALIDATION_ERROR"},
		{"an id that is none", "POST", contacts + "/batch/read", `{"inputs":[{"id":"x"}]}`, 400, "id is not valid"},
		{"an unknown key", "POST", contacts + "/batch/read", `{"inputs":[{"id":"1"}],"props":[]}`, 400, "VALIDATION_ERROR"},
		{"by a property that is not unique", "POST", contacts + "/batch/read", `{"idProperty":"lastname","inputs":[{"id":"1"}]}`, 400, "not a unique property"},
		{"a hundred and one writes", "POST", contacts + "/batch/update", `{"inputs":[` + inputs(101, `{"id":"#","properties":{}}`) + `]}`, 400, "VALIDATION_ERROR"},
		{"the same record twice", "POST", contacts + "/batch/update", `{"inputs":[{"id":"1","properties":{}},{"id":"1","properties":{}}]}`, 400, "Duplicate IDs"},
		{"an unknown property", "POST", contacts + "/batch/update", `{"inputs":[{"id":"1","properties":{"shoe":"46"}}]}`, 400, "PROPERTY_DOESNT_EXIST"},
		{"a read-only property", "POST", contacts + "/batch/update", `{"inputs":[{"id":"1","properties":{"hs_object_id":"2"}}]}`, 400, "READ_ONLY_VALUE"},
		{"no option", "POST", contacts + "/batch/update", `{"inputs":[{"id":"1","properties":{"lifecyclestage":"Customer"}}]}`, 400, "INVALID_OPTION"},
		{"no time", "POST", contacts + "/batch/update", `{"inputs":[{"id":"1","properties":{"createdate":"soon"}}]}`, 400, "INVALID_DATETIME"},
		{"no properties", "POST", contacts + "/batch/update", `{"inputs":[{"id":"1"}]}`, 400, "properties are missing"},
		{"an upsert by a name", "POST", contacts + "/batch/upsert", `{"inputs":[{"id":"Lee","idProperty":"lastname","properties":{}}]}`, 400, "not a unique property"},
		{"201 rows a page", "POST", contacts + "/search", `{"limit":201}`, 400, "limit"},
		{"the 10,001st row", "POST", contacts + "/search", `{"limit":200,"after":"9801"}`, 400, "10000"},
		{"the 10,000th row", "POST", contacts + "/search", `{"limit":200,"after":"9800"}`, 200, `"total":1`},
		{"six filter groups", "POST", contacts + "/search", `{"filterGroups":[` + inputs(6, filters(1)) + `]}`, 400, "too many"},
		{"seven filters in a group", "POST", contacts + "/search", `{"filterGroups":[` + filters(7) + `]}`, 400, "too many"},
		{"nineteen filters", "POST", contacts + "/search", `{"filterGroups":[` + filters(6) + `,` + filters(6) + `,` + filters(6) + `,` + filters(1) + `]}`, 400, "too many"},
		{"3,001 characters", "POST", contacts + "/search", `{"limit":1` + strings.Repeat(" ", 3001-11) + `}`, 400, "3000"},
		{"a filter on nothing", "POST", contacts + "/search", `{"filterGroups":[{"filters":[{"propertyName":"shoe","operator":"EQ","value":"1"}]}]}`, 400, "shoe does not exist"},
		{"101 listed", "GET", contacts + "?limit=101", "", 400, "limit"},
		{"251 members", "GET", "/crm/v3/lists/1/memberships?limit=251", "", 400, "limit"},
		{"a list that is not there", "GET", "/crm/v3/lists/2", "", 404, "OBJECT_NOT_FOUND"},
		{"1,001 records' links", "POST", "/crm/v4/associations/contacts/companies/batch/read", `{"inputs":[` + inputs(1001, `{"id":"#"}`) + `]}`, 400, "VALIDATION_ERROR"},
		{"a path of another date", "POST", "/crm/objects/2026-04/contacts/batch/read", `{"inputs":[{"id":"1"}]}`, 404, "NOT_FOUND"},
		{"another kind", "GET", "/crm/v3/objects/deals", "", 404, "NOT_FOUND"},
		{"another method", "DELETE", contacts + "/1", "", 405, ""},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			s := hstest.New()
			t.Cleanup(s.Close)
			s.PutContact(1, map[string]string{"lastname": "Lee"})
			s.PutList(hstest.List{ID: "1"})
			status, answer, _ := send(t, s, row.method, row.path, row.body)
			if status != row.status || !strings.Contains(answer, row.says) {
				t.Errorf("%d %s, want %d %q", status, answer, row.status, row.says)
			}
		})
	}
}

func TestLimitsOfTheAccount(t *testing.T) {
	s := hstest.New()
	defer s.Close()
	search := func() (int, string) {
		status, answer, header := send(t, s, "POST", "/crm/v3/objects/contacts/search", `{}`)
		if header.Get("X-HubSpot-RateLimit-Max") != "" {
			t.Error("searches do not tell what is left")
		}
		return status, answer
	}
	for n := range 5 {
		if status, _ := search(); status != 200 {
			t.Errorf("search %d: %d", n+1, status)
		}
	}
	if status, answer := search(); status != 429 || !strings.Contains(answer, `"policyName":"SECONDLY"`) {
		t.Errorf("the sixth: %d %s", status, answer)
	}
	s.Limit(2, time.Hour)
	for n, want := range []int{200, 200, 429} {
		status, answer, header := send(t, s, "GET", "/crm/v3/owners", "")
		if status != want || status == 429 && !strings.Contains(answer, "TEN_SECONDLY_ROLLING") {
			t.Errorf("call %d: %d %s", n+1, status, answer)
		}
		if left := header.Get("X-HubSpot-RateLimit-Remaining"); status == 200 && left != fmt.Sprint(1-n) {
			t.Errorf("call %d: %q left", n+1, left)
		}
	}
	s.Limit(0, 0)
	s.LimitDaily(1)
	for n, want := range []int{200, 429} {
		status, answer, _ := send(t, s, "GET", "/crm/v3/owners", "")
		if status != want || status == 429 && !strings.Contains(answer, "DAILY") {
			t.Errorf("call %d of the day: %d %s", n+1, status, answer)
		}
	}
}

// TestTraps: where HubSpot answers without a word about what is wrong.
func TestTraps(t *testing.T) {
	s := hstest.New()
	defer s.Close()
	s.PutContact(1, map[string]string{"lastname": "Lee"})
	s.PutContact(2, map[string]string{"lastname": "Lee"})
	s.Merge(1, 2)
	var answer struct {
		Results []struct {
			ID         string
			Properties map[string]*string
		}
	}
	read := func(path, body string) {
		t.Helper()
		status, text, _ := send(t, s, "POST", path, body)
		if status != 200 || json.Unmarshal([]byte(text), &answer) != nil || len(answer.Results) != 1 {
			t.Fatalf("%d %s", status, text)
		}
	}
	read("/crm/v3/objects/contacts/batch/read", `{"properties":["lastname","jobtitle","shoe"],"inputs":[{"id":"1"}]}`)
	got := answer.Results[0]
	if got.ID != "2" || got.Properties["lastname"] == nil || got.Properties["jobtitle"] != nil {
		t.Errorf("%+v, want the record that it was merged into", got)
	}
	if _, told := got.Properties["shoe"]; told {
		t.Error("a property that nobody defined is told")
	}
	read("/crm/v3/objects/contacts/batch/update", `{"inputs":[{"id":"1","properties":{"jobtitle":"CEO"}}]}`)
	if answer.Results[0].ID != "2" || s.Properties(hstest.Contacts, 2)["jobtitle"] != "CEO" {
		t.Error("a write under the old id goes to the other record")
	}
	status, text, _ := send(t, s, "POST", "/crm/v3/objects/contacts/batch/update", `{"inputs":[{"id":"9","properties":{}},{"id":"2","properties":{"city":"Graz"}}]}`)
	if status != 207 || s.Properties(hstest.Contacts, 2)["city"] != "Graz" || strings.Contains(text, `"ids"`) {
		t.Errorf("%d %s: without a trace it is not told which record failed", status, text)
	}
}

// TestShapes: answers have the members that HubSpot's documents name.
func TestShapes(t *testing.T) {
	s := hstest.New()
	defer s.Close()
	s.PutContact(7, map[string]string{"lastname": "Lee"})
	s.PutCompany(9, map[string]string{"name": "Acme"})
	s.Associate(7, 9, time.Date(2026, 7, 1, 9, 0, 0, 0, time.UTC))
	s.PutList(hstest.List{ID: "1", Name: "Champions", Kind: "DYNAMIC", Members: []int64{7, 8}})
	rows := []struct{ name, method, path, body, want string }{
		{"members of a list", "GET", "/crm/v3/lists/1/memberships?limit=1", "", `{"paging":{"next":{"after":"7","link":"?after=7"}},` +
			`"results":[{"membershipTimestamp":"2026-11-01T09:00:00.000Z","recordId":"7"}],"total":2}`},
		{"a list", "GET", "/crm/v3/lists/1", "", `{"list":{"listId":"1","listVersion":1,"name":"Champions","objectTypeId":"0-1",` +
			`"processingStatus":"COMPLETE","processingType":"DYNAMIC","size":2}}`},
		{"associations", "POST", "/crm/v4/associations/contacts/companies/batch/read", `{"inputs":[{"id":"7"}]}`, `{"completedAt":"2026-11-01T09:00:00.010Z",` +
			`"results":[{"from":{"id":"7"},"to":[{"associationTypes":[{"category":"HUBSPOT_DEFINED","label":"Primary","typeId":1},` +
			`{"category":"HUBSPOT_DEFINED","label":null,"typeId":279}],"toObjectId":9}]}],"startedAt":"2026-11-01T09:00:00.000Z","status":"COMPLETE"}`},
		{"a record that is missing", "POST", "/crm/v3/objects/contacts/batch/read", `{"properties":[],"inputs":[{"id":"5"}]}`, `{"completedAt":"2026-11-01T09:00:00.010Z",` +
			`"errors":[{"category":"OBJECT_NOT_FOUND","context":{"ids":["5"]},"errors":[],"links":{},"message":"Could not get some objects, they may be deleted or not exist.",` +
			`"status":"error"}],"numErrors":1,"results":[],"startedAt":"2026-11-01T09:00:00.000Z","status":"COMPLETE"}`},
	}
	for _, row := range rows {
		if _, got, _ := send(t, s, row.method, row.path, row.body); got != row.want {
			t.Errorf("%s:\n%s\nwant\n%s", row.name, got, row.want)
		}
	}
	s.LimitDaily(1)
	send(t, s, "GET", "/crm/v3/owners", "")
	const limit = `{"correlationId":"aeb5f871-7f07-4993-9211-075dc63e7cbf","errorType":"RATE_LIMIT","message":"You have reached your daily limit.",` +
		`"policyName":"DAILY","requestId":"r-1","status":"error"}`
	if _, got, _ := send(t, s, "GET", "/crm/v3/owners", ""); got != limit {
		t.Errorf("a used up day:\n%s\nwant\n%s", got, limit)
	}
}
