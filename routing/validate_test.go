package routing

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/dri"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking/target"
)

const anyUser = "0050000000000U9AAI"

// complete is the default configuration with its users.
func complete() Config {
	c := DefaultConfig()
	c.Owners.Default, c.DRI.Default = anyUser, anyUser
	return c
}

func TestDefaultConfigIsValid(t *testing.T) {
	if err := complete().Validate(); err != nil {
		t.Error(err)
	}
	if err := DefaultConfig().Validate(); !errors.Is(err, ErrConfig) {
		t.Errorf("without users: %v", err)
	}
}

// TestValidateNamesThePath gives one wrong value each, with the path that the
// problem names.
func TestValidateNamesThePath(t *testing.T) {
	for _, c := range []struct {
		path   string
		change func(*Config)
	}{
		{"mode", func(c *Config) { c.Mode = "half" }},
		{"names.keyless[0]", func(c *Config) { c.Names.Keyless = []crm.Object{crm.ObjectJobChange} }},
		{"strategy", func(c *Config) { c.Strategy = "" }},
		{"on_review.never", func(c *Config) { c.OnReview["never"] = ReviewHold }},
		{"on_review.always-lead", func(c *Config) { c.OnReview[StrategyAlwaysLead] = "ask" }},
		{"on_review.flow", func(c *Config) { c.OnReview[StrategyFlow] = ReviewHold }},
		{"on_review.contact-and-account", func(c *Config) { c.OnReview[StrategyContactAndAccount] = ReviewLead }},
		{"owners.default", func(c *Config) { c.Owners.Default = "" }},
		{"owners.default", func(c *Config) { c.Owners.Default = "somebody" }},
		{"owners.default", func(c *Config) { c.Owners.Default = anyUser[:15] }},
		{"owners.integration", func(c *Config) { c.Owners.Integration = "x" }},
		{"owners.pools.west[1]", func(c *Config) { c.Owners.Pools = map[string][]string{"west": {anyUser, "x"}} }},
		{"owners.contact", func(c *Config) { c.Owners.Contact = nil }},
		{"owners.lead", func(c *Config) { c.Owners.Lead = chain("round_robin(west)") }},
		{"owners.account", func(c *Config) { c.Owners.Account = nil }},
		{"dri.default", func(c *Config) { c.DRI.Default = "x" }},
		{"dri", func(c *Config) { c.DRI.Joins["friend"] = dri.Cell{} }},
		{"dri", func(c *Config) { c.DRI.Precedence = []dri.Class{dri.Customer, dri.Customer} }},
		{"dri.delay_minutes", func(c *Config) { c.DRI.DelayMinutes = -1 }},
		{"dri", func(c *Config) { c.DRI.Nightly = "2 o'clock" }},
		{"dri", func(c *Config) { c.DRI.TimeZone = "Local" }},
		{"dri", func(c *Config) { c.DRI.TimeZone = "Europe/Atlantis" }},
		{"dri.days", func(c *Config) { c.DRI.Days = 0 }},
		{"matching.profile", func(c *Config) { c.Matching.Profile = "bold" }},
		{"matching", func(c *Config) { c.Matching.TieBreakers = []matching.TieBreaker{"luck"} }},
		{"fields.lead.colour", func(c *Config) { c.Fields.Lead["colour"] = "Colour__c" }},
		{"fields.contact.colour", func(c *Config) { c.Fields.Contact["colour"] = "Colour__c" }},
		{"fields.account.kind", func(c *Config) { c.Fields.Account["kind"] = "Kind__c" }},
		{"fields.event.colour", func(c *Config) { c.Fields.Event["colour"] = "Colour__c" }},
		{"fields.policy.Title", func(c *Config) { c.Fields.Policy["Title"] = "maybe" }},
		{"defaults.User", func(c *Config) { c.Defaults[crm.ObjectUser] = crm.Fields{"Title": "x"} }},
		{"filters.max_age_days", func(c *Config) { c.Filters.MaxAgeDays = -1 }},
		{"filters.window_days", func(c *Config) { c.Filters.WindowDays = 0 }},
		{"filters.untracked", func(c *Config) { c.Filters.Untracked = HandleHold }},
		{"filters.future_start", func(c *Config) { c.Filters.FutureStart = "" }},
		{"filters.additional_role", func(c *Config) { c.Filters.AdditionalRole = HandleHold }},
		{"filters.internal_move", func(c *Config) { c.Filters.InternalMove = HandleFilter }},
		{"filters.disqualified[1]", func(c *Config) { c.Filters.Disqualified = []string{"partner", "friends"} }},
		{"configurations[0].name", func(c *Config) { c.Configurations = []Configuration{{Name: " "}} }},
		{"configurations[1].name", func(c *Config) { c.Configurations = []Configuration{{Name: "a"}, {Name: "a"}} }},
		{"configurations[0].strategy", func(c *Config) { c.Configurations = []Configuration{{Name: "a", Strategy: "none"}} }},
		{"configurations[0].set.User", func(c *Config) {
			c.Configurations = []Configuration{{Name: "a", Set: map[crm.Object]crm.Fields{crm.ObjectUser: {"Title": "x"}}}}
		}},
		{"configurations[0].when.signals[1]", func(c *Config) {
			c.Configurations = []Configuration{{Name: "a", When: target.Selection{Signals: []target.Signal{target.SignalNewHire, "hire"}}}}
		}},
		{"configurations[0].when.personas[0]", func(c *Config) {
			c.Configurations = []Configuration{{Name: "a", When: target.Selection{Personas: []string{"Nobody"}}}}
		}},
		{"configurations[0].handoff.task.subject", func(c *Config) {
			c.Configurations = []Configuration{{Name: "a", Handoff: target.Handoff{Task: target.Task{DueDays: 2}}}}
		}},
		{"configurations[0].handoff.owner", func(c *Config) {
			c.Configurations = []Configuration{{Name: "a", Handoff: target.Handoff{Owner: chain("round_robin(west)")}}}
		}},
		{"flow.name", func(c *Config) {
			c.Flow.Direction, c.Configurations = FlowInvoke, []Configuration{{Name: "a", Strategy: StrategyFlow}}
		}},
		{"flow.direction", func(c *Config) { c.Flow.Direction = "sideways" }},
		{"flow.bookkeeping", func(c *Config) { c.Flow.Bookkeeping = "nobody" }},
		{"flow.name", func(c *Config) { c.Strategy, c.Flow.Direction = StrategyFlow, FlowInvoke }},
		{"flow.name", func(c *Config) {
			c.Strategy, c.Flow.Direction, c.Flow.Name = StrategyFlow, FlowInvoke, "../Route"
		}},
	} {
		cfg := complete()
		c.change(&cfg)
		err := cfg.Validate()
		bad, ok := errors.AsType[*ConfigError](err)
		if !ok || !errors.Is(err, ErrConfig) {
			t.Errorf("%s: error %v", c.path, err)
			continue
		}
		if !slices.ContainsFunc(bad.Problems, func(p Problem) bool { return p.Path == c.path && p.Message != "" }) {
			t.Errorf("%s: problems %v", c.path, bad.Problems)
		}
		if !strings.Contains(err.Error(), c.path+": ") {
			t.Errorf("%s is not in the text %q", c.path, err)
		}
		if _, err := NewPolicy(cfg); !errors.Is(err, ErrConfig) {
			t.Errorf("%s: a policy was made of it (%v)", c.path, err)
		}
	}
}

