package routing

import (
	"slices"
	"strings"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/dri"
)

// ReasonEventRecordGone ends the history of responsible people: somebody deleted
// the event record.
const ReasonEventRecordGone Reason = "event_record_gone"

// DRIDecision says who is responsible for a finished move now, and what follows.
type DRIDecision struct {
	// State is the new entry of the history; nil when nobody and no field changed.
	State *DRIState
	// Write sets the fields of the event record that changed; nil when none did, or
	// when there is no event record.
	Write *crm.Write
	// Next is when to look again; zero means never.
	Next time.Time
}

// finished is a finished move as far as responsible people are concerned.
type finished struct {
	halves dri.Halves
	// person is the record that was delivered, planned stands for the one that
	// shadow mode did not make; account and plannedAccount alike.
	person         string
	planned        *crm.Person
	account        string
	plannedAccount *crm.Account
	column         crm.Object
	// past is the record that was left, pastAccount the account.
	past, pastAccount string
	// before is who was responsible in each half: found out last, or planned.
	before map[dri.Scenario]string
}

// finishedMove reads a record. A plan that is no longer kept is replaced by what
// the history tells.
func finishedMove(rec Record) finished {
	o := rec.Outcome
	m := finished{
		person: firstOf(o.ContactID, o.LeadID), account: o.AccountID, past: o.PastID,
		column: crm.ObjectContact, before: map[dri.Scenario]string{},
	}
	if rec.Plan != nil {
		m.ask(rec.Plan.DRI, rec.Plan.PersonWrite == "")
		m.pastAccount = rec.Plan.PastAccountID
		m.plan(rec.Plan)
	}
	if last, ok := lastState(rec); ok {
		if rec.Plan == nil {
			m.ask(last.Assignments, false)
		}
		for _, a := range last.Assignments {
			m.before[a.Scenario] = a.UserID
		}
	}
	return m
}

// ask takes the halves from assignments. skipNone leaves out those that did not
// apply when nobody was delivered.
func (m *finished) ask(as []dri.Assignment, skipNone bool) {
	for _, a := range as {
		if a.None && skipNone {
			continue
		}
		m.before[a.Scenario] = a.UserID
		m.halves.Joins = m.halves.Joins || a.Scenario == dri.Joins
		m.halves.Leaves = m.halves.Leaves || a.Scenario == dri.Leaves
	}
}

// plan adds what only the plan tells. Nobody joins where the plan's record was
// refused; in shadow mode the writes stand for the records that they would make.
func (m *finished) plan(p *Plan) {
	if p.Mode == ModeLive && p.PersonWrite != "" && m.person == "" {
		m.halves.Joins = false
	}
	for _, w := range p.Writes {
		switch {
		case w.Key == p.PersonWrite:
			m.column = w.Object
			if p.Mode != ModeShadow {
				break
			}
			if m.person = w.ID; w.ID == "" {
				m.planned = &crm.Person{Object: w.Object, OwnerID: w.Set["OwnerId"], Fields: w.Set}
			}
		case w.Key == p.NewAccount && p.Mode == ModeShadow:
			m.plannedAccount = &crm.Account{Name: w.Set["Name"], OwnerID: w.Set["OwnerId"], Type: w.Set["Type"], Fields: w.Set}
		}
	}
}

// lastState is the youngest entry of a record's history.
func lastState(rec Record) (DRIState, bool) {
	if len(rec.DRI) == 0 {
		return DRIState{}, false
	}
	return rec.DRI[len(rec.DRI)-1], true
}

// ResponsibleNeeds says what a decision on responsible people still wants to
// know beyond the facts: the records as they are today. Ask for it, add the
// answers to the facts, and ask again, until nothing is wanted.
func ResponsibleNeeds(p *Policy, rec Record, f Facts) []Ask {
	a := &asker{asked: f.Asked, seen: map[Ask]bool{}}
	m := finishedMove(rec)
	if m.halves.Joins {
		needPerson(a, &f, m.person)
		needAccount(a, &f, p.want.Team, m.account, accountNow(&f, m))
	}
	if m.halves.Leaves {
		needPerson(a, &f, m.past)
		needAccount(a, &f, p.want.PastTeam, m.pastAccount, pastAccountNow(&f, m))
	}
	for _, pool := range p.pools {
		a.add(Ask{Kind: AskPool, Value: pool})
	}
	for _, id := range dri.MissingUserIDs(p.responsibleFacts(m, &f), p.matrix.Chains()...) {
		o := crm.ObjectUser
		if strings.HasPrefix(id, "00G") {
			o = crm.ObjectGroup
		}
		a.in(o, "Id", id)
	}
	return a.out
}

