package memcrm_test

import (
	"errors"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
)

// world is a small CRM in which something of each kind can go wrong.
type world struct {
	*memcrm.CRM
	acme, gone, merged, master, hiddenAccount string
	ann, hidden, binned, lost, kept           string
	lead, converted                           string
	user, inactive, queue, group              string
}

func newWorld(t *testing.T) world {
	t.Helper()
	c := newCRM(memcrm.Options{})
	u := put(t, c,
		crm.Record{Object: crm.ObjectUser, Fields: crm.Fields{"Name": "Uma"}},
		crm.Record{Object: crm.ObjectUser, Fields: crm.Fields{"Name": "Ian", "IsActive": "false"}},
		crm.Record{Object: crm.ObjectGroup, Fields: crm.Fields{"Name": "Movers", "Type": "Queue"}},
		crm.Record{Object: crm.ObjectGroup, Fields: crm.Fields{"Name": "All", "Type": "Regular"}})
	a := put(t, c, account(crm.Fields{"Name": "Acme"}), account(crm.Fields{"Name": "Gone"}),
		account(crm.Fields{"Name": "Twin"}), account(crm.Fields{"Name": "Twin"}), account(crm.Fields{"Name": "Secret"}))
	p := put(t, c, contact(crm.Fields{"LastName": "Lee", "Email": "ann@acme.example", "AccountId": a[0], "Onward_Key__c": "k-ann"}),
		contact(crm.Fields{"LastName": "Hidden"}), contact(crm.Fields{"LastName": "Binned"}),
		contact(crm.Fields{"LastName": "Lost"}), contact(crm.Fields{"LastName": "Kept"}))
	l := put(t, c, lead(crm.Fields{"LastName": "Mo", "Company": "Acme"}), lead(crm.Fields{"LastName": "Con", "Company": "Acme"}))
	must(t, errors.Join(c.Delete(a[1]), c.Merge(a[2], a[3]), c.Hide(a[4]), c.Hide(p[1]), c.Delete(p[2]),
		c.Merge(p[3], p[4]), c.Convert(l[1], p[0], a[0])))
	return world{c, a[0], a[1], a[2], a[3], a[4], p[0], p[1], p[2], p[3], p[4], l[0], l[1], u[0], u[1], u[2], u[3]}
}

