package sources

import (
	"context"
	"iter"
	"slices"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/contacts"
)

// Reader is what an automatic import needs of a CRM. *crm.Client is one.
type Reader interface {
	All(ctx context.Context, q crm.Query) iter.Seq2[crm.Record, error]
	Find(ctx context.Context, qs []crm.Query) ([][]crm.Record, error)
}

// rolesAtOnce is how many roles are looked up together: what is held in memory.
const rolesAtOnce = 1000

// Automatic is the source of an automatic import: a row for each role of a contact on
// an opportunity that a rule takes, and one for each contact of the customer accounts.
// The join is OpportunityContactRole. The error is a tracking.ErrConfig of the
// import's preset. names say where the CRM keeps what; the zero Names read standard
// fields only.
func Automatic(r Reader, names crm.Names, imp tracking.Import) (contacts.Source, error) {
	rules, err := imp.OpportunityRules()
	if err != nil {
		return nil, err
	}
	return &automatic{reader: r, names: names, rules: rules, accounts: imp.Accounts}, nil
}

type automatic struct {
	reader   Reader
	names    crm.Names
	rules    []tracking.Rule
	accounts []string
}

// Rows numbers rows from 1, roles first. Roles come in order of id. A role whose
// contact or opportunity the integration user may not see is a row with a problem.
func (a *automatic) Rows(ctx context.Context) iter.Seq2[tracking.Row, error] {
	return func(yield func(tracking.Row, error) bool) {
		n := 0
		give := func(row tracking.Row) bool {
			n++
			row.Number = n
			if row.Problem != nil {
				row.Problem.Row = n
			}
			return yield(row, nil)
		}
		if more, err := a.roles(ctx, give); err != nil || !more {
			if err != nil {
				yield(tracking.Row{}, err)
			}
			return
		}
		if err := a.customers(ctx, give); err != nil {
			yield(tracking.Row{}, err)
		}
	}
}

// roles gives the rows of all opportunities; false when the reader has stopped.
func (a *automatic) roles(ctx context.Context, give func(tracking.Row) bool) (bool, error) {
	q := crm.Query{Object: crm.ObjectOpportunityRole, Select: []string{"OpportunityId", "ContactId", "Role"}}
	var batch []crm.OpportunityRole
	for record, err := range a.reader.All(ctx, q) {
		if err != nil {
			return false, err
		}
		if batch = append(batch, a.names.Role(record)); len(batch) == rolesAtOnce {
			if more, err := a.deal(ctx, batch, give); err != nil || !more {
				return false, err
			}
			batch = batch[:0]
		}
	}
	return a.deal(ctx, batch, give)
}

// deal looks up the opportunities, contacts and accounts of some roles.
func (a *automatic) deal(ctx context.Context, roles []crm.OpportunityRole, give func(tracking.Row) bool) (bool, error) {
	if len(roles) == 0 {
		return true, nil
	}
	var deals, people []string
	for _, r := range roles {
		deals, people = append(deals, r.OpportunityID), append(people, r.ContactID)
	}
	found, err := a.reader.Find(ctx, []crm.Query{
		byID(crm.ObjectOpportunity, append(a.names.OpportunityFields(), "StageName"), deals),
		byID(crm.ObjectContact, a.names.ContactFields(), people),
	})
	if err != nil {
		return false, err
	}
	opportunities, persons := index(found[0]), index(found[1])
	var accounts []string
	for _, list := range found {
		for _, r := range list {
			accounts = append(accounts, r.Fields["AccountId"])
		}
	}
	company, err := a.companies(ctx, accounts)
	if err != nil {
		return false, err
	}
	for _, r := range roles {
		for _, row := range a.rows(r, opportunities, persons, company) {
			if !give(row) {
				return false, nil
			}
		}
	}
	return true, nil
}

// rows are those of one role: one for each relationship that the rules give.
func (a *automatic) rows(r crm.OpportunityRole, opportunities, persons map[string]crm.Record, company map[string]crm.Account) []tracking.Row {
	o, ok := opportunities[r.OpportunityID]
	if !ok {
		return []tracking.Row{unseen("the opportunity of role " + r.ID)}
	}
	facts := a.names.Opportunity(o)
	into := tracking.Relationships(a.rules, tracking.Opportunity{
		Closed: facts.Closed, Won: facts.Won, Probability: facts.Probability, Stage: o.Fields["StageName"],
	})
	if len(into) == 0 {
		return nil
	}
	contact, ok := persons[r.ContactID]
	if !ok {
		return []tracking.Row{unseen("the contact of role " + r.ID)}
	}
	deal := &tracking.Deal{
		OpportunityID: facts.ID, Name: facts.Name, Role: r.Role,
		AccountID: facts.AccountID, Account: company[facts.AccountID].Name,
	}
	var out []tracking.Row
	for _, relationship := range into {
		out = append(out, tracking.Row{Relationship: relationship, Person: a.person(contact, company), Deal: deal})
	}
	return out
}

func unseen(what string) tracking.Row {
	return tracking.Row{Problem: &tracking.RowProblem{Reason: tracking.RowUnreadable,
		Text: what + " cannot be seen by the integration user; share it, or leave it out"}}
}

// customers gives the contacts of the customer accounts.
func (a *automatic) customers(ctx context.Context, give func(tracking.Row) bool) error {
	for chunk := range slices.Chunk(a.accounts, rolesAtOnce) {
		company, err := a.companies(ctx, chunk)
		if err != nil {
			return err
		}
		q := crm.Query{Object: crm.ObjectContact, Select: a.names.ContactFields(),
			Where: []crm.Cond{{Field: "AccountId", Op: crm.OpIn, Values: chunk}}}
		for record, err := range a.reader.All(ctx, q) {
			if err != nil {
				return err
			}
			id := record.Fields["AccountId"]
			row := tracking.Row{Relationship: tracking.Customer, Person: a.person(record, company),
				Deal: &tracking.Deal{AccountID: id, Account: company[id].Name}}
			if !give(row) {
				return nil
			}
		}
	}
	return nil
}

// companies looks accounts up.
func (a *automatic) companies(ctx context.Context, ids []string) (map[string]crm.Account, error) {
	out := map[string]crm.Account{}
	q := byID(crm.ObjectAccount, []string{"Name", "Website"}, ids)
	if len(q.Where[0].Values) == 0 {
		return out, nil
	}
	found, err := a.reader.Find(ctx, []crm.Query{q})
	if err != nil {
		return nil, err
	}
	for _, r := range found[0] {
		out[r.ID] = a.names.Account(r)
	}
	return out, nil
}

func (a *automatic) person(r crm.Record, company map[string]crm.Account) tracking.Person {
	p := a.names.Person(r)
	account := company[p.AccountID]
	return tracking.Person{
		RecordID: p.ID, LinkedIn: p.LinkedIn, Emails: p.Emails, FirstName: p.FirstName, LastName: p.LastName, Title: p.Title,
		Company: matching.Company{Name: account.Name, Domain: account.Website, AccountID: p.AccountID}, AccountID: p.AccountID,
	}
}

// byID asks for records by id, each once.
func byID(o crm.Object, fields, ids []string) crm.Query {
	ids = slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return id == "" })
	slices.Sort(ids)
	return crm.Query{Object: o, Select: fields, Where: []crm.Cond{{Field: "Id", Op: crm.OpIn, Values: slices.Compact(ids)}}}
}

func index(records []crm.Record) map[string]crm.Record {
	out := make(map[string]crm.Record, len(records))
	for _, r := range records {
		out[r.ID] = r
	}
	return out
}
