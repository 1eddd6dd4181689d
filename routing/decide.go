package routing

import (
	"slices"
	"strings"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/dri"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
)

// Evaluate matches and decides: what dry runs, replay and the engine call.
func Evaluate(p *Policy, ev Event, f Facts) Plan {
	f.Matched = Match(p, ev, f)
	return Decide(p, ev, f)
}

// Decide makes a plan for a normalised event on matched facts. It is pure and
// total: equal arguments give equal plans, and every event gets one. The first
// line that holds decides:
//
//	what the facts say                     status    what                  marks past
//	-------------------------------------  --------  --------------------  ----------
//	the person was erased                  filtered  suppressed            no
//	another delivery reported the move     done      duplicate_move        no
//	it begins in the future                waiting   held                  no
//	an operator rejected it                filtered  nothing               yes
//	a later move was decided already       filtered  nothing               where the person was
//	one more role beside the old one       filtered  nothing               no
//	same company, nothing new              filtered  nothing               no
//	perhaps the same company               review    held                  no
//	left, destination unknown              done      departure_recorded    yes
//	the change is too old                  filtered  nothing               yes
//	nobody we track                        filtered  nothing               yes
//	title or name changed, same company    done      updated               no
//	inside one hierarchy                   done      updated               no
//	the title fits no persona              filtered  nothing               yes
//	the destination is disqualified        filtered  nothing               yes
//	a stranger at a watched account, of
//	whom nothing is wanted                 filtered  nothing               yes
//	perhaps already there                  review    held                  yes
//	already there                          done      enriched              yes
//	already there, had left (boomerang)    done      reactivated           yes
//	strategy flow                          done      handed_to_flow        yes
//	otherwise by strategy (see strategy)
func Decide(p *Policy, ev Event, f Facts) Plan {
	d := decision{p: p, ev: &ev, f: &f, m: &f.Matched}
	d.plan = Plan{
		Key: DeliveryKey(ev), Move: d.m.Identity.Move, Config: p.version, Mode: p.cfg.Mode, Strategy: p.strategy(ev),
		Kind: d.m.Kind.Kind, Relationship: d.m.Relationship, PastAccountID: d.m.PastAccountID,
		Person: d.m.Person, Account: d.m.Account, AccountID: d.m.Account.ID, Trace: make([]Step, 0, 12),
	}
	d.describe()
	d.configure()
	d.verdict()
	d.complete()
	return d.plan
}

// decision is the state of one call of Decide.
type decision struct {
	p    *Policy
	ev   *Event
	f    *Facts
	m    *Matched
	plan Plan
	// marks tells that the past record is marked, joins that somebody arrives.
	marks, joins bool
	// ownCompany tells that it leads to an account that onward makes or made.
	ownCompany bool
	// prospect tells that nobody knows the person, who is at a watched account.
	prospect bool
	// binding is the configuration that was chosen, nil for none.
	binding *Configuration
	// record is the record that the plan leads to, as far as it is known now, and
	// account the account that it makes.
	record  crm.Person
	account *crm.Account
}

func (d *decision) end(s Status, w What, r Reason) {
	d.plan.Status, d.plan.What, d.plan.Reason = s, w, r
}

func (d *decision) step(s Stage, r Reason, about string) {
	d.plan.Trace = append(d.plan.Trace, Step{Stage: s, Reason: r, About: about})
}

func (d *decision) flag(r Reason) { d.plan.Flags = append(d.plan.Flags, r) }

// describe notes what is known before anything is decided.
func (d *decision) describe() {
	m := d.m
	if m.Past != nil {
		d.plan.Past = &crm.Ref{Object: m.Past.Object, ID: m.Past.ID}
		d.plan.OtherPast = m.OtherPast
		d.step(StagePast, "past_record", m.Past.ID)
		if len(m.OtherPast) > 0 {
			d.flag(ReasonMorePastRecords)
		}
		if m.Past.OptedOut {
			d.flag(ReasonOptedOut)
		}
	} else if d.ev.Person.CRMID != "" && m.Person.ID != d.ev.Person.CRMID {
		d.flag(ReasonPastNotFound)
	}
	d.step(StageKind, Reason(m.Kind.Kind), "")
	d.stamp()
	if m.Kind.DualRole {
		d.flag(ReasonDualRole)
	}
	if m.Account.Capped {
		d.flag(ReasonCandidatesCapped)
	}
	if m.Account.SameOwner != "" {
		d.flag(ReasonOwnerIsCertain)
	}
	if a, ok := accountByID(d.f.Accounts, d.plan.AccountID); ok {
		d.plan.Classes = d.p.classesIn(d.f, &a)
	}
	if d.ev.To != nil {
		d.step(StageAccount, Reason(m.Account.Decisive), m.Account.ID)
	}
}

