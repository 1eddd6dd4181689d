package crmtest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/onward-crm/onward/crm"
)

func clientCases() []testCase {
	return append([]testCase{
		{"fill touches blanks alone", clientFills},
		{"what is there already costs no write", clientSkips},
		{"before and changed", clientBefore},
		{"one unknown field spoils no other update", clientUnknownField},
		{"two updates of one record in one batch", clientTwoUpdates},
		{"a batch without sense", clientInvalid},
		{"reads are cut and put together", clientCutsReads},
	}, creating(
		testCase{"fill on a create is like set", clientFillsCreate},
		testCase{"the same write twice is one", clientSameTwice},
		testCase{"creates and upserts repeated change nothing", clientRepeats},
		testCase{"every batch size gives the same records", clientBatchSizes},
	)...)
}

func (k *kit) applyOne(c *crm.Client, w crm.Write) crm.Result {
	k.Helper()
	return k.apply(c, w)[0]
}

// apply sends writes through a client; what became of each is in its result.
func (k *kit) apply(c *crm.Client, batch ...crm.Write) []crm.Result {
	k.Helper()
	results, err := c.Apply(k.Context(), batch)
	if err != nil {
		k.Fatalf("apply: %v", err)
	}
	if len(results) != len(batch) {
		k.Fatalf("apply gave %d results for %d writes", len(results), len(batch))
	}
	return results
}

// succeed is apply where nothing may fail.
func (k *kit) succeed(c *crm.Client, batch ...crm.Write) []crm.Result {
	k.Helper()
	results := k.apply(c, batch...)
	for i, r := range results {
		if r.Err != nil || r.ID == "" {
			k.Fatalf("%s %s: id %q, %v", batch[i].Verb, batch[i].Object, r.ID, r.Err)
		}
	}
	return results
}

func clientFills(k *kit) {
	id := k.seed(contact("Lee", crm.Fields{"Title": "CTO"}))[0]
	c, _ := k.client(k.Driver)
	w := crm.Write{
		Key: key(1), Verb: crm.VerbUpdate, Object: crm.ObjectContact, ID: id,
		Set:  crm.Fields{"FirstName": "Ann"},
		Fill: crm.Fields{"Title": "CEO", "Phone": "1", "Email": "", "FirstName": "Bea"},
	}
	r := k.succeed(c, w)[0]
	want := crm.Fields{"FirstName": "Ann", "Title": "CTO", "Phone": "1", "Email": ""}
	k.wantFields(k.get(crm.ObjectContact, id, want.Names()...), want)
	if got := r.Changed.Names(); !slices.Equal(got, []string{"FirstName", "Phone"}) {
		k.Errorf("changed %v, want FirstName and Phone", got)
	}
}

func clientFillsCreate(k *kit) {
	c, _ := k.client(k.Driver)
	made := k.succeed(c, crm.Write{
		Key: key(1), Verb: crm.VerbCreate, Object: crm.ObjectContact,
		Set: crm.Fields{"LastName": "Mo"}, Fill: crm.Fields{"Title": "CEO", "LastName": "Nu"},
	})[0]
	k.wantFields(k.get(crm.ObjectContact, made.ID, "LastName", "Title"), crm.Fields{"LastName": "Mo", "Title": "CEO"})
}

func clientSkips(k *kit) {
	id := k.seed(contact("Lee", crm.Fields{"Title": "CTO", "HasOptedOutOfEmail": "true"}))[0]
	c, _ := k.client(k.Driver)
	w := update(key(1), crm.ObjectContact, id, crm.Fields{"Title": "CTO", "HasOptedOutOfEmail": "true"})
	w.Fill = crm.Fields{"LastName": "Mo"}
	r := k.succeed(c, w)[0]
	if r.ID != id || len(r.Changed) != 0 || c.Calls().Write != 0 {
		k.Errorf("result %+v after %d write calls, want nothing changed and none", r, c.Calls().Write)
	}
}

