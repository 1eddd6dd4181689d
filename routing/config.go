package routing

import (
	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/dri"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
)

// Config is policy: everything that can change a decision, as data. Its hash
// is the version that every plan names. Begin with DefaultConfig.
type Config struct {
	// Mode says how far a plan goes.
	Mode Mode `json:"mode" yaml:"mode"`
	// Strategy says what is created. StrategyOverride lets an event choose.
	Strategy         Strategy `json:"strategy" yaml:"strategy"`
	StrategyOverride bool     `json:"strategy_override,omitempty" yaml:"strategy_override"`
	// OnReview says, for each strategy, what an uncertain account match does:
	// "lead" or "hold".
	OnReview map[Strategy]ReviewAction `json:"on_review" yaml:"on_review"`
	Owners   Owners                    `json:"owners" yaml:"owners"`
	Matching Matching                  `json:"matching" yaml:"matching"`
	// Names are the API names of onward's own fields, Fields the mapping of what
	// is delivered, Defaults the values that the org itself requires on create.
	Names    crm.Names                 `json:"names" yaml:"names"`
	Fields   Mapping                   `json:"fields" yaml:"fields"`
	Defaults map[crm.Object]crm.Fields `json:"defaults,omitempty" yaml:"defaults"`
	// Classes say what an account is: class name to predicates, any of which is
	// enough. Class names: customer, target, competitor, partner, disqualified.
	Classes map[string][]Predicate `json:"classes,omitempty" yaml:"classes"`
	DRI     DRI                    `json:"dri" yaml:"dri"`
	Filters Filters                `json:"filters" yaml:"filters"`
	// DuplicateRules is about the org's own rules.
	DuplicateRules DuplicateRules `json:"duplicate_rules" yaml:"duplicate_rules"`
	Flow           FlowConfig     `json:"flow" yaml:"flow"`
	// Personas are title filters; PersonaGate lists the relationships whose
	// movers must match one.
	Personas    []tracking.Persona `json:"personas,omitempty" yaml:"personas"`
	PersonaGate []string           `json:"persona_gate,omitempty" yaml:"persona_gate"`
	// Configurations bind strategy, fields and handoff to what they select. The first
	// whose selection holds decides; with none it is as configured in general.
	Configurations []Configuration `json:"configurations,omitempty" yaml:"configurations"`
	// Relationships are ranked, best first.
	Relationships []string `json:"relationships" yaml:"relationships"`
	// Placeholders stand in for required values that are unknown.
	Placeholders Placeholders `json:"placeholders" yaml:"placeholders"`
}

// Mode says how far a plan goes.
type Mode string

const (
	// ModeLive writes everything.
	ModeLive Mode = "live"
	// ModeShadow writes only the event record, with what would have been done.
	ModeShadow Mode = "shadow"
	// ModeDry writes nothing.
	ModeDry Mode = "dry"
)

// Strategy says what is created for a person who is new to the CRM.
type Strategy string

// The four strategies.
const (
	StrategyFlow              Strategy = "flow"
	StrategyAlwaysLead        Strategy = "always-lead"
	StrategyContactAndAccount Strategy = "contact-and-account"
	StrategyContactOrLead     Strategy = "contact-or-lead"
)

// Strategies lists the four strategies in their documented order.
func Strategies() []Strategy {
	return []Strategy{StrategyFlow, StrategyAlwaysLead, StrategyContactAndAccount, StrategyContactOrLead}
}

// ReviewAction says what an uncertain account match does.
type ReviewAction string

const (
	// ReviewLead creates a lead for a person to judge.
	ReviewLead ReviewAction = "lead"
	// ReviewHold creates nothing until somebody has decided.
	ReviewHold ReviewAction = "hold"
)

// Owners says who owns what is created.
type Owners struct {
	Contact dri.Chain `json:"contact" yaml:"contact"`
	Lead    dri.Chain `json:"lead" yaml:"lead"`
	Account dri.Chain `json:"account" yaml:"account"`
	// Default is the user at the end of every chain.
	Default string `json:"default" yaml:"default"`
	// Integration is onward's own user: as an owner it counts as nobody.
	Integration string `json:"integration,omitempty" yaml:"integration"`
	// Pools are the users of round robins.
	Pools map[string][]string `json:"pools,omitempty" yaml:"pools"`
}

// Matching chooses a profile and changes parts of it. Absent parts keep the
// profile's values.
type Matching struct {
	Profile string `json:"profile" yaml:"profile"`
	// Prior is the share of the movers' new companies that are in the CRM, between 0
	// and 1; 0 stands for that of the data from which confidences were learned (0.74).
	Prior float64 `json:"prior,omitempty" yaml:"prior"`
	// TieBreakers replaces the profile's list when it is not nil; an empty list
	// means that ties go to review.
	TieBreakers     []matching.TieBreaker  `json:"tie_breakers" yaml:"tie_breakers"`
	Hierarchy       matching.Hierarchy     `json:"hierarchy,omitempty" yaml:"hierarchy"`
	KeepListed      []string               `json:"keep_listed,omitempty" yaml:"keep_listed"`
	Pins            []matching.Pin         `json:"pins,omitempty" yaml:"pins"`
	Acquisitions    []matching.Acquisition `json:"acquisitions,omitempty" yaml:"acquisitions"`
	ExcludeAccounts []string               `json:"exclude_accounts,omitempty" yaml:"exclude_accounts"`
	ExcludeDomains  []string               `json:"exclude_domains,omitempty" yaml:"exclude_domains"`
}

