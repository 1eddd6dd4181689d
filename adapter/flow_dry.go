package adapter

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/dri"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/routing"
)

// route is one of Salesforce's routes that bring no report.
func (d *flowDesk) route(path string, scope Scope, serve func(context.Context, call) (Response, error)) route {
	return route{
		Method: http.MethodPost, Path: flowPath + path, Source: sourceFlow, Media: mediaJSON(), Serve: serve, Refuse: flowRefusal,
		Verify: func(r Request, now time.Time) (Caller, error) { return d.keys.verify(r.Header, now, scope) },
	}
}

// nobody stands for the person where only a company is asked about. The address is
// reserved for nobody.
const nobody = "nobody@nobody.example"

// matchAccount answers which account a company is.
func (d *flowDesk) matchAccount(ctx context.Context, c call) (Response, error) {
	return dryRun[flowAccount]{
		fill: func(m *flowMove) {
			if (*m == flowMove{NewAccountID: m.NewAccountID, NewCompany: m.NewCompany, NewDomain: m.NewDomain, NewEmail: m.NewEmail,
				NewCompanyLinkedInURL: m.NewCompanyLinkedInURL, NewCountry: m.NewCountry, NewState: m.NewState, NewCity: m.NewCity, NewPhone: m.NewPhone}) {
				m.Email = nobody
			}
		},
		judge:  func(p routing.Plan, _ routing.Event) flowAccount { return accountVerdict(p.Account) },
		reject: func(r Rejection) flowAccount { return flowAccount{flowVerdict: rejected(r)} },
		answer: func(id, status string, one *flowAccount, all []flowAccount) any {
			return flowAccountAnswer{RequestID: id, Status: status, flowAccount: one, Results: all}
		},
		verdict: func(a *flowAccount) (*string, **int32) { return &a.Status, &a.Index },
	}.serve(ctx, d, c)
}

// accountVerdict tells of an account match.
func accountVerdict(m matching.AccountMatch) flowAccount {
	out := flowAccount{
		flowVerdict: flowVerdict{Status: statusDone, Outcome: "account_found", Reason: string(m.Decisive)},
		AccountID:   m.ID, AccountTier: string(m.Tier), Confidence: m.Confidence,
	}
	switch m.Verdict {
	case matching.VerdictReview:
		out.Status, out.Outcome, out.Message = statusReview, "ambiguous_account", accountSentence(m)
	case matching.VerdictNone:
		out.Outcome = "no_account"
	}
	for _, r := range m.Ranked {
		out.CandidateIDs = append(out.CandidateIDs, r.ID)
	}
	return out
}

// findDuplicates answers who is there already.
func (d *flowDesk) findDuplicates(ctx context.Context, c call) (Response, error) {
	return dryRun[flowDuplicates]{
		fill: func(m *flowMove) {
			if m.NewCompany == "" && m.NewDomain == "" && m.NewAccountID == "" && m.NewEmail == "" && m.NewCompanyLinkedInURL == "" {
				m.NewEmail = m.Email
			}
		},
		judge:  func(p routing.Plan, _ routing.Event) flowDuplicates { return duplicatesVerdict(p.Person) },
		reject: func(r Rejection) flowDuplicates { return flowDuplicates{flowVerdict: rejected(r)} },
		answer: func(id, status string, one *flowDuplicates, all []flowDuplicates) any {
			return flowDuplicatesAnswer{RequestID: id, Status: status, flowDuplicates: one, Results: all}
		},
		verdict: func(f *flowDuplicates) (*string, **int32) { return &f.Status, &f.Index },
	}.serve(ctx, d, c)
}

// duplicatesVerdict tells of a duplicate scan.
func duplicatesVerdict(m matching.PersonMatch) flowDuplicates {
	out := flowDuplicates{flowVerdict: flowVerdict{Status: statusDone, Outcome: "duplicate_found", Reason: string(m.Decisive)}, DuplicateID: m.ID}
	switch m.Verdict {
	case matching.VerdictReview:
		out.Status, out.Outcome = statusReview, "possible_duplicate"
	case matching.VerdictNone:
		out.Outcome = "no_duplicate"
	}
	if m.ID != "" {
		out.DuplicateType = personType(m.Lead)
	}
	for _, hit := range m.Others {
		out.Matches = append(out.Matches, flowDuplicate{ID: hit.ID, Type: personType(hit.Lead), Reason: string(hit.Reason)})
	}
	return out
}

func personType(lead bool) string {
	if lead {
		return string(crm.ObjectLead)
	}
	return string(crm.ObjectContact)
}

// resolveDRI answers who is responsible, as seen now.
func (d *flowDesk) resolveDRI(ctx context.Context, c call) (Response, error) {
	return dryRun[flowDRI]{
		judge:  func(p routing.Plan, _ routing.Event) flowDRI { return driVerdict(p) },
		reject: func(r Rejection) flowDRI { return flowDRI{flowVerdict: rejected(r)} },
		answer: func(id, status string, one *flowDRI, all []flowDRI) any {
			return flowDRIAnswer{RequestID: id, Status: status, flowDRI: one, Results: all}
		},
		verdict: func(f *flowDRI) (*string, **int32) { return &f.Status, &f.Index },
	}.serve(ctx, d, c)
}