func TestWhatIsRefused(t *testing.T) {
	w := newWorld(t)
	w.AddValidation(memcrm.Validation{Name: "No emperors", Object: crm.ObjectContact, Check: func(_, after crm.Fields) []string {
		if after["Title"] == "Emperor" {
			return []string{"Title"}
		}
		return nil
	}})
	w.AddDuplicateRule(memcrm.DuplicateRule{Name: "E-mail", Object: crm.ObjectContact, Fields: []string{"Email"}, Block: true})
	newContact := func(f crm.Fields) crm.Write {
		return crm.Write{Key: "new", Verb: crm.VerbCreate, Object: crm.ObjectContact, Set: f}
	}
	on := func(o crm.Object, id string, f crm.Fields) crm.Write {
		return crm.Write{Key: "upd", Verb: crm.VerbUpdate, Object: o, ID: id, Set: f}
	}
	ceo := crm.Fields{"Title": "CEO"}
	unknownID, err := crm.WidenID("003000000ZZZZZZ")
	must(t, err)
	tests := []struct {
		name    string
		write   crm.Write
		class   error
		code    string
		fields  string
		matches []string
	}{
		{"unknown object", crm.Write{Verb: crm.VerbCreate, Object: "Nothing__c"}, crm.ErrNotFound, "INVALID_TYPE", "", nil},
		{"unknown verb", crm.Write{Verb: "delete", Object: crm.ObjectLead}, crm.ErrInvalid, "UNKNOWN_VERB", "", nil},
		{"Fill is the client's", crm.Write{Verb: crm.VerbCreate, Object: crm.ObjectLead, Fill: ceo}, crm.ErrInvalid, "UNRESOLVED_FILL_OR_LINK", "", nil},
		{"no right to create users", crm.Write{Verb: crm.VerbCreate, Object: crm.ObjectUser, Set: crm.Fields{"Name": "X"}}, crm.ErrDenied, "INSUFFICIENT_ACCESS_OR_READONLY", "", nil},
		{"no right to change users", on(crm.ObjectUser, w.user, crm.Fields{"Name": "X"}), crm.ErrDenied, "INSUFFICIENT_ACCESS_OR_READONLY", "", nil},
		{"unknown fields", newContact(crm.Fields{"LastName": "X", "Foo": "1", "Bar": "2"}), crm.ErrInvalid, "INVALID_FIELD", "Bar,Foo", nil},
		{"read-only fields", newContact(crm.Fields{"LastName": "X", "Id": w.ann, "CreatedDate": noonText, "Name": "X"}), crm.ErrInvalid, "INVALID_FIELD_FOR_INSERT_UPDATE", "CreatedDate,Id,Name", nil},
		{"no checkbox", newContact(crm.Fields{"LastName": "X", "DoNotCall": "maybe"}), crm.ErrInvalid, "INVALID_TYPE_ON_FIELD_IN_RECORD", "DoNotCall", nil},
		{"blank checkbox", newContact(crm.Fields{"LastName": "X", "DoNotCall": ""}), crm.ErrInvalid, "INVALID_TYPE_ON_FIELD_IN_RECORD", "DoNotCall", nil},
		{"impossible date", newContact(crm.Fields{"LastName": "X", "Birthdate": "2026-02-30"}), crm.ErrInvalid, "INVALID_TYPE_ON_FIELD_IN_RECORD", "Birthdate", nil},
		{"date with time", newContact(crm.Fields{"LastName": "X", "Birthdate": noonText}), crm.ErrInvalid, "INVALID_TYPE_ON_FIELD_IN_RECORD", "Birthdate", nil},
		{"no number", on(crm.ObjectAccount, w.acme, crm.Fields{"NumberOfEmployees": "0x10"}), crm.ErrInvalid, "INVALID_TYPE_ON_FIELD_IN_RECORD", "NumberOfEmployees", nil},
		{"bytes that are no text", newContact(crm.Fields{"LastName": "N\xfa\xf1ez"}), crm.ErrInvalid, "INVALID_TYPE_ON_FIELD_IN_RECORD", "LastName", nil},
		{"broken reference", newContact(crm.Fields{"LastName": "X", "AccountId": "001"}), crm.ErrInvalid, "MALFORMED_ID", "AccountId", nil},
		{"too long", newContact(crm.Fields{"LastName": strings.Repeat("é", 81)}), crm.ErrInvalid, "STRING_TOO_LONG", "LastName", nil},
		{"key too long", crm.Write{Key: crm.Key(strings.Repeat("k", 65)), Verb: crm.VerbCreate, Object: crm.ObjectContact, Set: crm.Fields{"LastName": "X"}}, crm.ErrInvalid, "STRING_TOO_LONG", "Onward_Key__c", nil},
		{"no e-mail", newContact(crm.Fields{"LastName": "X", "Email": "ann@acme"}), crm.ErrInvalid, "INVALID_EMAIL_ADDRESS", "Email", nil},
		{"required on create", crm.Write{Verb: crm.VerbCreate, Object: crm.ObjectLead, Set: crm.Fields{"Company": " "}}, crm.ErrInvalid, "REQUIRED_FIELD_MISSING", "Company,LastName", nil},
		{"required of an opportunity", crm.Write{Verb: crm.VerbCreate, Object: crm.ObjectOpportunity}, crm.ErrInvalid, "REQUIRED_FIELD_MISSING", "CloseDate,Name,StageName", nil},
		{"required on update", on(crm.ObjectContact, w.ann, crm.Fields{"LastName": ""}), crm.ErrInvalid, "REQUIRED_FIELD_MISSING", "LastName", nil},
		{"reference to nothing", newContact(crm.Fields{"LastName": "X", "AccountId": "001000000ZZZZZZ"}), crm.ErrInvalid, "INVALID_CROSS_REFERENCE_KEY", "AccountId", nil},
		{"reference to another object", newContact(crm.Fields{"LastName": "X", "AccountId": w.ann}), crm.ErrInvalid, "INVALID_CROSS_REFERENCE_KEY", "AccountId", nil},
		{"reference to a deleted record", newContact(crm.Fields{"LastName": "X", "AccountId": w.gone}), crm.ErrStale, "ENTITY_IS_DELETED", "AccountId", nil},
		{"reference to a merged record", newContact(crm.Fields{"LastName": "X", "AccountId": w.merged}), crm.ErrStale, "ENTITY_IS_DELETED", "AccountId", []string{w.master}},
		{"reference to a hidden record", newContact(crm.Fields{"LastName": "X", "AccountId": w.hiddenAccount}), crm.ErrNotVisible, "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", "AccountId", nil},
		{"inactive owner", newContact(crm.Fields{"LastName": "X", "OwnerId": w.inactive}), crm.ErrInactiveOwner, "INACTIVE_OWNER_OR_USER", "OwnerId", nil},
		{"queue owns a contact", newContact(crm.Fields{"LastName": "X", "OwnerId": w.queue}), crm.ErrInactiveOwner, "INACTIVE_OWNER_OR_USER", "OwnerId", nil},
		{"group that is no queue", on(crm.ObjectLead, w.lead, crm.Fields{"OwnerId": w.group}), crm.ErrInactiveOwner, "INACTIVE_OWNER_OR_USER", "OwnerId", nil},
		{"validation rule", newContact(crm.Fields{"LastName": "X", "Title": "Emperor"}), crm.ErrInvalid, "FIELD_CUSTOM_VALIDATION_EXCEPTION", "Title", nil},
		{"duplicate rule", newContact(crm.Fields{"LastName": "X", "Email": "ANN@acme.example"}), crm.ErrDuplicate, "DUPLICATES_DETECTED", "", []string{w.ann}},
		{"duplicate rule on update", on(crm.ObjectContact, w.kept, crm.Fields{"Email": "ann@acme.example"}), crm.ErrDuplicate, "DUPLICATES_DETECTED", "", []string{w.ann}},
		{"unique field", on(crm.ObjectContact, w.kept, crm.Fields{"Onward_Key__c": "k-ann"}), crm.ErrInvalid, "DUPLICATE_VALUE", "Onward_Key__c", []string{w.ann}},
		{"broken id", on(crm.ObjectContact, "003", ceo), crm.ErrInvalid, "MALFORMED_ID", "Id", nil},
		{"id of another object", on(crm.ObjectContact, w.acme, ceo), crm.ErrNotFound, "INVALID_CROSS_REFERENCE_KEY", "Id", nil},
		{"unknown id", on(crm.ObjectContact, unknownID, ceo), crm.ErrNotFound, "INVALID_CROSS_REFERENCE_KEY", "Id", nil},
		{"CR07 hidden record", on(crm.ObjectContact, w.hidden, ceo), crm.ErrNotVisible, "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", "", nil},
		{"deleted record", on(crm.ObjectContact, w.binned, ceo), crm.ErrStale, "ENTITY_IS_DELETED", "", nil},
		{"merged record", on(crm.ObjectContact, w.lost, ceo), crm.ErrStale, "ENTITY_IS_DELETED", "", []string{w.kept}},
		{"converted lead", on(crm.ObjectLead, w.converted, ceo), crm.ErrStale, "CANNOT_UPDATE_CONVERTED_LEAD", "", []string{w.ann}},
		{"other version", crm.Write{Verb: crm.VerbUpdate, Object: crm.ObjectContact, ID: w.ann, Set: ceo, If: "old"}, crm.ErrStale, "ENTITY_IS_CHANGED", "", nil},
		{"upsert without a key", crm.Write{Verb: crm.VerbUpsert, Object: crm.ObjectJobChange}, crm.ErrInvalid, "MISSING_ARGUMENT", "", nil},
		{"upsert where there are no keys", crm.Write{Key: "k", Verb: crm.VerbUpsert, Object: crm.ObjectOpportunity}, crm.ErrInvalid, "MISSING_ARGUMENT", "", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before := len(w.Effects())
			_, e := write(t, w.CRM, test.write)
			if e == nil {
				t.Fatal("accepted")
			}
			if !errors.Is(e, test.class) || e.Code != test.code {
				t.Errorf("got %v, want class %q and code %s", e, test.class, test.code)
			}
			if got := strings.Join(e.Fields, ","); got != test.fields {
				t.Errorf("about fields %q, want %q", got, test.fields)
			}
			if diff := cmp.Diff(test.matches, e.Matches); diff != "" {
				t.Errorf("matches (-want +got):\n%s", diff)
			}
			if len(w.Effects()) != before {
				t.Error("what was refused has landed")
			}
		})
	}
}

