package crm

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// The classes of errors. Ask with errors.Is.
var (
	// ErrNotFound: no such record or object, or it was deleted.
	ErrNotFound = errors.New("not found")
	// ErrNotVisible: the record exists, but the integration user may not see or
	// change it (sharing, record type, permissions on the record).
	ErrNotVisible = errors.New("not visible")
	// ErrDuplicate: a duplicate rule refused the record; Error.Matches names the
	// records that are already there.
	ErrDuplicate = errors.New("duplicate")
	// ErrStale: the record is no longer the version that the write asked for, or
	// was converted, merged or deleted meanwhile. Decide again.
	ErrStale = errors.New("stale")
	// ErrLocked: another transaction holds a row. Try again, later.
	ErrLocked = errors.New("locked")
	// ErrThrottled: too many calls at once. Try again after Error.RetryAfter.
	ErrThrottled = errors.New("throttled")
	// ErrQuota: the daily allowance is used up. Stop; go on when it is renewed.
	ErrQuota = errors.New("quota used up")
	// ErrInvalid: the CRM refuses the values (validation, required field,
	// length, inactive owner, unknown field). Trying again cannot help.
	ErrInvalid = errors.New("invalid")
	// ErrInactiveOwner: the owner is inactive or may not own this object. It is
	// also ErrInvalid.
	ErrInactiveOwner = fmt.Errorf("inactive owner: %w", ErrInvalid)
	// ErrDenied: the integration user lacks a permission.
	ErrDenied = errors.New("denied")
	// ErrAuth: the credentials do not work.
	ErrAuth = errors.New("not authenticated")
	// ErrUnavailable: the CRM does not answer or says that it cannot; nothing was
	// written. Try again.
	ErrUnavailable = errors.New("unavailable")
	// ErrUnknownOutcome: the answer was lost; what was sent may have landed. Ask
	// Landed, then decide.
	ErrUnknownOutcome = errors.New("unknown outcome")
	// ErrDoubtful: the answer to a create was lost, the object has no field for
	// its key, and the CRM could not tell whether it arrived. It must not be
	// repeated; a person has to look.
	ErrDoubtful = errors.New("doubtful")
	// ErrParent: a record that this one must link to could not be written.
	ErrParent = errors.New("parent failed")
)

// Error carries the details of a failed call or item. Its message holds codes,
// keys and field names, never values, people or secrets.
type Error struct {
	// Op is "find", "describe", "write" or "landed".
	Op     string
	Object Object
	Key    Key
	// Class is one of the sentinels of this package.
	Class error
	// Code is the vendor's error code, such as UNABLE_TO_LOCK_ROW.
	Code string
	// Fields are the fields that the error is about.
	Fields []string
	// Rule and Matches belong to ErrDuplicate: the rule's name and the ids of
	// the records that match, if the CRM told.
	Rule    string
	Matches []string
	// RetryAfter is how long the CRM asks to wait; 0 when it does not say.
	RetryAfter time.Duration
	// Err is the cause; its text is not part of the message because it may hold
	// values.
	Err error
}

// Error gives a message such as
// "crm: write Contact k=3f…: invalid: REQUIRED_FIELD_MISSING (LastName)".
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("crm: ")
	b.WriteString(e.Op)
	if e.Object != "" {
		b.WriteString(" " + string(e.Object))
	}
	if e.Key != "" {
		b.WriteString(" k=" + clip(string(e.Key)))
	}
	if e.Class != nil {
		b.WriteString(": " + e.Class.Error())
	}
	if e.Code != "" {
		b.WriteString(": " + e.Code)
	}
	if len(e.Fields) > 0 {
		b.WriteString(" (" + strings.Join(e.Fields, ", ") + ")")
	}
	if e.Rule != "" {
		b.WriteString(" by rule " + e.Rule)
	}
	return b.String()
}

// Unwrap answers for the class and for the cause.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Class}
	}
	return []error{e.Class, e.Err}
}

// Retryable reports whether trying the same thing again, later, can help. It
// is the only place that knows.
func Retryable(err error) bool {
	for _, class := range []error{ErrLocked, ErrThrottled, ErrQuota, ErrUnavailable, ErrUnknownOutcome} {
		if errors.Is(err, class) {
			return true
		}
	}
	return false
}
