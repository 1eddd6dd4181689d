package dri

import "strings"

// Kind is what a Finder looks at. Its value is the word that begins the
// finder's text, or the whole text when there is nothing to add.
type Kind string

// The kinds of finders.
const (
	KindRecordOwner      Kind = "record.owner"
	KindRecordField      Kind = "record."
	KindAccountOwner     Kind = "account.owner"
	KindAccountField     Kind = "account."
	KindOpportunity      Kind = "opportunity.owner"
	KindTeam             Kind = "account_team"
	KindPastRecordOwner  Kind = "past_record.owner"
	KindPastRecordField  Kind = "past_record."
	KindPastAccountOwner Kind = "past_account.owner"
	KindPastAccountField Kind = "past_account."
	KindPastOpportunity  Kind = "past_opportunity.owner"
	KindPastTeam         Kind = "past_account_team"
	KindUser             Kind = "user"
	KindQueue            Kind = "queue"
	KindRoundRobin       Kind = "round_robin"
	KindRules            Kind = "assignment-rules"
	KindDefault          Kind = "default"
	KindNone             Kind = "none"
)

// Order says which of several open opportunities is meant.
type Order string

// The orders. Ties go to the lowest opportunity id.
const (
	// Newest is the one created last.
	Newest Order = "newest"
	// Largest is the one with the greatest amount.
	Largest Order = "largest"
	// ClosingSoonest is the one with the earliest close date; those without a
	// date come last.
	ClosingSoonest Order = "closing-soonest"
)

// Finder is one way to come to a user. Make one with ParseFinder; values can be
// compared with ==. The zero Finder is invalid and finds nobody.
type Finder struct {
	kind Kind
	// arg is the field, order, role, id or pool; "" where the kind needs none.
	arg string
	// managers counts how often manager(…) is wrapped around the rest.
	managers int
}

// Kind tells what the finder looks at; of manager(FINDER), what FINDER does.
func (f Finder) Kind() Kind { return f.kind }

// Argument is the field, order, role, 18-character id or pool of the finder,
// or "" where its kind has none.
func (f Finder) Argument() string { return f.arg }

// String gives the finder in the form that ParseFinder reads.
func (f Finder) String() string {
	text := string(f.kind)
	switch {
	case strings.HasSuffix(text, "."):
		text += f.arg
	case f.arg != "":
		text += "(" + f.arg + ")"
	}
	if f.managers == 0 {
		return text
	}
	return strings.Repeat("manager(", f.managers) + text + strings.Repeat(")", f.managers)
}

// MarshalText gives the text of the finder.
func (f Finder) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalText reads a finder as ParseFinder does.
func (f *Finder) UnmarshalText(text []byte) error {
	parsed, err := ParseFinder(string(text))
	if err != nil {
		return err
	}
	*f = parsed
	return nil
}
