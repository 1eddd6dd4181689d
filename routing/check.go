package routing

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/onward-crm/onward/crm"
)

// Check compares a policy with what the CRM describes: every field that would
// be read or written must exist, be writable, and be able to hold its value;
// key fields must be unique external ids; a Flow to be invoked must have the
// inputs, and users whom it names must be there. All problems come back at once, at the start and not at the first
// event (RT38). The error is the CRM's.
func Check(ctx context.Context, p *Policy, c *crm.Client, flow FlowInvoker) ([]Problem, error) {
	k := &checker{policy: p}
	k.describe(ctx, c)
	n := p.cfg.Names
	for _, o := range []crm.Object{crm.ObjectAccount, crm.ObjectContact, crm.ObjectLead, crm.ObjectJobChange} {
		k.key(o, n.KeyField(o))
		k.defaults(o)
	}
	k.key(crm.ObjectTask, n.TaskKey)
	k.reads(crm.ObjectAccount, p.accountFields)
	k.reads(crm.ObjectContact, p.contactFields)
	k.reads(crm.ObjectLead, p.leadFields)
	k.reads(crm.ObjectUser, p.userFields)
	k.reads(crm.ObjectOpportunity, n.OpportunityFields())
	k.reads(crm.ObjectOpportunityRole, roleFields)
	k.mapping("fields.lead", crm.ObjectLead, p.cfg.Fields.Lead)
	k.mapping("fields.contact", crm.ObjectContact, p.cfg.Fields.Contact)
	k.mapping("fields.account", crm.ObjectAccount, p.cfg.Fields.Account)
	k.mapping("fields.event", crm.ObjectJobChange, p.cfg.Fields.Event)
	for _, o := range []crm.Object{crm.ObjectContact, crm.ObjectLead} {
		k.writes("names.left", o, n.Left)
		k.fits("names.left", o, n.Left, markShape)
		k.writes("names.left_on", o, n.LeftOn)
		k.fits("names.left_on", o, n.LeftOn, markedShape)
	}
	k.rights()
	k.required()
	k.teams(ctx, c)
	if k.err == nil {
		k.actions(ctx, c)
	}
	if k.err == nil {
		k.users(ctx, c)
	}
	if k.err == nil {
		k.flow(ctx, flow)
	}
	return k.problems, k.err
}

// roleFields are what is read of a contact's part in a deal.
var roleFields = []string{"ContactId", "IsPrimary", "OpportunityId", "Role"}

// maxKey is the length of the longest key.
const maxKey = 64

type checker struct {
	policy   *Policy
	schemas  map[crm.Object]crm.Schema
	problems []Problem
	err      error
}

// describe reads the schemas of all objects concerned.
func (k *checker) describe(ctx context.Context, c *crm.Client) {
	k.schemas = map[crm.Object]crm.Schema{}
	objects := []crm.Object{
		crm.ObjectAccount, crm.ObjectContact, crm.ObjectLead, crm.ObjectJobChange, crm.ObjectUser,
		crm.ObjectOpportunity, crm.ObjectOpportunityRole,
	}
	if k.policy.cfg.Names.TaskKey != "" {
		objects = append(objects, crm.ObjectTask)
	}
	for _, o := range objects {
		s, err := c.Describe(ctx, o)
		switch {
		case err == nil:
			k.schemas[o] = s
		case errors.Is(err, crm.ErrNotFound):
			k.add("names", "object %s does not exist, or the integration user may not see it", o)
		default:
			k.err = errors.Join(k.err, err)
		}
	}
}

func (k *checker) add(path, format string, args ...any) {
	k.problems = append(k.problems, Problem{Path: path, Message: fmt.Sprintf(format, args...)})
}

func (k *checker) key(o crm.Object, field string) {
	s, ok := k.schemas[o]
	if !ok || field == "" {
		return
	}
	keyless := ", or name the object in names.keyless"
	switch o {
	case crm.ObjectJobChange:
		keyless = ""
	case crm.ObjectTask:
		keyless = ", or leave names.task_key empty"
	}
	switch f, found := s.Field(field); {
	case !found:
		k.add("names", "%s has no field %s; deploy it as Text(64), external id, unique, case-sensitive%s", o, field, keyless)
	case !f.Unique || !f.ExternalID:
		k.add("names", "%s.%s must be a unique external id, or lost answers could double records", o, field)
	case f.Length > 0 && f.Length < maxKey:
		k.add("names", "%s.%s holds %d characters, keys have up to %d", o, field, f.Length, maxKey)
	}
}

func (k *checker) reads(o crm.Object, fields []string) {
	s, ok := k.schemas[o]
	if !ok {
		return
	}
	for _, field := range fields {
		if _, found := s.Field(field); !found {
			k.add("names", "%s has no field %s, which names, classes or chains read; correct it, or leave the name empty", o, field)
		}
	}
}