func TestRestrictedPicklist(t *testing.T) {
	schemas := memcrm.DefaultSchemas(crm.DefaultNames())
	for i, s := range schemas {
		for j, f := range s.Fields {
			if s.Object == crm.ObjectLead && f.Name == "Rating" {
				schemas[i].Fields[j].Restricted = true
			}
		}
	}
	c := newCRM(memcrm.Options{Schemas: schemas})
	set := crm.Fields{"LastName": "X", "Company": "Y", "Rating": "Lukewarm"}
	_, e := write(t, c, crm.Write{Key: "a", Verb: crm.VerbCreate, Object: crm.ObjectLead, Set: set})
	if e == nil || e.Code != "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST" {
		t.Errorf("got %v", e)
	}
	set["Rating"] = "Warm"
	if _, e := write(t, c, crm.Write{Key: "a", Verb: crm.VerbCreate, Object: crm.ObjectLead, Set: set}); e != nil {
		t.Error(e)
	}
}

func TestCreatesAreIdempotentByKey(t *testing.T) {
	c := newCRM(memcrm.Options{})
	c.AddDuplicateRule(memcrm.DuplicateRule{Name: "Name", Object: crm.ObjectContact, Fields: []string{"LastName"}, Block: true})
	w := crm.Write{Key: "k1", Verb: crm.VerbCreate, Object: crm.ObjectContact, Set: crm.Fields{"LastName": "Lee", "FirstName": "Ann"}}
	first, e := write(t, c, w)
	if e != nil || !first.Created {
		t.Fatalf("created %v: %v", first.Created, e)
	}
	w.Set = crm.Fields{"LastName": "Lee", "FirstName": "Other"}
	again, e := write(t, c, w)
	if e != nil || again.Created || again.ID != first.ID {
		t.Errorf("the second time: %+v, %v; want record %s, not created", again, e, first.ID)
	}
	want := crm.Record{Object: crm.ObjectContact, ID: first.ID, Version: noonText, Fields: crm.Fields{
		"LastName": "Lee", "FirstName": "Ann", "Name": "Ann Lee", "Onward_Key__c": "k1", "OwnerId": c.User(),
		"CreatedDate": noonText, "SystemModstamp": noonText, "CreatedById": c.User(), "LastModifiedById": c.User(),
	}}
	got, _ := c.Record(first.ID)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
	effects := []memcrm.Effect{{Object: crm.ObjectContact, ID: first.ID, Key: "k1", Verb: crm.VerbCreate,
		Fields: []string{"FirstName", "LastName", "Onward_Key__c", "OwnerId"}}}
	if diff := cmp.Diff(effects, c.Effects()); diff != "" {
		t.Errorf("effects (-want +got):\n%s", diff)
	}
	must(t, c.Delete(first.ID))
	if r, e := write(t, c, w); e != nil || !r.Created {
		t.Errorf("after the record was deleted: %+v, %v; want a new one", r, e)
	}
}

