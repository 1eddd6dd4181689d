package adapter

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/dri"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/routing"
)

// deliverySummary is one delivery in a list: ids and words, nobody's name.
type deliverySummary struct {
	ID         string    `json:"id"`
	Seq        int64     `json:"seq"`
	Source     string    `json:"source"`
	Status     string    `json:"status"`
	Outcome    string    `json:"outcome,omitempty"`
	Reason     string    `json:"reason,omitempty"`
	ReceivedAt time.Time `json:"receivedAt"`
	OccurredAt time.Time `json:"occurredAt"`
	FinishedAt time.Time `json:"finishedAt,omitzero"`
	Due        time.Time `json:"due,omitzero"`
	Attempts   int       `json:"attempts"`
	Note       string    `json:"note,omitempty"`
	Error      string    `json:"error,omitempty"`
	LeadID     string    `json:"leadId,omitempty"`
	ContactID  string    `json:"contactId,omitempty"`
	AccountID  string    `json:"accountId,omitempty"`
	OwnerID    string    `json:"ownerId,omitempty"`
}

func summaryOf(r routing.Record) deliverySummary {
	return deliverySummary{
		ID: r.Key, Seq: r.Seq, Source: r.Event.Source, Status: string(r.Status),
		Outcome: string(r.Outcome.What), Reason: string(r.Outcome.Reason),
		ReceivedAt: r.ReceivedAt, OccurredAt: r.OccurredAt, FinishedAt: r.FinishedAt, Due: r.Due,
		Attempts: r.Attempt, Note: r.Note, Error: r.Outcome.Error,
		LeadID: r.Outcome.LeadID, ContactID: r.Outcome.ContactID, AccountID: r.Outcome.AccountID, OwnerID: r.Outcome.OwnerID,
	}
}

// deliveryStory is everything about one delivery: what was reported, what was
// decided and why, what was written over what, and what happened since.
type deliveryStory struct {
	Delivery deliverySummary `json:"delivery"`
	Input    routing.Event   `json:"input"`
	// Config is the version of the configuration that decided.
	Config   string   `json:"config,omitempty"`
	Mode     string   `json:"mode,omitempty"`
	Strategy string   `json:"strategy,omitempty"`
	Kind     string   `json:"kind,omitempty"`
	Decisive decisive `json:"decisive,omitzero"`
	// Account and Person hold the candidates with their evidence.
	Account     *matching.AccountMatch `json:"account,omitempty"`
	Person      *matching.PersonMatch  `json:"person,omitempty"`
	Owner       *dri.Assignment        `json:"owner,omitempty"`
	Responsible []dri.Assignment       `json:"responsible,omitempty"`
	Writes      []writeStory           `json:"writes"`
	Outcome     routing.Outcome        `json:"outcome"`
	// Explanation is the story in plain sentences.
	Explanation []string           `json:"explanation"`
	Acts        []routing.Act      `json:"acts"`
	DRI         []routing.DRIState `json:"dri"`
	DRIDue      time.Time          `json:"driDue,omitzero"`
	Messages    []messageStory     `json:"messages"`
}

// decisive is the step that decided.
type decisive struct {
	Stage    string `json:"stage,omitempty"`
	Reason   string `json:"reason"`
	About    string `json:"about,omitempty"`
	Sentence string `json:"sentence"`
}

// writeStory is one write of a decision and what became of it.
type writeStory struct {
	Key    string `json:"key"`
	Verb   string `json:"verb"`
	Object string `json:"object"`
	ID     string `json:"id,omitempty"`
	// State is "planned", "created", "updated", "refused" or "in_doubt".
	State string `json:"state"`
	// Before and After are the fields that changed.
	Before  crm.Fields `json:"before,omitempty"`
	After   crm.Fields `json:"after,omitempty"`
	Error   string     `json:"error,omitempty"`
	Class   string     `json:"class,omitempty"`
	Rule    string     `json:"rule,omitempty"`
	Matches []string   `json:"matches,omitempty"`
	At      time.Time  `json:"at,omitzero"`
}

// messageStory is one message that was promised about a delivery.
type messageStory struct {
	ID       string    `json:"id"`
	Kind     string    `json:"kind"`
	Target   string    `json:"target"`
	Made     time.Time `json:"made"`
	Due      time.Time `json:"due,omitzero"`
	Attempts int       `json:"attempts"`
	Error    string    `json:"error,omitempty"`
	Ended    time.Time `json:"ended,omitzero"`
	Sent     bool      `json:"sent"`
}