func (k *checker) mapping(path string, o crm.Object, m map[string]string) {
	for _, value := range sortedKeys(m) {
		k.writes(path+"."+value, o, m[value])
		if want, ok := shapes[value]; ok {
			k.fits(path+"."+value, o, m[value], want)
		}
	}
}

// fits checks that a field can hold what is written there.
func (k *checker) fits(path string, o crm.Object, field string, want shape) {
	s := k.schemas[o]
	f, found := s.Field(field)
	if !found {
		return
	}
	if why := want.misfit(f); why != "" {
		k.add(path, "%s.%s %s", o, field, why)
	}
}

// rights checks what the integration user may do with whole objects.
func (k *checker) rights() {
	creates := []crm.Object{crm.ObjectJobChange}
	for _, s := range k.policy.cfg.strategies() {
		creates = append(creates, map[Strategy][]crm.Object{
			StrategyAlwaysLead: {crm.ObjectLead}, StrategyContactOrLead: {crm.ObjectLead, crm.ObjectContact},
			StrategyContactAndAccount: {crm.ObjectAccount, crm.ObjectContact},
		}[s]...)
	}
	for _, o := range []crm.Object{crm.ObjectAccount, crm.ObjectContact, crm.ObjectLead, crm.ObjectJobChange} {
		s, ok := k.schemas[o]
		if !ok {
			continue
		}
		if slices.Contains(creates, o) && !s.Creatable {
			k.add("strategy", "the integration user may not create %s records; grant it, or choose another strategy", o)
		}
		if o != crm.ObjectAccount && !s.Updatable {
			k.add("names", "the integration user may not edit %s records", o)
		}
	}
}

// writes checks that a field exists and may be written.
func (k *checker) writes(path string, o crm.Object, field string) {
	if field == "" {
		return
	}
	s, ok := k.schemas[o]
	if !ok {
		return
	}
	switch f, found := s.Field(field); {
	case !found:
		k.add(path, "%s has no field %s", o, field)
	case !f.Creatable || !f.Updatable:
		k.add(path, "%s.%s is read-only for the integration user", o, field)
	}
}

func (k *checker) defaults(o crm.Object) {
	k.values("defaults."+string(o), o, k.policy.cfg.Defaults[o])
	for i, c := range k.policy.cfg.Configurations {
		k.values(fmt.Sprintf("configurations[%d].set.%s", i, o), o, c.Set[o])
	}
}

// values checks fields with the values that they are to get.
func (k *checker) values(place string, o crm.Object, values crm.Fields) {
	for _, field := range values.Names() {
		path := place + "." + field
		k.writes(path, o, field)
		s, ok := k.schemas[o]
		if !ok {
			continue
		}
		value := values[field]
		f, _ := s.Field(field)
		if f.Length > 0 && len([]rune(value)) > f.Length {
			k.add(path, "is longer than the field's %d characters", f.Length)
		}
		for part := range parts(f, value) {
			if f.Restricted && !slices.Contains(f.Values, part) {
				k.add(path, "%q is not one of the picklist's values", part)
			}
		}
	}
}

// parts are the values that a text holds: several where a field takes several.
func parts(f crm.Field, value string) iter.Seq[string] {
	if f.Type == typeMultiPicklist {
		return strings.SplitSeq(value, ";")
	}
	return slices.Values([]string{value})
}

// typeMultiPicklist is Salesforce's word for a picklist with several choices.
const typeMultiPicklist crm.Type = "multipicklist"

// supplied are the required fields that onward always fills, or that do not
// concern what it creates: an account's LastName is a person account's.
var supplied = map[crm.Object][]string{
	crm.ObjectAccount: {"Name", "LastName"}, crm.ObjectContact: {"LastName"}, crm.ObjectLead: {"LastName", "Company"},
}

// alwaysThere are the values that every event record has.
var alwaysThere = []string{
	ValueConfig, ValueDecision, ValueExplanation, ValueKind, ValueMode, ValueOutcome, ValueReason, ValueSource, ValueStatus, ValueStrategy,
}

// fills reports whether onward always gives a field a value by itself.
func (k *checker) fills(o crm.Object, field string) bool {
	n := k.policy.cfg.Names
	return slices.Contains(supplied[o], field) || field == n.KeyField(o) ||
		o == crm.ObjectJobChange && slices.ContainsFunc(alwaysThere, func(value string) bool { return k.policy.cfg.Fields.Event[value] == field })
}

// required finds fields that the org requires and nobody fills.
func (k *checker) required() {
	for _, o := range []crm.Object{crm.ObjectAccount, crm.ObjectContact, crm.ObjectLead, crm.ObjectJobChange} {
		s, ok := k.schemas[o]
		if !ok {
			continue
		}
		for _, f := range s.Fields {
			_, given := k.policy.cfg.Defaults[o][f.Name]
			if f.Required && !given && !k.fills(o, f.Name) {
				k.add("defaults."+string(o), "the org requires %s; give it a value here", f.Name)
			}
		}
	}
}

