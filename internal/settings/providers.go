package settings

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/onward-crm/onward/routing"
)

// Providers are where it is known where people are. They are asked in this order: files
// first, which cost nothing.
type Providers struct {
	Files          []FileProvider `yaml:"files"`
	PeopleDataLabs PeopleDataLabs `yaml:"people_data_labs"`
}

// FileProvider is a file of people and where they are, which somebody else writes.
type FileProvider struct {
	Name string `yaml:"name"`
	Path string `yaml:"path"`
	// Complete tells that the file lists everybody whom it knows of.
	Complete bool `yaml:"complete"`
}

// PeopleDataLabs is the enrichment API of that name; without KeyEnv it is not asked.
type PeopleDataLabs struct {
	// KeyEnv is the environment variable that holds the API key.
	KeyEnv string `yaml:"key_env"`
	// CreditsPerMonth is the most that is spent in a calendar month.
	CreditsPerMonth int `yaml:"credits_per_month"`
	// MinLikelihood is how sure the API must be of a person, from 1 to 10.
	MinLikelihood int `yaml:"min_likelihood"`
	// SearchDays is the time between two searches of watched accounts, each of which
	// costs a credit for each person who is found; 0 never searches.
	SearchDays int `yaml:"search_days"`
	// BaseURL is the address of the API; "" for the usual one.
	BaseURL string `yaml:"base_url"`
}

func defaultProviders() Providers {
	return Providers{PeopleDataLabs: PeopleDataLabs{MinLikelihood: 6, SearchDays: 30}}
}

// Any reports whether there is a provider to ask.
func (p Providers) Any() bool { return len(p.Files) > 0 || p.PeopleDataLabs.KeyEnv != "" }

// providerName is the form of the name of a provider.
var providerName = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$`)

// paidName is the name of the provider that is not a file.
const paidName = "peopledatalabs"

func (p Providers) check(personas int) []routing.Problem {
	var out []routing.Problem
	add := func(path, format string, args ...any) {
		out = append(out, routing.Problem{Path: "providers." + path, Message: fmt.Sprintf(format, args...)})
	}
	names := []string{paidName}
	for i, f := range p.Files {
		path := fmt.Sprintf("files[%d]", i)
		switch {
		case !providerName.MatchString(f.Name):
			add(path+".name", "%q: want lower-case letters, digits and dashes, at most 40", f.Name)
		case slices.Contains(names, f.Name):
			add(path+".name", "%q is another provider's", f.Name)
		}
		names = append(names, f.Name)
		if f.Path == "" {
			add(path+".path", "want the name of the file")
		}
	}
	d := p.PeopleDataLabs
	if d.MinLikelihood < 1 || d.MinLikelihood > 10 {
		add("people_data_labs.min_likelihood", "%d is not within 1 and 10", d.MinLikelihood)
	}
	if d.SearchDays < 0 {
		add("people_data_labs.search_days", "%d is less than 0", d.SearchDays)
	}
	switch {
	case d.KeyEnv == "" && d.CreditsPerMonth != 0:
		add("people_data_labs.key_env", "want the environment variable that holds the API key")
	case d.KeyEnv != "" && d.CreditsPerMonth < 1:
		add("people_data_labs.credits_per_month", "want the most that may be spent in a month, at least 1")
	case d.KeyEnv != "" && d.SearchDays > 0 && personas == 0:
		add("people_data_labs.search_days", "without personas everybody at an account would be found and paid for: want personas, or 0")
	}
	return out
}

// byPath puts problems into the order of the file's keys.
func byPath(a, b routing.Problem) int { return strings.Compare(a.Path, b.Path) }
