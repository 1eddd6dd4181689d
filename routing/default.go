package routing

import (
	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/dri"
)

// DefaultConfig is a complete configuration but for the users in it: set
// Owners.Default and DRI.Default. It returns a fresh value each time.
func DefaultConfig() Config {
	return Config{
		Mode:     ModeLive,
		Strategy: StrategyContactOrLead,
		OnReview: map[Strategy]ReviewAction{
			StrategyAlwaysLead:        ReviewLead,
			StrategyContactOrLead:     ReviewLead,
			StrategyContactAndAccount: ReviewHold,
		},
		Owners: Owners{
			Contact: chain("account.owner", "default"),
			Lead:    chain("assignment-rules"),
			Account: chain("default"),
		},
		Matching: Matching{Profile: "balanced", Prior: defaultPrior},
		Names:    crm.DefaultNames(),
		Fields:   defaultMapping(),
		Defaults: map[crm.Object]crm.Fields{crm.ObjectLead: {"LeadSource": "onward"}},
		Classes:  defaultClasses(),
		DRI: DRI{
			Precedence: []dri.Class{dri.OpenOpportunity, dri.Customer, dri.Target, dri.Other},
			Joins: map[dri.Class]dri.Cell{
				dri.OpenOpportunity: {Contact: chain("opportunity.owner(closing-soonest)", "account.owner"), Lead: chain("record.owner")},
				dri.Customer:        {Contact: chain("account.owner"), Lead: chain("record.owner")},
				dri.Target:          {Contact: chain("account.owner"), Lead: chain("record.owner")},
				dri.Other:           {Contact: chain("account.owner", "record.owner"), Lead: chain("record.owner")},
			},
			Leaves: map[dri.Class]dri.Cell{
				dri.OpenOpportunity: {Contact: chain("past_opportunity.owner(closing-soonest)", "past_account.owner")},
				dri.Customer:        {Contact: chain("past_account.owner")},
				dri.Target:          {Contact: chain("past_account.owner")},
				dri.Other:           {Contact: chain("past_account.owner", "past_record.owner"), Lead: chain("past_record.owner")},
			},
			DelayMinutes: 30, Nightly: "02:00", TimeZone: "UTC", Days: 180,
		},
		Filters: Filters{
			MaxAgeDays: 180, FutureStart: HandleHold, AdditionalRole: HandleFilter,
			InternalMove: HandleUpdate, WindowDays: 90, Disqualified: []string{"competitor", "disqualified"},
		},
		Flow:        FlowConfig{Direction: FlowCallout, Bookkeeping: BookkeepingOnward},
		PersonaGate: []string{"Customer Contact"},
		Relationships: []string{
			"Closed Won Opp Contact", "Admin/Power User", "User",
			"Open Opp Contact", "Closed Lost Opp Contact", "Customer Contact",
		},
	}
}

// defaultPrior is the share of movers whose new company is expected in the CRM: most
// go to companies that nobody has sold to. docs/decisions/014 says why this much.
const defaultPrior = 0.3

// chain parses finders that are known to be right: it is used for constants.
func chain(finders ...string) dri.Chain {
	c := make(dri.Chain, len(finders))
	for i, s := range finders {
		f, err := dri.ParseFinder(s)
		if err != nil {
			panic("routing: default configuration: " + err.Error())
		}
		c[i] = f
	}
	return c
}

func defaultClasses() map[string][]Predicate {
	parse := func(s string) []Predicate {
		p, err := ParsePredicate(s)
		if err != nil {
			panic("routing: default configuration: " + err.Error())
		}
		return []Predicate{p}
	}
	return map[string][]Predicate{
		"customer":   parse("Type = 'Customer'"),
		"competitor": parse("Type = 'Competitor'"),
		"partner":    parse("Type = 'Partner'"),
	}
}