func TestValidateFindsAllProblemsAtOnce(t *testing.T) {
	bad, ok := errors.AsType[*ConfigError](Config{}.Validate())
	if !ok || len(bad.Problems) < 10 {
		t.Errorf("problems of an empty configuration: %v", bad)
	}
}

// TestVersionKnowsTheWholeConfiguration: what can change a decision changes the
// version, and writing and reading changes nothing.
func TestVersionKnowsTheWholeConfiguration(t *testing.T) {
	cfg := complete()
	text, err := json.Marshal(cfg)
	if err != nil {
		t.Fatal(err)
	}
	var again Config
	if err := json.Unmarshal(text, &again); err != nil {
		t.Fatal(err)
	}
	if again.Version() != cfg.Version() || cfg.Version() != complete().Version() {
		t.Error("equal configurations have different versions")
	}
	for name, change := range map[string]func(*Config){
		"strategy": func(c *Config) { c.Strategy = StrategyAlwaysLead },
		"owner":    func(c *Config) { c.Owners.Contact = chain("default") },
		"class":    func(c *Config) { c.Classes["target"] = []Predicate{{field: "X__c", source: "X__c = 1"}} },
		"dri":      func(c *Config) { delete(c.DRI.Joins, dri.Target) },
		"policy":   func(c *Config) { c.Fields.Policy["Title"] = FieldSet },
		"window":   func(c *Config) { c.Filters.WindowDays++ },
		"ties":     func(c *Config) { c.Matching.TieBreakers = []matching.TieBreaker{} },
	} {
		other := complete()
		change(&other)
		if other.Version() == cfg.Version() {
			t.Errorf("%s is not part of the version", name)
		}
	}
}

