package routing

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/dri"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking/target"
)

// Policy is a valid Config, made ready for deciding. It never changes and is
// safe for concurrent use.
type Policy struct {
	cfg     Config
	version string
	profile matching.Profile
	matrix  dri.Matrix
	chains  []dri.Chain
	want    dri.Wants
	pools   []string
	classes []classRule
	gate    map[string]bool
	night   night
	// needsAccount tells that an account match is wanted even where no record
	// would show it (RT02).
	needsAccount bool
	// Field lists for reading.
	accountFields, contactFields, leadFields, userFields []string
}

type classRule struct {
	name       string
	predicates []Predicate
}

// NewPolicy validates a configuration. The error is a *ConfigError.
func NewPolicy(cfg Config) (*Policy, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	profile, err := cfg.Matching.AsProfile()
	if err != nil {
		return nil, err
	}
	p := &Policy{cfg: cfg, version: cfg.Version(), profile: profile, matrix: cfg.DRI.matrix()}
	p.chains = append(p.matrix.Chains(), cfg.Owners.Contact, cfg.Owners.Lead, cfg.Owners.Account)
	for _, id := range []string{cfg.Owners.Default, cfg.DRI.Default} {
		if f, err := dri.ParseFinder(id); err == nil {
			p.chains = append(p.chains, dri.Chain{f})
		}
	}
	for i := range cfg.Configurations {
		if own := cfg.Configurations[i].Handoff.Owner; len(own) > 0 {
			p.chains = append(p.chains, own)
		}
	}
	if p.night, err = cfg.DRI.night(); err != nil {
		return nil, err
	}
	p.want = dri.Want(p.chains...)
	p.pools = p.want.Pools
	for _, name := range slices.Sorted(maps.Keys(cfg.Classes)) {
		p.classes = append(p.classes, classRule{name: name, predicates: cfg.Classes[name]})
	}
	p.gate = map[string]bool{}
	for _, r := range cfg.PersonaGate {
		p.gate[strings.ToLower(r)] = true
	}
	p.needsAccount = len(cfg.Configurations) > 0 || cfg.Fields.Lead[ValueMatchedAccount] != "" || len(cfg.Filters.Disqualified) > 0 || joinsReadAccount(p.matrix)
	p.readFields(p.want)
	return p, nil
}

// joinsReadAccount tells whether a DRI can depend on the matched account: by its
// class, or by a finder that looks at it.
func joinsReadAccount(m dri.Matrix) bool {
	for class, cell := range m.Joins {
		if class != dri.Other && (len(cell.Contact) > 0 || len(cell.Lead) > 0) {
			return true
		}
		w := dri.Want(cell.Contact, cell.Lead)
		if w.Opportunities || w.Team || len(w.AccountFields) > 0 || cell.Contact.Uses(dri.KindAccountOwner) || cell.Lead.Uses(dri.KindAccountOwner) {
			return true
		}
	}
	return false
}

// readFields lists what is read of each object: what the values need, what the
// rules look at, and what the mapping may write.
func (p *Policy) readFields(w dri.Wants) {
	n := p.cfg.Names
	account := slices.Concat(w.AccountFields, w.PastAccountFields)
	for _, rule := range p.classes {
		for _, predicate := range rule.predicates {
			if !strings.EqualFold(predicate.Field(), "id") {
				account = append(account, predicate.Field())
			}
		}
	}
	record := slices.Concat(w.RecordFields, w.PastRecordFields)
	p.accountFields = n.AccountFields(account...)
	p.contactFields = n.ContactFields(append(slices.Clone(record), mapped(p.cfg.Fields.Contact)...)...)
	p.leadFields = n.LeadFields(append(slices.Clone(record), mapped(p.cfg.Fields.Lead)...)...)
	p.userFields = n.UserFields()
}

// mapped are the API names that a mapping writes.
func mapped(m map[string]string) []string {
	var out []string
	for _, field := range m {
		if field != "" {
			out = append(out, field)
		}
	}
	slices.Sort(out)
	return out
}

// Config returns the configuration that the policy was made from. Its maps must
// not be changed.
func (p *Policy) Config() Config { return p.cfg }

// Version is the version of the configuration, named in every plan.
func (p *Policy) Version() string { return p.version }

// Profile is the matching profile with the configured changes.
func (p *Policy) Profile() matching.Profile { return p.profile }

// strategy is the one that counts for an event.
func (p *Policy) strategy(ev Event) Strategy {
	if ev.Strategy != "" && p.cfg.StrategyOverride {
		return ev.Strategy
	}
	return p.cfg.Strategy
}

// Classes are the names of the classes of an account, sorted, as its own fields
// tell. Reports of watched accounts add to them (Facts.Watched).
func (p *Policy) Classes(a crm.Account) []string { return p.classesOf(&a) }

// classesIn are the classes of an account, with those that reports put it in.
func (p *Policy) classesIn(f *Facts, a *crm.Account) []string {
	out := p.classesOf(a)
	w, ok := f.watchedAccount(a.ID)
	if !ok {
		return out
	}
	for _, class := range w.Classes() {
		if class != dri.Other {
			out = append(out, string(class))
		}
	}
	if w.Disqualified() {
		out = append(out, string(target.CategoryDisqualified))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (p *Policy) classesOf(a *crm.Account) []string {
	var out []string
	for _, rule := range p.classes {
		for i := range rule.predicates {
			if rule.predicates[i].holds(a) {
				out = append(out, rule.name)
				break
			}
		}
	}
	return out
}

// disqualified reports whether an account is in a class to which nobody is
// delivered.
func (p *Policy) disqualified(classes []string) bool {
	for _, class := range classes {
		for _, bad := range p.cfg.Filters.Disqualified {
			if strings.EqualFold(class, bad) {
				return true
			}
		}
	}
	return false
}

// AccountFields lists the account fields that deciding reads: what a mirror of
// accounts has to keep.
func (p *Policy) AccountFields() []string { return p.accountFields }

// Zone is where the org's nights are.
func (p *Policy) Zone() *time.Location { return p.night.zone }
