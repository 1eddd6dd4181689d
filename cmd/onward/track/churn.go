package track

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/onward-crm/onward/cmd/onward/show"
	"github.com/onward-crm/onward/dri"
	"github.com/onward-crm/onward/dri/digest"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/notify"
	"github.com/onward-crm/onward/tracking"
)

// Churn is an account that several people have left.
type Churn struct {
	tracking.ChurnAlert
	// Account is its name where a report gave one, UserID who is responsible for the last
	// departure, Left are the people, the first to leave first.
	Account string         `json:"account,omitempty"`
	UserID  string         `json:"user_id,omitempty"`
	Left    []digest.Party `json:"left"`
}

// Churned are the accounts that people have left in numbers, by the rule, as the ledger
// knows it. Who only changed the role, or has a second one, has not left.
func Churned(ctx context.Context, ledger Records, rule tracking.ChurnRule, now time.Time) ([]Churn, error) {
	days := cmp.Or(max(rule.Days, 0), tracking.DefaultChurnRule().Days)
	f := routing.Filter{Statuses: []routing.Status{routing.StatusDone, routing.StatusFiltered}, From: now.AddDate(0, 0, -days-restDays)}
	var departures []tracking.Departure
	var changes []digest.Change
	for rec, err := range ledger.Records(ctx, f) {
		if err != nil {
			return nil, err
		}
		if c, ok := notify.ChangeOf(rec); ok && hasLeft(rec) {
			departures = append(departures, tracking.Departure{Person: leaver(c), AccountID: c.From.ID, At: c.At})
			changes = append(changes, c)
		}
	}
	var out []Churn
	for _, a := range tracking.ChurnAlerts(departures, rule, now) {
		out = append(out, churnOf(a, changes))
	}
	return out, nil
}

// ChurnAlerts are those of Churned, without people's names.
func ChurnAlerts(ctx context.Context, ledger Records, rule tracking.ChurnRule, now time.Time) ([]tracking.ChurnAlert, error) {
	found, err := Churned(ctx, ledger, rule, now)
	out := make([]tracking.ChurnAlert, len(found))
	for i, c := range found {
		out[i] = c.ChurnAlert
	}
	return out, err
}

// leaver names somebody who left, the same in all reports of them: by the record at the
// old company first.
func leaver(c digest.Change) string {
	if len(c.PersonIDs) > 0 {
		return c.PersonIDs[0]
	}
	return c.ID
}

// hasLeft reports whether a move takes somebody away from where they were.
func hasLeft(rec routing.Record) bool {
	switch rec.Plan.Kind {
	case tracking.Moved, tracking.Left, tracking.Boomerang:
		return rec.Plan.PastAccountID != "" && rec.Outcome.What != routing.WhatUndone
	}
	return false
}

// churnOf adds to an alert what its changes tell.
func churnOf(a tracking.ChurnAlert, changes []digest.Change) Churn {
	out := Churn{ChurnAlert: a}
	seen := map[string]bool{}
	for _, c := range changes {
		if c.From.ID != a.AccountID || c.At.Before(a.First) || c.At.After(a.Last) {
			continue
		}
		out.Account = cmp.Or(c.From.Name, out.Account)
		for _, p := range c.Parts {
			if p.Scenario == dri.Leaves {
				out.UserID = p.UserID
			}
		}
		if who := leaver(c); !seen[who] {
			seen[who] = true
			out.Left = append(out.Left, digest.Party{ID: who, Name: c.Person.Name})
		}
	}
	return out
}

func (t *commands) churnCommand() *cobra.Command {
	return &cobra.Command{
		Use: "churn", Short: "Accounts that several people have left", Args: cobra.NoArgs,
		Long: `Lists the accounts that people have left in numbers, as the ledger knows it: three people
within 90 days, unless tracking.churn in the configuration says otherwise. onward serve
tells whoever is responsible for the last departure, again when somebody more leaves.`,
		RunE: t.run(func(ctx context.Context, d *desk, _ []string) error {
			found, err := Churned(ctx, d.db.Ledger, d.settings.Tracking.Churn, d.env.Now())
			if err != nil {
				return err
			}
			return d.tell(append([]Churn{}, found...), func() { d.showChurn(found) })
		}),
	}
}

func (d *desk) showChurn(found []Churn) {
	if len(found) == 0 {
		fmt.Fprintln(d.env.Stdout, "no account was left by several people")
		return
	}
	rows := make([][]string, len(found))
	for i, c := range found {
		rows[i] = []string{cmp.Or(c.Account, c.AccountID), strconv.Itoa(len(c.People)), dayOf(c.First, ""), dayOf(c.Last, ""), c.names()}
	}
	show.Table(d.env.Stdout, []show.Column{
		{Title: "ACCOUNT", Most: 24}, {Title: "PEOPLE", Most: 6}, {Title: "FROM", Most: 10}, {Title: "TO", Most: 10}, {Title: "WHO", Most: 58},
	}, rows)
}

// names are those who left.
func (c Churn) names() string {
	out := make([]string, len(c.Left))
	for i, p := range c.Left {
		out[i] = cmp.Or(p.Name, p.ID)
	}
	return strings.Join(out, ", ")
}

// ChurnWatch tells who is responsible that several people have left an account.
type ChurnWatch struct {
	Ledger Records
	Rule   tracking.ChurnRule
	Alerts notify.Alerts
	// BaseURL is the org's address, to which record ids are added; "" for no links.
	BaseURL string
	Now     func() time.Time
}

// Look is one look: the job of a schedule. Each alert is sent once, and again when somebody
// more has left.
func (w ChurnWatch) Look(ctx context.Context) error {
	found, err := Churned(ctx, w.Ledger, w.Rule, w.Now())
	if err != nil || len(found) == 0 {
		return err
	}
	ids := make([]string, len(found))
	for i, c := range found {
		ids[i] = c.AccountID
	}
	names, err := w.Alerts.Directory.AccountNames(ctx, ids)
	if err != nil {
		return err
	}
	for _, c := range found {
		if c.UserID == "" {
			continue
		}
		c.Account = cmp.Or(names[c.AccountID], c.Account)
		if _, err := w.Alerts.Send(ctx, w.Now(), c.Key, w.message(c)); err != nil {
			return err
		}
	}
	return nil
}

func (w ChurnWatch) message(c Churn) digest.Message {
	rows := make([]digest.Row, len(c.Left))
	for i, p := range c.Left {
		if w.BaseURL != "" && (strings.HasPrefix(p.ID, "003") || strings.HasPrefix(p.ID, "00Q")) {
			p.URL = strings.TrimSuffix(w.BaseURL, "/") + "/" + p.ID
		}
		rows[i] = digest.Row{Person: p, Events: []digest.Event{{Verb: "left", About: digest.Party{ID: c.AccountID, Name: cmp.Or(c.Account, c.AccountID)}}}}
	}
	return digest.Alert(digest.Party{ID: c.UserID}, fmt.Sprintf("%d people have left %s", len(c.People), cmp.Or(c.Account, "an account")),
		fmt.Sprintf("Between %s and %s. Is the account still yours?", c.First.Format(time.DateOnly), c.Last.Format(time.DateOnly)), rows)
}
