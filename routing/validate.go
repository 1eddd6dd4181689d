package routing

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/dri"
	"github.com/onward-crm/onward/matching"
)

// ErrConfig is the class of configuration errors.
var ErrConfig = errors.New("routing: invalid configuration")

// ConfigError lists everything that is wrong with a configuration.
type ConfigError struct{ Problems []Problem }

// Problem is one thing wrong: where, and what was expected.
type Problem struct {
	// Path leads to the value, such as "owners.contact" or "fields.lead.relationship".
	Path    string `json:"path"`
	Message string `json:"message"`
}

// Error lists the problems, one a line.
func (e *ConfigError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.Path + ": " + p.Message
	}
	return ErrConfig.Error() + ": " + strings.Join(lines, "\n")
}

// Unwrap answers for ErrConfig.
func (e *ConfigError) Unwrap() error { return ErrConfig }

// Version is a short hash of the whole configuration: equal versions decide
// alike.
func (c Config) Version() string {
	text, err := json.Marshal(c) // maps are written in order of their keys
	if err != nil {
		panic("routing: configuration cannot be written as JSON: " + err.Error())
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:6])
}

// Validate checks what can be checked without a CRM. The error is a
// *ConfigError with every problem found.
func (c Config) Validate() error {
	v := &validator{}
	oneOf(v, "mode", c.Mode, ModeLive, ModeShadow, ModeDry)
	oneOf(v, "strategy", c.Strategy, Strategies()...)
	v.reviews(c)
	v.owners(c.Owners)
	v.dri(c.DRI)
	v.matching(c.Matching)
	v.mapping(c)
	for i, o := range c.Names.Keyless {
		oneOf(v, fmt.Sprintf("names.keyless[%d]", i), o, crm.ObjectAccount, crm.ObjectContact, crm.ObjectLead)
	}
	v.filters(c)
	v.configurations(c)
	oneOf(v, "flow.direction", c.Flow.Direction, FlowCallout, FlowInvoke)
	oneOf(v, "flow.bookkeeping", c.Flow.Bookkeeping, BookkeepingOnward, BookkeepingFlow)
	if slices.Contains(c.strategies(), StrategyFlow) && c.Flow.Direction == FlowInvoke && !validFlowName(c.Flow.Name) {
		v.add("flow.name", "want the API name of an autolaunched Flow, such as Route_Job_Change")
	}
	if len(v.problems) == 0 {
		return nil
	}
	return &ConfigError{Problems: v.problems}
}

type validator struct{ problems []Problem }

func (v *validator) add(path, format string, args ...any) {
	v.problems = append(v.problems, Problem{Path: path, Message: fmt.Sprintf(format, args...)})
}

func oneOf[T ~string](v *validator, path string, got T, want ...T) {
	if !slices.Contains(want, got) {
		v.add(path, "%q is not one of %s", got, join(want))
	}
}

func join[T any](list []T) string {
	texts := make([]string, len(list))
	for i, x := range list {
		texts[i] = fmt.Sprint(x)
	}
	return strings.Join(texts, ", ")
}

func (v *validator) reviews(c Config) {
	for _, s := range slices.Sorted(maps.Keys(c.OnReview)) {
		path := "on_review." + string(s)
		if !slices.Contains(Strategies(), s) {
			v.add(path, "is not one of the strategies %s", join(Strategies()))
			continue
		}
		switch a := c.OnReview[s]; {
		case a != ReviewLead && a != ReviewHold:
			v.add(path, "%q is not one of lead, hold", a)
		case s == StrategyFlow:
			v.add(path, "with strategy flow the Flow itself decides; leave this out")
		case a == ReviewLead && s == StrategyContactAndAccount:
			v.add(path, "strategy %s creates no leads, want hold", s)
		}
	}
}

func (v *validator) user(path, id string) {
	switch wide, err := crm.WidenID(id); {
	case id == "":
		v.add(path, "want the id of an active user")
	case err != nil:
		v.add(path, "%v", err)
	case wide != id:
		v.add(path, "want the 18-character id %s", wide)
	}
}

func (v *validator) owners(o Owners) {
	v.user("owners.default", o.Default)
	if o.Integration != "" {
		v.user("owners.integration", o.Integration)
	}
	for _, name := range slices.Sorted(maps.Keys(o.Pools)) {
		for i, id := range o.Pools[name] {
			v.user(fmt.Sprintf("owners.pools.%s[%d]", name, i), id)
		}
	}
	for _, c := range []struct {
		path  string
		chain dri.Chain
	}{{"owners.contact", o.Contact}, {"owners.lead", o.Lead}, {"owners.account", o.Account}} {
		if len(c.chain) == 0 {
			v.add(c.path, "want at least one finder, such as default")
		}
		v.pools(c.path, o, c.chain)
	}
}

// pools checks that every pool that a chain draws from is declared.
func (v *validator) pools(path string, o Owners, chain dri.Chain) {
	for _, pool := range dri.Want(chain).Pools {
		if _, ok := o.Pools[pool]; !ok {
			v.add(path, "round robin pool %q is not declared in owners.pools", pool)
		}
	}
}

