package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/onward-crm/onward/dri/digest"
)

// Recipient is who a message goes to.
type Recipient struct {
	// UserID is the CRM's. Name and Email may be empty.
	UserID, Name, Email string
}

// Message is what a Sender sends.
type Message struct {
	// Key is unique and the same each time the message is sent:
	// "digest:005…:2026-W48".
	Key string
	To  Recipient
	// Content is what it says.
	Content digest.Message
}

// Sender is one way to reach people. Safe for concurrent use.
//
// Send tries once. Its error is a *SendError, whose class says what to do: next channel
// (ErrUnreachable, ErrRefused, ErrDenied), or again later (ErrAway). It returns when
// the context ends.
type Sender interface {
	// Name names the channel in logs and marks: "mail", "slack", "slack_channel",
	// "webhook".
	Name() string
	Send(ctx context.Context, m Message) error
}

// The classes of a SendError.
var (
	// ErrUnreachable: this channel does not know the person.
	ErrUnreachable = errors.New("notify: not to be reached here")
	// ErrRefused: the message itself was refused; sending it again would not help.
	ErrRefused = errors.New("notify: refused")
	// ErrDenied: the channel does not work for us at all: wrong credentials, a webhook
	// that was revoked. Somebody has to mend the configuration.
	ErrDenied = errors.New("notify: denied")
	// ErrAway: an outage, a limit, a time-out. Perhaps the message has arrived all the
	// same. It is worth another try.
	ErrAway = errors.New("notify: away")
)

// SendError says why something was not sent. Its text holds neither addresses nor
// names nor secrets.
type SendError struct {
	// Channel is the sender's name, Class one of the classes.
	Channel string
	Class   error
	// Reason is one of a closed set of lower_snake words ("users_not_found",
	// "smtp_550", "http_503", "timeout").
	Reason string
	// After is how long the other side wants to be left alone; 0 if it said nothing.
	After time.Duration
}

// Error gives class, channel and reason.
func (e *SendError) Error() string { return fmt.Sprintf("%v: %s: %s", e.Class, e.Channel, e.Reason) }

// Unwrap gives the class.
func (e *SendError) Unwrap() error { return e.Class }
