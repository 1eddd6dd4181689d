package hubspot

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/hubspot/hstest"
)

// members reads a list to its end, or to its error.
func members(t *testing.T, c *Client, list string, fields ...string) (rows []crm.Record, err error) {
	t.Helper()
	for r, e := range c.Members(t.Context(), list, fields) {
		if err != nil {
			t.Error("something came after the error")
		}
		if err = e; err == nil {
			rows = append(rows, r)
		} else if r.ID != "" {
			t.Errorf("a record with an error: %v", r)
		}
	}
	return rows, err
}

// TestTR10MembersOfAList: a HubSpot list is named by a number, and read page by page.
func TestTR10MembersOfAList(t *testing.T) {
	for _, version := range []string{"v3", "2026-03"} {
		t.Run(version, func(t *testing.T) {
			s, c := local(t, func(o *Options) { o.APIVersion = version })
			acme := s.Create(hstest.Companies, map[string]string{"name": "Acme"})
			var ids []int64
			for n := range 610 {
				ids = append(ids, s.Create(hstest.Contacts, map[string]string{"lastname": fmt.Sprintf("Person %d", n), "email": fmt.Sprintf("p%d@acme.com", n)}))
			}
			s.Associate(ids[3], acme, then)
			s.Archive(hstest.Contacts, ids[4])
			s.PutList(hstest.List{ID: "17", Name: "Champions", Kind: "DYNAMIC", Members: ids})
			list, err := c.List(t.Context(), "17")
			if want := (List{ID: "17", Name: "Champions", ObjectTypeID: "0-1", Kind: "DYNAMIC", Status: "COMPLETE", Size: 610}); err != nil || list != want {
				t.Errorf("%+v, %v", list, err)
			}
			s.ResetCalls()
			rows, err := members(t, c, " 17 ", "LastName", "Email", "AccountId")
			if err != nil || len(rows) != 609 {
				t.Fatalf("%d members, %v", len(rows), err)
			}
			want := crm.Record{Object: crm.ObjectContact, ID: formatID(ids[3]), Version: rows[3].Version,
				Fields: crm.Fields{"LastName": "Person 3", "Email": "p3@acme.com", "AccountId": formatID(acme)}}
			if diff := cmp.Diff(want, rows[3]); diff != "" || !slices.IsSorted(idsOf(rows)) {
				t.Errorf("-want +got\n%s", diff)
			}
			pages, batches := s.CallsTo("/memberships"), s.CallsTo("/objects/contacts/batch/read")
			if version != "v3" {
				batches = s.CallsTo("/2026-03/contacts/batch/read")
			}
			if len(pages) != 3 || pages[0].Query != "limit=250" || !strings.Contains(pages[1].Query, "after="+formatID(ids[249])) || len(batches) != 7 {
				t.Errorf("%d pages, %d batches", len(pages), len(batches))
			}
			// Nothing is gathered: what a page names is read before the next page.
			order := ""
			for _, call := range s.Calls() {
				switch {
				case strings.HasSuffix(call.Path, "/memberships"):
					order += "M"
				case strings.HasSuffix(call.Path, "/contacts/batch/read"):
					order += "R"
				}
			}
			if order != "MRRMRRRMRR" {
				t.Errorf("pages and batches came as %s", order)
			}
		})
	}
}

// TestTR10ListsThatAreRefused: with a reason, and before anything is read.
func TestTR10ListsThatAreRefused(t *testing.T) {
	s, c := local(t, nil)
	s.PutList(hstest.List{ID: "1", Members: []int64{1}})
	s.PutList(hstest.List{ID: "2", ObjectTypeID: "0-2", Members: []int64{1}})
	s.PutList(hstest.List{ID: "3", Status: "PROCESSING", Members: []int64{1}})
	s.PutList(hstest.List{ID: "4", Deleted: true, Members: []int64{1}})
	rows := map[string]struct {
		list, field string
		class       error
		code, says  string
	}{
		"no number":         {"00O5g000004Rk2YEAS", "", crm.ErrInvalid, codeBadList, `"00O5g000004Rk2YEAS" is no list id`},
		"nothing":           {"", "", crm.ErrInvalid, codeBadList, "is no list id"},
		"a negative number": {"-1", "", crm.ErrInvalid, codeBadList, "is no list id"},
		"too large":         {"99999999999999999999", "", crm.ErrInvalid, codeBadList, "is no list id"},
		"a path":            {"1/memberships", "", crm.ErrInvalid, codeBadList, "is no list id"},
		"companies":         {"2", "", crm.ErrInvalid, codeNoContacts, `list 2 holds objects of type "0-2", not contacts`},
		"being built":       {"3", "", crm.ErrUnavailable, codeNotReady, ""},
		"deleted":           {"4", "", crm.ErrNotFound, categoryMissing, ""},
		"not there":         {"5", "", crm.ErrNotFound, categoryMissing, ""},
		"an unknown field":  {"1", "Shoe", crm.ErrInvalid, codeUnknownField, ""},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			fields := []string{"LastName"}
			if row.field != "" {
				fields = append(fields, row.field)
			}
			got, err := members(t, c, row.list, fields...)
			var e *crm.Error
			if !errors.As(err, &e) || !errors.Is(e, row.class) || e.Code != row.code || len(got) != 0 {
				t.Fatalf("%v, want %v: %s", err, row.class, row.code)
			}
			if row.says != "" && (e.Err == nil || !strings.Contains(e.Err.Error(), row.says)) {
				t.Errorf("the cause is %v, want %q", e.Err, row.says)
			}
		})
	}
	if n := len(s.CallsTo("/memberships")) + len(s.CallsTo("/objects/")); n != 0 {
		t.Errorf("%d calls for members", n)
	}
}