func (v *validator) dri(d DRI) {
	v.user("dri.default", d.Default)
	if err := d.matrix().Validate(); err != nil {
		v.add("dri", "%v", err)
	}
	if d.DelayMinutes < 0 {
		v.add("dri.delay_minutes", "want 0 or more")
	}
	if _, err := d.night(); err != nil {
		v.add("dri", "%v", err)
	}
	if d.Days < 1 {
		v.add("dri.days", "want 1 or more")
	}
}

func (v *validator) matching(m Matching) {
	p, err := m.AsProfile()
	if err != nil {
		v.add("matching.profile", "%v", err)
		return
	}
	if !(m.Prior >= 0 && m.Prior < 1) {
		v.add("matching.prior", "%v is not a share between 0 and 1", m.Prior)
		return
	}
	if err := p.Validate(); err != nil {
		v.add("matching", "%v", err)
	}
}

func (v *validator) mapping(c Config) {
	for _, m := range []struct {
		path   string
		fields map[string]string
		known  []string
	}{
		{"fields.lead", c.Fields.Lead, personValues}, {"fields.contact", c.Fields.Contact, personValues},
		{"fields.account", c.Fields.Account, accountValues}, {"fields.event", c.Fields.Event, eventValues},
	} {
		for _, name := range slices.Sorted(maps.Keys(m.fields)) {
			if !slices.Contains(m.known, name) {
				v.add(m.path+"."+name, "is no value; want one of %s", join(m.known))
			}
		}
	}
	for _, field := range slices.Sorted(maps.Keys(c.Fields.Policy)) {
		if p := c.Fields.Policy[field]; p != FieldFill && p != FieldSet && p != FieldNever {
			v.add("fields.policy."+field, "%q is not one of fill, set, never", p)
		}
	}
	for _, o := range slices.Sorted(maps.Keys(c.Defaults)) {
		if !slices.Contains([]crm.Object{crm.ObjectAccount, crm.ObjectContact, crm.ObjectLead, crm.ObjectJobChange}, o) {
			v.add("defaults."+string(o), "want Account, Contact, Lead or Job_Change__c")
		}
	}
}

func (v *validator) filters(c Config) {
	f := c.Filters
	if f.MaxAgeDays < 0 {
		v.add("filters.max_age_days", "want 0 (no limit) or more")
	}
	if f.WindowDays <= 0 {
		v.add("filters.window_days", "want 1 or more")
	}
	oneOf(v, "filters.untracked", f.Untracked, Handling(""), HandleProcess, HandleFilter)
	oneOf(v, "filters.future_start", f.FutureStart, HandleHold, HandleProcess)
	oneOf(v, "filters.additional_role", f.AdditionalRole, HandleFilter, HandleProcess)
	oneOf(v, "filters.internal_move", f.InternalMove, HandleUpdate, HandleProcess)
	for i, class := range f.Disqualified {
		if !knownClass(c, class) {
			v.add(fmt.Sprintf("filters.disqualified[%d]", i), "class %q is not declared in classes", class)
		}
	}
}

// knownClass also accepts the class that reports of tracked accounts may add.
func knownClass(c Config, class string) bool {
	if strings.EqualFold(class, "disqualified") {
		return true
	}
	for name := range c.Classes {
		if strings.EqualFold(name, class) {
			return true
		}
	}
	return false
}

// validFlowName accepts Salesforce's API names, with a namespace or without.
func validFlowName(s string) bool {
	if s == "" || len(s) > 80 || !isLetter(s[0]) {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !(isLetter(c) || c == '_' || c >= '0' && c <= '9') {
			return false
		}
	}
	return true
}

func isLetter(c byte) bool { return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' }

// AsProfile is the matching profile with the configured changes. The error names the
// setting that is wrong.
func (m Matching) AsProfile() (matching.Profile, error) {
	var p matching.Profile
	switch m.Profile {
	case "balanced":
		p = matching.Balanced()
	case "strict":
		p = matching.Strict()
	case "lenient":
		p = matching.Lenient()
	default:
		return p, fmt.Errorf("%q is not one of balanced, strict, lenient", m.Profile)
	}
	p.Prior = m.Prior
	if m.TieBreakers != nil {
		p.TieBreakers = m.TieBreakers
	}
	if m.Hierarchy != "" {
		p.Hierarchy = m.Hierarchy
	}
	p.KeepListed, p.Pins, p.Acquisitions = m.KeepListed, m.Pins, m.Acquisitions
	p.ExcludeAccounts, p.ExcludeDomains = m.ExcludeAccounts, m.ExcludeDomains
	return p, nil
}

// matrix is the DRI configuration in dri's terms.
func (d DRI) matrix() dri.Matrix {
	return dri.Matrix{Precedence: d.Precedence, Joins: d.Joins, Leaves: d.Leaves, Default: d.Default, AllowQueue: d.AllowQueue}
}