func clientBefore(k *kit) {
	id := k.seed(contact("Lee", crm.Fields{"Title": "CTO", "Phone": "1"}))[0]
	c, _ := k.client(k.Driver)
	r := k.succeed(c, update(key(1), crm.ObjectContact, id, crm.Fields{"Title": "CEO", "Phone": "1", "Email": "a@example.com"}))[0]
	if len(r.Before) != 2 || len(r.Changed) != 2 || r.Created {
		k.Errorf("result %+v, want two fields before and after", r)
	}
	k.wantFields(r.Before, crm.Fields{"Title": "CTO", "Email": ""})
	k.wantFields(r.Changed, crm.Fields{"Title": "CEO", "Email": "a@example.com"})
}

func clientUnknownField(k *kit) {
	people := k.seed(contact("Lee", nil), contact("Mo", nil))
	c, _ := k.client(k.Driver)
	results := k.apply(c,
		update(key(1), crm.ObjectContact, people[0], crm.Fields{"No_Such_Field__c": "x"}),
		update(key(2), crm.ObjectContact, people[1], crm.Fields{"Title": "CEO"}),
	)
	k.wantClass(results[0].Err, crm.ErrInvalid)
	if results[1].Err != nil {
		k.Errorf("the good update: %v", results[1].Err)
	}
	k.wantFields(k.get(crm.ObjectContact, people[1], "Title"), crm.Fields{"Title": "CEO"})
}

func clientTwoUpdates(k *kit) {
	id := k.seed(contact("Lee", nil))[0]
	d := Limited(k.Driver, crm.Limits{})
	c, _ := k.client(d)
	first := update(key(2), crm.ObjectContact, id, crm.Fields{"Title": "CTO"})
	second := update(key(1), crm.ObjectContact, id, crm.Fields{"Title": "CEO"})
	second.Fill = crm.Fields{"Phone": "1"}
	results := k.succeed(c, first, second)
	k.wantFields(results[1].Before, crm.Fields{"Title": "CTO"})
	k.wantFields(k.get(crm.ObjectContact, id, "Title"), crm.Fields{"Title": "CEO"})
	if d.Broken() > 0 {
		k.Error("one call held two updates of one record")
	}
}

func clientSameTwice(k *kit) {
	c, _ := k.client(Limited(k.Driver, crm.Limits{}))
	w := create(key(1), crm.ObjectContact, crm.Fields{"LastName": "Lee"})
	other := create(key(1), crm.ObjectContact, crm.Fields{"LastName": "Mo"})
	results := k.apply(c, w, other, w)
	if results[0].Err != nil || results[2].ID != results[0].ID || !results[2].Created {
		k.Errorf("results %+v and %+v, want the same", results[0], results[2])
	}
	k.wantClass(results[1].Err, crm.ErrInvalid)
	k.wantCount(crm.ObjectContact, "LastName", "Lee", 1)
	k.wantCount(crm.ObjectContact, "LastName", "Mo", 0)
}

func clientInvalid(k *kit) {
	c, _ := k.client(k.Driver)
	fields := crm.Fields{"LastName": "Lee"}
	withID, withFill, cut := create(key(2), crm.ObjectContact, fields), event(key(3), nil), update(key(4), crm.ObjectContact, "", fields)
	withID.ID, withFill.Fill = "x", fields
	batch := []crm.Write{
		create("", crm.ObjectContact, fields), withID, withFill, cut,
		create(crm.Key(strings.Repeat("k", 65)), crm.ObjectContact, fields),
		{Key: key(5), Verb: "delete", Object: crm.ObjectContact, Set: fields},
		{Key: key(6), Verb: crm.VerbCreate, Set: fields},
	}
	for i, r := range k.apply(c, batch...) {
		if crm.ClassOf(r.Err) != crm.ErrInvalid {
			k.Errorf("write %d: %v, want %v", i, r.Err, crm.ErrInvalid)
		}
	}
	if n := c.Calls().Total(); n != 0 {
		k.Errorf("%d calls for writes without sense, want none", n)
	}
}

func clientRepeats(k *kit) {
	c, _ := k.client(k.Driver)
	batch := k.move(1)
	first := k.succeed(c, batch...)
	for i, r := range k.succeed(c, batch...) {
		if r.Created || r.ID != first[i].ID {
			k.Errorf("write %d, once more: %+v, want the record %s as it was", i, r, first[i].ID)
		}
	}
	k.wantMoves(1)
}

