package sponsor

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
)

// Rules are what a team decides about the following of sponsors, as data. Begin
// with DefaultRules.
type Rules struct {
	// Kinds are the kinds of entities that a sponsor may belong to.
	Kinds []string `json:"kinds" yaml:"kinds"`
	// CallsToAction are tried in order; the first that fits an update and an entity
	// raises its task.
	CallsToAction []ActionRule `json:"calls_to_action,omitempty" yaml:"calls_to_action"`
	// Notify tells the owners of the entities of each update.
	Notify bool `json:"notify,omitempty" yaml:"notify"`
	// Fields says which field of the CRM's record takes an accepted value; an
	// attribute without one is kept here alone. A company is none: the move that it
	// yields is what changes records.
	Fields map[Attribute]string `json:"fields,omitempty" yaml:"fields"`
	// Clocks are the promises that Overdue watches.
	Clocks []Clock `json:"clocks" yaml:"clocks"`
	// RefreshEvery is how often a tracked profile is read, SearchEvery how often a
	// pending one is looked for, GiveUpAfter when the search ends with nothing.
	// ConfirmAfter is when a missing profile is asked for again, RetryAfter when
	// whatever failed is.
	RefreshEvery time.Duration `json:"refresh_every" yaml:"refresh_every"`
	SearchEvery  time.Duration `json:"search_every" yaml:"search_every"`
	GiveUpAfter  time.Duration `json:"give_up_after" yaml:"give_up_after"`
	ConfirmAfter time.Duration `json:"confirm_after" yaml:"confirm_after"`
	RetryAfter   time.Duration `json:"retry_after" yaml:"retry_after"`
	// Profile brings pins and acquisitions into the comparison of companies.
	Profile matching.Profile `json:"-" yaml:"-"`
}

// DefaultRules raise no calls to action; everything else is as promised in
// docs/sponsors.md.
func DefaultRules() Rules {
	return Rules{
		Kinds:        []string{KindAccount, KindRelationship, KindProject},
		Fields:       map[Attribute]string{Title: "Title"},
		Clocks:       DefaultClocks(),
		RefreshEvery: 5 * 24 * time.Hour,
		SearchEvery:  12 * time.Hour,
		GiveUpAfter:  48 * time.Hour,
		ConfirmAfter: 24 * time.Hour,
		RetryAfter:   time.Hour,
	}
}

// ActionRule says which updates raise a task, and which one. An empty list asks for
// nothing.
type ActionRule struct {
	Name string `json:"name" yaml:"name"`
	// Attributes, Kinds, Entities and Roles choose: one of the update's attributes,
	// its kind of change, the kind of the entity, the person's role there.
	Attributes []Attribute     `json:"attributes,omitempty" yaml:"attributes"`
	Changes    []tracking.Kind `json:"changes,omitempty" yaml:"changes"`
	Entities   []string        `json:"entities,omitempty" yaml:"entities"`
	Roles      []string        `json:"roles,omitempty" yaml:"roles"`
	// Type and Priority are the task's ("Call"; "High", "Normal", "Low"), Reason
	// its subject, Playbook what is to be done.
	Type     string `json:"type,omitempty" yaml:"type"`
	Priority string `json:"priority,omitempty" yaml:"priority"`
	Reason   string `json:"reason" yaml:"reason"`
	Playbook string `json:"playbook,omitempty" yaml:"playbook"`
	// DueDays is how many days there are for it; Owner gets the task instead of the
	// entity's owner; Set are further fields of the task.
	DueDays int        `json:"due_days,omitempty" yaml:"due_days"`
	Owner   string     `json:"owner,omitempty" yaml:"owner"`
	Set     crm.Fields `json:"set,omitempty" yaml:"set"`
}

// Validate names the first value that cannot be used; the error is ErrInvalid.
func (r Rules) Validate() error {
	if len(r.Kinds) == 0 || slices.Contains(r.Kinds, "") {
		return invalid("rules", "kinds", "a kind of entity has a name, and there is at least one")
	}
	seen := map[string]bool{}
	for i, a := range r.CallsToAction {
		field := fmt.Sprintf("calls_to_action[%d]", i)
		switch {
		case a.Name == "" || seen[a.Name]:
			return invalid("rules", field+".name", "a rule has a name of its own")
		case a.Reason == "":
			return invalid("rules", field+".reason", "a task has a subject")
		case a.DueDays < 0:
			return invalid("rules", field+".due_days", "not in the past")
		}
		if err := a.validate(field, r.Kinds); err != nil {
			return err
		}
		seen[a.Name] = true
	}
	for _, at := range slices.Sorted(maps.Keys(r.Fields)) {
		if at != Title && at != Location {
			return invalid("rules", "fields."+string(at), "only title and location are written")
		}
	}
	return r.validateTimes()
}

func (a ActionRule) validate(field string, kinds []string) error {
	for _, at := range a.Attributes {
		if !slices.Contains(Attributes(), at) {
			return invalid("rules", field+".attributes", "no such attribute: "+string(at))
		}
	}
	for _, k := range a.Changes {
		if !slices.Contains(tracking.Kinds(), k) {
			return invalid("rules", field+".changes", "no such kind of change: "+string(k))
		}
	}
	for _, k := range a.Entities {
		if !slices.Contains(kinds, k) {
			return invalid("rules", field+".entities", "no such kind of entity: "+k)
		}
	}
	return nil
}

func (r Rules) validateTimes() error {
	for _, d := range []struct {
		field string
		value time.Duration
	}{
		{"refresh_every", r.RefreshEvery}, {"search_every", r.SearchEvery}, {"give_up_after", r.GiveUpAfter},
		{"confirm_after", r.ConfirmAfter}, {"retry_after", r.RetryAfter},
	} {
		if d.value <= 0 {
			return invalid("rules", d.field, "must be positive")
		}
	}
	for i, c := range r.Clocks {
		if c.Name == "" || c.Limit <= 0 || !slices.Contains(Statuses(), c.Status) {
			return invalid("rules", fmt.Sprintf("clocks[%d]", i), "a clock has a name, a status and a limit above 0")
		}
	}
	return nil
}
