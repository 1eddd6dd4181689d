package matching

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestSameCompany(t *testing.T) {
	name := func(s string) Company { return Company{Name: s} }
	for _, c := range []struct {
		name string
		a, b Company
		want Sameness
		why  Reason
	}{
		{"legal form", name("Contoso"), name("Contoso Inc."), SamenessSame, ReasonExactName},
		{"RT23 legal form", name("Beta Inc"), name("Beta"), SamenessSame, ReasonExactName},
		{"same domain, other name", Company{Name: "Facebook", Domain: "fb.com"}, Company{Name: "Meta", Email: "x@fb.com"}, SamenessSame, ReasonSameDomain},
		{"sub-domain", Company{Domain: "ibm.com"}, Company{Domain: "us.ibm.com"}, SamenessSame, ReasonSameDomain},
		{"same page", Company{LinkedIn: "linkedin.com/company/acme"}, Company{Name: "X", LinkedIn: "www.linkedin.com/company/Acme/"}, SamenessSame, ReasonLinkedInCompany},
		{"equal names, other domains", Company{Name: "Acme", Domain: "acme.com"}, Company{Name: "Acme", Domain: "acme.io"}, SamenessMaybe, ReasonDomainConflict},
		{"equal names, other pages", Company{Name: "Acme", LinkedIn: "linkedin.com/company/acme"}, Company{Name: "Acme", LinkedIn: "linkedin.com/company/acme-ag"}, SamenessMaybe, ReasonLinkedInDiffers},
		{"legal forms of two countries", name("Acme Inc"), name("Acme GmbH"), SamenessMaybe, ReasonLegalFormConflict},
		{"typing error", name("Microsoft"), name("Microsfot"), SamenessMaybe, ReasonNameFuzzy},
		{"acronym", name("IBM"), name("International Business Machines"), SamenessMaybe, ReasonAcronym},
		{"first word", name("Delta"), name("Delta Dental"), SamenessMaybe, ReasonNameFuzzy},
		{"similar names, other domains", Company{Name: "Acme Tools", Domain: "acme.com"}, Company{Name: "Acme Tooling", Domain: "tooling.io"}, SamenessDifferent, ReasonDomainConflict},
		{"different", name("Acme"), name("Roadrunner"), SamenessDifferent, ""},
		{"other digits", name("Forever 21"), name("Forever 24"), SamenessDifferent, ""},
		{"free mail is no domain", Company{Name: "Acme", Email: "a@gmail.com"}, Company{Name: "Roadrunner", Email: "b@gmail.com"}, SamenessDifferent, ""},
		{"scripts", name("日立製作所"), name("Hitachi"), SamenessMaybe, ReasonScriptDiffers},
		{"name against domain", name("Acme"), Company{Domain: "acme.com"}, SamenessMaybe, ReasonNameIsLabel},
		{"nothing to compare", name("Acme"), Company{Domain: "roadrunner.com"}, SamenessMaybe, ReasonInsufficient},
		{"nothing at all", Company{}, Company{}, SamenessMaybe, ReasonInsufficient},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ev := SameCompany(c.a, c.b)
			if got != c.want {
				t.Errorf("got %s, want %s (%v)", got, c.want, ev)
			}
			has := func(e Evidence) bool { return e.Reason == c.why }
			if c.why != "" && !slices.ContainsFunc(ev, has) {
				t.Errorf("evidence %s missing in %v", c.why, ev)
			}
		})
	}
}

func TestSameCompanyByPin(t *testing.T) {
	p := Balanced()
	p.Pins = []Pin{{Domain: "fb.com", AccountID: "A1"}, {Name: "Meta", AccountID: "A1"}, {Name: "None", Never: true}}
	if got, _ := p.SameCompany(Company{Domain: "fb.com"}, Company{Name: "Meta Inc"}); got != SamenessSame {
		t.Errorf("pinned to one account: %s", got)
	}
	if got, _ := p.SameCompany(Company{Name: "Roadrunner"}, Company{Name: "Meta Inc"}); got != SamenessDifferent {
		t.Errorf("pinned on one side: %s", got)
	}
}

func TestSameCompanyIsSymmetric(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawCompany(t), drawCompany(t)
		there, _ := SameCompany(a, b)
		back, _ := SameCompany(b, a)
		if there != back {
			t.Fatalf("%s one way, %s the other: %+v %+v", there, back, a, b)
		}
		self, _ := SameCompany(a, a)
		if self == SamenessDifferent {
			t.Fatalf("differs from itself: %+v", a)
		}
	})
}
