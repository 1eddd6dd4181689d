package crmtest

import "github.com/onward-crm/onward/crm"

func wordCases() []testCase {
	return []testCase{
		{"words of a person's name", wordsOfPeople},
		{"words of an account's name", wordsOfAccounts},
		{"words and another condition", wordsAndField},
	}
}

// words counts the records whose names have all words of one of the phrases.
func (k *kit) words(o crm.Object, phrases ...string) int {
	k.Helper()
	return len(k.ask(crm.Query{Object: o, Where: []crm.Cond{{Op: crm.OpWords, Values: phrases}}}))
}

func wordsOfPeople(k *kit) {
	k.needs(LacksWords)
	k.seed(
		contact("Núñez García", crm.Fields{"FirstName": "José", "Email": "maria@example.com"}),
		contact("Josefson", crm.Fields{"FirstName": "Ann"}),
	)
	for _, c := range []struct {
		phrase string
		want   int
	}{
		{"José Núñez", 1},
		{"nunez jose", 1},
		{"GARCÍA", 1},
		{"Jose Miller", 0},
		{"Jos", 0},
		{"Maria", 0},
	} {
		if got := k.words(crm.ObjectContact, c.phrase); got != c.want {
			k.Errorf("words %q: %d records, want %d", c.phrase, got, c.want)
		}
	}
	if got := k.words(crm.ObjectContact, "nobody", "josefson", "nunez"); got != 2 {
		k.Errorf("several phrases: %d records, want 2", got)
	}
}

func wordsOfAccounts(k *kit) {
	k.needs(LacksWords)
	k.seed(account("Müller & Söhne GmbH"), account("Müllermilch"))
	if got := k.words(crm.ObjectAccount, "sohne muller"); got != 1 {
		k.Errorf("found %d accounts, want 1", got)
	}
}

func wordsAndField(k *kit) {
	k.needs(LacksWords)
	k.seed(contact("Lee", crm.Fields{"Title": "CTO"}), contact("Lee", crm.Fields{"Title": "CEO"}))
	rows := k.ask(crm.Query{Object: crm.ObjectContact, Where: []crm.Cond{
		{Op: crm.OpWords, Values: []string{"lee"}},
		{Field: "Title", Op: crm.OpIn, Values: []string{"ceo"}},
	}})
	if len(rows) != 1 {
		k.Errorf("found %d records, want 1", len(rows))
	}
}
