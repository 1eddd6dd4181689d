package memcrm_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
)

func TestIDs(t *testing.T) {
	c := newCRM(memcrm.Options{})
	a := put(t, c, account(crm.Fields{"Name": "A"}), account(crm.Fields{"Name": "B"}),
		crm.Record{Object: crm.ObjectAccount, ID: "001000000000ABC", Fields: crm.Fields{"Name": "C"}}, account(crm.Fields{"Name": "D"}))
	want := []string{"001000000000001AAA", "001000000000002AAA", "001000000000ABCAA2", "001000000000ABDAA2"}
	if diff := cmp.Diff(want, a); diff != "" {
		t.Errorf("ids (-want +got):\n%s", diff)
	}
	prefixes := map[crm.Object]string{
		crm.ObjectAccount: "001", crm.ObjectContact: "003", crm.ObjectLead: "00Q", crm.ObjectUser: "005",
		crm.ObjectGroup: "00G", crm.ObjectOpportunity: "006", crm.ObjectOpportunityRole: "00K", crm.ObjectJobChange: "a00",
	}
	for o, prefix := range prefixes {
		id, err := c.Add(o, nil)
		must(t, err)
		if wide, err := crm.WidenID(id); err != nil || wide != id || !strings.HasPrefix(id, prefix) {
			t.Errorf("%s: id %s, want prefix %s and 18 characters (%v)", o, id, prefix, err)
		}
	}
	if _, ok := c.Record(c.User()); !ok {
		t.Error("the integration user has no record")
	}
	for id, o := range map[string]crm.Object{"003RM0000068xV6YAI": crm.ObjectContact, "001RM000003oLnnYAE": crm.ObjectAccount} {
		must(t, c.Put(crm.Record{Object: o, ID: id[:15]}))
		if r, ok := c.Record(id); !ok || r.ID != id {
			t.Errorf("%s, put with 15 characters: %q", id, r.ID)
		}
	}
	if err := c.Put(crm.Record{Object: crm.ObjectLead, ID: "003RM0000068xV6"}); err == nil {
		t.Error("a lead took a contact's id")
	}
}