func TestUpsertsAndEventNumbers(t *testing.T) {
	c := newCRM(memcrm.Options{})
	w := crm.Write{Key: "e1", Verb: crm.VerbUpsert, Object: crm.ObjectJobChange, Set: crm.Fields{"Outcome__c": "review", "Open__c": "true"}}
	first, e := write(t, c, w)
	if e != nil || !first.Created {
		t.Fatalf("%+v, %v", first, e)
	}
	w.Set = crm.Fields{"Outcome__c": "created", "Open__c": "false"}
	again, e := write(t, c, w)
	if e != nil || again.Created || again.ID != first.ID {
		t.Fatalf("%+v, %v", again, e)
	}
	got, _ := c.Record(first.ID)
	if f := got.Fields; f["Name"] != "JC-000001" || f["External_Id__c"] != "e1" || f["Outcome__c"] != "created" || f["Open__c"] != "false" {
		t.Errorf("record %v", f)
	}
	if last := c.Effects()[1]; last.Verb != crm.VerbUpdate || !cmp.Equal(last.Fields, []string{"Open__c", "Outcome__c"}) {
		t.Errorf("effect %+v", last)
	}
}

func TestLeadOwners(t *testing.T) {
	c := newCRM(memcrm.Options{LeadAssignTo: "00G000000000001"})
	ids := put(t, c, crm.Record{Object: crm.ObjectGroup, Fields: crm.Fields{"Name": "Movers", "Type": "Queue"}},
		crm.Record{Object: crm.ObjectUser, Fields: crm.Fields{"Name": "Uma"}})
	tests := []struct {
		name   string
		assign bool
		owner  string
		want   string
	}{
		{"nobody", false, "", c.User()},
		{"the write's owner", false, ids[1], ids[1]},
		{"the assignment rule", true, "", ids[0]},
		{"the assignment rule overrides", true, ids[1], ids[0]},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := crm.Write{Key: crm.Key(test.name), Verb: crm.VerbCreate, Object: crm.ObjectLead, Assign: test.assign,
				Set: crm.Fields{"LastName": "X", "Company": "Y"}}
			if test.owner != "" {
				w.Set["OwnerId"] = test.owner
			}
			r, e := write(t, c, w)
			if e != nil {
				t.Fatal(e)
			}
			if got, _ := c.Record(r.ID); got.Fields["OwnerId"] != test.want {
				t.Errorf("owner %s, want %s", got.Fields["OwnerId"], test.want)
			}
		})
	}
}

