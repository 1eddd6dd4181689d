package routing

import (
	"github.com/onward-crm/onward/crm"
)

// AskKind says whom an Ask goes to.
type AskKind string

const (
	// AskRecords asks the CRM for records.
	AskRecords AskKind = "records"
	// AskCandidates asks the account finder for candidates of the new company.
	AskCandidates AskKind = "candidates"
	// AskAlias asks the ledger what an alias leads to.
	AskAlias AskKind = "alias"
	// AskPool asks the ledger where a pool stands.
	AskPool AskKind = "pool"
	// AskPrior asks the ledger what became of a delivery.
	AskPrior AskKind = "prior"
)

// Ask is one thing that a decision still wants to know: one value of one field
// of one object, so that the asks of a whole batch can be put together into
// few queries. Asks can be compared with ==.
type Ask struct {
	Kind   AskKind
	Object crm.Object
	Field  string
	Op     crm.Op
	Value  string
}

// asker collects what has not been asked yet.
type asker struct {
	asked map[Ask]bool
	out   []Ask
	seen  map[Ask]bool
}

func (a *asker) add(ask Ask) {
	if ask.Value == "" && ask.Kind != AskCandidates || a.asked[ask] || a.seen[ask] {
		return
	}
	a.seen[ask] = true
	a.out = append(a.out, ask)
}

func (a *asker) in(o crm.Object, field string, values ...string) {
	if field == "" {
		return
	}
	for _, v := range values {
		a.add(Ask{Kind: AskRecords, Object: o, Field: field, Op: crm.OpIn, Value: v})
	}
}

func (a *asker) words(o crm.Object, phrases ...string) {
	for _, p := range phrases {
		a.add(Ask{Kind: AskRecords, Object: o, Op: crm.OpWords, Value: p})
	}
}

// Probes are the queries that gathering facts makes, each once with one made-up
// value: a CRM can be asked how it would answer them before any move comes.
func (p *Policy) Probes() []crm.Query {
	e := &Engine{policy: p}
	var out []crm.Query
	add := func(o crm.Object, field string, op crm.Op, value string) {
		if field == "" && op == crm.OpIn {
			return
		}
		q := e.query(Ask{Kind: AskRecords, Object: o, Field: field, Op: op, Value: value})
		q.Where[0].Values = []string{value}
		out = append(out, q)
	}
	n := p.cfg.Names
	for _, o := range []crm.Object{crm.ObjectContact, crm.ObjectLead} {
		for _, field := range append([]string{"Email"}, n.OtherEmails...) {
			add(o, field, crm.OpIn, "probe@onward.example")
		}
		add(o, n.PersonLinkedIn, crm.OpIn, "https://www.linkedin.com/in/onward-probe")
		add(o, "", crm.OpWords, "Onward Probe")
	}
	add(crm.ObjectAccount, "Id", crm.OpIn, "001000000000001AAA")
	add(crm.ObjectContact, "Id", crm.OpIn, "003000000000001AAA")
	add(crm.ObjectUser, "Id", crm.OpIn, "005000000000001AAA")
	add(crm.ObjectOpportunity, "AccountId", crm.OpIn, "001000000000001AAA")
	add(crm.ObjectOpportunityRole, "ContactId", crm.OpIn, "003000000000001AAA")
	if p.want.Team || p.want.PastTeam {
		add(crm.ObjectTeamMember, "AccountId", crm.OpIn, "001000000000001AAA")
	}
	return out
}