func TestFind(t *testing.T) {
	c := newCRM(memcrm.Options{PageRows: 2})
	a := put(t, c, account(crm.Fields{"Name": "Société Générale", "NumberOfEmployees": "10", "Target_Account__c": "true"}),
		account(crm.Fields{"Name": "General Motors", "NumberOfEmployees": "10.0", "CreatedDate": "2026-01-01T00:00:00Z"}),
		account(crm.Fields{"Name": "Gone", "Description": "x"}))
	p := put(t, c, contact(crm.Fields{"FirstName": "Ann", "LastName": "O'Brien", "Email": "Ann@One.example", "AccountId": a[0]}),
		contact(crm.Fields{"FirstName": "Zoë", "LastName": "Lee Ann", "Email": "zoe@one.example", "AccountId": a[0]}),
		contact(crm.Fields{"FirstName": "Ann", "LastName": "Lee", "Onward_Key__c": "abc"}),
		contact(crm.Fields{"FirstName": "Joanne", "LastName": "Lee"}))
	must(t, errors.Join(c.Delete(a[2]), c.Hide(p[3])))
	words := func(names ...string) crm.Cond { return crm.Cond{Op: crm.OpWords, Values: names} }
	tests := []struct {
		name   string
		object crm.Object
		where  []crm.Cond
		want   []string
	}{
		{"all, over pages, without hidden ones", crm.ObjectContact, nil, p[:3]},
		{"text without case", crm.ObjectContact, []crm.Cond{in("Email", "ANN@one.example", "none@one.example")}, p[:1]},
		{"several values, each record once", crm.ObjectContact, []crm.Cond{in("FirstName", "ann", "ANN", "zoë")}, p[:3]},
		{"id of 15 characters", crm.ObjectContact, []crm.Cond{in("Id", p[1][:15], p[0])}, p[:2]},
		{"reference of 15 characters", crm.ObjectContact, []crm.Cond{in("AccountId", a[0][:15])}, p[:2]},
		{"both conditions", crm.ObjectContact, []crm.Cond{in("AccountId", a[0]), in("FirstName", "Ann")}, p[:1]},
		{"blank fields", crm.ObjectContact, []crm.Cond{in("AccountId", "")}, p[2:3]},
		{"keys with case", crm.ObjectContact, []crm.Cond{in("Onward_Key__c", "ABC")}, nil},
		{"keys", crm.ObjectContact, []crm.Cond{in("Onward_Key__c", "abc")}, p[2:3]},
		{"the computed name", crm.ObjectContact, []crm.Cond{in("Name", "ann lee")}, p[2:3]},
		{"numbers by value", crm.ObjectAccount, []crm.Cond{in("NumberOfEmployees", "1e1")}, a[:2]},
		{"checkbox that nobody touched", crm.ObjectAccount, []crm.Cond{in("Target_Account__c", "false")}, a[1:2]},
		{"since", crm.ObjectAccount, []crm.Cond{{Field: "CreatedDate", Op: crm.OpSince, Values: []string{"2026-01-02"}}}, a[:1]},
		{"since, on the border", crm.ObjectAccount, []crm.Cond{{Field: "CreatedDate", Op: crm.OpSince, Values: []string{"2026-01-01T00:00:00Z"}}}, a[:2]},
		{"words in any order", crm.ObjectContact, []crm.Cond{words("lee ANN")}, p[1:3]},
		{"words without accents, whole words only", crm.ObjectContact, []crm.Cond{words("zoe")}, p[1:2]},
		{"words with an apostrophe", crm.ObjectContact, []crm.Cond{words("o'brien")}, p[:1]},
		{"one of several names", crm.ObjectContact, []crm.Cond{words("Ann Nobody", "O’Brien", "Zoë Lee")}, p[:2]},
		{"accounts by words", crm.ObjectAccount, []crm.Cond{words("generale")}, a[:1]},
		{"words and a condition", crm.ObjectContact, []crm.Cond{words("ann"), in("AccountId", a[0])}, p[:2]},
		{"no word at all", crm.ObjectContact, []crm.Cond{words("–")}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := find(t, c, crm.Query{Object: test.object, Select: []string{"Id"}, Where: test.where})
			if want := strings.Join(test.want, " "); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
	withBin := crm.Query{Object: crm.ObjectAccount, Deleted: true}
	if got := find(t, c, withBin); got != strings.Join(a, " ") {
		t.Errorf("with deleted records: %q", got)
	}
}

func TestFindReturnsWhatWasSelected(t *testing.T) {
	w := newWorld(t)
	q := crm.Query{Object: crm.ObjectContact, Select: []string{"Id", "Name", "Title", "DoNotCall", "IsDeleted", "MasterRecordId"},
		Where: []crm.Cond{in("Id", w.lost)}, Deleted: true}
	pages, err := w.Find(t.Context(), []crm.Query{q})
	must(t, err)
	want := []crm.Record{{Object: crm.ObjectContact, ID: w.lost, Version: "2026-11-03T12:00:00.001Z", Deleted: true, MasterID: w.kept,
		Fields: crm.Fields{"Id": w.lost, "Name": "Lost", "Title": "", "DoNotCall": "false", "IsDeleted": "true", "MasterRecordId": w.kept}}}
	if diff := cmp.Diff(want, pages[0].Records); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

func TestQueriesThatAreRefused(t *testing.T) {
	c := newCRM(memcrm.Options{})
	tests := []struct {
		name  string
		query crm.Query
		code  string
	}{
		{"unknown field selected", crm.Query{Object: crm.ObjectLead, Select: []string{"Foo"}}, "INVALID_FIELD"},
		{"unknown field compared", crm.Query{Object: crm.ObjectLead, Where: []crm.Cond{in("Foo", "x")}}, "INVALID_FIELD"},
		{"no values", crm.Query{Object: crm.ObjectLead, Where: []crm.Cond{in("Email")}}, "MALFORMED_QUERY"},
		{"no names", crm.Query{Object: crm.ObjectLead, Where: []crm.Cond{{Op: crm.OpWords}}}, "MALFORMED_QUERY"},
		{"unknown comparison", crm.Query{Object: crm.ObjectLead, Where: []crm.Cond{{Field: "Email", Op: "like", Values: []string{"x"}}}}, "MALFORMED_QUERY"},
		{"broken id", crm.Query{Object: crm.ObjectContact, Where: []crm.Cond{in("AccountId", "x")}}, "INVALID_QUERY_FILTER_OPERATOR"},
		{"since without a time", crm.Query{Object: crm.ObjectLead, Where: []crm.Cond{{Field: "CreatedDate", Op: crm.OpSince, Values: []string{"x"}}}}, "INVALID_QUERY_FILTER_OPERATOR"},
		{"since on a text", crm.Query{Object: crm.ObjectLead, Where: []crm.Cond{{Field: "Email", Op: crm.OpSince, Values: []string{"2026-01-01"}}}}, "INVALID_QUERY_FILTER_OPERATOR"},
		{"long text cannot be filtered", crm.Query{Object: crm.ObjectLead, Where: []crm.Cond{in("Description", "x")}}, "INVALID_FIELD"},
		{"foreign cursor", crm.Query{Object: crm.ObjectLead, Cursor: "x"}, "INVALID_QUERY_LOCATOR"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			pages, err := c.Find(t.Context(), []crm.Query{test.query, {Object: crm.ObjectUser}})
			must(t, err)
			var e *crm.Error
			if !errors.As(pages[0].Err, &e) || !errors.Is(e, crm.ErrInvalid) || e.Code != test.code {
				t.Errorf("got %v, want %s", pages[0].Err, test.code)
			}
			if pages[1].Err != nil || len(pages[1].Records) != 1 {
				t.Errorf("the query beside it: %v", pages[1])
			}
		})
	}
}

func TestCancelledCallsDoNothing(t *testing.T) {
	c := newCRM(memcrm.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, findErr := c.Find(ctx, nil)
	_, writeErr := c.Write(ctx, []crm.Write{{Key: "k", Verb: crm.VerbUpsert, Object: crm.ObjectJobChange}})
	_, landedErr := c.Landed(ctx, crm.ObjectLead, nil)
	_, describeErr := c.Describe(ctx, crm.ObjectLead)
	for _, err := range []error{findErr, writeErr, landedErr, describeErr} {
		if !errors.Is(err, crm.ErrUnavailable) || !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	}
	want := memcrm.Stats{Find: 1, Describe: 1, Write: 1, Items: 1, Landed: 1}
	if got := c.Stats(); got != want || len(c.Effects()) > 0 {
		t.Errorf("stats %+v, effects %v", got, c.Effects())
	}
}

// TestIndexesAgreeWithScans changes a CRM at random and compares what the indexes
// find with what a look at every record finds.
func TestIndexesAgreeWithScans(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := newCRM(memcrm.Options{PageRows: 3})
		name := rapid.SampledFrom([]string{"Ann", "Bob", "Lee", "Ann Lee", "zoë", ""})
		ask := func(cond crm.Cond) string {
			var got []string
			q := crm.Query{Object: crm.ObjectContact, Where: []crm.Cond{cond}}
			for {
				pages, err := c.Find(context.Background(), []crm.Query{q})
				if err != nil || pages[0].Err != nil {
					t.Fatal(err, pages)
				}
				for _, r := range pages[0].Records {
					got = append(got, r.ID)
				}
				if q.Cursor = pages[0].Next; q.Cursor == "" {
					return fmt.Sprint(got)
				}
			}
		}
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			all := c.Records(crm.ObjectContact)
			f := crm.Fields{"FirstName": name.Draw(t, "first"), "LastName": name.Draw(t, "last")}
			if len(all) > 0 && rapid.Bool().Draw(t, "edit") {
				if err := c.Edit(rapid.SampledFrom(all).Draw(t, "record").ID, f); err != nil {
					t.Fatal(err)
				}
			} else if _, err := c.Add(crm.ObjectContact, f); err != nil {
				t.Fatal(err)
			}
			v := name.Filter(func(s string) bool { return s != "" }).Draw(t, "value")
			var byFirst, byName, byWord []string
			for _, r := range c.Records(crm.ObjectContact) {
				if strings.EqualFold(r.Fields["FirstName"], v) {
					byFirst = append(byFirst, r.ID)
				}
				if strings.EqualFold(r.Fields["Name"], v) {
					byName = append(byName, r.ID)
				}
				has := strings.Fields(strings.ToLower(r.Fields["Name"]))
				every := true
				for _, w := range strings.Fields(strings.ToLower(v)) {
					every = every && strings.Contains(" "+strings.Join(has, " ")+" ", " "+w+" ")
				}
				if every {
					byWord = append(byWord, r.ID)
				}
			}
			found := []string{ask(in("FirstName", v)), ask(in("Name", v)), ask(crm.Cond{Op: crm.OpWords, Values: []string{v}})}
			for i, want := range [][]string{byFirst, byName, byWord} {
				if found[i] != fmt.Sprint(want) {
					t.Fatalf("question %d: found %s, want %v", i, found[i], want)
				}
			}
		}
	})
}
