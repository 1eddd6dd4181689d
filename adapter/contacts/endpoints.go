package contacts

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/onward-crm/onward/adapter"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/contacts"
)

// Options are what the endpoints work with. All are needed for serving; for describing
// them, none.
type Options struct {
	Service *contacts.Service
	// Champions gives the people whom missing champions are looked for among, and the
	// contacts of won opportunities: the source of an automatic import.
	Champions contacts.Source
	// Deliveries are those of the last three months.
	Deliveries func(ctx context.Context) ([]tracking.Delivery, error)
	// Import counts what an import that was set up would change, or takes it in. Its error
	// is ErrNoImport for an unknown one.
	Import func(ctx context.Context, id string, activate bool) (contacts.Report, error)
	// Churn gives the accounts that several people have left.
	Churn func(ctx context.Context) ([]tracking.ChurnAlert, error)
	// Ranked tells that a configuration ranks the relationships, so that nobody else may.
	Ranked bool
	Now    func() time.Time
}

const (
	get  = "GET"
	post = "POST"
	root = "/operator/contacts/"
)

// Endpoints are for adapter.OperatorOptions.Endpoints.
func Endpoints(o Options) []adapter.OperatorEndpoint {
	d := &desk{o}
	return []adapter.OperatorEndpoint{
		adapter.NewOperatorEndpoint(adapter.OperatorAddress{Method: get, Path: root + "relationships", Name: "listRelationships",
			About: "The relationships of tracked contacts, the highest-ranked first, with their counters and when they are due, and the imports."}, d.relationships),
		adapter.NewOperatorEndpoint(adapter.OperatorAddress{Method: post, Path: root + "rerank", Name: "rerankRelationships", Act: "rerank",
			About: "Puts relationships first, in the order given; the others keep theirs behind them. Refused where the configuration ranks them."}, d.rerank),
		adapter.NewOperatorEndpoint(adapter.OperatorAddress{Method: get, Path: root + "people", Name: "listTracked",
			About: "The people who are tracked, by last name, each once and under the highest-ranked relationship."}, d.people),
		adapter.NewOperatorEndpoint(adapter.OperatorAddress{Method: post, Path: root + "find", Name: "findTracked",
			About: "Where somebody stands, and which lists name them."}, d.find),
		adapter.NewOperatorEndpoint(adapter.OperatorAddress{Method: post, Path: root + "untrack", Name: "untrackContact", Act: "untrack",
			About: "Takes somebody out of one relationship, or of all when that is said; lists that go on naming them do not bring them back."}, d.untrack),
		adapter.NewOperatorEndpoint(adapter.OperatorAddress{Method: post, Path: root + "retrack", Name: "retrackContact", Act: "retrack",
			About: "Takes back what untrack has said: whoever is in a list is tracked again."}, d.retrack),
		adapter.NewOperatorEndpoint(adapter.OperatorAddress{Method: get, Path: root + "missing", Name: "listMissingChampions",
			About: "People with a part in opportunities, or at customer accounts, who are tracked under no relationship."}, d.missing),
		adapter.NewOperatorEndpoint(adapter.OperatorAddress{Method: post, Path: root + "dismiss", Name: "dismissChampion", Act: "dismiss",
			About: "Says that somebody is no missing champion, whatever the CRM says. It is remembered."}, d.dismiss),
		adapter.NewOperatorEndpoint(adapter.OperatorAddress{Method: post, Path: root + "import", Name: "importList", Act: "import",
			About: "Counts what a list that was set up would change, or takes it in. One that takes longer than two minutes is given up, and changes nothing: onward track import has all the time."}, d.take),
		adapter.NewOperatorEndpoint(adapter.OperatorAddress{Method: post, Path: root + "deactivate", Name: "deactivateImport", Act: "deactivate",
			About: "Ends an import: its people cease to count, unless another list names them."}, d.deactivate),
		adapter.NewOperatorEndpoint(adapter.OperatorAddress{Method: get, Path: root + "scorecard", Name: "trackingScorecard",
			About: "The tracked share of the contacts of won opportunities, the concentration of routing, and engagement."}, d.scorecard),
		adapter.NewOperatorEndpoint(adapter.OperatorAddress{Method: get, Path: root + "churn", Name: "listChurn",
			About: "The accounts that several people have left, with the records of those who did."}, d.churn),
		adapter.NewOperatorEndpoint(adapter.OperatorAddress{Method: get, Path: root + "credits", Name: "sumCredits",
			About: "Both ledgers of credits by calendar month, in UTC."}, d.credits),
	}
}

