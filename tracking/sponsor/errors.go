package sponsor

import (
	"errors"
	"strings"
)

// The classes of errors. Ask with errors.Is.
var (
	// ErrRefused: the table has no arrow for this, or the sponsor has no such profile.
	ErrRefused = errors.New("not possible")
	// ErrUnknown: no sponsor, or no update, has that id.
	ErrUnknown = errors.New("unknown")
	// ErrInvalid: a value cannot be used; Error.Field names it.
	ErrInvalid = errors.New("invalid")
	// ErrStale: the stored sponsor is no longer the version that was read.
	ErrStale = errors.New("stale")
	// ErrErased: the person asked to be forgotten, and is not brought back.
	ErrErased = errors.New("erased")
	// ErrTaken: one of the identifiers belongs to another sponsor, Error.Sponsor.
	ErrTaken = errors.New("followed already")
)

// ErrOff: effects of this kind are switched off, by a configuration that only looks on.
// Nothing was done, and nothing is to be done later.
var ErrOff = errors.New("switched off")

// The classes of a provider's errors. Any other error counts as ErrBroken.
var (
	// ErrGone: there is no such profile any more (404), and the provider is sure.
	ErrGone = errors.New("profile gone")
	// ErrLimited: the provider wants no more calls for now (429, or its costs are
	// used up).
	ErrLimited = errors.New("limited")
	// ErrBroken: the provider failed (5xx, time-out, an answer that cannot be read).
	ErrBroken = errors.New("broken")
)

// Error carries the details of what was refused or failed. Its message holds ids,
// statuses and field names, never values or people.
type Error struct {
	// Op is what was asked for, such as "stop".
	Op string
	// Sponsor is the id of the sponsor, or of the other one for ErrTaken.
	Sponsor string
	// Field names the value that cannot be used.
	Field string
	// Class is one of the sentinels of this package.
	Class  error
	Detail string
}

// Error gives a message such as "sponsor: stop s1f…: not possible: the status is in-progress".
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("sponsor: " + e.Op)
	if e.Sponsor != "" {
		b.WriteString(" " + e.Sponsor)
	}
	b.WriteString(": ")
	if e.Field != "" {
		b.WriteString(e.Field + ": ")
	}
	b.WriteString(e.Class.Error())
	if e.Detail != "" {
		b.WriteString(": " + e.Detail)
	}
	return b.String()
}

// Unwrap answers for the class.
func (e *Error) Unwrap() error { return e.Class }

func invalid(op, field, detail string) error {
	return &Error{Op: op, Field: field, Class: ErrInvalid, Detail: detail}
}

// about fills in which sponsor an error is about, unless it says so itself.
func about(err error, id string) error {
	var e *Error
	if errors.As(err, &e) && e.Sponsor == "" {
		named := *e
		named.Sponsor = id
		return &named
	}
	return err
}
