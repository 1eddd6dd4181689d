package settings

import (
	"fmt"
	"slices"
	"time"

	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/tracking/target"
)

// Targets says which accounts are watched, and how many of the people found there are
// delivered.
type Targets struct {
	// Reports of the org, or files, whose rows are accounts.
	Reports []target.Report `yaml:"reports"`
	// PerAccount and Total are the greatest numbers of people delivered in one run, for
	// an account and in all; 0 means no cap. The best come first, the others later.
	PerAccount int `yaml:"per_account"`
	Total      int `yaml:"total"`
	// Limit is how many people providers are asked for, for each persona at an account.
	Limit int `yaml:"limit"`
	// NewDays is for how many days somebody is new at a company, where the first day is
	// known; 0 for ever.
	NewDays int `yaml:"new_days"`
	// At is when reports are read and people are chosen, every night, on the clock of
	// dri.time_zone.
	At string `yaml:"at"`
}

func defaultTargets() Targets {
	return Targets{PerAccount: 3, Limit: 100, NewDays: 180, At: "04:00"}
}

// CheckTargets judges what watching accounts needs: reports, personas and providers. The
// error is an *Error that names every problem with its line.
func (s Settings) CheckTargets() error { return s.Locate(s.targetProblems()) }

func (s Settings) targetProblems() []routing.Problem {
	return append(s.Targets.check(s.personaNames(), s.Configurations), s.Providers.check(len(s.Personas))...)
}

func (s Settings) personaNames() []string {
	out := make([]string, len(s.Personas))
	for i, p := range s.Personas {
		out[i] = p.Name
	}
	return out
}

func (t Targets) check(personas []string, configurations []routing.Configuration) []routing.Problem {
	var out []routing.Problem
	add := func(path, format string, args ...any) {
		out = append(out, routing.Problem{Path: path, Message: fmt.Sprintf(format, args...)})
	}
	var ids []string
	for i, r := range t.Reports {
		path := fmt.Sprintf("targets.reports[%d]", i)
		wide, err := r.Normalize(personas)
		if err != nil {
			add(path, "%v", err)
			continue
		}
		if slices.Contains(ids, wide.ID) {
			add(path+".id", "%q is there twice", r.ID)
		}
		ids = append(ids, wide.ID)
	}
	for key, n := range map[string]int{"per_account": t.PerAccount, "total": t.Total, "new_days": t.NewDays} {
		if n < 0 {
			add("targets."+key, "%d is less than 0", n)
		}
	}
	if t.Limit < 1 || t.Limit > 1000 {
		add("targets.limit", "%d is not within 1 and 1000", t.Limit)
	}
	if _, err := time.Parse("15:04", t.At); err != nil {
		add("targets.at", "%q: want a time of day such as 04:00", t.At)
	}
	// Any report of the org may stand in a configuration; a name can only be a file's.
	for i, c := range configurations {
		for n, id := range c.When.Reports {
			if _, err := (target.Report{ID: id, Category: target.CategoryOther}).Normalize(nil); err != nil && !slices.Contains(ids, id) {
				add(fmt.Sprintf("configurations[%d].when.reports[%d]", i, n), "%q is not among targets.reports", id)
			}
		}
	}
	slices.SortFunc(out, byPath)
	return out
}