// driVerdict tells who is responsible for the halves of a move.
func driVerdict(p routing.Plan) flowDRI {
	out := flowDRI{flowVerdict: flowVerdict{Status: statusDone, Outcome: "no_dri", Reason: string(p.Reason)}}
	for _, a := range p.DRI {
		if a.None {
			continue
		}
		if a.UserID+a.QueueID != "" {
			out.Outcome, out.Reason = "dri_found", string(a.Reason)
		}
		if a.Scenario == dri.Leaves {
			out.PastDRIID, out.PastDRIManagerID, out.PastDRIQueueID, out.PastDRIReason = a.UserID, a.ManagerID, a.QueueID, string(a.Reason)
			continue
		}
		out.DRIID, out.DRIManagerID, out.DRIQueueID, out.DRIReason = a.UserID, a.ManagerID, a.QueueID, string(a.Reason)
	}
	return out
}

// decide answers what would be done.
func (d *flowDesk) decide(ctx context.Context, c call) (Response, error) {
	return dryRun[flowDecision]{
		judge: func(p routing.Plan, ev routing.Event) flowDecision {
			return flowDecision{FlowDecision: *flatDecision(p, ev)}
		},
		reject: func(r Rejection) flowDecision {
			return flowDecision{FlowDecision: routing.FlowDecision{Status: statusRejected, Outcome: r.Code, Message: rejection(r)}}
		},
		answer: func(id, status string, one *flowDecision, all []flowDecision) any {
			return flowDecisionAnswer{RequestID: id, Status: status, flowDecision: one, Results: all}
		},
		verdict: func(f *flowDecision) (*string, **int32) { return &f.Status, &f.Index },
	}.serve(ctx, d, c)
}

// flatDecision is a plan in flat values, in the words of answers.
func flatDecision(p routing.Plan, ev routing.Event) *routing.FlowDecision {
	out := routing.FlowDecision{
		Reason: string(p.Reason), Kind: string(p.Kind), DuplicateID: p.Person.ID, AccountID: p.AccountID,
		AccountTier: string(p.Account.Tier), AccountStatus: string(p.Account.Verdict), PastAccountID: p.PastAccountID,
		OwnerID: p.Owner.UserID + p.Owner.QueueID, Relationship: p.Relationship, Key: string(p.PersonWrite),
		FirstName: ev.Person.FirstName, LastName: ev.Person.LastName,
	}
	if to := ev.To; to != nil {
		out.Email, out.Title, out.Company, out.Domain = to.Email, to.Title, to.Company, to.Domain
	}
	if out.DuplicateID != "" {
		out.DuplicateType = personType(p.Person.Lead)
	}
	if past := p.Past; past != nil && past.Object == crm.ObjectLead {
		out.PastLeadID = past.ID
	} else if past != nil {
		out.PastContactID = past.ID
	}
	if p.Flow != nil {
		out = *p.Flow
	}
	out.RequestID, out.Status = ev.ID, statusWord(p.Status)
	out.Outcome, out.Message = telling(routing.Record{Plan: &p, Outcome: routing.Outcome{Status: p.Status, What: p.What, Reason: p.Reason}})
	return &out
}

// rejected is the verdict on an item that cannot be judged.
func rejected(r Rejection) flowVerdict {
	return flowVerdict{Status: statusRejected, Outcome: r.Code, Reason: r.Code, Message: rejection(r)}
}

// dryRun answers a request that writes nothing, with a T for each move.
type dryRun[T any] struct {
	// fill completes a move that may say less here than elsewhere; nil for none.
	fill   func(m *flowMove)
	judge  func(p routing.Plan, ev routing.Event) T
	reject func(r Rejection) T
	// answer puts the one T, or those of a list, into the answer.
	answer func(id, status string, one *T, all []T) any
	// verdict leads to a T's status and index.
	verdict func(v *T) (status *string, index **int32)
}

func (r dryRun[T]) serve(ctx context.Context, d *flowDesk, c call) (Response, error) {
	in, moves, err := readFlow(c.Request.Body, d.server.opt.Limits)
	if err != nil {
		return Response{}, err
	}
	list := in.Items != nil
	all := make([]T, len(moves))
	var events []routing.Event
	var places []int
	for i, m := range moves {
		if r.fill != nil {
			r.fill(&m)
		}
		ev, err := d.server.flowEvent(m, flowID(in.RequestID, list, i), c.Request.Received)
		var why *Refusal
		switch {
		case err == nil:
			events, places = append(events, ev), append(places, i)
		case list && errors.As(err, &why):
			all[i] = r.reject(Rejection{Index: i, Code: why.Code, Field: why.Field, Message: why.Message})
		default:
			return Response{}, err
		}
	}
	c.leave()
	plans, err := d.plan(ctx, events)
	if err != nil {
		return Response{}, err
	}
	for i, at := range places {
		all[at] = r.judge(plans[i], events[i])
	}
	return Response{Status: http.StatusOK, Body: r.put(in.RequestID, list, all)}, nil
}

// put makes the answer of the results.
func (r dryRun[T]) put(id string, list bool, all []T) any {
	if !list {
		status, _ := r.verdict(&all[0])
		return r.answer(id, *status, &all[0], nil)
	}
	statuses := make([]string, len(all))
	for i := range all {
		status, index := r.verdict(&all[i])
		place := int32(i)
		statuses[i], *index = *status, &place
	}
	return r.answer(id, together(statuses), nil, all)
}

// plan decides within the deadline, without writing anything.
func (d *flowDesk) plan(ctx context.Context, events []routing.Event) ([]routing.Plan, error) {
	if len(events) == 0 {
		return nil, nil
	}
	var plans []routing.Plan
	err := d.server.within(ctx, d.opt.Deadline, func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, d.opt.Deadline)
		defer cancel()
		found, err := d.server.opt.Engine.Plan(ctx, events)
		if err == nil {
			plans = found
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return plans, nil
}
