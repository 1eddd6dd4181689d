package routing

import "github.com/onward-crm/onward/crm"

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