// Mapping says which field takes what. The maps lead from onward's name of a
// value to an API field name; an empty name leaves the value out.
type Mapping struct {
	Lead    map[string]string `json:"lead" yaml:"lead"`
	Contact map[string]string `json:"contact" yaml:"contact"`
	Account map[string]string `json:"account" yaml:"account"`
	Event   map[string]string `json:"event" yaml:"event"`
	// Policy says for an API field what enriching does to it; FieldFill if absent.
	Policy map[string]FieldPolicy `json:"policy,omitempty" yaml:"policy"`
}

// FieldPolicy says what enriching an existing record does to a field.
type FieldPolicy string

const (
	// FieldFill writes only into a blank field.
	FieldFill FieldPolicy = "fill"
	// FieldSet overwrites.
	FieldSet FieldPolicy = "set"
	// FieldNever leaves the field of an existing record alone.
	FieldNever FieldPolicy = "never"
)

// DRI configures the directly responsible individual.
type DRI struct {
	Precedence []dri.Class            `json:"precedence" yaml:"precedence"`
	Joins      map[dri.Class]dri.Cell `json:"joins" yaml:"joins"`
	Leaves     map[dri.Class]dri.Cell `json:"leaves" yaml:"leaves"`
	// Default is mandatory: the DRI is never nobody by accident.
	Default    string `json:"default" yaml:"default"`
	AllowQueue bool   `json:"allow_queue,omitempty" yaml:"allow_queue"`
	// DelayMinutes is the time between a record's creation and its DRI.
	DelayMinutes int `json:"delay_minutes" yaml:"delay_minutes"`
	// Nightly is the time of day, as 15:04, at which it is found out again, and
	// TimeZone the zone that the clock hangs in, by its IANA name. Days is how long
	// that goes on after the event record was finished; as long as a departure is
	// open, it goes on in any case.
	Nightly  string `json:"nightly" yaml:"nightly"`
	TimeZone string `json:"time_zone" yaml:"time_zone"`
	Days     int    `json:"days" yaml:"days"`
}

// Filters decide what is not delivered.
type Filters struct {
	// MaxAgeDays is the age of a change (start date, else date of observation)
	// beyond which nothing is created. 0 means no limit.
	MaxAgeDays int `json:"max_age_days" yaml:"max_age_days"`
	// Untracked says what happens to movers without a relationship: "process",
	// "filter", or "" for process unless the source is a feed.
	Untracked Handling `json:"untracked,omitempty" yaml:"untracked"`
	// Disqualified lists account classes to which nobody is delivered.
	Disqualified []string `json:"disqualified,omitempty" yaml:"disqualified"`
	// FutureStart is "hold" or "process"; AdditionalRole "filter" or "process";
	// InternalMove "update" (title and account of the person) or "process".
	FutureStart    Handling `json:"future_start" yaml:"future_start"`
	AdditionalRole Handling `json:"additional_role" yaml:"additional_role"`
	InternalMove   Handling `json:"internal_move" yaml:"internal_move"`
	// WindowDays is how long two reports of a person and a destination are one
	// move, and how long a departure waits for its destination.
	WindowDays int `json:"window_days" yaml:"window_days"`
}

// Handling is what a filter does.
type Handling string

// What filters do.
const (
	HandleProcess Handling = "process"
	HandleFilter  Handling = "filter"
	HandleHold    Handling = "hold"
	HandleUpdate  Handling = "update"
)

// DuplicateRules says how the org's own duplicate rules are met. They are never
// bypassed silently.
type DuplicateRules struct {
	// EnrichOnBlock enriches the record that a rule named.
	EnrichOnBlock bool `json:"enrich_on_block,omitempty" yaml:"enrich_on_block"`
	// AllowSave saves past rules of the alert kind.
	AllowSave bool `json:"allow_save,omitempty" yaml:"allow_save"`
}

// FlowConfig configures strategy flow.
type FlowConfig struct {
	// Direction is "callout" (a Flow asked us) or "invoke" (we call a Flow).
	Direction FlowDirection `json:"direction" yaml:"direction"`
	// Name is the API name of the Flow to invoke.
	Name string `json:"name,omitempty" yaml:"name"`
	// Bookkeeping says who marks past records and writes the event record:
	// "onward" or "flow".
	Bookkeeping Bookkeeper `json:"bookkeeping" yaml:"bookkeeping"`
}

// FlowDirection says who calls whom.
type FlowDirection string

// The two directions.
const (
	FlowCallout FlowDirection = "callout"
	FlowInvoke  FlowDirection = "invoke"
)

// Bookkeeper says who keeps the books.
type Bookkeeper string

// The two bookkeepers.
const (
	BookkeepingOnward Bookkeeper = "onward"
	BookkeepingFlow   Bookkeeper = "flow"
)

// Placeholders stand in for required values that are unknown.
type Placeholders struct {
	// LastName is used when it is set and the mover's last name is missing;
	// otherwise such a move goes to review.
	LastName string `json:"last_name,omitempty" yaml:"last_name"`
}
