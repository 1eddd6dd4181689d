package sponsors

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/cmd/onward/show"
	"github.com/onward-crm/onward/cmd/onward/track"
	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/internal/table"
	"github.com/onward-crm/onward/tracking/sponsor"
)

// enrolment are the flags of enrol.
type enrolment struct {
	file, account, entity, name, role, owner   string
	first, last, title, company, location, url string
}

func (t *commands) enrolCommand() *cobra.Command {
	var f enrolment
	c := &cobra.Command{
		Use: "enrol [PERSON]", Short: "Make somebody a sponsor", Args: cobra.MaximumNArgs(1),
		Long: `Makes somebody a sponsor of an account, or of another entity; whoever is one already
gets the entity beside the others. The person is untracked until somebody starts them.
What the CRM knows of the person and the account is taken from there, where a CRM is
configured or named.

A file (--csv) has a row for each person and entity, under the columns
  crm_id, hubspot_id, linkedin_url, email, first_name, last_name, full_name,
  title, company, domain, location                                          who
  account_id, or kind and entity_id; entity_name, role, owner_id            of what
Rows that cannot be used are listed, and the others count.`,
		Example: `  onward sponsors enrol jane@acme.example --account 001RM000003oLnnYAE --role Champion
  onward sponsors enrol --csv sponsors.csv`,
	}
	c.RunE = t.run(func(ctx context.Context, d *desk, args []string) error {
		switch {
		case (f.file == "") == (len(args) == 0):
			return exit.Usage(errors.New("whom? want a person, or --csv FILE"))
		case d.settings.Secret == "":
			return exit.Usage(errors.New("ONWARD_SECRET is not set: it tells who asked to be forgotten, want the one that onward serve has"))
		case f.file != "":
			return d.enrolFile(ctx, f.file)
		}
		n, err := f.one(args[0])
		if err != nil {
			return exit.Usage(err)
		}
		s, err := d.enrol(ctx, n)
		if err != nil {
			return err
		}
		return d.changed(s)
	})
	fl := c.Flags()
	fl.StringVar(&f.file, "csv", "", "`FILE` with a row for each person and entity")
	fl.StringVar(&f.account, "account", "", "`ID` of the account that the person stands for")
	fl.StringVar(&f.entity, "entity", "", "another entity, as `KIND:ID`, such as project:apollo")
	fl.StringVar(&f.name, "entity-name", "", "the entity's `NAME`")
	fl.StringVar(&f.role, "role", "", "the person's `ROLE` there, such as Champion")
	fl.StringVar(&f.owner, "owner", "", "`ID` of the user who gets tasks and notices (default: the account's owner)")
	fl.StringVar(&f.first, "first-name", "", "`NAME`")
	fl.StringVar(&f.last, "last-name", "", "`NAME`")
	fl.StringVar(&f.title, "title", "", "present `TITLE`")
	fl.StringVar(&f.company, "company", "", "present `COMPANY`")
	fl.StringVar(&f.location, "location", "", "present `PLACE`")
	fl.StringVar(&f.url, "linkedin", "", "`PAGE` of the person")
	t.crmFlag(c)
	return c
}

// one is the enrolment that the flags describe.
func (f enrolment) one(person string) (sponsor.Enrolment, error) {
	p, err := track.Person(person)
	if err != nil {
		return sponsor.Enrolment{}, err
	}
	p.FirstName, p.LastName = cmp.Or(f.first, p.FirstName), cmp.Or(f.last, p.LastName)
	p.Title, p.Company.Name, p.LinkedIn = f.title, cmp.Or(f.company, p.Company.Name), cmp.Or(f.url, p.LinkedIn)
	e := sponsor.Entity{EntityRef: sponsor.EntityRef{Kind: sponsor.KindAccount, ID: f.account}, Name: f.name, Role: f.role, OwnerID: f.owner}
	if f.entity != "" {
		kind, id, ok := strings.Cut(f.entity, ":")
		if !ok || kind == "" || id == "" || f.account != "" {
			return sponsor.Enrolment{}, errors.New("of what? want --account ID, or --entity KIND:ID")
		}
		e.Kind, e.ID = kind, id
	}
	if e.ID == "" {
		return sponsor.Enrolment{}, errors.New("of what? want --account ID, or --entity KIND:ID")
	}
	return sponsor.Enrolment{Person: p, Location: f.location, Entities: []sponsor.Entity{e}}, nil
}

// enrol fills in what the CRM knows, and enrols.
func (d *desk) enrol(ctx context.Context, n sponsor.Enrolment) (sponsor.Sponsor, error) {
	n.By = d.by
	if d.hasCRM() {
		client, err := d.client(ctx)
		if err == nil {
			err = complete(ctx, client, d.settings.Names, &n)
		}
		if err != nil {
			return sponsor.Sponsor{}, err
		}
	}
	return d.Enrol(ctx, n)
}

// enrolled is the result of enrol --csv in JSON.
type enrolled struct {
	Enrolled []string `json:"enrolled"`
	Problems []string `json:"problems,omitempty"`
}

