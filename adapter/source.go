package adapter

import (
	"net/http"
	"time"

	"github.com/onward-crm/onward/routing"
)

// Request is an HTTP request as it was sent: plain values, so that it can be
// verified again later.
type Request struct {
	// ID is the adapter's own id of the request, "req_…".
	ID     string
	Method string
	// URI is the path with the query exactly as sent (http.Request.RequestURI).
	URI    string
	Header http.Header
	// Body are the raw bytes.
	Body []byte
	// Received is when the request came in: ages are judged against it.
	Received time.Time
}

// Caller is who sent a verified request.
type Caller struct {
	// KeyID names the credential ("current", "previous", a key's id), never the
	// credential itself.
	KeyID string
	// Previous tells that the credential is the older one of a rotation.
	Previous bool
}

// Source is one kind of sender: pure functions over bytes and values. Safe for
// concurrent use. Errors are *Refusal.
type Source interface {
	// Name is the source in metrics, logs and the side store: "flow",
	// "hubspot-webhooks", "feed:NAME".
	Name() string
	// Verify tells who sent a request, from its raw bytes alone.
	Verify(r Request, now time.Time) (Caller, error)
	// Split takes a verified request apart.
	Split(r Request, c Caller) (Batch, error)
	// Answer is the response to a batch that was stored. results go with
	// Batch.Events, positionally.
	Answer(b Batch, results []Result) Response
	// Refuse is the response to a request that was not accepted.
	Refuse(r Request, why *Refusal) Response
}

// Batch is what a request asks for.
type Batch struct {
	// RequestID is the sender's own key of the request, echoed.
	RequestID string
	// Received counts all items of the request, Ignored those that are none of our
	// business.
	Received, Ignored int
	// Events are to be accepted; Index are their places among the items.
	Events []routing.Event
	Index  []int
	// Rejected are items that can never be accepted; the others are, all the same.
	Rejected []Rejection
	// Wait is how long the sender waits for what becomes of it; 0 means that it is
	// answered as soon as it is stored.
	Wait time.Duration
	// Withdraw tells that the sender comes again when the CRM is away, so that what
	// has not begun may be given back with 503.
	Withdraw bool
	// Callback is where the outcome is told later when it is not known within Wait;
	// nil for nowhere.
	Callback *Promise
	// check looks at what was stored before, and may refuse the request for it; nil
	// for sources that need not.
	check func(b Batch, results []Result) *Refusal
}

// Rejection is one item of a request that cannot be accepted.
type Rejection struct {
	Index int
	// Code is the outcome in one word, such as "invalid_field".
	Code string
	// Field is the path of the value at fault, Message what was expected.
	Field, Message string
}

// Result is what became of one event of a batch.
type Result struct {
	// New tells a first delivery from a repeated one.
	New bool
	// Known tells that Record is the final answer; otherwise the work goes on.
	Known  bool
	Record routing.Record
}

// Response is an HTTP response as plain values.
type Response struct {
	Status int
	Header map[string]string
	// Body is written as JSON; nil writes nothing.
	Body any
}