// verdict goes down the table of Decide.
func (d *decision) verdict() {
	if d.identityVerdict() {
		return
	}
	kind := d.m.Kind.Kind
	switch {
	case kind == tracking.AdditionalRole && d.p.cfg.Filters.AdditionalRole == HandleFilter:
		d.filter(ReasonAdditionalRole)
	case kind == tracking.CosmeticRename && d.ev.From != nil:
		d.filter(ReasonCosmetic)
	case kind == tracking.Unchanged && d.ev.From != nil:
		d.filter(ReasonUnchanged)
	case d.m.Uncertain && d.f.Pick == nil:
		d.review(StageKind, ReasonCompanyUncertain)
	case d.ev.To == nil:
		d.depart()
	case d.stale():
		d.mark()
		d.filter(ReasonStaleChange)
	case d.untracked():
		d.mark()
		d.filter(ReasonUntracked)
	case d.inPlace():
	case d.personaRefuses():
		d.mark()
		d.filter(ReasonPersona)
	case d.p.disqualified(d.plan.Classes):
		d.mark()
		d.filter(ReasonDisqualified)
	case d.prospectRefused():
	default:
		d.mark()
		d.deliver()
	}
}

// identityVerdict handles what the identity of person and move decides alone.
func (d *decision) identityVerdict() bool {
	id := d.m.Identity
	switch starts := d.starts(); {
	case d.f.Suppressed:
		d.plan = Plan{Key: d.plan.Key, Move: d.plan.Move, Config: d.plan.Config, Mode: d.plan.Mode, Strategy: d.plan.Strategy, Forget: true}
		d.end(StatusFiltered, WhatSuppressed, ReasonSuppressedPrivacy)
	case id.First != "":
		d.plan.First = id.First
		d.end(StatusDone, WhatDuplicate, ReasonDuplicateMove)
		d.step(StageFilter, ReasonDuplicateMove, id.First)
	case starts.After(d.f.Now) && d.p.cfg.Filters.FutureStart == HandleHold:
		d.plan.Due = starts
		d.end(StatusWaiting, WhatHeld, ReasonFutureStart)
		d.step(StageFilter, ReasonFutureStart, crm.FormatDate(starts))
	case d.f.Pick != nil && d.f.Pick.Reject:
		d.mark()
		d.filter(ReasonOperatorRejected)
	case id.Older && d.f.Pick == nil:
		d.mark()
		d.filter(ReasonOlderThanApplied)
	default:
		return false
	}
	return true
}

// starts is the first day at the new company, zero if unknown.
func (d *decision) starts() time.Time {
	if d.ev.To == nil {
		return time.Time{}
	}
	return d.ev.To.StartedOn.Time
}

// filter ends without anything being created.
func (d *decision) filter(r Reason) {
	d.end(StatusFiltered, WhatNothing, r)
	d.step(StageFilter, r, "")
}

// review ends with nothing created until somebody has decided.
func (d *decision) review(s Stage, r Reason) {
	d.end(StatusReview, WhatHeld, r)
	d.step(s, r, "")
}

// depart records that somebody left and is not yet seen elsewhere; the move
// stays open for the destination.
func (d *decision) depart() {
	d.mark()
	d.plan.Open = true
	d.end(StatusDone, WhatDeparture, ReasonNoDestination)
	d.step(StageFilter, ReasonNoDestination, "")
}

// stale reports whether the change is older than the configured age, in days of
// the calendar.
func (d *decision) stale() bool {
	limit := d.p.cfg.Filters.MaxAgeDays
	since := d.starts()
	if since.IsZero() {
		since = d.ev.OccurredAt
	}
	return limit > 0 && DateOf(d.f.Now).Sub(DateOf(since).Time) > time.Duration(limit)*24*time.Hour
}

// untracked reports whether movers without a relationship are filtered and this
// is one. People sent by a Flow or a workflow were chosen by somebody; feeds
// report anybody. At a watched account its reports decide.
func (d *decision) untracked() bool {
	if d.plan.Relationship != "" || d.prospect {
		return false
	}
	switch d.p.cfg.Filters.Untracked {
	case HandleFilter:
		return true
	case HandleProcess:
		return false
	default:
		return strings.HasPrefix(d.ev.Source, "feed")
	}
}

// inPlace updates the record of somebody who stayed with the company: a new
// title, a new name, or another account of the same hierarchy.
func (d *decision) inPlace() bool {
	var reason Reason
	switch d.m.Kind.Kind {
	case tracking.TitleChange:
		reason = ReasonTitleChange
	case tracking.Promotion:
		reason = ReasonPromotion
	case tracking.NameChanged:
		reason = ReasonNameChanged
	case tracking.InternalMove:
		if d.p.cfg.Filters.InternalMove != HandleUpdate || d.m.Past == nil || d.m.Past.Object != crm.ObjectContact || d.plan.AccountID == "" {
			return false
		}
		d.moveInside()
		return true
	default:
		return false
	}
	target := d.here()
	if target == nil {
		return false
	}
	d.enrich(target)
	d.end(StatusDone, WhatUpdated, reason)
	d.step(StageStrategy, reason, target.ID)
	return true
}

