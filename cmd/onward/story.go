package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/onward-crm/onward/cmd/onward/show"
	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/dri"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/routing"
)

// story tells one move, from the report to what was written.
type story struct {
	out  io.Writer
	crm  lookup
	ev   routing.Event
	plan routing.Plan
}

func newStory(out io.Writer, c lookup, ev routing.Event, p routing.Plan) *story {
	return &story{out: out, crm: c, ev: ev, plan: p}
}

// tell writes the story; r is nil for a move that was only planned.
func (s *story) tell(r *routing.Record) {
	s.opening(r)
	s.people()
	s.account()
	s.owner()
	s.responsible()
	s.writes(r)
	s.steps()
}

func (s *story) title(text string) { fmt.Fprintf(s.out, "\n%s\n", strings.ToUpper(text)) }

// line writes a label and a text; nothing without a text.
func (s *story) line(label, format string, args ...any) {
	if text := show.Printable(fmt.Sprintf(format, args...)); strings.TrimSpace(text) != "" {
		fmt.Fprintf(s.out, "  %-12s %s\n", label, strings.TrimSpace(text))
	}
}

func (s *story) opening(r *routing.Record) {
	p := s.plan
	from, to := "?", "no known destination"
	if s.ev.From != nil {
		from = companyOf(*s.ev.From)
	}
	if s.ev.To != nil {
		to = companyOf(*s.ev.To)
	}
	fmt.Fprintf(s.out, "%s\n", show.Printable(fmt.Sprintf("%s: %s → %s", nameOfMover(s.ev), from, to)))
	if r != nil {
		line := recordRow(s.crm, *r)
		s.line("decided", "%s: %s, because %s", line.Status, words(string(line.What)), words(string(line.Reason)))
		s.line("refused", "%s", line.Error)
		s.line("finished", "%s", crm.FormatTime(r.FinishedAt))
	} else {
		s.line("would be", "%s: %s, because %s", p.Status, words(string(p.What)), words(string(p.Reason)))
	}
	s.line("kind", "%s", words(string(p.Kind)))
	s.line("flags", "%s", wordList(p.Flags))
	s.line("relation", "%s", p.Relationship)
	s.line("policy", "strategy %s, mode %s, configuration %s", p.Strategy, p.Mode, p.Config)
	if !p.Due.IsZero() {
		s.line("looked at", "again on %s", crm.FormatTime(p.Due))
	}
	s.line("event", "%s", p.Key)
}

func (s *story) people() {
	p := s.plan
	s.title("Is the person known?")
	if p.Past != nil {
		s.line("past record", "%s %s at %s", p.Past.Object, p.Past.ID, orDash(nameOf(s.crm, p.PastAccountID)))
	}
	for _, r := range p.OtherPast {
		s.line("", "also %s %s", r.Object, r.ID)
	}
	s.line("at the new", "%s%s: %s", p.Person.Verdict, ofRecord(p.Person.ID), words(string(p.Person.Decisive)))
	for _, h := range p.Person.Others {
		s.line("other", "%s: %s", h.ID, words(string(h.Reason)))
	}
	for _, h := range p.Person.Namesakes {
		s.line("namesake", "%s: %s", h.ID, words(string(h.Reason)))
	}
}

func (s *story) account() {
	if s.ev.To == nil {
		return
	}
	m := s.plan.Account
	s.title("Which account is the new company?")
	s.line("answer", "%s%s: %s", m.Verdict, ofRecord(m.ID), words(string(m.Decisive)))
	s.line("reasons", "%s", wordList(m.Reasons))
	s.line("classes", "%s", strings.Join(s.plan.Classes, ", "))
	for i, c := range m.Ranked {
		s.line(fmt.Sprintf("candidate %d", i+1), "%s (%s): %s, confidence %.2f%s", c.Name, c.ID, words(string(c.Tier)), c.Confidence, uncalibrated(m, c))
		for _, e := range c.Evidence {
			s.line("", "– %s", evidence(e))
		}
	}
	for _, c := range m.Conflicts {
		s.line("conflict", "%s %s %s", words(string(c.Reason)), c.AccountID, c.Detail)
	}
	if m.Capped {
		s.line("", "there were more candidates than are compared")
	}
}