// teams asks for account teams where a finder looks at them.
func (k *checker) teams(ctx context.Context, c *crm.Client) {
	if !k.policy.want.Team && !k.policy.want.PastTeam {
		return
	}
	_, err := c.Describe(ctx, crm.ObjectTeamMember)
	switch {
	case errors.Is(err, crm.ErrNotFound):
		k.add("dri", "account_team(…) finds nobody: account teams are off in this org, or the integration user may not see them")
	case err != nil:
		k.err = errors.Join(k.err, err)
	}
}

// flow checks the Flow that would be invoked.
func (k *checker) flow(ctx context.Context, flow FlowInvoker) {
	cfg := k.policy.cfg
	if !slices.Contains(cfg.strategies(), StrategyFlow) || cfg.Flow.Direction != FlowInvoke {
		return
	}
	if flow == nil {
		k.add("flow.direction", "invoke needs a CRM that can run Flows")
		return
	}
	shape, err := flow.DescribeFlow(ctx, cfg.Flow.Name)
	if errors.Is(err, crm.ErrNotFound) {
		k.add("flow.name", "there is no active autolaunched Flow %s", cfg.Flow.Name)
		return
	}
	if err != nil {
		k.err = err
		return
	}
	inputs := FlowDecision{}.Inputs()
	for _, name := range shape.Required {
		if _, ok := inputs[name]; !ok {
			k.add("flow.name", "Flow %s requires the input %s, which onward does not give", cfg.Flow.Name, name)
		}
	}
	for _, name := range []string{"key", "status"} {
		if !slices.Contains(shape.Inputs, name) {
			k.add("flow.name", "Flow %s lacks the input %s", cfg.Flow.Name, name)
		}
	}
}

// shape is what a field must be like to hold a value of onward.
type shape struct {
	// types are those that can hold it; the first is the one to deploy.
	types []crm.Type
	// length is the longest text that onward writes there; 0 means that a text is
	// cut to nothing shorter by anybody but the org.
	length int
	// to is the object that a reference must be able to name.
	to crm.Object
}

// The kinds of values.
var (
	textTypes = []crm.Type{crm.TypeText, crm.TypePicklist, crm.TypeLongText}
	urlTypes  = []crm.Type{crm.TypeURL, crm.TypeText, crm.TypeLongText}
)

func reference(to crm.Object) shape { return shape{types: []crm.Type{crm.TypeReference}, to: to} }

// shapes are those of the values that mappings name. Values that are not here
// fit into any text.
var shapes = map[string]shape{
	ValuePastAccount: reference(crm.ObjectAccount), ValueMatchedAccount: reference(crm.ObjectAccount),
	ValueNewAccount: reference(crm.ObjectAccount), ValuePastContact: reference(crm.ObjectContact),
	ValueContact: reference(crm.ObjectContact), ValuePastLead: reference(crm.ObjectLead), ValueLead: reference(crm.ObjectLead),
	ValueOwnerManager: reference(crm.ObjectUser), ValueDRI: reference(crm.ObjectUser), ValueDRIManager: reference(crm.ObjectUser),
	ValuePastDRI: reference(crm.ObjectUser), ValuePastDRIManager: reference(crm.ObjectUser), ValueDRIQueue: {types: textTypes, length: 40},
	ValueLinkedIn:    {types: urlTypes},
	ValueOccurredOn:  {types: []crm.Type{crm.TypeDate}},
	ValueOpen:        {types: []crm.Type{crm.TypeBoolean}},
	ValueConfidence:  {types: []crm.Type{crm.TypeNumber, crm.TypePercent, crm.TypeText}},
	ValueExplanation: {types: []crm.Type{crm.TypeLongText}, length: maxExplanation},
	ValueFlags:       {types: textTypes, length: 255},
	ValueDecision:    {types: textTypes, length: 33},
	ValueSignal:      {types: textTypes, length: 40},
	ValueKind:        {types: textTypes, length: 40}, ValueStatus: {types: textTypes, length: 40},
	ValueOutcome: {types: textTypes, length: 40}, ValueReason: {types: textTypes, length: 40},
}

// marks are the shapes of the fields that mark a past record.
var (
	markShape   = shape{types: []crm.Type{crm.TypeBoolean}}
	markedShape = shape{types: []crm.Type{crm.TypeDate}}
)

// misfit says why a field cannot hold a value; "" when it can.
func (s shape) misfit(f crm.Field) string {
	switch {
	case !slices.Contains(s.types, f.Type):
		words := make([]string, len(s.types))
		for i, t := range s.types {
			words[i] = string(t)
		}
		return "is of type " + string(f.Type) + ", want " + strings.Join(words, " or ")
	case s.to != "" && len(f.RefersTo) > 0 && !slices.Contains(f.RefersTo, s.to):
		return "does not refer to " + string(s.to)
	case s.length > 0 && f.Length > 0 && f.Length < s.length:
		return "is too short for what onward writes there"
	}
	return ""
}
