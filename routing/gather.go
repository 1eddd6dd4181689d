package routing

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/dri"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking/target"
)

// maxRounds bounds the rounds of asking. Each round follows one more reference
// (record, account, parent, user, manager …), and references run out long
// before.
const maxRounds = 16

// gather asks for a whole batch what Needs wants, round after round, until no
// event wants anything. Equal asks of several events become one.
func (e *Engine) gather(ctx context.Context, evs []Event, facts []Facts) error {
	for i := range facts {
		facts[i].Asked = map[Ask]bool{}
		facts[i].Known = map[Alias]Identity{}
	}
	if err := e.suppressed(ctx, evs, facts); err != nil {
		return err
	}
	open := make([]int, len(evs))
	for i := range open {
		open[i] = i
	}
	for range maxRounds {
		r := newRound()
		var still []int
		for _, i := range open {
			var asks []Ask
			if err := guarded(func() { asks = needs(e.policy, evs[i], facts[i], e.deps.Relationships != nil) }); err != nil {
				return err
			}
			if len(asks) == 0 {
				continue
			}
			still = append(still, i)
			for _, ask := range asks {
				facts[i].Asked[ask] = true
				r.want[ask] = append(r.want[ask], i)
			}
		}
		if len(still) == 0 {
			return nil
		}
		if err := e.answer(ctx, evs, facts, r); err != nil {
			return err
		}
		open = still
	}
	return nil
}

// suppressed looks for tombstones before anything else is asked.
func (e *Engine) suppressed(ctx context.Context, evs []Event, facts []Facts) error {
	var q Question
	owners := map[string][]int{}
	for i, ev := range evs {
		for _, stone := range append(e.hashed(Identifiers(ev)), facts[i].persons...) {
			if owners[stone] == nil {
				q.Tombstones = append(q.Tombstones, stone)
			}
			owners[stone] = append(owners[stone], i)
		}
	}
	answer, err := e.deps.Ledger.Lookup(ctx, q)
	if err != nil {
		return err
	}
	for stone := range answer.Buried {
		for _, i := range owners[stone] {
			facts[i].Suppressed = true
		}
	}
	return nil
}

// round is what one round of asking wants: each ask with the events that want
// its answer.
type round struct{ want map[Ask][]int }

func newRound() round { return round{want: map[Ask][]int{}} }

// sorted are the asks of one kind in a fixed order.
func (r round) sorted(kind AskKind) []Ask {
	var out []Ask
	for ask := range r.want {
		if ask.Kind == kind {
			out = append(out, ask)
		}
	}
	slices.SortFunc(out, func(a, b Ask) int {
		return cmp.Or(compareText(a.Object, b.Object), cmp.Compare(a.Field, b.Field), compareText(a.Op, b.Op), cmp.Compare(a.Value, b.Value))
	})
	return out
}

// answer asks everybody once.
func (e *Engine) answer(ctx context.Context, evs []Event, facts []Facts, r round) error {
	if err := e.askCRM(ctx, facts, r); err != nil {
		return err
	}
	if err := e.askAccounts(ctx, evs, facts, r); err != nil {
		return err
	}
	if err := e.askRoster(ctx, facts, r); err != nil {
		return err
	}
	return e.askLedger(ctx, facts, r)
}

// askCRM puts asks of one field together into one query each.
func (e *Engine) askCRM(ctx context.Context, facts []Facts, r round) error {
	var qs []crm.Query
	var groups [][]Ask
	for _, ask := range r.sorted(AskRecords) {
		last := len(groups) - 1
		if last < 0 || !sameQuery(groups[last][0], ask) {
			groups = append(groups, nil)
			qs = append(qs, e.query(ask))
			last++
		}
		groups[last] = append(groups[last], ask)
		where := &qs[last].Where[0]
		where.Values = append(where.Values, ask.Value)
	}
	if len(qs) == 0 {
		return nil
	}
	found, err := e.deps.CRM.Find(ctx, qs)
	if err != nil {
		return err
	}
	return guarded(func() { e.handOut(facts, found, groups, r) })
}

