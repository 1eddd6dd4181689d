package settings

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/onward-crm/onward/routing"
)

// Adapter says how onward serve listens, who may send, and what it does by itself.
// Secrets are never in the file: it names the environment variables that hold them.
type Adapter struct {
	// Listen is HOST:PORT; port 0 takes a free one. Metrics is a second address for
	// /metrics alone, "" serves them at Listen.
	Listen  string `yaml:"listen"`
	Metrics string `yaml:"metrics"`
	// PublicURL is where senders reach it, without a path: signatures are made over
	// it, whatever a proxy says. "" means http://LISTEN.
	PublicURL string `yaml:"public_url"`
	// Database is a SQLite file, or a PostgreSQL URL in the variable DATABASE_URL.
	Database string `yaml:"database"`
	// Migrate brings the database up to date at the start; without it, onward migrate
	// has to be run first.
	Migrate bool `yaml:"migrate"`
	// Workers is the number of batches that are worked on at the same time.
	Workers int `yaml:"workers"`
	// MirrorMinutes is the time between two refreshes of the accounts.
	MirrorMinutes int `yaml:"mirror_minutes"`

	Flow      FlowSource    `yaml:"flow"`
	HubSpot   HubSpotSource `yaml:"hubspot"`
	Feeds     []FeedSource  `yaml:"feeds"`
	Operators []Credential  `yaml:"operators"`
	Endpoints []EndpointRef `yaml:"endpoints"`
	// Sequences are told to begin a sequence; a handoff of a configuration names them.
	Sequences []EndpointRef `yaml:"sequences"`
	// EndpointNetworks are networks in which endpoints may be although they are not
	// public, such as 10.1.0.0/16; others are refused, so that nobody can be made to
	// send into a private network.
	EndpointNetworks []string       `yaml:"endpoint_networks"`
	Limits           AdapterLimits  `yaml:"limits"`
	Retention        RetentionRules `yaml:"retention"`
}

// Credential names a secret: its id is logged, the secret never.
type Credential struct {
	ID string `yaml:"id"`
	// Env is the environment variable that holds the secret.
	Env string `yaml:"env"`
	// Until ends the validity of the older one of a rotation; absent means no end.
	Until time.Time `yaml:"until"`
}

// FlowSource is what Salesforce Flows use.
type FlowSource struct {
	Keys []FlowKey `yaml:"keys"`
	// DeadlineSeconds is how long a Flow waits for the result (1 to 110).
	DeadlineSeconds int `yaml:"deadline_seconds"`
	// JWT accepts assertions that the org signs instead of a key.
	JWT FlowJWT `yaml:"jwt"`
}

// FlowKey is an API key with what it may be used for.
type FlowKey struct {
	ID  string `yaml:"id"`
	Env string `yaml:"env"`
	// PreviousEnv holds the key that this one replaces, good until PreviousUntil.
	PreviousEnv   string    `yaml:"previous_env"`
	PreviousUntil time.Time `yaml:"previous_until"`
	Scopes        []string  `yaml:"scopes"`
}

// FlowJWT says which assertions are accepted; an empty Issuer accepts none.
type FlowJWT struct {
	Issuer   string `yaml:"issuer"`
	Audience string `yaml:"audience"`
	Subject  string `yaml:"subject"`
	// KeyFiles are PEM files of public keys or certificates, by key id.
	KeyFiles map[string]string `yaml:"key_files"`
	Scopes   []string          `yaml:"scopes"`
}

// FeedSource is a vendor or a script that signs as Standard Webhooks says.
type FeedSource struct {
	Name    string       `yaml:"name"`
	Secrets []Credential `yaml:"secrets"`
}

// EndpointRef is where decisions are told, or sequences.
type EndpointRef struct {
	Name    string       `yaml:"name"`
	URL     string       `yaml:"url"`
	Secrets []Credential `yaml:"secrets"`
}

// AdapterLimits bound what one process takes at a time.
type AdapterLimits struct {
	// InFlight is the number of requests worked on at a time, WaitMillis how long
	// others wait for a place before they are told to come again.
	InFlight   int `yaml:"in_flight"`
	WaitMillis int `yaml:"wait_millis"`
	// PerSecond and Burst bound one credential; 0 means the defaults.
	PerSecond int `yaml:"per_second"`
	Burst     int `yaml:"burst"`
}

// RetentionRules say how long things are kept; 0 means for ever.
type RetentionRules struct {
	// FactsDays ends what decisions were made on, DeliveriesDays whole finished
	// deliveries, MovesDays the identities of moves.
	FactsDays      int `yaml:"facts_days"`
	DeliveriesDays int `yaml:"deliveries_days"`
	MovesDays      int `yaml:"moves_days"`
}