// needPerson asks for a record, and for the one that it was merged into or
// converted to.
func needPerson(a *asker, f *Facts, id string) {
	for range maxLevels {
		if id == "" {
			return
		}
		for _, o := range objectsOf(id) {
			a.in(o, "Id", id)
		}
		r := personByID(f.People, id)
		if r == nil {
			return
		}
		id = firstOf(r.MasterID, r.ConvertedContactID)
	}
}

// needAccount asks for accounts with their open deals and teams, and for those
// that they were merged into.
func needAccount(a *asker, f *Facts, team bool, ids ...string) {
	for _, id := range ids {
		for range maxLevels {
			a.in(crm.ObjectAccount, "Id", id)
			a.in(crm.ObjectOpportunity, "AccountId", id)
			if team {
				a.in(crm.ObjectTeamMember, "AccountId", id)
			}
			acct, _ := accountByID(f.Accounts, id)
			if id = acct.MasterID; id == "" {
				break
			}
		}
	}
}

// personNow is a record as it is today: the one that it was merged into, or the
// contact that a lead became; nil when it is gone.
func personNow(f *Facts, id string) *crm.Person {
	for range maxLevels {
		r := personByID(f.People, id)
		switch {
		case r == nil:
			return nil
		case r.MasterID != "":
			id = r.MasterID
		case r.Deleted:
			return nil
		case r.Converted && personByID(f.People, r.ConvertedContactID) != nil:
			id = r.ConvertedContactID
		default:
			return r
		}
	}
	return nil
}

// accountNow is the account that somebody joined: a contact's own, which is there
// as soon as a lead was converted; for a lead the one that it was matched to.
func accountNow(f *Facts, m finished) string {
	if r := personNow(f, m.person); r != nil {
		return survivor(f, firstOf(firstOf(r.AccountID, r.ConvertedAccountID), m.account))
	}
	return survivor(f, m.account)
}

// pastAccountNow is the account that somebody left.
func pastAccountNow(f *Facts, m finished) string {
	if r := personNow(f, m.past); m.pastAccount == "" && r != nil {
		return survivor(f, r.AccountID)
	}
	return survivor(f, m.pastAccount)
}

// survivor follows an account to the one that it was merged into.
func survivor(f *Facts, id string) string {
	for range maxLevels {
		acct, _ := accountByID(f.Accounts, id)
		if acct.MasterID == "" {
			break
		}
		id = acct.MasterID
	}
	return id
}

// responsibleFacts puts the facts of today into dri's terms.
func (p *Policy) responsibleFacts(m finished, f *Facts) dri.Facts {
	out := dri.Facts{Users: f.Users, Integration: p.cfg.Owners.Integration, Rota: p.rota(f.Rota), Column: m.column}
	out.New = dri.Side{Record: m.planned, DRI: m.before[dri.Joins]}
	out.Past = dri.Side{DRI: m.before[dri.Leaves]}
	if m.halves.Joins {
		if r := personNow(f, m.person); r != nil {
			out.New.Record = r
		}
		p.side(&out.New, f, accountNow(f, m))
		if m.plannedAccount != nil {
			p.describe(&out.New, f, m.plannedAccount)
		}
	}
	if m.halves.Leaves {
		out.Past.Record = personNow(f, m.past)
		p.side(&out.Past, f, pastAccountNow(f, m))
	}
	return out
}