// show answers GET /operator/deliveries/{id}.
func (d *operatorDesk) show(ctx context.Context, c operatorCall) (any, act, error) {
	record, err := d.record(ctx, c.id)
	if err != nil {
		return nil, act{}, err
	}
	promises, err := d.store.Promises(ctx, record.Key, "")
	if err != nil {
		return nil, act{}, err
	}
	story := storyOf(record)
	for _, p := range promises {
		story.Messages = append(story.Messages, messageOf(p))
	}
	return story, act{}, nil
}

// record is a delivery by its key.
func (d *operatorDesk) record(ctx context.Context, key string) (routing.Record, error) {
	if key == "" {
		return routing.Record{}, invalid("key", "the id of a delivery")
	}
	found, err := d.ledger.Fetch(ctx, []string{key})
	if err != nil {
		return routing.Record{}, err
	}
	record, ok := found[key]
	if !ok {
		return routing.Record{}, routing.ErrUnknownKey
	}
	return record, nil
}

func storyOf(r routing.Record) deliveryStory {
	out := deliveryStory{
		Delivery: summaryOf(r), Input: r.Event, Outcome: r.Outcome, DRIDue: r.DRIDue, Writes: writesOf(r),
		Acts: orNone(r.Acts), DRI: orNone(r.DRI), Explanation: []string{}, Messages: []messageStory{},
	}
	p := r.Plan
	if p == nil {
		return out
	}
	out.Config, out.Mode, out.Strategy, out.Kind = p.Config, string(p.Mode), string(p.Strategy), string(p.Kind)
	out.Account, out.Person, out.Owner, out.Responsible = &p.Account, &p.Person, &p.Owner, p.DRI
	out.Decisive = decisiveOf(*p)
	out.Explanation = strings.Split(strings.TrimRight(routing.Explanation(*p, r.Outcome), "\n"), "\n")
	return out
}

// orNone makes an empty list of none, so that JSON has [] and not null.
func orNone[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// decisiveOf is the step that names the plan's reason; where no step does, the
// reason itself.
func decisiveOf(p routing.Plan) decisive {
	step := routing.Step{Reason: p.Reason}
	i := slices.IndexFunc(p.Trace, func(s routing.Step) bool { return s.Reason == p.Reason })
	if i >= 0 {
		step = p.Trace[i]
	}
	out := decisive{Stage: string(step.Stage), Reason: string(step.Reason), About: step.About}
	out.Sentence = strings.ReplaceAll(out.Reason, "_", " ")
	if i >= 0 {
		out.Sentence = step.Sentence()
	}
	return out
}

// writesOf are the planned writes with their receipts, then receipts of what the
// plan does not list: a Flow's run, a write of an earlier plan.
func writesOf(r routing.Record) []writeStory {
	receipts := map[crm.Key]routing.Receipt{}
	for _, receipt := range r.Receipts {
		receipts[receipt.Key] = receipt
	}
	out, told := []writeStory{}, map[crm.Key]bool{}
	for _, w := range planned(r.Plan) {
		story := writeStory{Key: string(w.Key), Verb: string(w.Verb), Object: string(w.Object), ID: w.ID, State: "planned"}
		if receipt, ok := receipts[w.Key]; ok {
			story.take(receipt)
		}
		told[w.Key] = true
		out = append(out, story)
	}
	for _, receipt := range r.Receipts {
		if !told[receipt.Key] {
			story := writeStory{Key: string(receipt.Key), Verb: string(receipt.Verb), Object: string(receipt.Object)}
			story.take(receipt)
			out = append(out, story)
		}
	}
	return out
}

func planned(p *routing.Plan) []crm.Write {
	switch {
	case p == nil:
		return nil
	case p.Event == nil:
		return p.Writes
	}
	return append(slices.Clone(p.Writes), *p.Event)
}

// take tells what became of the write.
func (w *writeStory) take(r routing.Receipt) {
	switch {
	case r.InDoubt():
		w.State = "in_doubt"
	case r.Error != "":
		w.State = "refused"
	case r.Created:
		w.State = "created"
	default:
		w.State = "updated"
	}
	if r.ID != "" {
		w.ID = r.ID
	}
	w.Before, w.After, w.Error, w.Class, w.Rule, w.Matches, w.At = r.Before, r.Changed, r.Error, r.Class, r.Rule, r.Matches, r.At
}

func messageOf(p Promise) messageStory {
	return messageStory{
		ID: p.ID, Kind: p.Kind, Target: p.Target, Made: p.Made, Due: p.Due,
		Attempts: p.Attempts, Error: p.Error, Ended: p.Ended, Sent: p.Sent,
	}
}