// The values that Mapping can place, by onward's own names.
const (
	ValuePastAccount    = "past_account"
	ValuePastContact    = "past_contact"
	ValuePastLead       = "past_lead"
	ValueRelationship   = "relationship"
	ValueMatchedAccount = "matched_account"
	ValueLinkedIn       = "linkedin"
	// ValuePersona is the name of the persona that fits, ValueSignal what happened
	// (new_hire, promotion …), ValueConfiguration the name of the one that decided.
	ValuePersona       = "persona"
	ValueSignal        = "signal"
	ValueConfiguration = "configuration"

	ValueKind         = "kind"
	ValueStatus       = "status"
	ValueOutcome      = "outcome"
	ValueReason       = "reason"
	ValueExplanation  = "explanation"
	ValueStrategy     = "strategy"
	ValueMode         = "mode"
	ValueContact      = "contact"
	ValueLead         = "lead"
	ValueNewAccount   = "new_account"
	ValueNewCompany   = "new_company"
	ValueNewDomain    = "new_domain"
	ValueNewTitle     = "new_title"
	ValueOldCompany   = "old_company"
	ValueOldTitle     = "old_title"
	ValueOccurredOn   = "occurred_on"
	ValueOpen         = "open"
	ValueSource       = "source"
	ValueAccountTier  = "account_tier"
	ValueConfidence   = "account_confidence"
	ValueConfig       = "config_version"
	ValueDecision     = "decision_id"
	ValueFlags        = "flags"
	ValueOwnerManager = "record_owner_manager"

	// Written some time after the record, and kept up every night.
	ValueDRI            = "current_record_dri"
	ValueDRIManager     = "current_record_dri_manager"
	ValuePastDRI        = "past_record_dri"
	ValuePastDRIManager = "past_record_dri_manager"
	ValueDRIQueue       = "dri_queue"
)

// personValues and eventValues are the values that exist for each object.
var (
	personValues = []string{ValueLinkedIn, ValueMatchedAccount, ValuePastAccount, ValuePastContact, ValuePastLead, ValuePersona, ValueRelationship, ValueSignal}
	eventValues  = []string{
		ValueConfidence, ValueAccountTier, ValueConfig, ValueConfiguration, ValueContact, ValueDRI, ValueDRIManager, ValueDecision, ValueDRIQueue,
		ValueExplanation, ValueFlags, ValueKind, ValueLead, ValueMode, ValueNewAccount, ValueNewCompany, ValueNewDomain, ValueNewTitle, ValueOccurredOn, ValueOldCompany,
		ValueOldTitle, ValueOpen, ValueOutcome, ValuePastAccount, ValuePastContact, ValuePastDRI, ValuePastDRIManager,
		ValuePastLead, ValuePersona, ValueSignal, ValueReason, ValueOwnerManager, ValueRelationship, ValueSource, ValueStatus, ValueStrategy,
	}
	accountValues = []string{ValueLinkedIn}
)

func defaultMapping() Mapping {
	return Mapping{
		Lead: map[string]string{
			ValueMatchedAccount: "Matched_Account__c", ValuePastAccount: "Past_Account__c",
			ValueRelationship: "Past_Relationship__c", ValueLinkedIn: "LinkedIn_URL__c",
		},
		Contact: map[string]string{
			ValuePastAccount: "Past_Account__c", ValueRelationship: "Past_Relationship__c", ValueLinkedIn: "LinkedIn_URL__c",
		},
		Account: map[string]string{ValueLinkedIn: "LinkedIn_URL__c"},
		Event: map[string]string{
			ValueKind: "Kind__c", ValueStatus: "Status__c", ValueOutcome: "Outcome__c", ValueReason: "Reason__c",
			ValueExplanation: "Explanation__c", ValueStrategy: "Strategy__c", ValueMode: "Mode__c",
			ValueContact: "Contact__c", ValueLead: "Lead__c", ValuePastContact: "Past_Contact__c", ValuePastLead: "Past_Lead__c",
			ValuePastAccount: "Old_Account__c", ValueNewAccount: "New_Account__c", ValueNewCompany: "New_Company__c",
			ValueNewDomain: "New_Domain__c", ValueNewTitle: "New_Title__c", ValueOldCompany: "Old_Company__c",
			ValueOldTitle: "Old_Title__c", ValueRelationship: "Relationship__c", ValueOccurredOn: "Occurred_On__c",
			ValueOpen: "Open__c", ValueSource: "Source__c", ValueAccountTier: "Account_Tier__c",
			ValueConfidence: "Account_Confidence__c", ValueConfig: "Config_Version__c", ValueDecision: "Decision_Id__c",
			ValueFlags: "Flags__c", ValueOwnerManager: "Record_Owner_Manager__c",
			ValueDRI: "Current_Record_DRI__c", ValueDRIManager: "Current_Record_DRI_Manager__c",
			ValuePastDRI: "Past_Record_DRI__c", ValuePastDRIManager: "Past_Record_DRI_Manager__c",
			ValueDRIQueue: "DRI_Queue__c",
		},
		Policy: map[string]FieldPolicy{},
	}
}