func TestAssignmentOfAnExistingLead(t *testing.T) {
	w := newWorld(t)
	c := newCRM(memcrm.Options{LeadAssignTo: w.queue})
	put(t, c, crm.Record{Object: crm.ObjectGroup, ID: w.queue, Fields: crm.Fields{"Name": "Movers", "Type": "Queue"}})
	id := put(t, c, lead(crm.Fields{"LastName": "Mo", "Company": "Acme"}))[0]
	if _, e := write(t, c, crm.Write{Verb: crm.VerbUpdate, Object: crm.ObjectLead, ID: id, Assign: true}); e != nil {
		t.Fatal(e)
	}
	if got, _ := c.Record(id); got.Fields["OwnerId"] != w.queue {
		t.Errorf("owner %s, want the queue %s", got.Fields["OwnerId"], w.queue)
	}
}

func TestConcurrentCreatesOfOneKeyMakeOneRecord(t *testing.T) {
	c := newCRM(memcrm.Options{})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 20 {
				batch := []crm.Write{{Key: crm.Key(strconv.Itoa(i)), Verb: crm.VerbCreate, Object: crm.ObjectContact, Set: crm.Fields{"LastName": "Lee"}}}
				if results, err := c.Write(t.Context(), batch); err != nil || results[0].Err != nil {
					t.Error(err, results)
				}
				if _, err := c.Find(t.Context(), []crm.Query{{Object: crm.ObjectContact, Where: []crm.Cond{{Op: crm.OpWords, Values: []string{"lee"}}}}}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if n := len(c.Records(crm.ObjectContact)); n != 20 {
		t.Errorf("%d records for 20 keys", n)
	}
}

func TestDuplicateRules(t *testing.T) {
	w := newWorld(t)
	w.AddDuplicateRule(memcrm.DuplicateRule{Name: "alert", Object: crm.ObjectLead, Against: crm.ObjectContact, Fields: []string{"Email", "LastName"}})
	twin := put(t, w.CRM, contact(crm.Fields{"LastName": "LEE", "Email": "Ann@Acme.example"}), contact(crm.Fields{"LastName": "Lee", "Email": "ann@acme.example"}))
	must(t, w.Hide(twin[1]))
	set := crm.Fields{"LastName": "Lee", "Company": "Acme", "Email": "ann@acme.example"}
	newLead := crm.Write{Key: "l", Verb: crm.VerbCreate, Object: crm.ObjectLead, Set: set}
	_, e := write(t, w.CRM, newLead)
	if e == nil || e.Rule != "alert" || !cmp.Equal(e.Matches, []string{w.ann, twin[0]}) {
		t.Fatalf("got %v; want the two contacts that can be seen, sorted", e)
	}
	other := newLead
	other.Key, other.Set = "other", crm.Fields{"LastName": "Lee", "Company": "Acme"}
	if _, e := write(t, w.CRM, other); e != nil {
		t.Errorf("a blank field matches nothing: %v", e)
	}
	newLead.AllowDuplicate = true
	if r, e := write(t, w.CRM, newLead); e != nil || !r.Created {
		t.Errorf("an alert rule passes when allowed: %v", e)
	}
	w.AddDuplicateRule(memcrm.DuplicateRule{Name: "block", Object: crm.ObjectLead, Fields: []string{"Email"}, Block: true})
	newLead.Key = "l2"
	if _, e := write(t, w.CRM, newLead); e == nil || e.Rule != "block" {
		t.Errorf("a block rule holds all the same: %v", e)
	}
	untouched := crm.Write{Verb: crm.VerbUpdate, Object: crm.ObjectContact, ID: w.ann, Set: crm.Fields{"Title": "CEO", "Email": "ann@acme.example"}}
	if _, e := write(t, w.CRM, untouched); e != nil {
		t.Errorf("rules run on changes of their fields only: %v", e)
	}
}

func TestVersionsMoveWithEveryChange(t *testing.T) {
	c := newCRM(memcrm.Options{})
	id := put(t, c, contact(crm.Fields{"LastName": "Lee"}))[0]
	read, _ := c.Record(id)
	w := crm.Write{Verb: crm.VerbUpdate, Object: crm.ObjectContact, ID: id[:15], Set: crm.Fields{"Title": "CEO"}, If: read.Version}
	if _, e := write(t, c, w); e != nil {
		t.Fatal(e)
	}
	if _, e := write(t, c, w); !errors.Is(e, crm.ErrStale) {
		t.Errorf("the version has moved although the clock has not: %v", e)
	}
	read, _ = c.Record(id)
	must(t, c.Edit(id, crm.Fields{"Title": "CTO"}))
	w.If = read.Version
	if _, e := write(t, c, w); !errors.Is(e, crm.ErrStale) {
		t.Errorf("an edit moves the version: %v", e)
	}
}

func TestLocks(t *testing.T) {
	w := newWorld(t)
	child := crm.Write{Verb: crm.VerbUpdate, Object: crm.ObjectContact, ID: w.ann, Set: crm.Fields{"Title": "CEO"}}
	named := crm.Write{Key: "j", Verb: crm.VerbUpsert, Object: crm.ObjectJobChange, Parent: w.acme}
	aside := crm.Write{Verb: crm.VerbUpdate, Object: crm.ObjectContact, ID: w.kept, Set: crm.Fields{"Title": "CEO"}}
	must(t, w.Lock(w.acme, 2))
	for i, want := range []bool{true, true, false} {
		_, e := write(t, w.CRM, []crm.Write{child, named, child}[i])
		if locked := e != nil && errors.Is(e, crm.ErrLocked) && e.Code == "UNABLE_TO_LOCK_ROW"; locked != want {
			t.Errorf("write %d: %v, want locked %v", i+1, e, want)
		}
	}
	must(t, w.Lock(w.acme, 1))
	if _, e := write(t, w.CRM, aside); e != nil {
		t.Errorf("a record of no account is not locked: %v", e)
	}
}

func TestMergeTakesReferencesAlong(t *testing.T) {
	w := newWorld(t)
	other := put(t, w.CRM, account(crm.Fields{"Name": "Acme Inc"}))[0]
	if got := find(t, w.CRM, crm.Query{Object: crm.ObjectContact, Where: []crm.Cond{in("AccountId", other)}}); got != "" {
		t.Fatalf("before: %s", got)
	}
	must(t, w.Merge(w.acme, other))
	if got := find(t, w.CRM, crm.Query{Object: crm.ObjectContact, Where: []crm.Cond{in("AccountId", other)}}); got != w.ann {
		t.Errorf("contacts of the master: %q, want %q", got, w.ann)
	}
	if got := find(t, w.CRM, crm.Query{Object: crm.ObjectContact, Where: []crm.Cond{in("AccountId", w.acme)}}); got != "" {
		t.Errorf("contacts of the loser: %q, want none", got)
	}
	if err := w.Merge(w.ann, other); err == nil {
		t.Error("a contact was merged into an account")
	}
}

func TestCR07HiddenIsNotDeleted(t *testing.T) {
	w := newWorld(t)
	q := crm.Query{Object: crm.ObjectContact, Where: []crm.Cond{in("Id", w.hidden)}, Deleted: true}
	if got := find(t, w.CRM, q); got != "" {
		t.Errorf("found %s", got)
	}
	_, e := write(t, w.CRM, crm.Write{Verb: crm.VerbUpdate, Object: crm.ObjectContact, ID: w.hidden, Set: crm.Fields{"Title": "CEO"}})
	if !errors.Is(e, crm.ErrNotVisible) || errors.Is(e, crm.ErrStale) || errors.Is(e, crm.ErrNotFound) {
		t.Errorf("got %v, want not visible and nothing else", e)
	}
	if r, ok := w.Record(w.hidden); !ok || r.Deleted || r.Fields["Title"] != "" {
		t.Errorf("the record is there (%v) and untouched: %+v", ok, r)
	}
	must(t, w.Edit(w.hidden, crm.Fields{"Onward_Key__c": "k-hidden"}))
	landed, err := w.Landed(t.Context(), crm.ObjectContact, []crm.Key{"k-hidden", "k-ann", "k-none"})
	must(t, err)
	if diff := cmp.Diff(map[crm.Key]string{"k-hidden": w.hidden, "k-ann": w.ann}, landed); diff != "" {
		t.Errorf("landed (-want +got):\n%s", diff)
	}
}
