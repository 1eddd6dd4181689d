package settings

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/tracking"
)

// Tracking says whom onward follows: how they dealt with you, and the lists that name them.
type Tracking struct {
	// Relationships are ranked, the first counts; none leaves them as the database has
	// them, which begins with the usual ones. Their names are among the policy's
	// relationships, in the same order.
	Relationships []tracking.Relationship `yaml:"relationships"`
	// Imports are where lists come from. Each is dry-counted and activated with onward
	// track import, and those that refresh themselves are read again by onward serve.
	Imports []ListImport `yaml:"imports"`
	// Champions names who hears once a week that more champions are missing.
	Champions tracking.Watch `yaml:"champions"`
	// Churn says when departures from one account are worth an alert; zeros mean three
	// people within 90 days.
	Churn tracking.ChurnRule `yaml:"churn"`
}

// ListImport is an import as the file sets it up.
type ListImport struct {
	tracking.Import `yaml:",inline"`
	// AccountsFile is a CSV file with the ids of customer accounts, beside Accounts.
	AccountsFile string `yaml:"accounts_file"`
}

// mostChurnDays is how far back departures may be counted.
const mostChurnDays = 366

// Ranked are the relationships that the file knows: its own, or the usual ones.
func (t Tracking) Ranked() []tracking.Relationship {
	if len(t.Relationships) > 0 {
		return t.Relationships
	}
	return tracking.DefaultRelationships()
}

// Import is the import with an id; false when the file has none.
func (t Tracking) Import(id string) (ListImport, bool) {
	i := slices.IndexFunc(t.Imports, func(l ListImport) bool { return l.ID == id })
	if i < 0 {
		return ListImport{}, false
	}
	return t.Imports[i], true
}

// ImportFields are the fields of a person that a mapping may name.
func ImportFields() []string { return enum(reflect.TypeFor[tracking.Field]()) }

// CheckTracking judges what onward track needs. The error is an *Error that names every
// problem with its line.
func (s Settings) CheckTracking() error { return s.Locate(s.Tracking.check(s.Config.Relationships)) }

// check judges the section; names are the policy's relationships, best first.
func (t Tracking) check(names []string) []routing.Problem {
	var out []routing.Problem
	add := func(path, format string, args ...any) {
		out = append(out, routing.Problem{Path: "tracking." + path, Message: fmt.Sprintf(format, args...)})
	}
	if err := tracking.CheckRelationships(t.Relationships); err != nil {
		out = append(out, problemOf("tracking", err))
	}
	before := -1
	for i, r := range t.Relationships {
		switch at := slices.Index(names, r.Name); {
		case at < 0:
			add(fmt.Sprintf("relationships[%d].name", i), "%q is not among relationships, want one of %s", r.Name, strings.Join(names, ", "))
		case at < before:
			add(fmt.Sprintf("relationships[%d].name", i), "%q comes before %q in relationships: want one ranking in both places", r.Name, t.Relationships[i-1].Name)
		default:
			before = at
		}
	}
	for i, l := range t.Imports {
		path := fmt.Sprintf("imports[%d]", i)
		if slices.ContainsFunc(t.Imports[:i], func(o ListImport) bool { return o.ID == l.ID }) {
			add(path+".id", "%q is there twice", l.ID)
		}
		out = append(out, l.check("tracking."+path, t.Ranked())...)
	}
	if t.Churn.People < 0 || t.Churn.People == 1 {
		add("churn.people", "%d: want 2 or more", t.Churn.People)
	}
	if t.Churn.Days < 0 || t.Churn.Days > mostChurnDays {
		add("churn.days", "%d: want 1 to %d", t.Churn.Days, mostChurnDays)
	}
	if id := t.Champions.Admin; id != "" && !strings.HasPrefix(id, "005") {
		add("champions.admin", "%q: want the id of a user, which begins with 005", id)
	}
	return out
}

func (l ListImport) check(path string, ranked []tracking.Relationship) []routing.Problem {
	var out []routing.Problem
	add := func(key, message string) {
		out = append(out, routing.Problem{Path: path + "." + key, Message: message})
	}
	if _, err := l.Import.Check(ranked); err != nil {
		out = append(out, problemOf(path, err))
	}
	if l.Kind != tracking.ImportAutomatic {
		if len(l.Rules) > 0 || l.Preset != "" || len(l.Accounts) > 0 || l.AccountsFile != "" {
			add("kind", "preset, rules and accounts belong to an automatic import")
		}
		if len(l.Mapping) == 0 && l.Kind != tracking.ImportList {
			add("mapping", "want the columns, such as { first_name: First Name, last_name: Last Name, company: Company, email: Email }")
		}
	}
	if l.Kind == tracking.ImportCSV && l.Ref == "" {
		add("ref", "want the name of the file")
	}
	fields := ImportFields()
	for _, f := range slices.Sorted(maps.Keys(l.Mapping)) {
		if !slices.Contains(fields, string(f)) {
			add("mapping."+string(f), "no field of a person, want one of "+strings.Join(fields, ", "))
		}
	}
	return out
}

// problemOf is what the tracking packages say of a value, at its place in the file. They
// call the id of a report or list by its kind; in the file it is ref.
func problemOf(path string, err error) routing.Problem {
	bad, ok := errors.AsType[*tracking.ConfigError](err)
	if !ok {
		return routing.Problem{Path: path, Message: err.Error()}
	}
	field := bad.Field
	if field == "report" || field == "list" {
		field = "ref"
	}
	return routing.Problem{Path: path + "." + field, Message: bad.Text}
}