// TestRT02AccountIsMatchedWhereItIsNeeded: without a lookup field the account is
// matched only if disqualification or the DRI can depend on it.
func TestRT02AccountIsMatchedWhereItIsNeeded(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Config)
		want   bool
	}{
		{"RT02 nothing needs it", func(*Config) {}, false},
		{"RT02 lookup field", func(c *Config) { c.Fields.Lead[ValueMatchedAccount] = "Matched_Account__c" }, true},
		{"RT02 disqualified classes", func(c *Config) { c.Filters.Disqualified = []string{"competitor"} }, true},
		{"RT02 dri depends on the class", func(c *Config) { c.DRI.Joins = map[dri.Class]dri.Cell{dri.Customer: {Lead: chain("record.owner")}} }, true},
		{"RT02 dri asks the account's owner", func(c *Config) { c.DRI.Joins = map[dri.Class]dri.Cell{dri.Other: {Lead: chain("account.owner")}} }, true},
		{"RT02 dri asks a field of the account", func(c *Config) { c.DRI.Joins = map[dri.Class]dri.Cell{dri.Other: {Contact: chain("account.CSM__c")}} }, true},
		{"RT02 dri asks the deals", func(c *Config) {
			c.DRI.Joins = map[dri.Class]dri.Cell{dri.Other: {Lead: chain("opportunity.owner(newest)")}}
		}, true},
		{"RT02 dri asks the record alone", func(c *Config) { c.DRI.Joins = map[dri.Class]dri.Cell{dri.Other: {Lead: chain("record.owner")}} }, false},
		{"RT02 dri of departures", func(c *Config) {
			c.DRI.Leaves = map[dri.Class]dri.Cell{dri.Customer: {Contact: chain("past_account.owner")}}
		}, false},
	} {
		cfg := complete()
		cfg.Strategy = StrategyAlwaysLead
		cfg.Fields.Lead[ValueMatchedAccount] = ""
		cfg.Filters.Disqualified, cfg.DRI.Joins = nil, nil
		c.change(&cfg)
		p, err := NewPolicy(cfg)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		asked := slices.Contains(Needs(p, someone(), Facts{}), Ask{Kind: AskCandidates})
		if p.needsAccount != c.want || asked != c.want {
			t.Errorf("%s: needed %v, asked for %v, want %v", c.name, p.needsAccount, asked, c.want)
		}
		for _, s := range []Strategy{StrategyContactOrLead, StrategyContactAndAccount, StrategyFlow} {
			cfg.Strategy = s
			if p, err = NewPolicy(cfg); err != nil {
				t.Fatal(err)
			}
			if !slices.Contains(Needs(p, someone(), Facts{}), Ask{Kind: AskCandidates}) {
				t.Errorf("%s: strategy %s does not ask for the account", c.name, s)
			}
		}
	}
}
