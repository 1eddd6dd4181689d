package targets

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/onward-crm/onward/adapter"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/rounds"
)

// Options are what the endpoints work with. All are needed for serving; for describing
// them, none.
type Options struct {
	Rounds   *rounds.Rounds
	Store    rounds.Store
	Personas []tracking.Persona
}

const (
	get  = "GET"
	post = "POST"
	root = "/operator/targets/"
)

// Endpoints are for adapter.OperatorOptions.Endpoints.
func Endpoints(o Options) []adapter.OperatorEndpoint {
	d := &desk{o}
	return []adapter.OperatorEndpoint{
		adapter.NewOperatorEndpoint(adapter.OperatorAddress{Method: get, Path: root + "accounts", Name: "listTargets",
			About: "The accounts that are watched, by id, with what they count as and the reports that hold them."}, d.accounts),
		adapter.NewOperatorEndpoint(adapter.OperatorAddress{Method: get, Path: root + "reports", Name: "listTargetReports",
			About: "The reports of watched accounts, with what they held when they were read last, and what is wrong with them."}, d.reports),
		adapter.NewOperatorEndpoint(adapter.OperatorAddress{Method: get, Path: root + "people", Name: "listTargetPeople",
			About: "Who was found at watched accounts, by how far they have come."}, d.people),
		adapter.NewOperatorEndpoint(adapter.OperatorAddress{Method: post, Path: root + "round", Name: "runTargetRound", Act: "round",
			About: "Reads the reports, searches, and hands on the best, as every night. A request that ends early cuts the round short; the next one goes on."}, d.round),
		adapter.NewOperatorEndpoint(adapter.OperatorAddress{Method: post, Path: "/operator/personas/test", Name: "testPersonas",
			About: "Which personas take a title, and the clause that decides."}, d.test),
	}
}

// desk handles requests.
type desk struct{ Options }

// The limits of lists.
const (
	usual = 100
	most  = 1000
)

func limited(n int) (int, error) {
	switch {
	case n == 0:
		return usual, nil
	case n < 0 || n > most:
		return 0, adapter.InvalidField("limit", "want 1 to 1000")
	}
	return n, nil
}

// AccountsQuery selects watched accounts.
type AccountsQuery struct {
	Report string `json:"-" query:"report" description:"only those of this report, by its whole id"`
	Limit  int    `json:"-" query:"limit" description:"at most so many, 100 when it is left out, 1000 at most"`
}

// Accounts are watched accounts, by id.
type Accounts struct {
	Watched  int       `json:"watched" description:"how many there are in all"`
	Accounts []Account `json:"accounts"`
}

func (d *desk) accounts(_ context.Context, _ *adapter.OperatorCall, in AccountsQuery) (Accounts, error) {
	limit, err := limited(in.Limit)
	if err != nil {
		return Accounts{}, err
	}
	out := Accounts{Accounts: []Account{}}
	for _, w := range d.Rounds.Book().Accounts() {
		if in.Report != "" && !slices.Contains(w.Reports(), in.Report) {
			continue
		}
		if out.Watched++; len(out.Accounts) < limit {
			out.Accounts = append(out.Accounts, AccountOf(w))
		}
	}
	return out, nil
}

// Reports are all that are configured, in their order.
type Reports struct {
	Reports []Report `json:"reports"`
}

func (d *desk) reports(ctx context.Context, _ *adapter.OperatorCall, _ struct{}) (Reports, error) {
	readings, err := d.Rounds.Readings(ctx)
	out := Reports{Reports: []Report{}}
	for _, r := range readings {
		out.Reports = append(out.Reports, ReportOf(r))
	}
	return out, err
}

// PeopleQuery selects people at watched accounts.
type PeopleQuery struct {
	Stage string `json:"-" query:"stage" description:"found, carried, chosen or told; carried when it is left out"`
	After string `json:"-" query:"after" description:"the next of an earlier answer"`
	Limit int    `json:"-" query:"limit" description:"at most so many, 100 when it is left out, 1000 at most"`
}

// People are those of one stage.
type People struct {
	People []Person `json:"people"`
	Next   string   `json:"next,omitempty" description:"where the following ones begin"`
}

func (d *desk) people(ctx context.Context, _ *adapter.OperatorCall, in PeopleQuery) (People, error) {
	limit, err := limited(in.Limit)
	if err != nil {
		return People{}, err
	}
	stage := rounds.Stage(in.Stage)
	if stage == "" {
		stage = rounds.StageCarried
	}
	if !slices.Contains(rounds.Stages(), stage) {
		return People{}, adapter.InvalidField("stage", "want found, carried, chosen or told")
	}
	page, err := d.Store.Prospects(ctx, stage, in.After, limit)
	out := People{People: []Person{}}
	for _, k := range page {
		p := PersonOf(k.Prospect)
		p.Stage = k.Stage
		out.People = append(out.People, p)
	}
	if len(page) == limit {
		out.Next = page[limit-1].ID
	}
	return out, err
}

func (d *desk) round(ctx context.Context, c *adapter.OperatorCall, _ struct{}) (Round, error) {
	out, err := Run(ctx, d.Rounds)
	c.About = strconv.Itoa(len(out.Told)) + " handed on"
	if errors.Is(err, rounds.ErrHeld) || errors.Is(err, rounds.ErrLost) {
		return out, adapter.Conflict("busy", "another round is under way; wait until it is done")
	}
	return out, err
}

// Title is what is asked of the personas.
type Title struct {
	Title   string `json:"title"`
	Country string `json:"country,omitempty" description:"a two-letter code or a name"`
}

func (d *desk) test(_ context.Context, _ *adapter.OperatorCall, in Title) (Tested, error) {
	if in.Title == "" {
		return Tested{}, adapter.InvalidField("title", "want a job title")
	}
	return Test(d.Personas, in.Title, in.Country), nil
}
