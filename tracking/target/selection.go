package target

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/onward-crm/onward/tracking"
)

// Signal is what happened, as a team that sells sees it.
type Signal string

// The signals.
const (
	// SignalJobChange: somebody we know is at another company.
	SignalJobChange Signal = "job_change"
	// SignalNewHire: somebody we do not know begins at an account that we watch.
	SignalNewHire Signal = "new_hire"
	// SignalPromotion: somebody rose within a company.
	SignalPromotion Signal = "promotion"
	// SignalDeparture: somebody left, and nobody knows where to.
	SignalDeparture Signal = "departure"
)

// Signals lists the signals.
func Signals() []Signal {
	return []Signal{SignalJobChange, SignalNewHire, SignalPromotion, SignalDeparture}
}

// SignalOf says which signal a kind of move is; "" for kinds that are none. known
// tells that the person is somebody's: in a relationship, or sent to us by name;
// watched that the account is in a report. Nobody's new job elsewhere is a job
// change too, for whoever lets those through.
func SignalOf(kind tracking.Kind, known, watched bool) Signal {
	switch {
	case kind.IsJobChange() && !known && watched:
		return SignalNewHire
	case kind.IsJobChange(), kind == tracking.InternalMove, kind == tracking.AdditionalRole:
		return SignalJobChange
	case kind == tracking.Promotion:
		return SignalPromotion
	case kind == tracking.Left:
		return SignalDeparture
	}
	return ""
}

// Subject is a delivery as far as a configuration can select by it.
type Subject struct {
	Signal       Signal
	Relationship string
	Category     Category
	// Reports are the ids of those that hold the account.
	Reports []string
	Persona string
}

// Selection says which deliveries a configuration is for. Of each list one is
// enough; every list that is not empty must hold. The zero Selection holds for all.
type Selection struct {
	Signals       []Signal   `json:"signals,omitempty" yaml:"signals"`
	Relationships []string   `json:"relationships,omitempty" yaml:"relationships"`
	Categories    []Category `json:"categories,omitempty" yaml:"categories"`
	// Reports are ids of 15 or 18 characters, or names of files.
	Reports  []string `json:"reports,omitempty" yaml:"reports"`
	Personas []string `json:"personas,omitempty" yaml:"personas"`
}

// Holds reports whether a delivery is selected. Names are compared without case.
func (s Selection) Holds(x Subject) bool {
	return (len(s.Signals) == 0 || slices.Contains(s.Signals, x.Signal)) &&
		(len(s.Categories) == 0 || slices.Contains(s.Categories, x.Category)) &&
		among(s.Relationships, x.Relationship) && among(s.Personas, x.Persona) &&
		(len(s.Reports) == 0 || slices.ContainsFunc(x.Reports, func(id string) bool {
			return slices.ContainsFunc(s.Reports, func(want string) bool { return sameReport(want, id) })
		}))
}

func among(list []string, value string) bool {
	return len(list) == 0 || slices.ContainsFunc(list, func(s string) bool { return strings.EqualFold(s, value) })
}

// sameReport compares ids of which either may have 15 characters. Names of files are
// written in lower case, and ids begin with 00O.
func sameReport(a, b string) bool {
	const short, prefix = 15, "00O"
	if len(a) > short && len(b) > short || !strings.HasPrefix(a, prefix) {
		return a == b
	}
	return len(a) >= short && len(b) >= short && a[:short] == b[:short]
}

// Validate checks a selection against the personas and relationships that are
// configured. The error names every field that is wrong.
func (s Selection) Validate(personas, relationships []string) error {
	var errs []error
	fail := func(field string, i int, format string, args ...any) {
		errs = append(errs, fmt.Errorf("when.%s[%d]: %s", field, i, fmt.Sprintf(format, args...)))
	}
	for i, x := range s.Signals {
		if !slices.Contains(Signals(), x) {
			fail("signals", i, "%q is not one of %s", clip(string(x)), join(Signals()))
		}
	}
	for i, x := range s.Categories {
		if !slices.Contains(Categories(), x) {
			fail("categories", i, "%q is not one of %s", clip(string(x)), join(Categories()))
		}
	}
	for i, x := range s.Personas {
		if !among(personas, x) || len(personas) == 0 {
			fail("personas", i, "%q is not configured", clip(x))
		}
	}
	for i, x := range s.Relationships {
		if !among(relationships, x) || len(relationships) == 0 {
			fail("relationships", i, "%q is not configured", clip(x))
		}
	}
	for i, x := range s.Reports {
		if _, err := (Report{ID: x, Category: CategoryOther}).Normalize(nil); err != nil && !fileName.MatchString(x) {
			fail("reports", i, "%q is not the id of a report, nor the name of a file", clip(x))
		}
	}
	return errors.Join(errs...)
}
