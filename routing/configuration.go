package routing

import (
	"fmt"
	"slices"
	"strings"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/dri"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/target"
)

// Configuration binds what is done to the deliveries that it selects: a strategy,
// fields, and what a rep gets. Whatever it leaves out is as configured in general.
type Configuration struct {
	Name string           `json:"name" yaml:"name"`
	When target.Selection `json:"when,omitzero" yaml:"when"`
	// Strategy replaces the general one; an event that may choose goes before it.
	Strategy Strategy `json:"strategy,omitempty" yaml:"strategy"`
	// Set are the fields of new records, over Defaults. Those of an existing record are
	// filled or overwritten as Fields.Policy says.
	Set     map[crm.Object]crm.Fields `json:"set,omitempty" yaml:"set"`
	Handoff target.Handoff            `json:"handoff,omitzero" yaml:"handoff"`
}

// WatchList knows the accounts that are watched; *target.Book is one. It is asked
// for every account that a decision reads, so it answers from memory. Safe for
// concurrent use.
type WatchList interface {
	Watched(accountID string) (target.Watched, bool)
}

// watchedAccount is the account in the facts, with its reports.
func (f *Facts) watchedAccount(id string) (target.Watched, bool) {
	i := slices.IndexFunc(f.Watched, func(w target.Watched) bool { return id != "" && w.ID == id })
	if i < 0 {
		return target.Watched{}, false
	}
	return f.Watched[i], true
}

// configure finds out which signal the event is and which persona fits, and takes
// the first configuration that is for such a delivery.
func (d *decision) configure() {
	account := d.plan.AccountID
	if d.ev.To == nil {
		account = d.plan.PastAccountID
	}
	w, watched := d.f.watchedAccount(account)
	d.prospect = watched && d.ev.To != nil && !d.known()
	d.plan.Signal = target.SignalOf(d.m.Kind.Kind, d.known(), watched)
	if d.ev.To != nil {
		personas := d.p.cfg.Personas
		if d.prospect {
			personas = target.Counting(personas, w.Personas())
		}
		persona, _, _ := tracking.FirstMatch(personas, d.ev.To.Title, d.ev.To.Country)
		d.plan.Persona = persona.Name
	}
	if len(d.p.cfg.Configurations) == 0 {
		return
	}
	subject := target.Subject{
		Signal: d.plan.Signal, Relationship: d.plan.Relationship, Reports: w.Reports(), Persona: d.plan.Persona, Category: d.category(),
	}
	for i := range d.p.cfg.Configurations {
		if c := &d.p.cfg.Configurations[i]; c.When.Holds(subject) {
			d.take(c)
			return
		}
	}
}

// category is what the account is to the team: the one that is joined, for a
// departure the one that was left.
func (d *decision) category() target.Category {
	facts := d.driFacts(nil)
	side := facts.New
	if d.ev.To == nil {
		side = facts.Past
	}
	return target.CategoryOf(dri.ClassOf(side, d.p.matrix.Precedence), side.Disqualified)
}

func (d *decision) take(c *Configuration) {
	d.binding = c
	d.plan.Configuration = c.Name
	d.step(StageConfiguration, ReasonSelected, c.Name)
	if c.Strategy != "" && (d.ev.Strategy == "" || !d.p.cfg.StrategyOverride) {
		d.plan.Strategy = c.Strategy
	}
}

// stamp notes under which relationship the roster has the mover.
func (d *decision) stamp() {
	tracked, told := d.f.Tracked.Name, d.ev.Relationship
	if tracked == "" {
		return
	}
	d.step(StageRelationship, ReasonTracked, tracked)
	if told != "" && told != tracked {
		d.step(StageRelationship, ReasonReportedOtherwise, told)
	}
}

// known reports whether the person is somebody's: in a relationship, or sent to us
// by a Flow or a workflow, which somebody chose.
func (d *decision) known() bool {
	return d.plan.Relationship != "" || d.ev.Source == "flow" || strings.HasPrefix(d.ev.Source, "hubspot")
}

// personaRefuses reports whether the relationship is gated and the title fits no
// persona.
func (d *decision) personaRefuses() bool {
	if len(d.p.cfg.Personas) == 0 || !d.p.gate[strings.ToLower(d.plan.Relationship)] {
		return false
	}
	persona, ok, _ := tracking.FirstMatch(d.p.cfg.Personas, d.ev.To.Title, d.ev.To.Country)
	if ok {
		d.step(StageFilter, "persona_matched", persona.Name)
	}
	return !ok
}