// desk handles requests.
type desk struct{ Options }

// Person says who is meant, by anything that names them.
type Person struct {
	Email    string `json:"email,omitempty" description:"an e-mail address"`
	CRMID    string `json:"crmId,omitempty" description:"the id of their lead or contact in Salesforce"`
	LinkedIn string `json:"linkedin,omitempty" description:"their LinkedIn page"`
	HubSpot  string `json:"hubspotId,omitempty" description:"the id of their contact in HubSpot"`
	First    string `json:"firstName,omitempty" description:"with lastName and company"`
	Last     string `json:"lastName,omitempty"`
	Company  string `json:"company,omitempty"`
}

// person is who is meant; refused when nothing names them.
func (p Person) person() (tracking.Person, error) {
	out := tracking.Person{RecordID: p.CRMID, HubSpotID: p.HubSpot, LinkedIn: p.LinkedIn, FirstName: p.First, LastName: p.Last}
	out.Company.Name = p.Company
	if p.Email != "" {
		out.Emails = []string{p.Email}
	}
	if len(out.Keys()) == 0 {
		return out, adapter.InvalidField("email", "want email, crmId, linkedin, hubspotId, or firstName, lastName and company")
	}
	return out, nil
}

// refused is an error of the service as an answer.
func refused(err error) error {
	if bad, ok := errors.AsType[*tracking.ConfigError](err); ok {
		return adapter.InvalidField(bad.Field, bad.Text)
	}
	if errors.Is(err, contacts.ErrNotTracked) {
		return adapter.NotFound("no list names them")
	}
	return err
}

// Done is the answer of an act that has nothing else to tell.
type Done struct {
	Done bool `json:"done"`
}

// Counted is the answer of an act that changes who counts.
type Counted struct {
	Credits       int                `json:"credits" description:"the tracked credits in use"`
	Relationships []tracking.Counter `json:"relationships"`
}

func counted(r *tracking.Roster) Counted { return Counted{r.Credits(), r.Counters()} }

func (d *desk) relationships(ctx context.Context, _ *adapter.OperatorCall, _ struct{}) (contacts.Overview, error) {
	return d.Service.Overview(ctx)
}

// Order is the body of rerank.
type Order struct {
	Order []string `json:"order" description:"ids of relationships, the highest first"`
}

func (d *desk) rerank(ctx context.Context, c *adapter.OperatorCall, in Order) (Counted, error) {
	c.About = strings.Join(in.Order, ",")
	switch {
	case d.Ranked:
		return Counted{}, adapter.Conflict("configured", "the configuration ranks the relationships: change tracking.relationships there")
	case len(in.Order) == 0:
		return Counted{}, adapter.InvalidField("order", "want ids of relationships")
	}
	r, err := d.Service.Rerank(ctx, in.Order)
	if err != nil {
		return Counted{}, refused(err)
	}
	return counted(r), nil
}

// Ended is the body of deactivate.
type Ended struct {
	Import string `json:"import" description:"its id"`
}

func (d *desk) deactivate(ctx context.Context, c *adapter.OperatorCall, in Ended) (Counted, error) {
	c.About = in.Import
	r, err := d.Service.Deactivate(ctx, in.Import)
	if err != nil {
		return Counted{}, refused(err)
	}
	return counted(r), nil
}
