package routing_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/dri"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/routing"
)

// then checks the demands of the scenario, one a line:
//
//	PATH = text       equal; lists are joined with blanks
//	PATH != text      not equal
//	PATH has text     a member of the list
//	PATH lacks text   no member of the list
//	PATH contains t   part of the text
//
// A path begins with the number of an event (see eventValue), with crm (records
// and effects), notices, credits, booked or replay.
func (w *world) then() {
	w.t.Helper()
	demands, ok := w.parts.Get("then")
	if !ok || strings.TrimSpace(demands) == "" {
		w.t.Error("a scenario demands something")
	}
	w.demand(demands)
}

// demand checks demands that are not in a scenario's file.
func (w *world) demand(demands string) {
	w.t.Helper()
	for line := range strings.Lines(demands) {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		path, rest, _ := strings.Cut(line, " ")
		op, want, _ := strings.Cut(rest, " ")
		got, err := w.value(path)
		if err != nil {
			w.t.Errorf("%s: %v", line, err)
			continue
		}
		if !holds(op, got, want) {
			w.t.Errorf("%s: is %q", line, got)
		}
	}
}

func holds(op string, got []string, want string) bool {
	text := strings.Join(got, " ")
	switch op {
	case "=":
		return text == want
	case "!=":
		return text != want
	case "has":
		return slices.Contains(got, want)
	case "lacks":
		return !slices.Contains(got, want)
	case "contains":
		return strings.Contains(text, want)
	default:
		return false
	}
}

// value follows a path.
func (w *world) value(path string) ([]string, error) {
	head, rest, _ := strings.Cut(path, ".")
	switch head {
	case "crm":
		return w.crmValue(rest)
	case "notices":
		return w.noticeValue(rest)
	case "credits":
		n := 0
		for _, key := range w.keys {
			n += w.record(key).Outcome.Credits
		}
		return []string{strconv.Itoa(n)}, nil
	case "replay":
		return []string{strconv.Itoa(len(w.replays))}, nil
	case "booked":
		return w.booked(), nil
	}
	n, err := strconv.Atoi(head)
	if err != nil || n < 1 || n > len(w.events) {
		return nil, fmt.Errorf("no event %s", head)
	}
	r := w.record(w.keys[n-1])
	if p, ok := w.plans[n-1]; ok && r.Plan == nil {
		r.Plan, r.Outcome = &p, routing.Outcome{Status: p.Status, What: p.What, Reason: p.Reason, AccountID: p.AccountID}
	}
	if r.Plan == nil {
		r.Plan = &routing.Plan{}
	}
	return w.eventValue(r, rest)
}

// crmValue gives "Contact.count", "created.Contact", "effects", or
// "@C1.Field".
func (w *world) crmValue(path string) ([]string, error) {
	head, rest, _ := strings.Cut(path, ".")
	switch {
	case head == "effects":
		return []string{strconv.Itoa(len(w.db.Effects()))}, nil
	case head == "created":
		n := 0
		for _, e := range w.db.Effects() {
			if e.Verb == crm.VerbCreate && string(e.Object) == rest {
				n++
			}
		}
		return []string{strconv.Itoa(n)}, nil
	case rest == "count":
		return []string{strconv.Itoa(len(w.db.Records(crm.Object(head))))}, nil
	case strings.HasPrefix(head, "@"):
		return w.field(id(head), rest)
	}
	w.nameCreated()
	for id, label := range w.labels {
		if label == head {
			return w.field(id, rest)
		}
	}
	return nil, fmt.Errorf("no record %s", head)
}

func (w *world) field(id, name string) ([]string, error) {
	r, ok := w.db.Record(id)
	if !ok {
		return nil, fmt.Errorf("no record %s", w.label(id))
	}
	return []string{w.label(r.Fields[name])}, nil
}

// noticeValue gives the number of notices, or the scenarios told to a user.
func (w *world) noticeValue(path string) ([]string, error) {
	ns, err := w.ledger.Notices(w.t.Context(), 1000)
	if err != nil {
		return nil, err
	}
	if path == "count" {
		return []string{strconv.Itoa(len(ns))}, nil
	}
	var out []string
	for _, n := range ns {
		if w.label(n.UserID) == path {
			for _, s := range n.Scenarios {
				out = append(out, string(s))
			}
		}
	}
	return out, nil
}

// eventValue gives a value of an event's record: a part of the outcome or plan,
// or, after contact, lead, account, event and past, a field of that record.
func (w *world) eventValue(r routing.Record, path string) ([]string, error) {
	head, rest, deeper := strings.Cut(path, ".")
	ids := map[string]string{
		"contact": r.Outcome.ContactID, "lead": r.Outcome.LeadID, "account": r.Outcome.AccountID,
		"event": r.Outcome.EventRecordID, "past": r.Outcome.PastID,
	}
	if id, ok := ids[head]; ok {
		if deeper {
			return w.field(id, rest)
		}
		return []string{w.label(id)}, nil
	}
	switch head {
	case "match":
		return w.matchValue(r.Plan.Account, rest)
	case "person":
		return w.personValue(r.Plan.Person, rest)
	case "owner":
		return w.assignmentValue(r.Plan.Owner, rest)
	case "dri":
		return w.driValue(r.Plan.DRI, rest)
	case "flow":
		if r.Plan.Flow == nil {
			return nil, nil
		}
		return []string{w.label(r.Plan.Flow.Inputs()[rest])}, nil
	case "before":
		return w.beforeValue(r, rest)
	}
	return w.plainValue(r, head)
}