func TestMembersCanBeLeft(t *testing.T) {
	s, c := local(t, nil)
	ids := people(s, 600)
	s.PutList(hstest.List{ID: "1", Members: ids})
	n := 0
	for _, err := range c.Members(t.Context(), "1", nil) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n == 5 {
			break
		}
	}
	if pages, batches := len(s.CallsTo("/memberships")), len(s.CallsTo("/batch/read")); pages != 1 || batches != 1 {
		t.Errorf("%d pages and %d batches for five members", pages, batches)
	}
	s.Inject(hstest.Fault{Path: "/batch/read", Status: 403})
	if rows, err := members(t, c, "1"); !errors.Is(err, crm.ErrDenied) || len(rows) != 0 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}

// TestMemberThatWasMerged: the list still names the old id and the new one.
func TestMemberThatWasMerged(t *testing.T) {
	s, c := local(t, nil)
	ids := people(s, 3)
	s.PutList(hstest.List{ID: "1", Members: ids})
	s.Merge(ids[0], ids[2])
	rows, err := members(t, c, "1", "LastName")
	if err != nil || !slices.Equal(idsOf(rows), []string{formatID(ids[1]), formatID(ids[2])}) {
		t.Errorf("%v, %v", idsOf(rows), err)
	}
}

func TestMembershipsThatGoAround(t *testing.T) {
	s, c := local(t, nil)
	s.PutList(hstest.List{ID: "1", Members: people(s, 2)})
	s.Inject(hstest.Fault{Path: "/memberships", Times: 3, Status: 200, Body: `{"results":[],"paging":{"next":{"after":"x"}}}`})
	if _, err := members(t, c, "1"); !errors.Is(err, crm.ErrUnavailable) || !strings.Contains(err.Error(), codeCursor) || len(s.CallsTo("/memberships")) != 2 {
		t.Errorf("%v after %d pages", err, len(s.CallsTo("/memberships")))
	}
	_, c = canned(t, 200, nil, `{"list":{"objectTypeId":"0-1"},"results":[{"name":"lastname","type":"string"},{"recordId":"x"}]}`)
	if _, err := members(t, c, "1"); !errors.Is(err, crm.ErrUnavailable) || !strings.Contains(err.Error(), codeMalformed) {
		t.Errorf("%v", err)
	}
}

// TestMembersOfABusyAccount: other apps use up the account's calls, and a list is read
// nevertheless, in the time that it takes.
func TestMembersOfABusyAccount(t *testing.T) {
	s := hstest.New()
	t.Cleanup(s.Close)
	ids := people(s, 30)
	s.PutList(hstest.List{ID: "1", Members: ids})
	limited := hstest.Fault{Path: "/contacts/batch/read", Times: 9, Status: 429,
		Body: `{"status":"error","errorType":"RATE_LIMIT","policyName":"TEN_SECONDLY_ROLLING"}`}
	synctest.Test(t, func(t *testing.T) {
		c, err := Open(t.Context(), Options{Token: hstest.Token, BaseURL: s.URL(), HTTPClient: &http.Client{Transport: s.Transport()}})
		if err != nil {
			t.Fatal(err)
		}
		s.Inject(limited)
		start := time.Now()
		rows, err := members(t, c, "1", "LastName")
		// Three tries, of three calls each, that wait ten seconds and some more.
		if took := time.Since(start); err != nil || len(rows) != 30 || took < 30*time.Second || took > time.Minute {
			t.Errorf("%d members after %v, %v", len(rows), took, err)
		}
		limited.Times = 100
		s.Inject(limited)
		start = time.Now()
		rows, err = members(t, c, "1", "LastName")
		if took := time.Since(start); !errors.Is(err, crm.ErrThrottled) || len(rows) != 0 || took > 10*time.Minute {
			t.Errorf("an account that is never free: %d members after %v, %v", len(rows), took, err)
		}
	})
}

func TestMembersDoNotWaitForTomorrow(t *testing.T) {
	s, c := local(t, nil)
	s.PutList(hstest.List{ID: "1", Members: people(s, 3)})
	if _, err := members(t, c, "1"); err != nil {
		t.Fatal(err)
	}
	s.LimitDaily(2)
	s.ResetCalls()
	if _, err := members(t, c, "1"); !errors.Is(err, crm.ErrQuota) || len(s.Calls()) != 3 {
		t.Errorf("%v after %d calls", err, len(s.Calls()))
	}
}

// TestMembersOfAPropertyThatIsGone: HubSpot leaves it out of its answers without a
// word, and the field would look blank.
func TestMembersOfAPropertyThatIsGone(t *testing.T) {
	s, c := local(t, nil)
	s.Define(hstest.Contacts, hstest.Property{Name: "vip"})
	s.PutList(hstest.List{ID: "1", Members: people(s, 3)})
	if rows, err := members(t, c, "1", "vip"); err != nil || len(rows) != 3 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	s.Undefine(hstest.Contacts, "vip")
	rows, err := members(t, c, "1", "vip")
	if len(rows) != 0 {
		t.Errorf("%d rows", len(rows))
	}
	wantError(t, err, crm.ErrInvalid, codeUnknownField, "vip")
}
