package crmtest

import (
	"slices"
	"strings"

	"github.com/onward-crm/onward/crm"
)

func findCases() []testCase {
	return []testCase{
		{"equality ignores case", findIgnoresCase},
		{"all conditions must hold", findAllConditions},
		{"answers are positional", findPositional},
		{"an error of one query stands in its page", findErrorOfOne},
		{"an empty filter is refused", findEmptyFilter},
		{"an unknown field is refused", findUnknownField},
		{"only selected fields come back", findSelected},
		{"without conditions everything comes in order of id", findEverything},
		{"CR02 quotes and wildcards are plain characters", findHostileValues},
		{"ids have two forms", findIDForms},
		{"since compares times", findSince},
	}
}

func findIgnoresCase(k *kit) {
	ids := k.seed(account("Acme GmbH"), account("Other"))
	rows := k.ask(where(crm.ObjectAccount, "Name", "ACME gmbh"))
	if len(rows) != 1 || rows[0].ID != ids[0] || rows[0].Object != crm.ObjectAccount {
		k.Fatalf("found %v, want %s", rows, ids[0])
	}
	if rows := k.ask(where(crm.ObjectAccount, "Name", "Acme")); len(rows) != 0 {
		k.Errorf("part of a name found %d records; equality is wanted", len(rows))
	}
}

func findAllConditions(k *kit) {
	accounts := k.seed(account("A"), account("B"))
	k.seed(contact("Lee", crm.Fields{"AccountId": accounts[0]}), contact("Lee", crm.Fields{"AccountId": accounts[1]}))
	q := where(crm.ObjectContact, "LastName", "Lee")
	q.Select = []string{"AccountId"}
	q.Where = append(q.Where, crm.Cond{Field: "AccountId", Op: crm.OpIn, Values: accounts[1:]})
	rows := k.ask(q)
	if len(rows) != 1 || rows[0].Fields["AccountId"] != accounts[1] {
		k.Errorf("found %v, want the Lee of account B alone", rows)
	}
}

func findPositional(k *kit) {
	k.seed(account("A"), account("B"), contact("C", nil))
	pages, err := k.Driver.Find(k.Context(), []crm.Query{
		where(crm.ObjectContact, "LastName", "C"),
		where(crm.ObjectAccount, "Name", "nobody"),
		where(crm.ObjectAccount, "Name", "A", "B"),
	})
	if err != nil || len(pages) != 3 {
		k.Fatalf("find: %d pages, %v", len(pages), err)
	}
	for i, want := range []int{1, 0, 2} {
		if got := len(pages[i].Records); got != want || pages[i].Err != nil {
			k.Errorf("query %d: %d records, %v; want %d", i, got, pages[i].Err, want)
		}
	}
}

func findErrorOfOne(k *kit) {
	k.seed(account("A"))
	pages, err := k.Driver.Find(k.Context(), []crm.Query{
		where(crm.ObjectAccount, "No_Such_Field__c", "x"),
		where(crm.ObjectAccount, "Name", "A"),
	})
	if err != nil || len(pages) != 2 {
		k.Fatalf("find: %d pages, %v", len(pages), err)
	}
	k.wantClass(pages[0].Err, crm.ErrInvalid)
	if pages[1].Err != nil || len(pages[1].Records) != 1 {
		k.Errorf("the good query: %d records, %v", len(pages[1].Records), pages[1].Err)
	}
}

func findEmptyFilter(k *kit) {
	k.seed(account("A"))
	k.wantClass(k.page(where(crm.ObjectAccount, "Name")).Err, crm.ErrInvalid)
}

func findUnknownField(k *kit) {
	k.seed(account("A"))
	q := where(crm.ObjectAccount, "Name", "A")
	q.Select = []string{"Name", "No_Such_Field__c"}
	k.wantClass(k.page(q).Err, crm.ErrInvalid)
	k.wantClass(k.page(where(crm.ObjectAccount, "No_Such_Field__c", "A")).Err, crm.ErrInvalid)
}

func findSelected(k *kit) {
	k.seed(contact("Lee", crm.Fields{"FirstName": "Ann", "Title": "CTO"}))
	q := where(crm.ObjectContact, "LastName", "Lee")
	q.Select = []string{"FirstName", "Phone"}
	f := k.ask(q)[0].Fields
	for name := range f {
		if !slices.Contains(q.Select, name) {
			k.Errorf("field %s came back unasked", name)
		}
	}
	k.wantFields(f, crm.Fields{"FirstName": "Ann", "Phone": ""})
}

func findEverything(k *kit) {
	want := sorted(k.seed(account("C"), account("A"), account("B"))...)
	got := ids(k.ask(crm.Query{Object: crm.ObjectAccount, Select: []string{"Name"}}))
	if !slices.Equal(got, want) {
		k.Errorf("got %v, want %v", got, want)
	}
}

func findHostileValues(k *kit) {
	names := []string{`O'Brien\%_ Ltd`, `50% off`, `a_b`, `say "hi"`, `' OR Name != '`, "日本 (K.K.)"}
	for _, name := range names {
		k.seed(account(name))
	}
	k.seed(account("50 pieces off"), account("axb"))
	for _, name := range names {
		rows := k.ask(where(crm.ObjectAccount, "Name", name))
		if len(rows) != 1 {
			k.Errorf("%s: found %d, want 1", name, len(rows))
		}
	}
}

func findIDForms(k *kit) {
	k.needs(LacksIDForms)
	id := k.seed(account("A"))[0]
	if len(id) != 18 {
		k.Fatalf("id %q does not have 18 characters", id)
	}
	full, err := crm.WidenID(id)
	if err != nil || full != id {
		k.Errorf("id %q: %v, want check characters %s", id, err, full[15:])
	}
	person := k.seed(contact("Lee", crm.Fields{"AccountId": id[:15]}))[0]
	for _, form := range []string{id, id[:15]} {
		if got := k.count(crm.ObjectAccount, "Id", form); got != 1 {
			k.Errorf("by id of %d characters: %d records, want 1", len(form), got)
		}
		if got := k.count(crm.ObjectContact, "AccountId", form); got != 1 {
			k.Errorf("by reference of %d characters: %d records, want 1", len(form), got)
		}
	}
	if got := k.get(crm.ObjectContact, person, "AccountId")["AccountId"]; got != id {
		k.Errorf("a reference comes back as %q, want 18 characters", got)
	}
	if swapped := swapCase(id[:15]); swapped != id[:15] && k.count(crm.ObjectAccount, "Id", swapped) != 0 {
		k.Error("the case of an id was ignored")
	}
}

func swapCase(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r - 'a' + 'A'
		}
		if r >= 'A' && r <= 'Z' {
			return r - 'A' + 'a'
		}
		return r
	}, s)
}

func findSince(k *kit) {
	k.needs(LacksSince)
	k.seed(account("A"))
	for since, want := range map[string]int{"2000-01-01T00:00:00.000Z": 1, "2999-01-01T00:00:00.000Z": 0} {
		q := crm.Query{Object: crm.ObjectAccount, Where: []crm.Cond{
			{Field: "CreatedDate", Op: crm.OpSince, Values: []string{since}},
		}}
		if got := len(k.ask(q)); got != want {
			k.Errorf("created since %s: %d, want %d", since, got, want)
		}
	}
}
