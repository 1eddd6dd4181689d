package settings

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/onward-crm/onward/routing"
)

// Settings is everything that onward.yaml says.
type Settings struct {
	// Config is the policy; its keys stand at the top level of the file.
	routing.Config `yaml:",inline"`
	// CRM says where the records are, Ledger where deliveries and decisions are
	// kept between runs.
	CRM    CRM    `yaml:"crm"`
	Ledger Ledger `yaml:"ledger"`
	// Adapter says how onward serve listens and to whom.
	Adapter Adapter `yaml:"adapter"`
	// Tracking says whom onward follows.
	Tracking Tracking `yaml:"tracking"`
	// Targets says which accounts are watched, Providers who knows where people are.
	Targets   Targets   `yaml:"targets"`
	Providers Providers `yaml:"providers"`
	// Sponsors says how sponsors are followed.
	Sponsors Sponsors `yaml:"sponsors"`
	// Secret is the key of the ledger's hashes. It comes from the environment.
	Secret Secret `yaml:"-"`

	origin origin
}

// CRM says which CRM is used.
type CRM struct {
	// Driver is the kind of CRM.
	Driver Driver `yaml:"driver"`
	// Dir is the folder of CSV files of the memory driver; empty for a CRM
	// without records.
	Dir string `yaml:"dir"`
	// Salesforce says how to reach the org of the salesforce driver.
	Salesforce Salesforce `yaml:"salesforce"`
}

// Driver is a kind of CRM.
type Driver string

// The kinds of CRM: the embedded one, which reads and writes CSV files, and a
// Salesforce org.
const (
	DriverMemory     Driver = "memory"
	DriverSalesforce Driver = "salesforce"
)

// Ledger says where the ledger is.
type Ledger struct {
	// Path is a file; empty means ledger.json in the folder of the results.
	Path string `yaml:"path"`
}

// maxBytes is the size of the largest file that Load takes, 256 KiB.
const maxBytes = 256 << 10

// Default returns the settings of an empty file: a fresh value each time.
func Default() Settings {
	return Settings{
		Config: routing.DefaultConfig(), CRM: CRM{Driver: DriverMemory, Salesforce: defaultSalesforce()}, Adapter: defaultAdapter(),
		Targets: defaultTargets(), Providers: defaultProviders(), Sponsors: defaultSponsors(),
	}
}

// Load reads a file and lays the environment over it; a path of "" stands for an
// empty file. Environ holds texts of the form NAME=value, as os.Environ gives
// them. The error is an *Error, unless the file cannot be read.
//
// Load does not judge the policy as a whole, since the caller may still fill in
// what only the CRM knows: call Check when it is complete.
func Load(path string, environ []string) (Settings, error) {
	if path == "" {
		return Parse("", nil, environ)
	}
	f, err := os.Open(path)
	if err != nil {
		return Settings{}, fmt.Errorf("settings: %w", err)
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxBytes+1))
	if err != nil {
		return Settings{}, fmt.Errorf("settings: %w", err)
	}
	return Parse(path, raw, environ)
}

// Parse is Load for a text that has been read already. Its name is used in
// problems only.
func Parse(name string, raw []byte, environ []string) (Settings, error) {
	s := Default()
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	s.origin = origin{name: name, lines: bytes.Split(raw, []byte{'\n'})}
	root, err := s.origin.parse(raw)
	if err != nil {
		return Settings{}, err
	}
	d := decoder{origin: &s.origin}
	if root != nil {
		s.origin.root = root
		d.settings(&s, root)
	}
	d.environment(&s, environ)
	if len(d.problems) > 0 {
		return Settings{}, &Error{Problems: d.problems}
	}
	return s, nil
}

// Check judges the policy as a whole. The error is an *Error that leads every
// problem back to the line, or to the environment variable, that it comes from.
func (s Settings) Check() error {
	var problems []Problem
	for _, p := range slices.Concat(s.CRM.check(), s.Tracking.check(s.Config.Relationships), s.targetProblems(), s.sponsorProblems()) {
		problems = append(problems, s.origin.at(p.Path, p.Message))
	}
	err := s.Config.Validate()
	if bad, ok := errors.AsType[*routing.ConfigError](err); ok {
		for _, p := range bad.Problems {
			problems = append(problems, s.origin.at(p.Path, p.Message))
		}
	} else if err != nil {
		problems = append(problems, s.origin.at("", err.Error()))
	}
	if len(problems) == 0 {
		return nil
	}
	return &Error{Problems: problems}
}

// CheckCRM judges only what is needed to reach the CRM.
func (s Settings) CheckCRM() error { return s.Locate(s.CRM.check()) }

// Locate turns problems that were found with the policy elsewhere, such as a
// check against the CRM, into problems of the file. It returns nil for none.
func (s Settings) Locate(found []routing.Problem) error {
	if len(found) == 0 {
		return nil
	}
	problems := make([]Problem, len(found))
	for i, p := range found {
		problems[i] = s.origin.at(p.Path, p.Message)
	}
	return &Error{Problems: problems}
}