// handOut gives the records found to the events that asked for them.
func (e *Engine) handOut(facts []Facts, found [][]crm.Record, groups [][]Ask, r round) {
	for i, records := range found {
		d := newDistributor(groups[i], r.want)
		for _, record := range records {
			for _, event := range d.events(record) {
				e.learn(&facts[event], record)
			}
		}
	}
	for i := range facts {
		sortFacts(&facts[i])
	}
}

func sameQuery(a, b Ask) bool { return a.Object == b.Object && a.Field == b.Field && a.Op == b.Op }

func (e *Engine) query(ask Ask) crm.Query {
	p := e.policy
	q := crm.Query{Object: ask.Object, Where: []crm.Cond{{Field: ask.Field, Op: ask.Op}}}
	switch ask.Object {
	case crm.ObjectAccount:
		q.Select = p.accountFields
	case crm.ObjectContact:
		q.Select = p.contactFields
	case crm.ObjectLead:
		q.Select = p.leadFields
	case crm.ObjectUser:
		q.Select = p.userFields
	case crm.ObjectGroup:
		q.Select = p.cfg.Names.QueueFields()
	case crm.ObjectOpportunity:
		q.Select = p.cfg.Names.OpportunityFields()
	case crm.ObjectOpportunityRole:
		q.Select = []string{"ContactId", "IsPrimary", "OpportunityId", "Role"}
	case crm.ObjectTeamMember:
		q.Select = []string{"AccountId", "TeamMemberRole", "UserId"}
	}
	// A record named by id may have been merged or deleted: that has to be seen.
	q.Deleted = ask.Field == "Id" && (ask.Object == crm.ObjectAccount || ask.Object == crm.ObjectContact || ask.Object == crm.ObjectLead)
	return q
}

// learn adds a record to the facts, once.
func (e *Engine) learn(f *Facts, r crm.Record) {
	n := e.policy.cfg.Names
	switch r.Object {
	case crm.ObjectAccount:
		f.Accounts = addOnce(f.Accounts, n.Account(r), func(a *crm.Account) string { return a.ID })
		if e.deps.Targets != nil {
			if w, ok := e.deps.Targets.Watched(r.ID); ok {
				f.Watched = addOnce(f.Watched, w, func(w *target.Watched) string { return w.ID })
			}
		}
	case crm.ObjectContact, crm.ObjectLead:
		f.People = addOnce(f.People, n.Person(r), func(a *crm.Person) string { return a.ID })
	case crm.ObjectUser:
		f.Users = addOnce(f.Users, n.User(r), func(a *crm.User) string { return a.ID })
	case crm.ObjectGroup:
		f.Users = addOnce(f.Users, n.Queue(r), func(a *crm.User) string { return a.ID })
	case crm.ObjectOpportunity:
		f.Opportunities = addOnce(f.Opportunities, n.Opportunity(r), func(a *crm.Opportunity) string { return a.ID })
	case crm.ObjectOpportunityRole:
		f.Roles = addOnce(f.Roles, n.Role(r), func(a *crm.OpportunityRole) string { return a.ID })
	case crm.ObjectTeamMember:
		m := dri.TeamMember{AccountID: r.Fields["AccountId"], UserID: r.Fields["UserId"], Role: r.Fields["TeamMemberRole"]}
		if !slices.Contains(f.Team, m) {
			f.Team = append(f.Team, m)
		}
	}
}

func addOnce[T any](list []T, x T, id func(*T) string) []T {
	for i := range list {
		if id(&list[i]) == id(&x) {
			return list
		}
	}
	return append(list, x)
}

