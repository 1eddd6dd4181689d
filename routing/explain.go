package routing

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/onward-crm/onward/matching"
)

// Sentence says a step in words.
func (s Step) Sentence() string {
	text := string(s.Stage) + ": " + strings.ReplaceAll(string(s.Reason), "_", " ")
	if s.About != "" {
		text += " (" + s.About + ")"
	}
	return text
}

// Explanation is the whole story of a decision in lines of plain text: what was
// decided, the steps that led there, the candidates with their evidence, the
// owner and DRI chains. It holds ids and company names, but no person's data.
func Explanation(p Plan, o Outcome) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s, because %s\n", o.Status, o.What, o.Reason)
	fmt.Fprintf(&b, "strategy %s, mode %s, configuration %s\n", p.Strategy, p.Mode, p.Config)
	for _, s := range p.Trace {
		b.WriteString("- " + s.Sentence() + "\n")
	}
	if p.Mode != ModeLive && len(p.Writes) > 0 {
		b.WriteString("not done in this mode:\n")
		for _, w := range p.Writes {
			fmt.Fprintf(&b, "- %s %s %s\n", w.Verb, w.Object, w.ID)
		}
	}
	explainAccount(&b, p.Account)
	explainOwners(&b, p)
	if o.Error != "" {
		fmt.Fprintf(&b, "the CRM refused: %s\n", o.Error)
	}
	for _, id := range o.Matches {
		fmt.Fprintf(&b, "matching record: %s\n", id)
	}
	return b.String()
}

func explainAccount(b *strings.Builder, m matching.AccountMatch) {
	for i, c := range m.Ranked {
		fmt.Fprintf(b, "candidate %d: %s %s, %s, confidence %.2f\n", i+1, c.ID, c.Name, c.Tier, c.Confidence)
		for _, e := range c.Evidence {
			fmt.Fprintf(b, "  %s", strings.ReplaceAll(string(e.Reason), "_", " "))
			if e.Query != "" || e.Account != "" {
				fmt.Fprintf(b, ": %q and %q", e.Query, e.Account)
			}
			b.WriteString("\n")
		}
	}
	for _, c := range m.Conflicts {
		fmt.Fprintf(b, "conflict: %s %s %s\n", strings.ReplaceAll(string(c.Reason), "_", " "), c.AccountID, c.Detail)
	}
}

func explainOwners(b *strings.Builder, p Plan) {
	for _, s := range p.Owner.Steps {
		fmt.Fprintf(b, "owner by %s: %s %s\n", s.Finder, strings.ReplaceAll(string(s.Reason), "_", " "), s.UserID)
	}
	for _, a := range p.DRI {
		fmt.Fprintf(b, "dri, %s, class %s: %s %s\n", a.Scenario, a.Class, strings.ReplaceAll(string(a.Reason), "_", " "), a.UserID)
		for _, s := range a.Steps {
			fmt.Fprintf(b, "  by %s: %s %s\n", s.Finder, strings.ReplaceAll(string(s.Reason), "_", " "), s.UserID)
		}
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
