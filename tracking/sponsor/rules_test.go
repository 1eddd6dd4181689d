package sponsor_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/sponsor"
)

func TestRulesNameWhatIsWrong(t *testing.T) {
	rows := []struct {
		field string
		spoil func(*sponsor.Rules)
	}{
		{"kinds", func(r *sponsor.Rules) { r.Kinds = nil }},
		{"kinds", func(r *sponsor.Rules) { r.Kinds = []string{"account", ""} }},
		{"calls_to_action[0].name", func(r *sponsor.Rules) { r.CallsToAction = []sponsor.ActionRule{{Reason: "x"}} }},
		{"calls_to_action[1].name", func(r *sponsor.Rules) {
			r.CallsToAction = []sponsor.ActionRule{{Name: "a", Reason: "x"}, {Name: "a", Reason: "x"}}
		}},
		{"calls_to_action[0].reason", func(r *sponsor.Rules) { r.CallsToAction = []sponsor.ActionRule{{Name: "a"}} }},
		{"calls_to_action[0].due_days", func(r *sponsor.Rules) {
			r.CallsToAction = []sponsor.ActionRule{{Name: "a", Reason: "x", DueDays: -1}}
		}},
		{"calls_to_action[0].attributes", func(r *sponsor.Rules) {
			r.CallsToAction = []sponsor.ActionRule{{Name: "a", Reason: "x", Attributes: []sponsor.Attribute{"phone"}}}
		}},
		{"calls_to_action[0].changes", func(r *sponsor.Rules) {
			r.CallsToAction = []sponsor.ActionRule{{Name: "a", Reason: "x", Changes: []tracking.Kind{"retired"}}}
		}},
		{"calls_to_action[0].entities", func(r *sponsor.Rules) {
			r.CallsToAction = []sponsor.ActionRule{{Name: "a", Reason: "x", Entities: []string{"team"}}}
		}},
		{"fields.company", func(r *sponsor.Rules) { r.Fields = map[sponsor.Attribute]string{sponsor.Company: "Company"} }},
		{"refresh_every", func(r *sponsor.Rules) { r.RefreshEvery = 0 }},
		{"search_every", func(r *sponsor.Rules) { r.SearchEvery = -1 }},
		{"give_up_after", func(r *sponsor.Rules) { r.GiveUpAfter = 0 }},
		{"confirm_after", func(r *sponsor.Rules) { r.ConfirmAfter = 0 }},
		{"retry_after", func(r *sponsor.Rules) { r.RetryAfter = 0 }},
		{"clocks[5]", func(r *sponsor.Rules) {
			r.Clocks = append(r.Clocks, sponsor.Clock{Name: "x", Status: "gone", Limit: 1})
		}},
	}
	for _, row := range rows {
		rules := sponsor.DefaultRules()
		row.spoil(&rules)
		_, err := sponsor.NewDesk(rules, sponsor.Deps{Store: sponsor.NewMemoryStore(), Provider: &provider{}}, nil)
		var e *sponsor.Error
		if !errors.Is(err, sponsor.ErrInvalid) || !errors.As(err, &e) || e.Field != row.field {
			t.Errorf("%s: %v", row.field, err)
		}
	}
	for field, deps := range map[string]sponsor.Deps{
		"deps.store": {Provider: &provider{}}, "deps.provider": {Store: sponsor.NewMemoryStore()},
	} {
		_, err := sponsor.NewDesk(sponsor.DefaultRules(), deps, nil)
		if err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("without %s: %v", field, err)
		}
	}
}

// TestTheDocumentationIsTrue reads the example of docs/sponsors.md as a file of
// settings would, and looks for every clock in the table there.
func TestTheDocumentationIsTrue(t *testing.T) {
	text, err := os.ReadFile("../../docs/sponsors.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "```yaml\n")
	example, _, ok := strings.Cut(rest, "```")
	if !ok {
		t.Fatal("no example")
	}
	rules := sponsor.DefaultRules()
	if err := yaml.UnmarshalWithOptions([]byte(example), &rules, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	if err := rules.Validate(); err != nil || len(rules.CallsToAction) != 1 || rules.CallsToAction[0].DueDays != 2 {
		t.Errorf("%+v: %v", rules.CallsToAction, err)
	}
	for _, c := range sponsor.DefaultClocks() {
		if !strings.Contains(string(text), "| "+c.Name+" |") {
			t.Errorf("the clock %s is not explained", c.Name)
		}
	}
}
