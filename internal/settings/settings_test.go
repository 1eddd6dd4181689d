package settings_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/dri"
	"github.com/onward-crm/onward/internal/settings"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/routing"
)

const user = "005Lu0000000009IAA"

// TestExampleFile keeps docs/onward.yaml true: it loads, it is a valid policy,
// and it says what its comments say.
func TestExampleFile(t *testing.T) {
	s, err := settings.Load(filepath.Join("..", "..", "docs", "onward.yaml"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	if s.Mode != routing.ModeShadow || s.CRM.Dir != "./crm" || s.Ledger.Path != "./out/ledger.json" {
		t.Errorf("mode %q, crm %+v, ledger %+v", s.Mode, s.CRM, s.Ledger)
	}
	if got := fmt.Sprint(s.DRI.Joins[dri.Target].Contact); got != "[account.SDR__c manager(account.owner)]" {
		t.Errorf("joins.target.contact = %s", got)
	}
	if n := len(s.Matching.Pins) + len(s.Matching.Acquisitions) + len(s.Classes["target"]); n != 6 {
		t.Errorf("pins, acquisitions and target predicates = %d", n)
	}
}

// TestExampleFileIsComplete finds keys that the example does not explain.
func TestExampleFileIsComplete(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "onward.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var schema map[string]any
	if err := json.Unmarshal(settings.Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	var walk func(path string, node map[string]any)
	walk = func(path string, node map[string]any) {
		properties, _ := node["properties"].(map[string]any)
		for name, inner := range properties {
			if !strings.Contains(string(text), name+":") {
				t.Errorf("docs/onward.yaml does not mention %s%s", path, name)
			}
			walk(path+name+".", inner.(map[string]any))
		}
	}
	walk("", schema)
}

func TestDefaultsStayWhereTheFileIsSilent(t *testing.T) {
	s := parse(t, `
on_review: {contact-or-lead: hold}
fields:
  lead: {relationship: Rel__c, linkedin: ""}
defaults: {Lead: {Status: Open}}
dri:
  joins: {customer: {contact: account.CSM__c}}
matching: {tie_breakers: []}
owners: {lead: assignment-rules, default: 005000000000123}
`)
	want := routing.DefaultConfig()
	want.OnReview[routing.StrategyContactOrLead] = routing.ReviewHold
	want.Fields.Lead[routing.ValueRelationship] = "Rel__c"
	want.Fields.Lead[routing.ValueLinkedIn] = ""
	want.Defaults[crm.ObjectLead]["Status"] = "Open"
	cell := want.DRI.Joins[dri.Customer]
	cell.Contact, _ = dri.ParseChain("account.CSM__c")
	want.DRI.Joins[dri.Customer] = cell
	want.Matching.TieBreakers = []matching.TieBreaker{}
	want.Owners.Lead, _ = dri.ParseChain("assignment-rules")
	want.Owners.Default = "005000000000123"
	if diff := cmp.Diff(asJSON(t, want), asJSON(t, s.Config)); diff != "" {
		t.Errorf("configuration (-want +got):\n%s", diff)
	}
}

func TestNothingAtAllIsTheDefault(t *testing.T) {
	for _, text := range []string{"", "\n", "---\n", "# nothing\n", "\xef\xbb\xbf"} {
		if diff := cmp.Diff(asJSON(t, routing.DefaultConfig()), asJSON(t, parse(t, text).Config)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

func TestProblemsNameThePlace(t *testing.T) {
	for name, tt := range map[string]struct{ text, want string }{
		"unknown key, nearest named": {
			"mode: live\nmatching:\n  proflie: strict\n",
			"onward.yaml:3:3: matching.proflie: unknown key, did you mean \"profile\"?\n" +
				"     2 | matching:\n>    3 |   proflie: strict\n       |   ^",
		},
		"unknown key without a near one": {"ledger: {quartz: 1}\n", "onward.yaml:1:10: ledger.quartz: unknown key, want one of path\n"},
		"list where keys belong":         {"owners: [a]\n", "onward.yaml:1:9: owners: a list, want keys with values\n"},
		"text where a share belongs":     {"matching: {prior: few}\n", "onward.yaml:1:19: matching.prior: a text, want a number\n"},
		"text where a number belongs":    {"filters: {max_age_days: soon}\n", "onward.yaml:1:25: filters.max_age_days: a text, want a whole number\n"},
		"keys where a text belongs":      {"mode: {a: b}\n", "onward.yaml:1:7: mode: keys with values, want a text\n"},
		"bad finder in a list":           {"owners:\n  contact: [default, acount.owner]\n", "onward.yaml:2:22: owners.contact[1]: dri: "},
		"bad predicate":                  {"classes:\n  customer: Type is Customer\n", "onward.yaml:2:13: classes.customer: predicate "},
		"duplicate key":                  {"mode: live\nmode: dry\n", "onward.yaml:2:1: not YAML: mapping key \"mode\" already defined at [1:1]\n"},
		"not closed":                     {"owners: {contact: [default\n", "onward.yaml:1:"},
		"anchor":                         {"owners: &a {default: x}\n", "onward.yaml:1:9: owners: anchors, aliases and tags are not supported"},
		"second document":                {"mode: live\n---\nmode: dry\n", "onward.yaml:3:1: a second document, want one\n"},
		"not UTF-8":                      {"mode: live\n# M\xfcnchen\n", "onward.yaml:2:1: bytes that are not UTF-8, want UTF-8\n"},
		"too deep":                       {strings.Repeat("[", 5000), "onward.yaml:1:1: nested more than 64 levels deep\n"},
		"too large":                      {strings.Repeat("# \n", 100000), "onward.yaml: larger than 262144 bytes"},
		"a list at the top":              {"- a\n", "onward.yaml:1:1: a list, want keys with values\n"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := settings.Parse("onward.yaml", []byte(tt.text), nil)
			bad, ok := errors.AsType[*settings.Error](err)
			if !ok {
				t.Fatalf("error = %v, want *settings.Error", err)
			}
			if got := bad.Problems[0].Error(); !strings.HasPrefix(got, tt.want) {
				t.Errorf("got  %q\nwant %q…", got, tt.want)
			}
		})
	}
}

func TestAllProblemsAtOnce(t *testing.T) {
	_, err := settings.Parse("o.yaml", []byte("mod: live\nowners: {defualt: x}\nfilters: {window_days: many}\n"), nil)
	bad, ok := errors.AsType[*settings.Error](err)
	if !ok || len(bad.Problems) != 3 {
		t.Fatalf("problems = %v", err)
	}
}

func TestCheckLeadsBackToTheFile(t *testing.T) {
	base := "owners: {default: " + user + "}\ndri: {default: " + user + "}\n"
	for name, tt := range map[string]struct{ text, want string }{
		"unknown strategy": {base + "strategy: sometimes\n", "o.yaml:3:11: strategy: \"sometimes\" is not one of flow, always-lead"},
		"missing user":     {"owners:\n  contact: default\ndri: {default: " + user + "}\n", "o.yaml:1:1: owners.default: want the id of an active user"},
		"prior":            {base[:len(base)-1] + "\nmatching:\n  prior: 1.5\n", "o.yaml:4:10: matching.prior: 1.5 is not a share between 0 and 1"},
		"undeclared pool":  {base[:len(base)-1] + "\nmatching:\n  profile: vague\n", "o.yaml:4:12: matching.profile: \"vague\" is not one of balanced, strict, lenient"},
		"a map's key":      {base + "fields:\n  policy:\n    Title: sometimes\n", "o.yaml:5:12: fields.policy.Title: \"sometimes\" is not one of fill, set, never"},
		"a list's item":    {base + "filters:\n  disqualified:\n    - competitor\n    - aliens\n", "o.yaml:6:7: filters.disqualified[1]: class \"aliens\" is not declared"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := settings.Parse("o.yaml", []byte(tt.text), nil)
			if err != nil {
				t.Fatal(err)
			}
			bad, ok := errors.AsType[*settings.Error](s.Check())
			if !ok {
				t.Fatalf("Check() = %v", s.Check())
			}
			if got := bad.Problems[0].Error(); !strings.HasPrefix(got, tt.want) {
				t.Errorf("got  %q\nwant %q…", got, tt.want)
			}
		})
	}
}

func TestEnvironmentWins(t *testing.T) {
	environ := []string{"ONWARD_MODE=dry", "ONWARD_CRM_DIR=/data", "ONWARD_SECRET=s3cret", "ONWARD_STRATEGY=", "PATH=/bin"}
	s, err := settings.Parse("o.yaml", []byte("mode: live\nstrategy: always-lead\ncrm: {dir: here}\n"), environ)
	if err != nil {
		t.Fatal(err)
	}
	if s.Mode != routing.ModeDry || s.Strategy != routing.StrategyAlwaysLead || s.CRM.Dir != "/data" || string(s.Secret) != "s3cret" {
		t.Errorf("mode %q, strategy %q, dir %q", s.Mode, s.Strategy, s.CRM.Dir)
	}
	if text := fmt.Sprintf("%v %+v %#v", s.Secret, s, s); strings.Contains(text, "s3cret") {
		t.Error("the secret was printed")
	}
	s, _ = settings.Parse("o.yaml", []byte("mode: live\n"), []string{"ONWARD_STRATEGY=guess"})
	if err := s.Check(); err == nil || !strings.Contains(err.Error(), "ONWARD_STRATEGY: strategy: \"guess\" is not one of") {
		t.Errorf("Check() = %v, want the variable's name", err)
	}
}

func TestFileThatIsNotThere(t *testing.T) {
	if _, err := settings.Load(filepath.Join(t.TempDir(), "none.yaml"), nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error = %v", err)
	}
}

func FuzzConfig(f *testing.F) {
	for _, path := range []string{"../../docs/onward.yaml", "../../cmd/onward/demo/onward.yaml"} {
		if text, err := os.ReadFile(path); err == nil {
			f.Add(text)
		}
	}
	for _, text := range []string{"", "a: [", "mode: &x live\n<<: *x", "classes: {customer: [1, {}]}", "? [a]\n: b", "!!binary x", "- - -", "\"a\": 'b'\n", "{\"mode\": \"live\"}", "personas: [{include: {exact: true}}]"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := settings.Parse("f.yaml", text, nil)
		if err == nil {
			err = s.Check()
		}
		if err == nil {
			return
		}
		bad, ok := errors.AsType[*settings.Error](err)
		if !ok || len(bad.Problems) == 0 {
			t.Fatalf("error %v is no *settings.Error", err)
		}
	})
}

func parse(t *testing.T, text string) settings.Settings {
	t.Helper()
	s, err := settings.Parse("onward.yaml", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestEnvironmentSaysNo lays a false over the file's true.
func TestEnvironmentSaysNo(t *testing.T) {
	const file = "crm: { salesforce: { sandbox: true } }"
	for value, want := range map[string]bool{"false": false, "true": true, "": true} {
		s, err := settings.Parse("onward.yaml", []byte(file), []string{"ONWARD_SALESFORCE_SANDBOX=" + value})
		if err != nil || s.CRM.Salesforce.Sandbox != want {
			t.Errorf("%q: %v, %v", value, s.CRM.Salesforce.Sandbox, err)
		}
	}
}