func (s *story) owner() {
	if s.plan.Owner.Reason == "" {
		return
	}
	s.title("Who owns the new record?")
	s.assignment("owner", s.plan.Owner)
}

func (s *story) responsible() {
	for _, a := range s.plan.DRI {
		s.title(fmt.Sprintf("Who is responsible? (%s, %s)", a.Scenario, words(string(a.Class))))
		s.assignment("DRI", a)
		if a.ManagerID != "" {
			s.line("manager", "%s", nameOf(s.crm, a.ManagerID))
		}
	}
}

func (s *story) assignment(label string, a dri.Assignment) {
	s.line(label, "%s: %s", orDash(assigned(s.crm, a)), words(string(a.Reason)))
	for _, step := range a.Steps {
		who := ""
		if step.UserID != "" {
			who = " " + nameOf(s.crm, step.UserID)
		}
		s.line("", "– %s%s: %s", step.Finder, who, words(string(step.Reason)))
	}
}

func (s *story) writes(r *routing.Record) {
	if r != nil && len(r.Receipts) > 0 {
		s.title("What was written")
		for _, receipt := range r.Receipts {
			s.line(string(receipt.Verb), "%s %s%s", receipt.Object, receipt.ID, refusal(receipt))
			s.line("", "%s", show.Clip(strings.Join(receipt.Changed.Names(), ", "), 100))
		}
		return
	}
	writes := s.plan.Writes
	if s.plan.Event != nil {
		writes = append(writes[:len(writes):len(writes)], *s.plan.Event)
	}
	if len(writes) == 0 {
		return
	}
	s.title("What is to be written")
	for _, w := range writes {
		s.line(string(w.Verb), "%s %s", w.Object, w.ID)
		for _, name := range w.Set.Names() {
			s.line("", "%s = %s", name, show.Clip(w.Set[name], 80))
		}
		for _, name := range w.Fill.Names() {
			s.line("", "%s = %s, if blank", name, show.Clip(w.Fill[name], 80))
		}
	}
}

func (s *story) steps() {
	if len(s.plan.Trace) == 0 {
		return
	}
	s.title("Step by step")
	for _, step := range s.plan.Trace {
		s.line(string(step.Stage), "%s %s", words(string(step.Reason)), step.About)
	}
}

func refusal(r routing.Receipt) string {
	if r.Error == "" {
		return ""
	}
	text := ", refused: " + r.Error
	if r.Rule != "" {
		text += ", rule " + r.Rule
	}
	if len(r.Matches) > 0 {
		text += ", matches " + strings.Join(r.Matches, ", ")
	}
	return text
}

func evidence(e matching.Evidence) string {
	why := words(string(e.Reason))
	switch {
	case e.Query == "" && e.Account == "":
		return why
	case e.Query == "":
		return fmt.Sprintf("%s: %q of the account", why, e.Account)
	case e.Account == "":
		return fmt.Sprintf("%s: %q of the report", why, e.Query)
	}
	return fmt.Sprintf("%s: %q and %q", why, e.Query, e.Account)
}

func uncalibrated(m matching.AccountMatch, c matching.Ranked) string {
	if m.Uncalibrated && c.Tier == m.Tier {
		return " (uncalibrated)"
	}
	return ""
}

// words writes a reason for people.
func words(reason string) string { return strings.ReplaceAll(reason, "_", " ") }

func wordList[T ~string](reasons []T) string {
	texts := make([]string, len(reasons))
	for i, r := range reasons {
		texts[i] = words(string(r))
	}
	return strings.Join(texts, ", ")
}

func ofRecord(id string) string {
	if id == "" {
		return ""
	}
	return ", " + id
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}
