package tracking

import (
	"context"
	"errors"
	"time"

	"github.com/onward-crm/onward/matching"
)

// Profile is what a provider says of a person now.
type Profile struct {
	// Person is the one seen, as the provider names them; Company and Title are the
	// present ones, blank when the person has no job that the provider knows.
	Person Person `json:"person"`
	// Current are all positions held now, the main one first, and History the past
	// ones, where the provider knows them. Each may be empty.
	Current []Position `json:"current,omitempty"`
	History []Position `json:"history,omitempty"`
	// SeenAt is when the provider saw it last; zero when it does not say.
	SeenAt time.Time `json:"seen_at,omitzero"`
}

// Main is the main position: the first of Current, else the person's company and
// title; nil when the person has no job that is known.
func (p Profile) Main() *Position {
	if len(p.Current) > 0 {
		main := p.Current[0]
		return &main
	}
	if !named(p.Person.Company) {
		return nil
	}
	return &Position{Company: p.Person.Company, Title: p.Person.Title, Current: true}
}

// Answer is what became of one person who was asked for: a profile, or an Err that
// is one of the classes below.
type Answer struct {
	Profile Profile
	Err     error
}

// Refreshed is the answer of Refresh: Answers are positionally those of the people
// asked for, Credits what they cost in the provider's own units.
type Refreshed struct {
	Answers []Answer
	Credits int
}

// Found is the answer of Find. More tells that the limit or the budget left people
// out.
type Found struct {
	Profiles []Profile
	More     bool
	Credits  int
}

// Provider knows where people are. Implementations are safe for concurrent use,
// bound the cost of what they do themselves, and neither log nor put into errors
// who was asked for.
type Provider interface {
	// Name tells providers apart: lower-case letters, digits and dashes.
	Name() string
	// Refresh looks people up. What concerns one person alone stands in that answer,
	// and the others are asked for all the same; the error says that nothing could be
	// asked at all, and then there are no answers.
	Refresh(ctx context.Context, people []Person) (Refreshed, error)
	// Find looks for at most limit people of a persona at a company. They are
	// candidates: whether the persona holds for them is asked again by whoever chooses.
	// The error is one of the classes; what was found before it is returned with it.
	Find(ctx context.Context, at matching.Company, persona Persona, limit int) (Found, error)
}

// The classes of what goes wrong at a provider. Ask with errors.Is.
var (
	// ErrGone: the provider has no such profile (404). Said twice in a row, the person
	// is given up (SP07); no other error ever does that.
	ErrGone = errors.New("tracking: profile gone")
	// ErrLimited: asked too often; RetryAfter says when to come again.
	ErrLimited = errors.New("tracking: provider limits the rate")
	// ErrBudget: the credits of this run, or of the account at the provider, are used
	// up. Nothing was asked.
	ErrBudget = errors.New("tracking: credits used up")
	// ErrDenied: the provider does not know our key, or does not allow the request.
	ErrDenied = errors.New("tracking: provider denies access")
	// ErrUnknown: the provider cannot tell, because too little is known of the person to
	// look for, or because it never said that it knows everybody.
	ErrUnknown = errors.New("tracking: provider cannot tell")
	// ErrBroken: anything else, such as an outage or an answer that makes no sense.
	ErrBroken = errors.New("tracking: provider in trouble")
)

// ProviderError is one failure, with its class.
type ProviderError struct {
	// Provider is its name, Op what was asked: "refresh" or "find".
	Provider, Op string
	// Class is one of the classes above.
	Class error
	// Code is the provider's own word for it, such as "429 rate_limit_error"; it holds
	// nothing of the person.
	Code string
	// RetryAfter is how long to wait before asking again; 0 when nothing was said.
	RetryAfter time.Duration
	Err        error
}

// Error says what failed, without saying for whom.
func (e *ProviderError) Error() string {
	text := "tracking: " + e.Provider + ": " + e.Op
	if e.Class != nil {
		text += ": " + e.Class.Error()[len("tracking: "):]
	}
	if e.Code != "" {
		text += ": " + e.Code
	}
	return text
}

// Unwrap answers for the class and the cause.
func (e *ProviderError) Unwrap() []error {
	var out []error
	for _, err := range []error{e.Class, e.Err} {
		if err != nil {
			out = append(out, err)
		}
	}
	return out
}