func (d *desk) enrolFile(ctx context.Context, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return exit.Usage(err)
	}
	defer f.Close()
	rows, err := table.Read(path, f)
	if err != nil {
		return exit.Usage(err)
	}
	list, problems, err := enrolments(rows)
	if err != nil {
		return exit.Usage(err)
	}
	out := enrolled{Enrolled: []string{}}
	for _, p := range problems {
		out.Problems = append(out.Problems, p.Error())
	}
	seen := map[string]bool{}
	for _, row := range list {
		s, err := d.enrol(ctx, row.enrolment)
		if bad, ok := errors.AsType[*sponsor.Error](err); ok {
			out.Problems = append(out.Problems, fmt.Sprintf("%s:%d: %s", path, row.line, strings.TrimPrefix(bad.Field+": "+bad.Detail, ": ")))
			continue
		}
		if err != nil {
			return err
		}
		if !seen[s.ID] {
			seen[s.ID] = true
			out.Enrolled = append(out.Enrolled, s.ID)
		}
	}
	if err := d.tell(out, func() {
		show.List(d.env.Stdout, out.Problems)
		fmt.Fprintf(d.env.Stdout, "%s enrolled, %s left out\n", show.Count(len(out.Enrolled), "sponsor"), show.Count(len(out.Problems), "row"))
	}); err != nil {
		return err
	}
	if len(out.Problems) > 0 {
		return exit.Left(nil)
	}
	return nil
}

func (t *commands) detachCommand() *cobra.Command {
	var entity string
	c := &cobra.Command{
		Use: "detach SPONSOR", Short: "A sponsor does not stand for an entity any more", Args: cobra.ExactArgs(1),
		Long: "Ends one membership of a sponsor (--entity KIND:ID, or an account's id). The last one stays:\nstop the sponsor instead.",
	}
	c.RunE = t.run(func(ctx context.Context, d *desk, args []string) error {
		kind, id, ok := strings.Cut(entity, ":")
		if !ok {
			kind, id = sponsor.KindAccount, entity
		}
		if id == "" {
			return exit.Usage(errors.New("from what? want --entity KIND:ID, or the id of an account"))
		}
		s, err := d.find(ctx, args[0])
		if err != nil {
			return err
		}
		after, err := d.Detach(ctx, s.ID, sponsor.EntityRef{Kind: kind, ID: id}, d.by)
		if err != nil {
			return err
		}
		return d.changed(after)
	})
	c.Flags().StringVar(&entity, "entity", "", "the entity as `KIND:ID`, or an account's id")
	return c
}

// complete fills in what the CRM knows of a person and of accounts. What was given goes
// before it.
func complete(ctx context.Context, client *crm.Client, names crm.Names, n *sponsor.Enrolment) error {
	found, err := recordOf(ctx, client, names, n)
	if err != nil {
		return err
	}
	var accounts []string
	if found != nil {
		p := &n.Person
		p.RecordID = found.ID
		p.FirstName, p.LastName, p.Title = cmp.Or(p.FirstName, found.FirstName), cmp.Or(p.LastName, found.LastName), cmp.Or(p.Title, found.Title)
		p.LinkedIn, p.AccountID = cmp.Or(p.LinkedIn, found.LinkedIn), cmp.Or(p.AccountID, found.AccountID)
		p.Company.Name = cmp.Or(p.Company.Name, found.Company)
		p.Emails = append(p.Emails, found.Emails...)
		if found.AccountID != "" {
			accounts = append(accounts, found.AccountID)
		}
	}
	for _, e := range n.Entities {
		if _, err := crm.WidenID(e.ID); e.Kind == sponsor.KindAccount && err == nil {
			accounts = append(accounts, e.ID)
		}
	}
	if len(accounts) == 0 {
		return nil
	}
	known, err := NamedAccounts(ctx, client, accounts)
	if err != nil {
		return err
	}
	for _, a := range known {
		if found != nil && crm.SameID(a.ID, found.AccountID) {
			n.Person.Company.Name = cmp.Or(n.Person.Company.Name, a.Name)
		}
		for i, e := range n.Entities {
			if e.Kind == sponsor.KindAccount && crm.SameID(a.ID, e.ID) {
				n.Entities[i].Name, n.Entities[i].OwnerID = cmp.Or(e.Name, a.Name), cmp.Or(e.OwnerID, a.OwnerID)
			}
		}
	}
	return nil
}

// recordOf is the contact, else the lead, that is the person: by id, else by address
// where exactly one has it.
func recordOf(ctx context.Context, client *crm.Client, names crm.Names, n *sponsor.Enrolment) (*crm.Person, error) {
	cond := crm.Cond{Field: "Email", Op: crm.OpIn, Values: n.Person.Emails}
	if id, err := crm.WidenID(n.Person.RecordID); err == nil {
		cond = crm.Cond{Field: "Id", Op: crm.OpIn, Values: []string{id}}
	}
	if len(cond.Values) == 0 {
		return nil, nil
	}
	found, err := client.Find(ctx, []crm.Query{
		{Object: crm.ObjectContact, Select: names.ContactFields(), Where: []crm.Cond{cond}},
		{Object: crm.ObjectLead, Select: names.LeadFields(), Where: []crm.Cond{cond}},
	})
	if err != nil {
		return nil, err
	}
	for _, rows := range found {
		if len(rows) == 1 {
			p := names.Person(rows[0])
			return &p, nil
		}
	}
	return nil, nil
}
