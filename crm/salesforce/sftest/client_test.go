package sftest_test

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	gosalesforce "github.com/k-capehart/go-salesforce/v2"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/salesforce/sftest"
)

// library logs go-salesforce in: a client that others wrote, by its typed calls
// and not by the one that our own driver uses.
func library(t *testing.T) (*sftest.Server, *gosalesforce.Salesforce) {
	t.Helper()
	org := sftest.Start(t, nil)
	before := http.DefaultTransport
	through := &http.Transport{}
	http.DefaultTransport = tidy{through}
	t.Cleanup(func() {
		http.DefaultTransport = before
		through.CloseIdleConnections()
	})
	sf, err := gosalesforce.Init(gosalesforce.Creds{Domain: org.URL, ConsumerKey: org.ClientID(), ConsumerSecret: org.ClientSecret()})
	if err != nil {
		t.Fatal(err)
	}
	return org, sf
}

// tidy reads answers to their ends for a client that leaves some of them open.
type tidy struct{ next http.RoundTripper }

func (r tidy) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := r.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	res.Body = io.NopCloser(bytes.NewReader(body))
	return res, err
}

type person struct {
	ID       string `json:"Id,omitempty"`
	LastName string
	Email    string `json:",omitempty"`
}

func TestGoSalesforceDrivesRecords(t *testing.T) {
	org, sf := library(t)
	c := &client{T: t, org: org}
	made, err := sf.InsertOne("Contact", person{LastName: "O'Neil", Email: "bob@acme.example"})
	c.must(err)
	c.must(sf.UpdateOne("Contact", map[string]any{"Id": made.Id, "LastName": "O'Neil \\ Lee"}))
	var found []person
	c.must(sf.Query(`SELECT Id, LastName FROM Contact WHERE LastName LIKE 'O\'Neil \\%'`, &found))
	if len(found) != 1 || found[0].ID != made.Id || found[0].LastName != `O'Neil \ Lee` {
		t.Errorf("found %+v, want %s", found, made.Id)
	}
	keyed := func(name string) map[string]any {
		return map[string]any{"Onward_Key__c": "k1", "Name": name}
	}
	first, err := sf.UpsertOne("Account", "Onward_Key__c", keyed("One"))
	c.must(err)
	again, err := sf.UpsertOne("Account", "Onward_Key__c", keyed("Two"))
	c.must(err)
	if r, _ := org.CRM().Record(first.Id); again.Id != first.Id || r.Fields["Name"] != "Two" {
		t.Errorf("upserts made %s and %s, called %q", first.Id, again.Id, r.Fields["Name"])
	}
	if _, err := sf.InsertOne("Contact", person{}); err == nil || !strings.Contains(err.Error(), "REQUIRED_FIELD_MISSING") {
		t.Errorf("a contact without a name: %v", err)
	}
	c.must(sf.DeleteOne("Contact", map[string]any{"Id": made.Id}))
	if r, _ := org.CRM().Record(made.Id); !r.Deleted {
		t.Error("the contact is still there")
	}
}

func TestGoSalesforceDrivesCollectionsAndComposites(t *testing.T) {
	org, sf := library(t)
	c := &client{T: t, org: org}
	many := []person{{LastName: "Lee"}, {Email: "nobody@acme.example"}, {LastName: "Mo"}}
	got, err := sf.InsertCollection("Contact", many, 200)
	c.must(err)
	if !got.HasSalesforceErrors || len(got.Results) != 3 || !got.Results[0].Success || got.Results[1].Success ||
		got.Results[1].Errors[0].StatusCode != "REQUIRED_FIELD_MISSING" {
		t.Fatalf("a collection with one bad record: %+v", got)
	}
	ids := []map[string]any{{"Id": got.Results[0].Id, "Title": "CEO"}, {"Id": got.Results[2].Id, "Title": "CTO"}}
	got, err = sf.UpdateCollection("Contact", ids, 1)
	c.must(err)
	if got.HasSalesforceErrors {
		t.Errorf("an update in two calls: %+v", got)
	}
	got, err = sf.InsertComposite("Contact", []person{{LastName: "Ann"}, {LastName: "Bo"}, {LastName: "Cy"}}, 1, true)
	c.must(err)
	if got.HasSalesforceErrors || len(got.Results) != 3 {
		t.Errorf("a composite of three collections: %+v", got)
	}
	keyed := []map[string]any{{"Onward_Key__c": "a", "Name": "Acme"}, {"Onward_Key__c": "b", "Name": "Beta"}}
	for range 2 {
		got, err = sf.UpsertCollection("Account", "Onward_Key__c", keyed, 200)
		c.must(err)
	}
	if got.HasSalesforceErrors || c.count(crm.ObjectAccount) != 2 || c.count(crm.ObjectContact) != 5 {
		t.Errorf("%d accounts and %d contacts, want 2 and 5; %+v", c.count(crm.ObjectAccount), c.count(crm.ObjectContact), got)
	}
	// Its calls take the ids out of the caller's maps.
	ids = []map[string]any{{"Id": org.CRM().Records(crm.ObjectContact)[0].ID}, {"Id": org.CRM().Records(crm.ObjectContact)[1].ID}}
	got, err = sf.DeleteCollection("Contact", ids, 200)
	c.must(err)
	if got.HasSalesforceErrors || len(got.Results) != 2 {
		t.Errorf("a deletion of two: %+v", got)
	}
}

func TestGoSalesforceDrivesBulkJobs(t *testing.T) {
	org, sf := library(t)
	c := &client{T: t, org: org}
	jobs, err := sf.InsertBulk("Contact", []map[string]any{{"LastName": `Lee, "Ann"`}, {"LastName": "Mo"}, {"LastName": "Ray"}}, 2, true)
	c.must(err)
	if len(jobs) != 2 || c.count(crm.ObjectContact) != 3 {
		t.Fatalf("%d jobs made %d contacts, want 2 and 3", len(jobs), c.count(crm.ObjectContact))
	}
	path := filepath.Join(t.TempDir(), "out.csv")
	c.must(sf.QueryBulkExport("SELECT LastName FROM Contact ORDER BY LastName", path))
	text, err := os.ReadFile(path)
	c.must(err)
	if want := "LastName\n\"Lee, \"\"Ann\"\"\"\nMo\nRay\n"; string(text) != want {
		t.Errorf("exported %q, want %q", text, want)
	}
}
