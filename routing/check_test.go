package routing_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/crmtest"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/dri"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/tracking/target"
)

// handoff is a change that binds a handoff to everything.
func handoff(h target.Handoff) func(*routing.Config) {
	return func(c *routing.Config) { c.Configurations = []routing.Configuration{{Name: "a", Handoff: h}} }
}

// TestRT38CheckFindsWhatWouldFailLater gives each way in which an org and a
// configuration can disagree, with the place that the check names.
func TestRT38CheckFindsWhatWouldFailLater(t *testing.T) {
	drop := func(o crm.Object, field string) func([]crm.Schema) []crm.Schema {
		return edit(o, func(s *crm.Schema) {
			s.Fields = slices.DeleteFunc(s.Fields, func(f crm.Field) bool { return f.Name == field })
		})
	}
	change := func(o crm.Object, field string, with func(*crm.Field)) func([]crm.Schema) []crm.Schema {
		return edit(o, func(s *crm.Schema) {
			for i := range s.Fields {
				if s.Fields[i].Name == field {
					with(&s.Fields[i])
				}
			}
		})
	}
	regions := edit(crm.ObjectLead, func(s *crm.Schema) {
		s.Fields = append(s.Fields, crm.Field{
			Name: "Regions__c", Type: "multipicklist", Values: []string{"North", "West"}, Restricted: true, Creatable: true, Updatable: true,
		})
	})
	chosen := func(value string) func(*routing.Config) {
		return func(c *routing.Config) { c.Defaults[crm.ObjectLead] = crm.Fields{"Regions__c": value} }
	}
	for _, c := range []struct {
		name   string
		org    func([]crm.Schema) []crm.Schema
		config func(*routing.Config)
		path   string
		says   string
	}{
		{name: "RT38 default package and configuration"},
		{name: "RT38 field does not exist", path: "fields.lead.past_account", says: "no field Nowhere__c",
			config: func(c *routing.Config) { c.Fields.Lead["past_account"] = "Nowhere__c" }},
		{name: "RT38 field is read-only", path: "fields.contact.past_account", says: "read-only",
			config: func(c *routing.Config) { c.Fields.Contact["past_account"] = "LastActivityDate" }},
		{name: "RT38 event field does not exist", path: "fields.event.kind", says: "no field Kind__c", org: drop(crm.ObjectJobChange, "Kind__c")},
		{name: "RT38 key field does not exist", path: "names", says: "external id", org: drop(crm.ObjectContact, "Onward_Key__c")},
		{name: "RT38 key field is not unique", path: "names", says: "unique",
			org: change(crm.ObjectLead, "Onward_Key__c", func(f *crm.Field) { f.Unique = false })},
		{name: "RT38 key field is too short", path: "names", says: "keys have up to 64",
			org: change(crm.ObjectLead, "Onward_Key__c", func(f *crm.Field) { f.Length = 18 })},
		{name: "RT38 key field of tasks does not exist", path: "names", says: "Task has no field Onward_Key__c",
			config: func(c *routing.Config) { c.Names.TaskKey = "Onward_Key__c" }},
		{name: "RT38 field is of another type", path: "fields.event.occurred_on", says: "is of type string, want date",
			org: change(crm.ObjectJobChange, "Occurred_On__c", func(f *crm.Field) { f.Type = crm.TypeText })},
		{name: "RT38 reference to another object", path: "fields.contact.past_account", says: "does not refer to Account",
			org: change(crm.ObjectContact, "Past_Account__c", func(f *crm.Field) { f.RefersTo = []crm.Object{crm.ObjectUser} })},
		{name: "RT38 field is too short", path: "fields.event.explanation", says: "too short",
			org: change(crm.ObjectJobChange, "Explanation__c", func(f *crm.Field) { f.Length = 255 })},
		{name: "RT38 mark is no checkbox", path: "names.left", says: "is of type string",
			org: change(crm.ObjectLead, "Left_Company__c", func(f *crm.Field) { f.Type = crm.TypeText })},
		{name: "RT38 object may not be created", path: "strategy", says: "may not create Lead",
			org: edit(crm.ObjectLead, func(s *crm.Schema) { s.Creatable = false })},
		{name: "RT38 object may not be edited", path: "names", says: "may not edit Contact",
			org: edit(crm.ObjectContact, func(s *crm.Schema) { s.Updatable = false })},
		{name: "RT38 default owner does not exist", path: "owners.default", says: "there is no user",
			config: func(c *routing.Config) { c.Owners.Default = id("U77") }},
		{name: "RT38 a pool's user does not exist", path: "owners.pools.west", says: "there is no user",
			config: func(c *routing.Config) { c.Owners.Pools = map[string][]string{"west": {id("U77")}} }},
		{name: "RT38 mark does not exist", path: "names.left_on", says: "Left_Company_On__c", org: drop(crm.ObjectLead, "Left_Company_On__c")},
		{name: "RT38 class reads an unknown field", path: "names", says: "Tier__c",
			config: func(c *routing.Config) { c.Classes["target"] = []routing.Predicate{predicate(t, "Tier__c = 'A'")} }},
		{name: "RT38 default does not exist", path: "defaults.Contact.Region__c", says: "no field",
			config: func(c *routing.Config) { c.Defaults[crm.ObjectContact] = crm.Fields{"Region__c": "West"} }},
		{name: "RT38 default is too long", path: "defaults.Lead.Title", says: "128",
			config: func(c *routing.Config) { c.Defaults[crm.ObjectLead] = crm.Fields{"Title": strings.Repeat("x", 129)} }},
		{name: "RT38 default is no value of the picklist", path: "defaults.Lead.Status", says: "picklist",
			org:    change(crm.ObjectLead, "Status", func(f *crm.Field) { f.Restricted = true }),
			config: func(c *routing.Config) { c.Defaults[crm.ObjectLead] = crm.Fields{"Status": "Fresh"} }},
		{name: "RT38 the org requires a field", path: "defaults.Contact", says: "Department",
			org: change(crm.ObjectContact, "Department", func(f *crm.Field) { f.Required = true })},
		{name: "RT38 required field has a default", org: change(crm.ObjectContact, "Department", func(f *crm.Field) { f.Required = true }),
			config: func(c *routing.Config) { c.Defaults[crm.ObjectContact] = crm.Fields{"Department": "?"} }},
		{name: "RT38 the org requires what onward always fills", org: change(crm.ObjectJobChange, "Kind__c", func(f *crm.Field) { f.Required = true })},
		{name: "RT38 the org requires what onward may not know", path: "defaults.Job_Change__c", says: "New_Title__c",
			org: change(crm.ObjectJobChange, "New_Title__c", func(f *crm.Field) { f.Required = true })},
		{name: "RT38 person accounts have last names", org: edit(crm.ObjectAccount, func(s *crm.Schema) {
			s.Fields = append(s.Fields, crm.Field{Name: "LastName", Type: crm.TypeText, Required: true, Creatable: true})
		})},
		{name: "RT38 several choices of a picklist", org: regions, config: chosen("North;West")},
		{name: "RT38 one of several choices is none", path: "defaults.Lead.Regions__c", says: `"East"`, org: regions, config: chosen("North;East")},
		{name: "RT38 opportunities are hidden", path: "names", says: "object Opportunity does not exist, or the integration user may not see it",
			org: func(all []crm.Schema) []crm.Schema {
				return slices.DeleteFunc(all, func(s crm.Schema) bool { return s.Object == crm.ObjectOpportunity })
			}},
		{name: "RT38 a reference to several objects", org: change(crm.ObjectLead, "Past_Contact__c", func(f *crm.Field) {
			f.RefersTo = []crm.Object{crm.ObjectLead, crm.ObjectContact}
		})},
		{name: "RT38 account teams are off", path: "dri", says: "account teams",
			org: func(all []crm.Schema) []crm.Schema {
				return slices.DeleteFunc(all, func(s crm.Schema) bool { return s.Object == crm.ObjectTeamMember })
			},
			config: func(c *routing.Config) {
				c.DRI.Joins[dri.Other] = dri.Cell{Contact: mustChain(t, "account_team(Manager)")}
			}},
		{name: "RT38 account teams are on", config: func(c *routing.Config) {
			c.DRI.Joins[dri.Other] = dri.Cell{Contact: mustChain(t, "account_team(Manager)")}
		}},
		{name: "RT38 a configuration sets an unknown field", path: "configurations[0].set.Lead.Nowhere__c", says: "no field",
			config: func(c *routing.Config) {
				c.Configurations = []routing.Configuration{{Name: "a", Set: map[crm.Object]crm.Fields{crm.ObjectLead: {"Nowhere__c": "x"}}}}
			}},
		{name: "RT38 tasks may not be created", path: "configurations[0].handoff.task", says: "may not create Task",
			org: edit(crm.ObjectTask, func(s *crm.Schema) { s.Creatable = false }), config: handoff(target.Handoff{Task: target.Task{Subject: "Call"}})},
		{name: "RT38 campaign members are hidden", path: "configurations[0].handoff.campaign", says: "object CampaignMember does not exist",
			org: func(all []crm.Schema) []crm.Schema {
				return slices.DeleteFunc(all, func(s crm.Schema) bool { return s.Object == crm.ObjectCampaignMember })
			}, config: handoff(target.Handoff{Campaign: target.CampaignMember{ID: "701000000000001"}})},
		{name: "RT38 there is no such campaign", path: "configurations[0].handoff.campaign.id", says: "there is no campaign 701",
			config: handoff(target.Handoff{Campaign: target.CampaignMember{ID: "701000000000001"}})},
		{name: "RT38 a task is for nobody", path: "configurations[0].handoff.task.to", says: "there is no user",
			config: handoff(target.Handoff{Task: target.Task{Subject: "Call", To: target.Recipient(id("U77"))}})},
		{name: "RT38 a configuration's strategy may not create", path: "strategy", says: "may not create Lead",
			org: edit(crm.ObjectLead, func(s *crm.Schema) { s.Creatable = false }), config: func(c *routing.Config) {
				c.Strategy, c.Configurations = routing.StrategyContactAndAccount, []routing.Configuration{{Name: "a", Strategy: routing.StrategyAlwaysLead}}
			}},
		{name: "RT38 a good handoff", config: handoff(target.Handoff{Task: target.Task{Subject: "Call", To: target.Recipient(id("U1"))}, Notice: target.ToDRI})},
		{name: "RT38 a name switched off is not asked for", org: drop(crm.ObjectContact, "Left_Company_On__c"),
			config: func(c *routing.Config) { c.Names.LeftOn = "" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			schemas := memcrm.DefaultSchemas(crm.DefaultNames())
			if c.org != nil {
				schemas = c.org(schemas)
			}
			w := scenario(t)
			w.db = memcrm.New(&memcrm.Options{Schemas: schemas})
			w.standardUsers()
			cfg := w.config("config.json")
			if c.config != nil {
				c.config(&cfg)
			}
			p, err := routing.NewPolicy(cfg)
			if err != nil {
				t.Fatal(err)
			}
			problems, err := routing.Check(t.Context(), p, crm.NewClient(w.db, nil), nil)
			if err != nil {
				t.Fatal(err)
			}
			if c.path == "" {
				if len(problems) != 0 {
					t.Errorf("problems %v, want none", problems)
				}
				return
			}
			if !slices.ContainsFunc(problems, func(x routing.Problem) bool { return x.Path == c.path && strings.Contains(x.Message, c.says) }) {
				t.Errorf("problems %v, want one at %s that says %q", problems, c.path, c.says)
			}
		})
	}
}

