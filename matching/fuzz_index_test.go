package matching_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/onward-crm/onward/matching"
)

// script reads accounts, changes and questions from any bytes. Behind the end
// everything is zero.
type script []byte

func (s *script) next() int {
	if len(*s) == 0 {
		return 0
	}
	b := (*s)[0]
	*s = (*s)[1:]
	return int(b)
}

// Words and sites that names and websites are put together of, so that they meet.
var (
	scriptWords = []string{
		"", "Acme", "Acmee", "Tools", "Tool", "Granite", "Bank", "of", "Marble", "Net", "App", "NetApp", "University", "Université", "Washington", "Inc",
		"GmbH", "Ltd", "株式会社", "日立", "Hitachi", "IBM", "International", "Business", "Machines", "3M", "24", "Müller", "Mueller", "Яндекс", "Holding", "The",
	}
	scriptSites = []string{
		"", "acme.com", "eu.acme.com", "acme.de", "acme.io; beta.io", "beta.io", "gmail.com", "ibm.com", "us.ibm.com", "linkedin.com", "linkedin.com/company/acme",
		"netapp.com", "hitachi.co.jp", "granite.bank", "a.myshopify.com", "n/a",
	}
)

// text is one to three words, one of them perhaps with a letter lost, or any bytes.
func (s *script) text() string {
	n := s.next()
	word := scriptWords[n&31]
	switch n >> 5 {
	case 0, 1:
		return word
	case 2, 3:
		return word + " " + scriptWords[s.next()&31]
	case 4:
		return word + " " + scriptWords[s.next()&31] + " " + scriptWords[s.next()&31]
	case 5:
		cut := s.next() % (len(word) + 1)
		return word[:cut] + word[min(cut+1, len(word)):]
	}
	return s.raw(n & 63)
}

func (s *script) site() string {
	if n := s.next(); n < 224 {
		return scriptSites[n&15]
	} else {
		return s.raw(n & 31)
	}
}

// raw is at most n of the bytes as they are.
func (s *script) raw(n int) string {
	n = min(n, len(*s))
	text := string((*s)[:n])
	*s = (*s)[n:]
	return text
}

// scriptIDs is how many accounts there can be: fewer than any cap on words allows.
const scriptIDs = 12

func (s *script) id() string { return fmt.Sprint("A", s.next()%scriptIDs) }

func (s *script) account() matching.Account {
	a := matching.Account{ID: s.id(), Name: s.text()}
	for has, field := s.next(), 0; field < 8; field++ {
		if has&(1<<field) == 0 {
			continue
		}
		switch field {
		case 0:
			a.Website = s.site()
		case 1:
			a.Domains, a.LinkedIn = s.site(), s.site()
		case 2:
			a.Country, a.City = []string{"US", "DE", "Germany", "??"}[s.next()&3], s.text()
		case 3:
			a.ParentID = s.id()
		case 4:
			a.MasterID, a.Deleted = s.id(), s.next()&1 == 1
		case 5:
			a.ContactDomains = []matching.DomainCount{{Domain: s.site(), Count: s.next() - 8}, {Domain: s.site(), Count: 3}}
		case 6:
			a.Aliases = []string{s.text(), s.text()}
		case 7:
			a.OpenOpportunities, a.Customer, a.OwnerID = s.next()&1, s.next()&1 == 1, s.id()
		}
	}
	return a
}

func (s *script) company() matching.Company {
	c := matching.Company{Name: s.text()}
	for has, field := s.next(), 0; field < 5; field++ {
		if has&(1<<field) == 0 {
			continue
		}
		switch field {
		case 0:
			c.Domain = s.site()
		case 1:
			c.Email = "x@" + s.site()
		case 2:
			c.Country, c.City = []string{"US", "DE", "Germany", "??"}[s.next()&3], s.text()
		case 3:
			c.LinkedIn = s.site()
		case 4:
			c.AccountID = s.id()
		}
	}
	return c
}

// FuzzIndex builds an index as any bytes say, by changes in any order, saves and
// opens it, and asks: no panic, the accounts that were given, and the answer of the
// whole list unless a cap was reached.
func FuzzIndex(f *testing.F) {
	for seed := range uint64(48) {
		dice := rand.New(rand.NewPCG(seed, 5))
		b := make([]byte, 20+12*seed)
		for i := range b {
			b[i] = byte(dice.Uint32())
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s := script(b[:min(len(b), 600)])
		p := []func() matching.Profile{matching.Balanced, matching.Strict, matching.Lenient}[s.next()%3]()
		if n := s.next(); n < 64 {
			p.MaxCandidates = 1 + n%5
		}
		x, now := matching.NewIndex(nil, nil), map[string]matching.Account{}
		for opened, asked := 0, 0; len(s) > 0; {
			switch n := s.next(); {
			case n < 160:
				a := s.account()
				x.Upsert(a)
				now[a.ID] = a
			case n < 192:
				id := s.id()
				x.Delete(id)
				delete(now, id)
			case n < 208 && opened == 0:
				opened++
				x = reopened(t, x, nil)
			case asked < 2:
				asked++
				checkLikeTheList(t, x, question{p, s.company()}, now)
			}
		}
		checkLikeTheList(t, x, question{p, s.company()}, now)
		for id, want := range now {
			if got, ok := x.Get(id); !ok || !reflect.DeepEqual(got, want) {
				t.Fatalf("given %+v, got %+v", want, got)
			}
		}
	})
}

// checkLikeTheList asks an index, and the list of the accounts that it should hold.
func checkLikeTheList(t *testing.T, x *matching.Index, q question, now map[string]matching.Account) {
	t.Helper()
	if x.Len() != len(now) {
		t.Fatalf("%d accounts, want %d", x.Len(), len(now))
	}
	m, kept := x.MatchWith(q.profile, q.company)
	checkAnswer(t, q.profile, m)
	if again := x.Match(q.profile, q.company); !reflect.DeepEqual(m, again) {
		t.Fatalf("with the accounts\n%+v\nwithout\n%+v", m, again)
	}
	all := sorted(now)
	if m.Capped {
		all = kept
	}
	want := matching.MatchAccount(q.profile, q.company, all)
	if m.Capped {
		want.Cap()
	}
	if m.Verdict != want.Verdict || m.ID != want.ID || m.Tier != want.Tier || m.Decisive != want.Decisive {
		t.Fatalf("%+v\nindex %s %q %s %s, list %s %q %s %s", q.company, m.Verdict, m.ID, m.Tier, m.Decisive, want.Verdict, want.ID, want.Tier, want.Decisive)
	}
	last := 1.0
	for _, l := range x.Likeliest(q.profile, q.company) {
		if _, there := now[l.ID]; !there || !(l.Confidence >= 0 && l.Confidence <= last) {
			t.Fatalf("%q at %v after %v", l.ID, l.Confidence, last)
		}
		last = l.Confidence
	}
}