// sortFacts gives the lists one order, so that stored facts are comparable.
func sortFacts(f *Facts) {
	slices.SortFunc(f.Accounts, func(a, b crm.Account) int { return strings.Compare(a.ID, b.ID) })
	slices.SortFunc(f.Watched, func(a, b target.Watched) int { return strings.Compare(a.ID, b.ID) })
	slices.SortFunc(f.People, func(a, b crm.Person) int { return strings.Compare(a.ID, b.ID) })
	slices.SortFunc(f.Users, func(a, b crm.User) int { return strings.Compare(a.ID, b.ID) })
	slices.SortFunc(f.Opportunities, func(a, b crm.Opportunity) int { return strings.Compare(a.ID, b.ID) })
	slices.SortFunc(f.Roles, func(a, b crm.OpportunityRole) int { return strings.Compare(a.ID, b.ID) })
	slices.SortFunc(f.Team, func(a, b dri.TeamMember) int {
		return cmp.Or(strings.Compare(a.AccountID, b.AccountID), strings.Compare(a.UserID, b.UserID), strings.Compare(a.Role, b.Role))
	})
}

// askAccounts asks the finder for candidates.
func (e *Engine) askAccounts(ctx context.Context, evs []Event, facts []Facts, r round) error {
	who := r.want[Ask{Kind: AskCandidates}]
	if len(who) == 0 {
		return nil
	}
	cs := make([]matching.Company, len(who))
	for i, event := range who {
		cs[i] = evs[event].To.company()
	}
	found, err := e.candidates(ctx, cs)
	if err != nil {
		return err
	}
	return guarded(func() { e.handCandidates(evs, facts, who, found) })
}

// handCandidates gives the candidates to the events that asked for them.
func (e *Engine) handCandidates(evs []Event, facts []Facts, who []int, found []Candidates) {
	for i, event := range who {
		f := &facts[event]
		f.Candidates, f.Capped, f.ListSize, f.account = found[i].Accounts, found[i].Capped, found[i].ListSize, found[i].Match
		if f.account == nil {
			m := f.matchCandidates(e.policy, evs[event])
			f.account = &m
		}
	}
}

// askLedger asks what is known of moves, companies and pools.
func (e *Engine) askLedger(ctx context.Context, facts []Facts, r round) error {
	var q Question
	for _, ask := range r.sorted(AskAlias) {
		q.Aliases = append(q.Aliases, Alias(ask.Value))
	}
	for _, ask := range r.sorted(AskPool) {
		q.Pools = append(q.Pools, ask.Value)
	}
	if len(q.Aliases)+len(q.Pools) > 0 {
		answer, err := e.deps.Ledger.Lookup(ctx, q)
		if err != nil {
			return err
		}
		for alias, id := range answer.Known {
			for _, i := range r.want[Ask{Kind: AskAlias, Value: string(alias)}] {
				facts[i].Known[alias] = id
			}
		}
		for _, pool := range q.Pools {
			for _, i := range r.want[Ask{Kind: AskPool, Value: pool}] {
				setPool(&facts[i], pool, answer.Rota[pool])
			}
		}
	}
	return e.askPriors(ctx, facts, r)
}

func setPool(f *Facts, pool string, next int) {
	if f.Rota == nil {
		f.Rota = map[string]int{}
	}
	f.Rota[pool] = next
}

func (e *Engine) askPriors(ctx context.Context, facts []Facts, r round) error {
	asks := r.sorted(AskPrior)
	if len(asks) == 0 {
		return nil
	}
	keys := make([]string, len(asks))
	for i, ask := range asks {
		keys[i] = ask.Value
	}
	found, err := e.deps.Ledger.Fetch(ctx, keys)
	if err != nil {
		return err
	}
	for _, ask := range asks {
		record, ok := found[ask.Value]
		if !ok {
			continue
		}
		prior := Prior{
			Delivery: record.Key, Status: record.Status, Outcome: record.Outcome, OccurredAt: record.OccurredAt,
			From: record.Event.From, To: record.Event.To,
		}
		if record.Plan != nil {
			prior.Move = record.Plan.Move
			prior.Outcome.Open = record.Plan.Open
		}
		for _, i := range r.want[ask] {
			facts[i].Priors = append(facts[i].Priors, prior)
			slices.SortFunc(facts[i].Priors, func(a, b Prior) int { return strings.Compare(a.Delivery, b.Delivery) })
		}
	}
	return nil
}
