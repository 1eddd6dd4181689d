package matching

import (
	"go/ast"
	"go/parser"
	"go/token"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestProfilesAreValidAndFresh(t *testing.T) {
	for _, make := range []func() Profile{Balanced, Strict, Lenient} {
		p := make()
		if err := p.Validate(); err != nil {
			t.Errorf("%s: %v", p.Name, err)
		}
		p.Tiers[TierExactHost] = VerdictNone
		p.TieBreakers[0] = TieLowestID
		if again := make(); again.Tiers[TierExactHost] != VerdictAuto || again.TieBreakers[0] != TieExactName {
			t.Errorf("%s shares its values", p.Name)
		}
	}
}

func TestValidateNamesTheField(t *testing.T) {
	for _, c := range []struct {
		field  string
		change func(*Profile)
	}{
		{"tiers", func(p *Profile) { p.Tiers = nil }},
		{"tiers", func(p *Profile) { p.Tiers["tea_leaves"] = VerdictAuto }},
		{"tiers", func(p *Profile) { p.Tiers[TierNone] = VerdictAuto }},
		{"tiers.exact_name", func(p *Profile) { p.Tiers[TierExactName] = "perhaps" }},
		{"auto_from", func(p *Profile) { p.AutoFrom = 1.5 }},
		{"review_from", func(p *Profile) { p.ReviewFrom = -0.1 }},
		{"review_from", func(p *Profile) { p.ReviewFrom = 0.99 }},
		{"margin", func(p *Profile) { p.Margin = 2 }},
		{"prior", func(p *Profile) { p.Prior = -0.1 }},
		{"prior", func(p *Profile) { p.Prior = 1 }},
		{"prior", func(p *Profile) { p.Prior = math.NaN() }},
		{"max_candidates", func(p *Profile) { p.MaxCandidates = 0 }},
		{"max_ranked", func(p *Profile) { p.MaxRanked = 0 }},
		{"on_conflict", func(p *Profile) { p.OnConflict = "" }},
		{"tie_breakers[1]", func(p *Profile) { p.TieBreakers = []TieBreaker{TieCustomer, "coin"} }},
		{"tie_breakers[1]", func(p *Profile) { p.TieBreakers = []TieBreaker{TieCustomer, TieCustomer} }},
		{"hierarchy", func(p *Profile) { p.Hierarchy = "youngest" }},
		{"pins[0]", func(p *Profile) { p.Pins = []Pin{{AccountID: "A1"}} }},
		{"pins[0]", func(p *Profile) { p.Pins = []Pin{{Domain: "a.com", Name: "A", AccountID: "A1"}} }},
		{"pins[0]", func(p *Profile) { p.Pins = []Pin{{Domain: "a.com"}} }},
		{"pins[0]", func(p *Profile) { p.Pins = []Pin{{Domain: "a.com", Never: true, Alias: true}} }},
		{"pins[0].domain", func(p *Profile) { p.Pins = []Pin{{Domain: "n/a", AccountID: "A1"}} }},
		{"acquisitions[0]", func(p *Profile) { p.Acquisitions = []Acquisition{{ByName: "A", On: day("2020-01-01")}} }},
		{"acquisitions[0]", func(p *Profile) { p.Acquisitions = []Acquisition{{Name: "A", On: day("2020-01-01")}} }},
		{"acquisitions[0].on", func(p *Profile) { p.Acquisitions = []Acquisition{{Name: "A", ByName: "B"}} }},
	} {
		p := Balanced()
		c.change(&p)
		err := p.Validate()
		if err == nil || !strings.HasPrefix(err.Error(), "matching: "+c.field+":") {
			t.Errorf("want an error at %s, got %v", c.field, err)
		}
	}
	p := Balanced()
	p.TieBreakers = nil
	if err := p.Validate(); err != nil {
		t.Errorf("no tie-breakers mean review: %v", err)
	}
}

// AllReasons must list every constant of the file, once, in lower_snake.
func TestAllReasonsIsClosed(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "reason.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var declared []Reason
	ast.Inspect(file, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok && len(v.Values) == 1 {
			if lit, ok := v.Values[0].(*ast.BasicLit); ok {
				s, _ := strconv.Unquote(lit.Value)
				declared = append(declared, Reason(s))
			}
		}
		return true
	})
	slices.Sort(declared)
	all := AllReasons()
	if !slices.Equal(declared, all) {
		t.Errorf("declared %v\nlisted   %v", declared, all)
	}
	for i, r := range all {
		if strings.Trim(string(r), "abcdefghijklmnopqrstuvwxyz_") != "" || i > 0 && all[i-1] == r {
			t.Errorf("reason %q", r)
		}
	}
}