func (w *world) plainValue(r routing.Record, name string) ([]string, error) {
	o, p := r.Outcome, r.Plan
	one := map[string]string{
		"status": string(o.Status), "what": string(o.What), "reason": string(o.Reason), "credits": strconv.Itoa(o.Credits),
		"kind": string(p.Kind), "relationship": p.Relationship, "strategy": string(p.Strategy), "error": o.Error,
		"past_account": w.label(p.PastAccountID), "first": o.First, "due": crm.FormatDate(p.Due), "open": crm.FormatBool(o.Open),
		"account_created": crm.FormatBool(o.AccountCreated), "writes": strconv.Itoa(len(p.Writes)), "note": r.Note,
		"explanation": routing.Explanation(*p, o), "state": string(r.Status), "dri_due": crm.FormatTime(p.DRIDue),
		"signal": string(p.Signal), "persona": p.Persona, "configuration": p.Configuration,
		"returned": strconv.Itoa(o.Returned), "email": r.Event.Person.Email, "dri_count": strconv.Itoa(len(p.DRI)), "move": p.Move,
	}
	if v, ok := one[name]; ok {
		return []string{v}, nil
	}
	switch name {
	case "flags":
		return texts(p.Flags), nil
	case "classes":
		return p.Classes, nil
	case "actions":
		var out []string
		for _, a := range o.Actions {
			out = append(out, fmt.Sprintf("%s:%s", a.Kind, a.Status))
		}
		return out, nil
	case "sequences":
		var out []string
		for _, s := range w.sequences.taken {
			if s.Delivery == r.Key {
				out = append(out, s.Sequence, w.label(s.ContactID+s.LeadID), w.label(s.OwnerID), s.Email)
			}
		}
		return out, nil
	case "matches":
		return w.allLabels(o.Matches), nil
	case "left":
		var out []string
		for _, l := range o.Left {
			out = append(out, strings.TrimSpace(fmt.Sprintf("%s %s %s %s", l.Object, w.label(l.ID), l.Reason, strings.Join(l.Changed, " "))))
		}
		return out, nil
	case "acts":
		var out []string
		for _, a := range r.Acts {
			out = append(out, fmt.Sprintf("%s by %s at %s", a.What, a.By, crm.FormatTime(a.At)))
		}
		return out, nil
	case "trace":
		var out []string
		for _, s := range p.Trace {
			out = append(out, string(s.Reason))
		}
		return out, nil
	case "rules", "classes_refused":
		var out []string
		for _, x := range r.Receipts {
			if name == "rules" && x.Rule != "" {
				out = append(out, x.Rule)
			} else if name == "classes_refused" && x.Class != "" {
				out = append(out, x.Class)
			}
		}
		return out, nil
	case "other_past":
		var out []string
		for _, ref := range p.OtherPast {
			out = append(out, w.label(ref.ID))
		}
		return out, nil
	}
	return nil, fmt.Errorf("no value %s", name)
}

func (w *world) matchValue(m matching.AccountMatch, name string) ([]string, error) {
	switch name {
	case "verdict":
		return []string{string(m.Verdict)}, nil
	case "tier":
		return []string{string(m.Tier)}, nil
	case "id":
		return []string{w.label(m.ID)}, nil
	case "decisive":
		return []string{string(m.Decisive)}, nil
	case "reasons":
		return texts(m.Reasons), nil
	case "candidates":
		var out []string
		for _, c := range m.Ranked {
			out = append(out, w.label(c.ID))
		}
		return out, nil
	}
	return nil, fmt.Errorf("no value match.%s", name)
}

func (w *world) personValue(m matching.PersonMatch, name string) ([]string, error) {
	hits := func(list []matching.PersonHit) (out []string) {
		for _, h := range list {
			out = append(out, w.label(h.ID))
		}
		return out
	}
	switch name {
	case "verdict":
		return []string{string(m.Verdict)}, nil
	case "rule":
		return []string{string(m.Rule)}, nil
	case "id":
		return []string{w.label(m.ID)}, nil
	case "decisive":
		return []string{string(m.Decisive)}, nil
	case "reasons":
		return texts(m.Reasons), nil
	case "others":
		return hits(m.Others), nil
	case "namesakes":
		return hits(m.Namesakes), nil
	}
	return nil, fmt.Errorf("no value person.%s", name)
}

func (w *world) driValue(list []dri.Assignment, path string) ([]string, error) {
	half, name, _ := strings.Cut(path, ".")
	for _, a := range list {
		if string(a.Scenario) == half {
			return w.assignmentValue(a, name)
		}
	}
	return nil, nil
}

func (w *world) assignmentValue(a dri.Assignment, name string) ([]string, error) {
	values := map[string]string{
		"": w.label(a.UserID), "user": w.label(a.UserID), "reason": string(a.Reason), "class": string(a.Class), "row": string(a.Row),
		"none": crm.FormatBool(a.None), "manager": w.label(a.ManagerID), "record_manager": w.label(a.RecordManagerID),
		"queue": w.label(a.QueueID), "rules": crm.FormatBool(a.LeaveToRules), "choice": strconv.Itoa(a.Choice),
	}
	if v, ok := values[name]; ok {
		return []string{v}, nil
	}
	if name == "steps" {
		var out []string
		for _, s := range a.Steps {
			out = append(out, string(s.Reason))
		}
		return out, nil
	}
	return nil, fmt.Errorf("no value %s of an assignment", name)
}

// beforeValue gives what a field of a record was before the event's write.
func (w *world) beforeValue(r routing.Record, path string) ([]string, error) {
	label, name, _ := strings.Cut(path, ".")
	for _, x := range r.Receipts {
		if w.label(x.ID) == label {
			if v, ok := x.Before[name]; ok {
				return []string{w.label(v)}, nil
			}
		}
	}
	return nil, nil
}

func texts[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, x := range list {
		out[i] = string(x)
	}
	return out
}