func defaultAdapter() Adapter {
	return Adapter{
		Listen: "127.0.0.1:8080", Database: "onward.db", Migrate: true, Workers: 2, MirrorMinutes: 5,
		Flow: FlowSource{DeadlineSeconds: 8}, HubSpot: defaultHubSpot(),
		Limits:    AdapterLimits{InFlight: 64, WaitMillis: 2000},
		Retention: RetentionRules{FactsDays: 90, DeliveriesDays: 365, MovesDays: 400},
	}
}

// The least that is kept: senders repeat for days, and moves are told again by
// other vendors for months.
const (
	leastDeliveriesDays = 30
	leastMovesDays      = 90
)

// CheckAdapter judges what onward serve needs. The error is an *Error that names
// every problem with its line.
func (s Settings) CheckAdapter() error { return s.Locate(s.Adapter.check()) }

func (a Adapter) check() []routing.Problem {
	var out []routing.Problem
	add := func(path, format string, args ...any) {
		out = append(out, routing.Problem{Path: "adapter." + path, Message: fmt.Sprintf(format, args...)})
	}
	between := func(path string, v, from, to int) {
		if v < from || v > to {
			add(path, "%d is not within %d and %d", v, from, to)
		}
	}
	a.addresses(add)
	between("workers", a.Workers, 1, 64)
	between("mirror_minutes", a.MirrorMinutes, 1, 24*60)
	between("flow.deadline_seconds", a.Flow.DeadlineSeconds, 1, 110)
	between("hubspot.deadline_seconds", a.HubSpot.DeadlineSeconds, 1, 25)
	a.HubSpot.check(add)
	between("limits.in_flight", a.Limits.InFlight, 1, 10_000)
	between("limits.wait_millis", a.Limits.WaitMillis, 0, 10_000)
	for path, n := range a.counts() {
		if n < 0 {
			add(path, "%d is less than 0", n)
		}
	}
	if d := a.Retention.DeliveriesDays; d > 0 && d < leastDeliveriesDays {
		add("retention.deliveries_days", "%d days: senders repeat for days, want at least %d", d, leastDeliveriesDays)
	}
	if d := a.Retention.MovesDays; d > 0 && d < leastMovesDays {
		add("retention.moves_days", "%d days: the same move is told again for months, want at least %d", d, leastMovesDays)
	}
	a.credentials(add)
	return out
}

// credentials judges the names of everybody who may send or be told.
func (a Adapter) credentials(add func(path, format string, args ...any)) {
	named := func(path, id, env string) {
		if id == "" {
			add(path+".id", "want a name for the logs")
		}
		if env == "" {
			add(path+".env", "want the environment variable that holds the secret")
		}
	}
	for i, k := range a.Flow.Keys {
		path := fmt.Sprintf("flow.keys[%d]", i)
		named(path, k.ID, k.Env)
		if k.PreviousEnv != "" && k.PreviousUntil.IsZero() {
			add(path+".previous_until", "want the day on which the previous key ends")
		}
	}
	for i, c := range a.HubSpot.Secrets {
		named(fmt.Sprintf("hubspot.secrets[%d]", i), c.ID, c.Env)
	}
	for i, c := range a.Operators {
		named(fmt.Sprintf("operators[%d]", i), c.ID, c.Env)
	}
	var names []string
	for i, f := range a.Feeds {
		path := fmt.Sprintf("feeds[%d]", i)
		if f.Name == "" || strings.ContainsAny(f.Name, "/:? ") || slices.Contains(names, f.Name) {
			add(path+".name", "want a name of its own, without slashes, colons and blanks")
		}
		names = append(names, f.Name)
		for n, c := range f.Secrets {
			named(fmt.Sprintf("%s.secrets[%d]", path, n), c.ID, c.Env)
		}
	}
	for _, list := range []struct {
		key  string
		refs []EndpointRef
	}{{"endpoints", a.Endpoints}, {"sequences", a.Sequences}} {
		for i, e := range list.refs {
			path := fmt.Sprintf("%s[%d]", list.key, i)
			if e.Name == "" || e.URL == "" {
				add(path+".url", "want a name and an address")
			}
			for n, c := range e.Secrets {
				named(fmt.Sprintf("%s.secrets[%d]", path, n), c.ID, c.Env)
			}
		}
	}
}

// Held is the secret in an environment variable that the file names, "" when it is
// not set.
func (s Settings) Held(variable string) Secret {
	if s.origin.held == nil {
		return ""
	}
	return s.origin.held(variable)
}