func mustChain(t *testing.T, finders ...string) dri.Chain {
	t.Helper()
	chain, err := dri.ParseChain(finders...)
	if err != nil {
		t.Fatal(err)
	}
	return chain
}

func TestRT38MissingObjectAndOutage(t *testing.T) {
	w := scenario(t)
	p, err := routing.NewPolicy(w.config("config.json"))
	if err != nil {
		t.Fatal(err)
	}
	schemas := slices.DeleteFunc(memcrm.DefaultSchemas(crm.DefaultNames()), func(s crm.Schema) bool { return s.Object == crm.ObjectJobChange })
	problems, err := routing.Check(t.Context(), p, crm.NewClient(memcrm.New(&memcrm.Options{Schemas: schemas}), nil), nil)
	if err != nil || len(problems) == 0 || !strings.Contains(problems[0].Message, "Job_Change__c") {
		t.Errorf("problems %v, error %v", problems, err)
	}
	away := crmtest.Faulty(w.db, crmtest.Script{{Call: crmtest.DescribeCall, Kind: crmtest.Auth, Sticky: true}})
	if _, err := routing.Check(t.Context(), p, crm.NewClient(away, noPauses()), nil); !errors.Is(err, crm.ErrAuth) {
		t.Errorf("error %v, want that of the CRM", err)
	}
}

func edit(o crm.Object, change func(*crm.Schema)) func([]crm.Schema) []crm.Schema {
	return func(all []crm.Schema) []crm.Schema {
		for i := range all {
			if all[i].Object == o {
				change(&all[i])
			}
		}
		return all
	}
}

func predicate(t *testing.T, text string) routing.Predicate {
	t.Helper()
	p, err := routing.ParsePredicate(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
