package targets

import (
	"context"
	"fmt"
	"iter"
	"log/slog"
	"os"
	"time"

	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/crm/salesforce"
	"github.com/onward-crm/onward/internal/settings"
	"github.com/onward-crm/onward/internal/table"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/contacts"
	"github.com/onward-crm/onward/tracking/filefeed"
	"github.com/onward-crm/onward/tracking/peopledatalabs"
	"github.com/onward-crm/onward/tracking/rounds"
	"github.com/onward-crm/onward/tracking/salesforcereport"
	"github.com/onward-crm/onward/tracking/target"
)

// ServiceOptions are what rounds work with.
type ServiceOptions struct {
	Settings settings.Settings
	Store    rounds.Store
	Router   rounds.Router
	// People gives who is tracked; nil where nobody is looked after.
	People *contacts.Service
	// Relationships gives those that people are tracked under, for going on with what was
	// cut short; onward serve alone needs it.
	Relationships func(context.Context) ([]tracking.Relationship, error)
	// Org gives the org that reports are read from; Accounts finds the accounts of rows
	// that name none, compared by Profile.
	Org      func(context.Context) (*salesforce.Org, error)
	Accounts routing.AccountFinder
	Profile  matching.Profile
	// Erased tells who must not be kept.
	Erased func(context.Context, []tracking.Person) ([]bool, error)
	// Free leaves out the providers that cost something.
	Free   bool
	Logger *slog.Logger
	Now    func() time.Time
}

// NewService makes rounds as the settings say. Its errors have exit codes.
func NewService(o ServiceOptions) (*rounds.Rounds, error) {
	if err := o.Settings.CheckTargets(); err != nil {
		return nil, exit.Usage(err)
	}
	providers, every, err := o.providers()
	if err != nil {
		return nil, exit.Usage(err)
	}
	t := o.Settings.Targets
	deps := rounds.Deps{Store: o.Store, Router: o.Router, Providers: providers, Open: o.open, Erased: o.Erased}
	if o.People != nil {
		deps.People = o.people
	}
	if o.Accounts != nil {
		deps.Match = o.match
	}
	r, err := rounds.New(rounds.Plan{
		Reports: t.Reports, Personas: o.Settings.Personas, PerAccount: t.PerAccount, Total: t.Total, Limit: t.Limit, NewDays: t.NewDays, Every: every,
	}, deps, &rounds.Options{Now: o.Now, Logger: o.Logger})
	if err != nil {
		return nil, exit.Usage(err)
	}
	return r, nil
}

// providers are those that are configured, in their order, with the time between two
// searches.
func (o ServiceOptions) providers() ([]tracking.Provider, map[string]time.Duration, error) {
	var out []tracking.Provider
	every := map[string]time.Duration{}
	p := o.Settings.Providers
	for i, f := range p.Files {
		file, err := filefeed.Open(f.Path, filefeed.Options{Name: f.Name, Complete: f.Complete}, o.Logger)
		if err != nil {
			return nil, nil, fmt.Errorf("providers.files[%d]: %w", i, err)
		}
		out = append(out, file)
	}
	d := p.PeopleDataLabs
	if d.KeyEnv == "" || o.Free {
		return out, every, nil
	}
	key := o.Settings.Held(d.KeyEnv)
	if key == "" {
		return nil, nil, fmt.Errorf("providers.people_data_labs.key_env: %s is not set", d.KeyEnv)
	}
	client, err := peopledatalabs.New(peopledatalabs.Options{Key: string(key), BaseURL: d.BaseURL, MinLikelihood: d.MinLikelihood, Now: o.Now, Logger: o.Logger})
	if err != nil {
		return nil, nil, fmt.Errorf("providers.people_data_labs: %w", err)
	}
	every[peopledatalabs.ProviderName] = time.Duration(d.SearchDays) * 24 * time.Hour
	if d.SearchDays == 0 {
		every[peopledatalabs.ProviderName] = -1 // never
	}
	return append(out, &rounds.Meter{
		ID: peopledatalabs.ProviderName, PerMonth: d.CreditsPerMonth, Store: o.Store, Now: o.Now,
		Open: func(credits int) rounds.Metered { return client.Run(credits) },
	}), every, nil
}

// people gives who is tracked under a relationship.
func (o ServiceOptions) people(ctx context.Context, relationship string) iter.Seq2[tracking.Person, error] {
	return func(yield func(tracking.Person, error) bool) {
		for c, err := range o.People.People(ctx, relationship) {
			if !yield(c.Person, err) {
				return
			}
		}
	}
}

// open opens a report of the org, or a file.
func (o ServiceOptions) open(ctx context.Context, r target.Report) (rounds.Sheet, error) {
	if r.File != "" {
		return openFile(r.File)
	}
	if o.Org == nil {
		return rounds.Sheet{}, fmt.Errorf("report %s is read from a Salesforce org, and none is configured; want crm.driver salesforce, or a file", r.ID)
	}
	org, err := o.Org(ctx)
	if err != nil {
		return rounds.Sheet{}, err
	}
	id := r.Columns.AccountID
	if id == "" {
		id = target.DefaultColumns().AccountID
	}
	var sheet rounds.Sheet
	sheet.Header, sheet.Rows, err = salesforcereport.Table(ctx, org, r.ID, id)
	return sheet, err
}

// openFile reads a CSV file; rows that cannot be read are told by their place.
func openFile(path string) (rounds.Sheet, error) {
	f, err := os.Open(path)
	if err != nil {
		return rounds.Sheet{}, err
	}
	defer f.Close()
	t, err := table.Read(path, f)
	if err != nil {
		return rounds.Sheet{}, err
	}
	sheet := rounds.Sheet{Header: t.Header, Rows: func(yield func([]string, error) bool) {
		for _, row := range t.Rows {
			if !yield(row.Cells, nil) {
				return
			}
		}
	}}
	for _, p := range t.Problems {
		sheet.Problems = append(sheet.Problems, target.Problem{Row: p.Line - t.HeaderLine, Column: p.Column, Message: "want " + p.Want})
	}
	return sheet, nil
}

// match compares companies with the accounts of the CRM.
func (o ServiceOptions) match(ctx context.Context, cs []matching.Company) ([]matching.AccountMatch, error) {
	found, err := o.Accounts.Candidates(ctx, o.Profile, cs)
	if err != nil {
		return nil, err
	}
	out := make([]matching.AccountMatch, len(cs))
	for i, c := range found {
		if c.Match != nil {
			out[i] = *c.Match
			continue
		}
		out[i] = matching.MatchAccount(o.Profile, cs[i], c.Accounts)
	}
	return out, nil
}
