package hubspot

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/onward-crm/onward/crm"
)

// onlyAnswer is a transport that gives one answer to everything.
type onlyAnswer struct {
	status int
	body   string
}

func (a onlyAnswer) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: a.status, Header: http.Header{"Retry-After": {"3600"}}, Request: r,
		Body: io.NopCloser(strings.NewReader(a.body)), ContentLength: int64(len(a.body)),
	}, nil
}

// FuzzAnswers: whatever HubSpot answers, nothing panics, every record has an id, every
// error a class, and no error repeats what the body says.
func FuzzAnswers(f *testing.F) {
	const canary = "Zoltan"
	for _, body := range []string{
		`{"results":[{"id":"1","properties":{"lastname":"Zoltan","hs_merged_object_ids":"2;3"},"updatedAt":"2026-07-01T09:00:00Z","archived":false}],"paging":{"next":{"after":"1"}}}`,
		`{"results":[{"id":1,"properties":{"lastname":null},"objectWriteTraceId":"0","new":true}],"errors":[{"category":"CONFLICT","message":"Zoltan","context":{"ids":["1"]}}]}`,
		`{"results":[{"from":{"id":"1"},"to":[{"toObjectId":9,"associationTypes":[{"category":"HUBSPOT_DEFINED","typeId":1}]}],"paging":{"next":{"after":"a"}}}]}`,
		`{"results":[{"name":"lastname","type":"string","fieldType":"text","options":[{"value":"Zoltan"}],"modificationMetadata":{"readOnlyValue":true}}]}`,
		`{"list":{"listId":"1","objectTypeId":"0-1","processingStatus":"COMPLETE","size":2},"results":[{"recordId":"1"}]}`,
		`{"results":[{"id":"7","email":"zoltan@example.com","firstName":"Zoltan","archived":true}],"paging":{"next":{"after":"7"}}}`,
		`{"category":"VALIDATION_ERROR","message":"Zoltan: [{\"error\":\"INVALID_OPTION\",\"name\":\"lastname\"}]","errors":[{"code":"Zoltan","context":{"propertyName":["Zoltan"]}}]}`,
		`{"status":"error","policyName":"DAILY"}`, `{"access_token":"access-token","expires_in":1800}`, `null`, `[]`, `<html>`, ``,
		`{"results":[{"id":"9223372036854775808"},{"id":"-1"},{"id":"01"},{}],"errors":[{}]}`,
	} {
		for _, status := range []int{200, 207, 400, 404, 429} {
			f.Add(status, body)
		}
	}
	described := newDescribed(crm.ObjectContact, []wireProperty{{Name: "lastname", Type: "string"}, {Name: propID}, {Name: propEmail}, {Name: propCompany}})
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 200 || status > 599 {
			return
		}
		c, err := Open(t.Context(), Options{Token: "pat-eu1-11111111", Calls: 1000, Searches: 1000,
			HTTPClient: &http.Client{Transport: onlyAnswer{status, body}}})
		if err != nil {
			t.Fatal(err)
		}
		c.schemas[crm.ObjectContact] = described
		for _, err := range everything(t, c) {
			var e *crm.Error
			switch {
			case err == nil:
			case !errors.As(err, &e) || crm.ClassOf(err) == nil:
				t.Errorf("an error without a class: %v", err)
			case strings.Contains(err.Error(), canary):
				t.Errorf("the error tells what the body says: %v", err)
			}
		}
		if g, err := decodeGrant([]byte(body)); err == nil && (!g.Access.usable() || g.Expires <= 0) {
			t.Errorf("a token that cannot be used")
		}
	})
}

// everything makes every kind of call, and gives the errors.
func everything(t *testing.T, c *Client) []error {
	var errs []error
	pages, err := c.Find(t.Context(), []crm.Query{
		{Object: crm.ObjectContact, Select: []string{"LastName", "AccountId"}},
		{Object: crm.ObjectContact, Where: []crm.Cond{is("Id", "1", "2")}, Deleted: true},
		{Object: crm.ObjectContact, Where: []crm.Cond{is("Email", "a@example.com")}},
		{Object: crm.ObjectContact, Where: []crm.Cond{is("LastName", "Lee", "")}},
		{Object: crm.ObjectUser, Select: []string{"Name"}},
		{Object: crm.ObjectAccount, Select: []string{"Name"}},
	})
	errs = append(errs, err)
	for _, p := range pages {
		errs = append(errs, p.Err)
		for _, r := range p.Records {
			if _, err := ParseID(r.ID); err != nil {
				t.Errorf("a record with the id %q", r.ID)
			}
		}
	}
	results, err := c.Write(t.Context(), []crm.Write{updateOf(1, 1, crm.Fields{"LastName": "Lee"}), updateOf(2, 2, crm.Fields{"LastName": "Mo"})})
	errs = append(errs, err)
	more, err := c.Upsert(t.Context(), crm.ObjectContact, "Email", []crm.Fields{{"Email": "a@example.com"}})
	errs = append(errs, err)
	back, err := c.WriteBack(t.Context(), Properties{Outcome: "lastname"}, []Back{{Contact: 1, Outcome: "Lee"}})
	errs = append(errs, err)
	for _, r := range append(append(results, more...), back...) {
		errs = append(errs, r.Err)
		if _, err := ParseID(r.ID); r.Err == nil && err != nil {
			t.Errorf("a success with the id %q", r.ID)
		}
	}
	n := 0
	for _, err := range c.Members(t.Context(), "1", []string{"LastName"}) {
		errs = append(errs, err)
		if n++; n > 1000 {
			break
		}
	}
	_, err = c.PrimaryCompany(t.Context(), []int64{1})
	return append(errs, err)
}