// prospectRefused filters people whom nobody knows at an account that is watched:
//
//	no new hire and no promotion                       no_signal
//	its reports ask for nobody (AT03)                  not_searched
//	personas are configured, and none counts there     persona
func (d *decision) prospectRefused() bool {
	if !d.prospect {
		return false
	}
	w, _ := d.f.watchedAccount(d.plan.AccountID)
	switch {
	case d.plan.Signal == "":
		d.mark()
		d.filter(ReasonNoSignal)
	case !w.Searched():
		d.mark()
		d.filter(Reason(target.ReasonNotSearched))
	case len(d.p.cfg.Personas) > 0 && d.plan.Persona == "":
		d.mark()
		d.filter(ReasonPersona)
	default:
		return false
	}
	return true
}

// ownerOf finds the owner of a new record of a person, by the configuration's own
// rule where it has one.
func (d *decision) ownerOf(o crm.Object, facts dri.Facts) dri.Assignment {
	chain := d.p.cfg.Owners.Contact
	if o == crm.ObjectLead {
		chain = d.p.cfg.Owners.Lead
	}
	if d.binding != nil {
		if d.binding.Handoff.Router {
			return dri.Assignment{LeaveToRules: true, Reason: dri.ReasonAssignmentRules}
		}
		if own := d.binding.Handoff.Owner; len(own) > 0 {
			chain = own
		}
	}
	return dri.Owner(chain, o, d.p.cfg.Owners.Default, facts)
}

// preset puts the values that a new record begins with: what the org requires, and
// what the configuration sets.
func (d *decision) preset(set crm.Fields, o crm.Object) {
	for field, value := range d.p.cfg.Defaults[o] {
		set[field] = value
	}
	if d.binding != nil {
		for field, value := range d.binding.Set[o] {
			set[field] = value
		}
	}
}

// configurations checks every configuration; the problems name the place.
func (v *validator) configurations(c Config) {
	personas := make([]string, len(c.Personas))
	for i, p := range c.Personas {
		personas[i] = p.Name
	}
	seen := map[string]bool{}
	for i, b := range c.Configurations {
		path := fmt.Sprintf("configurations[%d]", i)
		switch {
		case strings.TrimSpace(b.Name) == "":
			v.add(path+".name", "is missing")
		case seen[b.Name]:
			v.add(path+".name", "%q stands there twice", b.Name)
		}
		seen[b.Name] = true
		v.under(path, b.When.Validate(personas, c.Relationships))
		v.under(path, b.Handoff.Validate())
		v.pools(path+".handoff.owner", c.Owners, b.Handoff.Owner)
		if b.Strategy != "" {
			oneOf(v, path+".strategy", b.Strategy, Strategies()...)
		}
		for _, o := range sortedObjects(b.Set) {
			if !slices.Contains(writable, o) {
				v.add(path+".set."+string(o), "want Account, Contact, Lead or Job_Change__c")
			}
		}
	}
}

// under adds the lines of an error, each of which begins with a field's path.
func (v *validator) under(path string, err error) {
	if err == nil {
		return
	}
	for line := range strings.Lines(err.Error()) {
		field, message, _ := strings.Cut(strings.TrimSpace(line), ": ")
		v.add(path+"."+field, "%s", message)
	}
}

// writable are the objects whose fields a configuration may set.
var writable = []crm.Object{crm.ObjectAccount, crm.ObjectContact, crm.ObjectLead, crm.ObjectJobChange}

func sortedObjects[V any](m map[crm.Object]V) []crm.Object {
	out := make([]crm.Object, 0, len(m))
	for o := range m {
		out = append(out, o)
	}
	slices.Sort(out)
	return out
}

// strategies are all that a delivery may be decided by.
func (c Config) strategies() []Strategy {
	out := []Strategy{c.Strategy}
	for _, b := range c.Configurations {
		if b.Strategy != "" && !slices.Contains(out, b.Strategy) {
			out = append(out, b.Strategy)
		}
	}
	return out
}

// handsOff reports whether any configuration has a task or a notice.
func (c Config) handsOff() bool {
	return slices.ContainsFunc(c.Configurations, func(b Configuration) bool { return b.Handoff.Task != target.Task{} || b.Handoff.Notice != "" })
}

// sequences are the endpoints that handoffs name, sorted.
func (c Config) sequences() []string {
	var out []string
	for _, b := range c.Configurations {
		if b.Handoff.Sequence != "" {
			out = append(out, b.Handoff.Sequence)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