// here is the record of a person who is where the event says.
func (d *decision) here() *crm.Person {
	if d.m.Person.Verdict == matching.VerdictAuto {
		if r := personByID(d.f.People, d.m.Person.ID); r != nil {
			return r
		}
	}
	return d.m.Past
}

// complete adds what follows from the verdict: flags in order, the event
// record, DRI, notices, claims.
func (d *decision) complete() {
	p := &d.plan
	if p.Forget {
		return
	}
	sortReasons(p)
	live := p.Mode == ModeLive
	if p.Mode != ModeDry {
		p.Aliases = d.m.Identity.Claims
		if n := d.m.Identity.Lasting; !d.moves() && n < len(p.Aliases) {
			p.Aliases = p.Aliases[:n:n]
		}
	}
	if live && d.ownCompany {
		p.Aliases = append(p.Aliases[:len(p.Aliases):len(p.Aliases)], d.companyClaims()...)
	}
	if live {
		p.Rota = dri.JoinMoves(p.Owner.Rota...)
	}
	if p.What == WhatDuplicate || p.Status == StatusWaiting || p.Reason == ReasonOlderThanApplied {
		return
	}
	d.responsible()
	d.handOff()
	if d.bookkeeps() {
		p.Event = d.eventWrite()
	}
}

// moves reports whether the plan says that the person has moved: only then is it
// the person's latest move, before which older reports give way. What continues
// a departure takes it over at once, also while it waits: nothing else may.
func (d *decision) moves() bool {
	if d.m.Identity.Continues {
		return true
	}
	kind := d.m.Kind.Kind
	if !kind.IsJobChange() && kind != tracking.Left && kind != tracking.InternalMove {
		return false
	}
	return d.marks || d.plan.Status == StatusDone || d.plan.Status == StatusReview
}

// companyClaims are the aliases of the new company, which the plan makes or
// uses, with the owner of its account.
func (d *decision) companyClaims() []AliasClaim {
	out := make([]AliasClaim, len(d.m.Identity.CompanyClaims))
	for i, c := range d.m.Identity.CompanyClaims {
		if company := *c.Identity.Company; d.account != nil {
			company.OwnerID = d.account.OwnerID
			c.Identity.Company = &company
		}
		out[i] = c
	}
	return out
}

// bookkeeps reports whether onward itself marks past records and writes the
// event record; a Flow may have asked to do so.
func (d *decision) bookkeeps() bool {
	return d.plan.Strategy != StrategyFlow || d.p.cfg.Flow.Bookkeeping == BookkeepingOnward
}

// responsible resolves the DRI as seen today, and tells them.
func (d *decision) responsible() {
	halves := dri.Halves{Joins: d.joins, Leaves: d.marks && d.plan.PastAccountID != "" && d.plan.Reason != ReasonStaleChange}
	if d.plan.Reason == ReasonDisqualified {
		halves.Joins = true // answered with None: nobody joins a disqualified account (DR14)
	}
	if !halves.Joins && !halves.Leaves {
		return
	}
	var record *crm.Person
	if d.joins {
		record = &d.record
	}
	facts := d.driFacts(record)
	facts.Rota = facts.Rota.Apply(d.plan.Rota) // the owner's turn comes before
	d.plan.DRI = dri.ResolveMove(d.p.matrix, halves, facts)
	d.plan.DRIDue = d.f.Now.Add(d.p.delay())
	for _, a := range d.plan.DRI {
		if d.plan.Mode == ModeLive {
			d.plan.Rota = dri.JoinMoves(slices.Concat(d.plan.Rota, a.Rota)...)
		}
		d.step(StageDRI, Reason(a.Reason), a.UserID)
		if !a.None && (a.UserID != "" || a.QueueID != "") {
			d.notify(a)
		}
	}
}

// notify adds a notice; one user hears of both halves at once (DR08).
func (d *decision) notify(a dri.Assignment) {
	for i := range d.plan.Notices {
		if n := &d.plan.Notices[i]; a.UserID != "" && n.UserID == a.UserID {
			n.Scenarios = append(n.Scenarios, a.Scenario)
			return
		}
	}
	account := d.plan.AccountID
	if a.Scenario == dri.Leaves {
		account = d.plan.PastAccountID
	}
	d.plan.Notices = append(d.plan.Notices, Notice{
		ID: labelled("n", "notice", d.plan.Move, string(a.Scenario)), Delivery: d.plan.Key, UserID: a.UserID, Queue: a.Queue,
		Scenarios: []dri.Scenario{a.Scenario}, AccountID: account, Reason: d.plan.Reason, At: d.f.Now,
	})
}
