package tracking

import (
	"slices"
	"strings"
	"testing"

	"github.com/onward-crm/onward/matching"
)

func TestNormalizeTitle(t *testing.T) {
	tests := map[string]string{
		"VP Sales":                                   "vp sales",
		"Vice President, Sales":                      "vp sales",
		"V.P. of Sales":                              "vp sales",
		"Vice-President  for the Sales":              "vp sales",
		"SVP Marketing":                              "senior vp marketing",
		"Sr. Vice President of Marketing":            "senior vp marketing",
		"EVP & Chief Financial Officer":              "executive vp cfo",
		"C.E.O.":                                     "ceo",
		"Chief Executive Officer (CEO)":              "ceo ceo",
		"Chief Information Security Officer":         "ciso",
		"Chief Product Officer":                      "chief product officer",
		"Jr. Dir., Mktg Ops":                         "junior director marketing operations",
		"Mgr. R&D":                                   "manager rd",
		"Co-Founder":                                 "cofounder",
		"Directeur général des ventes":               "directeur general ventes",
		"Vizepräsident Vertrieb":                     "vp vertrieb",
		"Human Resources / Information Technology":   "hr it",
		"Executive Assistant to the VP of Marketing": "executive assistant to vp marketing",
		"営業部長":                                       "営業部長",
		" – ":                                        "",
		"":                                           "",
	}
	for title, want := range tests {
		t.Run(title, func(t *testing.T) {
			if got := NormalizeTitle(title); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func TestSameTitle(t *testing.T) {
	tests := []struct {
		a, b string
		want bool
	}{
		{"VP Sales", "Vice President, Sales", true},
		{"Sales Director", "Director of Sales", true},
		{"VP Sales", "SVP Sales", false},
		{"Engineer II", "Engineer III", false},
	}
	for _, tt := range tests {
		if got := sameTitle(tt.a, tt.b); got != tt.want || got != sameTitle(tt.b, tt.a) {
			t.Errorf("%q and %q: %t", tt.a, tt.b, got)
		}
	}
}

func TestSeniorityOf(t *testing.T) {
	tests := map[Seniority][]string{
		SeniorityUnknown:  {"", "---", "of the"},
		SeniorityIntern:   {"Marketing Intern", "Praktikantin", "Stagiaire", "HR Trainee", "实习生"},
		SeniorityJunior:   {"Junior Developer", "Jr. Analyst"},
		SeniorityStaff:    {"Analyst", "Executive Assistant to the VP of Marketing", "Assistant to the CEO", "Product Owner", "Lead Generation Specialist", "Office Assistant"},
		SenioritySenior:   {"Senior Engineer", "Sr Accountant"},
		SeniorityLead:     {"Team Lead", "Principal Engineer", "Teamleiterin Einkauf", "Lead Designer"},
		SeniorityManager:  {"Product Manager", "Senior Mgr Finance", "Gerente de Ventas", "Vertriebsleiter", "営業課長", "产品经理", "Менеджер"},
		SeniorityDirector: {"Director of Sales", "Head of Growth", "Directrice commerciale", "Chief of Staff", "General Manager", "営業部長", "市场总监", "Leiter Einkauf", "Managerial Head"},
		SeniorityVP:       {"VP Sales", "Vice President", "SVP, Marketing", "Vicepresidente", "副总裁", "Vizepräsidentin"},
		SeniorityCXO:      {"CEO", "Chief Product Officer", "President", "Geschäftsführer", "Managing Director", "Founder & Product Manager", "Co-Founder", "PDG", "代表取締役社長", "Consejero Delegado", "Owner", "Directeur Général", "Генеральный директор"},
	}
	for want, titles := range tests {
		for _, title := range titles {
			t.Run(title, func(t *testing.T) {
				if got := SeniorityOf(title); got != want {
					t.Errorf("%q, want %q", got, want)
				}
			})
		}
	}
}

func TestGradesRise(t *testing.T) {
	ladder := []string{
		"Intern", "Junior Analyst", "Analyst", "Senior Analyst", "Lead Analyst", "Assistant Manager", "Manager", "Senior Manager",
		"Associate Director", "Director", "Senior Director", "Executive Director", "AVP", "VP", "SVP", "EVP", "CEO",
	}
	last := -1
	for _, title := range ladder {
		_, got := grade(title)
		if got <= last {
			t.Errorf("%s has %d, not above %d", title, got, last)
		}
		last = got
	}
	ranks := Seniorities()
	for i, s := range ranks {
		if s.Rank() != i+1 {
			t.Errorf("%s has rank %d", s, s.Rank())
		}
	}
}

func TestDepartmentsOf(t *testing.T) {
	tests := map[string]string{
		"VP Sales & Marketing":            "marketing, sales",
		"Head of Customer Success":        "customer_success",
		"CFO":                             "finance",
		"Assistant to the CMO":            "",
		"Leiterin Einkauf":                "procurement",
		"Director, Information Security":  "security",
		"Director Information Technology": "it",
		"Janitor":                         "",
	}
	for title, want := range tests {
		if got := list(DepartmentsOf(title)); got != want {
			t.Errorf("%s: %q, want %q", title, got, want)
		}
	}
}

// Words of the tables that are not in the form in which titles are compared
// would never be found.
func TestTablesAreInComparisonForm(t *testing.T) {
	var words []string
	for w := range levels {
		words = append(words, w)
	}
	for w := range departmentWords {
		words = append(words, w)
	}
	for w := range abbreviations {
		if len(titleWords(w)) == 0 || titleWords(w)[0] == w {
			t.Errorf("abbreviation %q is not written out", w)
		}
	}
	for _, pairs := range []map[string]bool{chiefPairs, notOwners, notLeads, fillers} {
		for w := range pairs {
			words = append(words, strings.Fields(w)...)
		}
	}
	for w := range departmentPairs {
		words = append(words, strings.Fields(w)...)
	}
	for _, p := range parts {
		words = append(words, p.text)
	}
	for _, p := range phrases {
		words = append(words, p.words...)
	}
	slices.Sort(words)
	for _, w := range words {
		if got := matching.Fold(w); got != w {
			t.Errorf("%q stands in a table, but titles hold %q", w, got)
		}
	}
	for _, d := range departmentWords {
		if !slices.Contains(Departments(), d) {
			t.Errorf("department %q is not listed", d)
		}
	}
	for _, p := range sideTitles {
		if got := titleWords(strings.Join(p.words, " ")); !slices.Equal(got, p.words) {
			t.Errorf("side title %v is compared as %v", p.words, got)
		}
	}
}

func FuzzTitle(f *testing.F) {
	for _, seed := range []string{"Vice President, Sales", "S.V.P. Mktg", "o f", "C. E. O", "R&D", "Geschäftsführer", "営業部長", "\xff\xfe", "vice vice president president", "İ"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, title string) {
		once := NormalizeTitle(title)
		if twice := NormalizeTitle(once); twice != once {
			t.Errorf("%q gives %q, then %q", title, once, twice)
		}
		if (SeniorityOf(title) == SeniorityUnknown) != (once == "") {
			t.Errorf("%q has words %q and seniority %q", title, once, SeniorityOf(title))
		}
		DepartmentsOf(title)
		if !sameTitle(title, once) {
			t.Errorf("%q is another title than its normal form %q", title, once)
		}
	})
}
