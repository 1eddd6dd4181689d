package digest

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/onward-crm/onward/dri"
)

// Rule says how people are told at once of one scenario. Of several rules that fit
// the first counts.
type Rule struct {
	// Scenario and Class are what it is for; "" fits all.
	Scenario dri.Scenario `json:"scenario,omitempty" yaml:"scenario"`
	Class    dri.Class    `json:"class,omitempty" yaml:"class"`
	// Off sends nothing: the digest will tell.
	Off bool `json:"off,omitempty" yaml:"off"`
	// Say is the subject, with placeholders {person}, {role}, {account}, {from}, {to},
	// {class} and {relationship}; "" means the usual words.
	Say string `json:"say,omitempty" yaml:"say"`
	// Lead is a sentence below the title, with the same placeholders; "" means none.
	Lead string `json:"lead,omitempty" yaml:"lead"`
}

// placeholders are the words that a rule may hold in braces.
var placeholders = []string{"person", "role", "account", "from", "to", "class", "relationship"}

var placeholder = regexp.MustCompile(`\{([^{}]*)\}`)

// CheckRules says what is wrong with rules, each problem on a line of its own.
func CheckRules(rules []Rule) error {
	var errs []error
	for i, r := range rules {
		switch r.Scenario {
		case "", dri.Joins, dri.Leaves:
		default:
			errs = append(errs, fmt.Errorf("digest: rules[%d].scenario: %q: want joins or leaves", i, r.Scenario))
		}
		if r.Class != "" && known(r.Class) != r.Class {
			errs = append(errs, fmt.Errorf("digest: rules[%d].class: %q: want open_opportunity, customer, target or other", i, r.Class))
		}
		for _, field := range []struct{ name, text string }{{"say", r.Say}, {"lead", r.Lead}} {
			for _, m := range placeholder.FindAllStringSubmatch(field.text, -1) {
				if !isPlaceholder(m[1]) {
					errs = append(errs, fmt.Errorf("digest: rules[%d].%s: no placeholder {%s}: want one of {%s}", i, field.name, m[1], strings.Join(placeholders, "}, {")))
				}
			}
		}
	}
	return errors.Join(errs...)
}

func isPlaceholder(word string) bool {
	for _, p := range placeholders {
		if p == word {
			return true
		}
	}
	return false
}

// Notice is what a user is told at once of a move, by the first rule that fits the
// most important half that is theirs. The answer is false when a rule says so, and when
// nothing of the move is theirs.
func Notice(rules []Rule, c Change, to Party) (Message, bool) {
	parts := mine(c, to.ID)
	if len(parts) == 0 {
		return Message{}, false
	}
	r := ruleFor(rules, parts[0])
	if r.Off {
		return Message{}, false
	}
	say := r.Say
	if say == "" {
		say = usualWords(parts)
	}
	fill := filler(c, parts[0])
	m := Message{Kind: KindNotice, To: to, Subject: oneLine(fill.Replace(say)), Lead: fill.Replace(r.Lead)}
	m.Title = m.Subject
	m.Sections = []Section{{Topic: TopicMove, Total: 1, Rows: []Row{changeRow(c, parts)}}}
	m.Foot = "You get this because you are the directly responsible person."
	return m, true
}

func ruleFor(rules []Rule, p Part) Rule {
	for _, r := range rules {
		if (r.Scenario == "" || r.Scenario == p.Scenario) && (r.Class == "" || r.Class == known(p.Class)) {
			return r
		}
	}
	return Rule{}
}

// usualWords are the subject where no rule gives one.
func usualWords(parts []Part) string {
	switch {
	case len(parts) > 1:
		return "{person} left {from} and joined {to}"
	case parts[0].Scenario == dri.Leaves:
		return "{person} left {account}"
	}
	return "{person} joined {account}"
}

// filler puts values in the place of placeholders, in one pass: what stands in braces
// in a value stays as it is.
func filler(c Change, p Part) *strings.Replacer {
	or := func(s, none string) string {
		if s == "" {
			return none
		}
		return s
	}
	return strings.NewReplacer(
		"{person}", or(c.Person.Name, "Somebody"), "{role}", roleFor(c, p), "{account}", or(p.Account.Name, "an account"),
		"{from}", or(c.From.Name, "an account"), "{to}", or(c.To.Name, "another company"),
		"{class}", classWords(p.Class), "{relationship}", c.Relationship)
}

// Alert tells of anything that is not one move: missing champions, people who leave
// one account in numbers. The rows say what.
func Alert(to Party, title, lead string, rows []Row) Message {
	m := Message{Kind: KindAlert, To: to, Subject: oneLine(title), Title: title, Lead: lead, Sections: []Section{}}
	if len(rows) > 0 {
		m.Sections = append(m.Sections, Section{Topic: TopicAlert, Total: len(rows), Rows: rows})
	}
	return m
}
