package settings

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/tracking/sponsor"
)

// Sponsors says how the people who stand for you at your accounts are followed.
type Sponsors struct {
	// Kinds are the kinds of things that a sponsor may belong to.
	Kinds []string `yaml:"kinds"`
	// KeyAccounts are predicates, of which any is enough: such an account should have a
	// tracked sponsor.
	KeyAccounts []routing.Predicate `yaml:"key_accounts"`
	// Notify tells the owners of updates, when there is a channel to tell them by.
	Notify bool `yaml:"notify"`
	// Fields say which field of the contact or lead takes an accepted title or location.
	Fields map[sponsor.Attribute]string `yaml:"fields"`
	// CallsToAction are tried in order; the first that fits raises its Salesforce Task.
	CallsToAction []sponsor.ActionRule `yaml:"calls_to_action"`
	// RefreshDays is how often a tracked profile is read, SearchHours how often one is
	// looked for, GiveUpHours when that ends, ConfirmHours when a profile that is gone is
	// asked for again, RetryMinutes when whatever failed is.
	RefreshDays  int `yaml:"refresh_days"`
	SearchHours  int `yaml:"search_hours"`
	GiveUpHours  int `yaml:"give_up_hours"`
	ConfirmHours int `yaml:"confirm_hours"`
	RetryMinutes int `yaml:"retry_minutes"`
	// Promises are the limits that "onward sponsors sla" watches.
	Promises SponsorPromises `yaml:"promises"`
}

// SponsorPromises are how long things may take.
type SponsorPromises struct {
	// InProgressMinutes is from the start of many until they are looked for, MatchHours
	// how long one may be looked for, BulkMinutes and TrackAllMinutes how long a choice
	// for many may take, ChangesDays how old the last look at a tracked profile may be.
	InProgressMinutes int `yaml:"in_progress_minutes"`
	MatchHours        int `yaml:"match_hours"`
	BulkMinutes       int `yaml:"bulk_minutes"`
	TrackAllMinutes   int `yaml:"track_all_minutes"`
	ChangesDays       int `yaml:"changes_days"`
}

func defaultSponsors() Sponsors {
	r := sponsor.DefaultRules()
	return Sponsors{
		Kinds: r.Kinds, Notify: true, Fields: r.Fields,
		RefreshDays: 5, SearchHours: 12, GiveUpHours: 48, ConfirmHours: 24, RetryMinutes: 60,
		Promises: SponsorPromises{InProgressMinutes: 25, MatchHours: 72, BulkMinutes: 15, TrackAllMinutes: 10, ChangesDays: 7},
	}
}

// SponsorRules are the section as rules, with the policy's pins and acquisitions.
func (s Settings) SponsorRules() sponsor.Rules {
	o, p := s.Sponsors, s.Sponsors.Promises
	hours := func(n int) time.Duration { return time.Duration(n) * time.Hour }
	minutes := func(n int) time.Duration { return time.Duration(n) * time.Minute }
	r := sponsor.Rules{
		Kinds: o.Kinds, CallsToAction: o.CallsToAction, Notify: o.Notify, Fields: o.Fields, Profile: s.comparison(),
		RefreshEvery: hours(24 * o.RefreshDays), SearchEvery: hours(o.SearchHours), GiveUpAfter: hours(o.GiveUpHours),
		ConfirmAfter: hours(o.ConfirmHours), RetryAfter: minutes(o.RetryMinutes), Clocks: sponsor.DefaultClocks(),
	}
	limits := map[string]time.Duration{
		"in_progress_to_pending": minutes(p.InProgressMinutes), "pending_to_match": hours(p.MatchHours),
		"bulk_tracking": minutes(p.BulkMinutes), "track_all": minutes(p.TrackAllMinutes), "changes_of_tracked": hours(24 * p.ChangesDays),
	}
	for i, c := range r.Clocks {
		r.Clocks[i].Limit = limits[c.Name]
	}
	return r
}

// comparison is how companies are compared: as the policy says, as far as it is one.
func (s Settings) comparison() matching.Profile {
	if p, err := routing.NewPolicy(s.Config); err == nil {
		return p.Profile()
	}
	m := matching.Balanced()
	m.Pins, m.Acquisitions = s.Matching.Pins, s.Matching.Acquisitions
	return m
}

// CheckSponsors judges what onward sponsors needs. The error is an *Error that names
// every problem with its line.
func (s Settings) CheckSponsors() error { return s.Locate(s.sponsorProblems()) }

func (s Settings) sponsorProblems() []routing.Problem {
	var out []routing.Problem
	add := func(path, format string, args ...any) {
		out = append(out, routing.Problem{Path: "sponsors." + path, Message: fmt.Sprintf(format, args...)})
	}
	o := s.Sponsors
	for _, n := range []struct {
		key   string
		value int
	}{
		{"refresh_days", o.RefreshDays}, {"search_hours", o.SearchHours}, {"give_up_hours", o.GiveUpHours},
		{"confirm_hours", o.ConfirmHours}, {"retry_minutes", o.RetryMinutes},
		{"promises.in_progress_minutes", o.Promises.InProgressMinutes}, {"promises.match_hours", o.Promises.MatchHours},
		{"promises.bulk_minutes", o.Promises.BulkMinutes}, {"promises.track_all_minutes", o.Promises.TrackAllMinutes},
		{"promises.changes_days", o.Promises.ChangesDays},
	} {
		if n.value < 1 || n.value > 10_000 {
			add(n.key, "%d is not within 1 and 10000", n.value)
		}
	}
	if o.GiveUpHours < o.SearchHours {
		add("give_up_hours", "%d hours end the search before it is repeated after %d", o.GiveUpHours, o.SearchHours)
	}
	for i, a := range o.CallsToAction {
		if a.Owner != "" && !strings.HasPrefix(a.Owner, "005") {
			add(fmt.Sprintf("calls_to_action[%d].owner", i), "%q: want the id of a user, which begins with 005", a.Owner)
		}
		if a.Priority != "" && !slices.Contains([]string{"High", "Normal", "Low"}, a.Priority) {
			add(fmt.Sprintf("calls_to_action[%d].priority", i), "%q: want High, Normal or Low", a.Priority)
		}
	}
	var bad *sponsor.Error
	if err := s.SponsorRules().Validate(); len(out) == 0 && errors.As(err, &bad) {
		add(bad.Field, "%s", bad.Detail)
	}
	return out
}
