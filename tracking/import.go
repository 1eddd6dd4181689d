package tracking

import (
	"slices"
	"strings"
	"time"
)

// ImportKind is where the rows of an import come from.
type ImportKind string

// The kinds of imports.
const (
	// ImportAutomatic reads the contacts of opportunities, and those of customer
	// accounts, from the CRM.
	ImportAutomatic ImportKind = "automatic"
	ImportReport    ImportKind = "salesforce_report"
	ImportList      ImportKind = "hubspot_list"
	ImportCSV       ImportKind = "csv"
)

// Import is a source of people, as it is set up.
type Import struct {
	// ID names it in storage: lower case letters, digits, "_" and "-".
	ID   string     `json:"id" yaml:"id"`
	Name string     `json:"name,omitempty" yaml:"name"`
	Kind ImportKind `json:"kind" yaml:"kind"`
	// Relationship is what its people are to us; empty for an automatic import, whose
	// rules say it.
	Relationship string `json:"relationship,omitempty" yaml:"relationship"`
	// Ref is the id of a report or list, or the name of a file.
	Ref string `json:"ref,omitempty" yaml:"ref"`
	// Mapping says which columns are read. Automatic imports have none; a HubSpot list
	// has the contacts' properties.
	Mapping Mapping `json:"mapping,omitempty" yaml:"mapping"`
	// Preset and Rules choose the opportunities of an automatic import: Rules where
	// there are any, otherwise the Preset. Accounts are the customer accounts, whose
	// contacts are Customer.
	Preset   Preset   `json:"preset,omitempty" yaml:"preset"`
	Rules    []Rule   `json:"rules,omitempty" yaml:"rules"`
	Accounts []string `json:"accounts,omitempty" yaml:"accounts"`
	// Active tells that it was activated, after a dry count. Only then do its people
	// use credits.
	Active      bool      `json:"active,omitempty" yaml:"-"`
	ActivatedAt time.Time `json:"activated_at,omitzero" yaml:"-"`
	// SyncedAt is when it was last read whole.
	SyncedAt time.Time `json:"synced_at,omitzero" yaml:"-"`
}

// Dynamic reports whether the import refreshes itself: people who appear later are
// added, and who leaves ceases to count.
func (i Import) Dynamic() bool { return i.Kind != ImportCSV }

// Feeds reports whether the import brings people into a relationship.
func (i Import) Feeds(relationship string) bool {
	return slices.Contains(i.relationships(), relationship)
}

// relationships are those that the import brings people into; of an automatic one
// whose preset is unknown, none.
func (i Import) relationships() []string {
	if i.Kind != ImportAutomatic {
		return []string{i.Relationship}
	}
	var out []string
	rules, _ := i.OpportunityRules()
	for _, r := range rules {
		out = append(out, r.Relationship)
	}
	if len(i.Accounts) > 0 {
		out = append(out, Customer)
	}
	return out
}

// OpportunityRules are the rules of an automatic import. The error is an ErrConfig.
func (i Import) OpportunityRules() ([]Rule, error) {
	if len(i.Rules) > 0 {
		return i.Rules, nil
	}
	return i.Preset.Rules()
}

// Check says what is wrong with an import, or gives it back with its ids in their
// long form. The error names the field, and is an ErrConfig.
func (i Import) Check(ranked []Relationship) (Import, error) {
	if !relationshipID.MatchString(i.ID) {
		return i, configError("id", "%q: want 1 to 64 of a-z, 0-9, _ and -, beginning with a letter or digit", i.ID)
	}
	var err error
	switch i.Kind {
	case ImportAutomatic:
		i, err = i.checkAutomatic()
	case ImportReport:
		i.Ref, err = ReportID(i.Ref)
	case ImportList:
		i.Ref, err = HubSpotListID(i.Ref)
	case ImportCSV:
	default:
		err = configError("kind", "%q: want automatic, salesforce_report, hubspot_list or csv", i.Kind)
	}
	if err != nil {
		return i, err
	}
	for _, id := range i.relationships() {
		if !slices.ContainsFunc(ranked, func(r Relationship) bool { return r.ID == id }) {
			return i, configError("relationship", "%q is no relationship; there are %s", id, relationshipList(ranked))
		}
	}
	return i, nil
}

func (i Import) checkAutomatic() (Import, error) {
	if i.Relationship != "" {
		return i, configError("relationship", "an automatic import takes its relationships from its rules")
	}
	if _, err := i.OpportunityRules(); err != nil {
		return i, err
	}
	accounts := make([]string, len(i.Accounts))
	for n, id := range i.Accounts {
		wide, err := AccountID(id)
		if err != nil {
			return i, err
		}
		accounts[n] = wide
	}
	slices.Sort(accounts)
	i.Accounts = slices.Compact(accounts)
	return i, nil
}

// Replaces says what is wrong with an import in the place of an older one of its ID:
// the kind stays, and a file, which only adds, keeps its relationship. The error is an
// ErrConfig.
func (i Import) Replaces(old Import) error {
	switch {
	case i.Kind != old.Kind:
		return configError("kind", "import %q is a %s; give the %s an id of its own", i.ID, old.Kind, i.Kind)
	case !i.Dynamic() && i.Relationship != old.Relationship:
		return configError("relationship", "the people of import %q are %s; give those who are %s an id of their own", i.ID, old.Relationship, i.Relationship)
	}
	return nil
}

func relationshipList(ranked []Relationship) string {
	var ids []string
	for _, r := range ranked {
		ids = append(ids, r.ID)
	}
	return strings.Join(ids, ", ")
}