// DecideResponsible finds out who is responsible for a finished move, from facts
// of today, of which Now is the time. It is pure and total.
//
//	the move                                  answer
//	----------------------------------------  --------------------------------------
//	was planned only (mode dry), or has       nothing, never again
//	  neither half
//	has a record younger than the delay       nothing yet; again when it is old enough
//	has the same people and fields as before  nothing; again the coming night
//	otherwise                                 a new state, and the fields that differ
//
// The nights end when the event record is older than the configured days, unless
// the departure is still open. A night that was missed is not made up for: the
// next one is the coming one.
func DecideResponsible(p *Policy, rec Record, f Facts) DRIDecision {
	m := finishedMove(rec)
	if m.halves == (dri.Halves{}) || rec.Plan != nil && rec.Plan.Mode == ModeDry {
		return DRIDecision{}
	}
	if ripe := p.ripe(rec); ripe.After(f.Now) {
		return DRIDecision{Next: ripe}
	}
	d := DRIDecision{Next: p.nextNight(rec, f.Now)}
	as := dri.ResolveMove(p.matrix, m.halves, p.responsibleFacts(m, &f))
	for i := range as {
		as[i].Rota = nil // turns are taken when a move is decided, not every night
	}
	last, known := lastState(rec)
	set, written := p.responsibleFields(as, last.Written, continues(rec) && !known)
	if known && len(set) == 0 && slices.EqualFunc(last.Assignments, as, samePeople) {
		return d
	}
	d.State = &DRIState{At: f.Now, Assignments: as, Written: written}
	if id := rec.Outcome.EventRecordID; id != "" && len(set) > 0 {
		d.Write = &crm.Write{Key: keyOf("responsible", rec.Key), Verb: crm.VerbUpdate, Object: crm.ObjectJobChange, ID: id, Set: set}
	}
	return d
}

// continues reports whether the event record is that of an earlier departure, on
// which people may stand already.
func continues(rec Record) bool {
	return rec.Facts != nil && rec.Facts.Matched.Identity.Continues
}

// ripe is when the responsible people may first be written: the configured delay
// after the record was created, or after the event record when none was.
func (p *Policy) ripe(rec Record) time.Time {
	var made time.Time
	if len(rec.DRI) > 0 {
		return made
	}
	for _, r := range rec.Receipts {
		switch {
		case r.Class != "":
		case r.Created && rec.Plan != nil && r.Key == rec.Plan.PersonWrite:
			return r.At.Add(p.delay())
		case r.Object == crm.ObjectJobChange:
			made = r.At.Add(p.delay())
		}
	}
	return made
}

// nextNight is when to look again; zero when the event record is too old by then.
func (p *Policy) nextNight(rec Record, now time.Time) time.Time {
	next := p.night.after(now)
	if rec.Outcome.Open || next.Before(rec.FinishedAt.AddDate(0, 0, p.cfg.DRI.Days)) {
		return next
	}
	return time.Time{}
}

// responsibleFields are the fields to set, and all that have a value afterwards.
// was are the values as they were last written; all sets the blank ones too.
func (p *Policy) responsibleFields(as []dri.Assignment, was crm.Fields, all bool) (set, written crm.Fields) {
	values := map[string]string{}
	for i, a := range as {
		user, manager := ValueDRI, ValueDRIManager
		if a.Scenario == dri.Leaves {
			user, manager = ValuePastDRI, ValuePastDRIManager
		}
		values[user], values[manager] = a.UserID, a.ManagerID
		if i == 0 {
			values[ValueOwnerManager] = a.RecordManagerID
		}
		values[ValueDRIQueue] = firstOf(values[ValueDRIQueue], a.Queue)
	}
	set, written = crm.Fields{}, crm.Fields{}
	for _, value := range []string{ValueDRI, ValueDRIManager, ValuePastDRI, ValuePastDRIManager, ValueOwnerManager, ValueDRIQueue} {
		field := p.cfg.Fields.Event[value]
		if field == "" {
			continue
		}
		if now := values[value]; now != was[field] || all {
			set[field] = now
		}
		put(written, field, values[value])
	}
	return set, written
}

// samePeople compares who was chosen, not why.
func samePeople(a, b dri.Assignment) bool {
	return a.Scenario == b.Scenario && a.UserID == b.UserID && a.ManagerID == b.ManagerID &&
		a.RecordManagerID == b.RecordManagerID && a.QueueID == b.QueueID && a.None == b.None
}

// night is a time of day on the clock of a zone.
type night struct {
	hour, minute int
	zone         *time.Location
}

// after is the first such time after t. A day whose clock skips or repeats that
// hour has one night like any other.
func (n night) after(t time.Time) time.Time {
	local := t.In(n.zone)
	for day := local.Day(); ; day++ {
		at := time.Date(local.Year(), local.Month(), day, n.hour, n.minute, 0, 0, n.zone)
		if at.After(t) {
			return at.UTC()
		}
	}
}