// move is what one job change writes: an account, a contact in it, and the event
// record where there is one.
func (k *kit) move(n int) []crm.Write {
	accountKey := key(3 * n)
	person := create(key(3*n+1), crm.ObjectContact, crm.Fields{"LastName": fmt.Sprintf("Person %d", n)})
	person.Link = map[string]crm.Key{"AccountId": accountKey}
	firm := create(accountKey, crm.ObjectAccount, crm.Fields{"Name": fmt.Sprintf("Firm %d", n)})
	if k.lacks(LacksEventRecord) {
		return []crm.Write{person, firm}
	}
	return []crm.Write{event(key(3*n+2), nil), person, firm}
}

// wantMoves checks that moves 1 to n have arrived, each once.
func (k *kit) wantMoves(n int) {
	k.Helper()
	firms := k.ask(crm.Query{Object: crm.ObjectAccount, Select: []string{"Name"}})
	people := k.ask(crm.Query{Object: crm.ObjectContact, Select: []string{"LastName", "AccountId"}})
	if len(firms) != n || len(people) != n {
		k.Fatalf("%d accounts and %d contacts, want %d of each", len(firms), len(people), n)
	}
	names := map[string]string{}
	for _, r := range firms {
		names[r.ID] = r.Fields["Name"]
	}
	for _, r := range people {
		want := strings.Replace(r.Fields["LastName"], "Person", "Firm", 1)
		if got := names[r.Fields["AccountId"]]; got != want {
			k.Errorf("%s is in %q, want %q", r.Fields["LastName"], got, want)
		}
	}
	if k.lacks(LacksEventRecord) {
		return
	}
	if events := k.ask(crm.Query{Object: crm.ObjectJobChange}); len(events) != n {
		k.Errorf("%d event records, want %d", len(events), n)
	}
}

func clientBatchSizes(k *kit) {
	const moves = 7
	for _, size := range []int{1, 2, 3, 200} {
		k := k.fresh()
		d := Limited(k.Driver, crm.Limits{Writes: size, Queries: size, Values: size, Keys: size})
		c, _ := k.client(d)
		var batch []crm.Write
		for n := range moves {
			batch = append(batch, k.move(n+1)...)
		}
		k.succeed(c, batch...)
		k.wantMoves(moves)
		people := k.ask(crm.Query{Object: crm.ObjectContact})
		batch = nil
		for i, r := range people {
			batch = append(batch, update(key(1000+i), crm.ObjectContact, r.ID, crm.Fields{"Title": "CEO"}))
		}
		k.succeed(c, batch...)
		k.wantCount(crm.ObjectContact, "Title", "CEO", moves)
		if d.Broken() > 0 || d.Calls() != c.Calls() {
			k.Errorf("size %d: %d calls broke the contract; client counted %+v, driver %+v",
				size, d.Broken(), c.Calls(), d.Calls())
		}
	}
}

func clientCutsReads(k *kit) {
	var names []string
	for n := range 11 {
		names = append(names, fmt.Sprintf("Firm %d", n))
		k.seed(account(names[n]))
	}
	d := Limited(k.Driver, crm.Limits{Queries: 2, Values: 3})
	c, _ := k.client(d)
	long := where(crm.ObjectAccount, "Name", append(names, names...)...)
	found, err := c.Find(k.Context(), []crm.Query{where(crm.ObjectAccount, "Name", "Firm 4"), long})
	if err != nil {
		k.Fatal(err)
	}
	got := ids(found[1])
	if len(found[0]) != 1 || len(got) != 11 || !slices.IsSorted(got) {
		k.Errorf("found %d and %d records, want 1 and 11 in order", len(found[0]), len(got))
	}
	all := 0
	for _, err := range c.All(k.Context(), long) {
		if err != nil {
			k.Fatal(err)
		}
		all++
	}
	if all != 11 || d.Broken() > 0 {
		k.Errorf("All: %d records, %d calls over the limits", all, d.Broken())
	}
	if _, err := c.Find(k.Context(), []crm.Query{where(crm.ObjectAccount, "Name")}); crm.ClassOf(err) != crm.ErrInvalid {
		k.Errorf("an empty filter: %v, want %v", err, crm.ErrInvalid)
	}
}
