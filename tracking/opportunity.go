package tracking

import (
	"slices"
	"strings"
)

// Opportunity holds the facts of an opportunity by which automatic imports choose.
type Opportunity struct {
	Closed bool
	Won    bool
	// Probability is in per cent, 0 to 100.
	Probability float64
	// Stage is its name in the CRM.
	Stage string
}

// Deal is an opportunity that a person had a part in, for showing.
type Deal struct {
	OpportunityID string `json:"opportunity_id"`
	Name          string `json:"name,omitempty"`
	Role          string `json:"role,omitempty"`
	AccountID     string `json:"account_id,omitempty"`
	Account       string `json:"account,omitempty"`
}

// Test is a condition on an opportunity. All parts that are set must hold; a Test
// with none holds always.
type Test struct {
	Closed *bool `json:"closed,omitempty" yaml:"closed"`
	Won    *bool `json:"won,omitempty" yaml:"won"`
	// Probability must be equal, in per cent.
	Probability *float64 `json:"probability,omitempty" yaml:"probability"`
	// Stages holds the names of which the stage must be one, whatever their case.
	Stages []string `json:"stages,omitempty" yaml:"stages"`
}

func (t Test) holds(o Opportunity) bool {
	stage := func(s string) bool { return strings.EqualFold(strings.TrimSpace(s), strings.TrimSpace(o.Stage)) }
	return (t.Closed == nil || *t.Closed == o.Closed) &&
		(t.Won == nil || *t.Won == o.Won) &&
		(t.Probability == nil || *t.Probability == o.Probability) &&
		(len(t.Stages) == 0 || slices.ContainsFunc(t.Stages, stage))
}

// Rule puts the contacts of an opportunity into a relationship when one of its tests
// holds.
type Rule struct {
	Relationship string `json:"relationship" yaml:"relationship"`
	Any          []Test `json:"any" yaml:"any"`
}

// Preset names a set of rules that comes along.
type Preset string

// The presets.
const (
	// PresetProbability is the default: closed won is closed at 100 %, open is not
	// closed, closed lost is closed at 0 %.
	PresetProbability Preset = "probability"
	// PresetIsWon reads IsWon beside the probability: closed won is closed and won, or
	// at 100 %; closed lost is closed and not won, or at 0 %.
	PresetIsWon Preset = "is-won"
)

// Rules are the rules of a preset; "" is PresetProbability. The error is an ErrConfig.
//
//	closed  won  probability   probability    is-won
//	no      -    any           open           open
//	yes     yes  100           won            won
//	yes     yes  0             lost           won, lost
//	yes     yes  other         -              won
//	yes     no   100           won            won, lost
//	yes     no   0             lost           lost
//	yes     no   other         -              lost
func (p Preset) Rules() ([]Rule, error) {
	yes, no, all, none := true, false, 100.0, 0.0
	won := Rule{ClosedWon, []Test{{Closed: &yes, Probability: &all}}}
	open := Rule{OpenOpp, []Test{{Closed: &no}}}
	lost := Rule{ClosedLost, []Test{{Closed: &yes, Probability: &none}}}
	switch p {
	case "", PresetProbability:
	case PresetIsWon:
		won.Any = append(won.Any, Test{Closed: &yes, Won: &yes})
		lost.Any = append(lost.Any, Test{Closed: &yes, Won: &no})
	default:
		return nil, configError("preset", "%q: want probability or is-won", p)
	}
	return []Rule{won, open, lost}, nil
}

// Relationships are those that the rules put the contacts of an opportunity into, in
// the order of the rules, each once.
func Relationships(rules []Rule, o Opportunity) []string {
	var out []string
	for _, r := range rules {
		if slices.ContainsFunc(r.Any, func(t Test) bool { return t.holds(o) }) && !slices.Contains(out, r.Relationship) {
			out = append(out, r.Relationship)
		}
	}
	return out
}
