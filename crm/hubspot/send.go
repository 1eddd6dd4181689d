package hubspot

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/onward-crm/onward/crm"
)

const (
	codeNoResult = "NO_CLEAR_RESULT"
	codeNotSent  = "NOT_SENT"
)

// writeRequest is the body of a batch update or upsert.
type writeRequest struct {
	Inputs []input `json:"inputs"`
}

// input is one record to write. Without a trace of its own, HubSpot does not tell
// which of the records failed.
type input struct {
	ID         string            `json:"id"`
	IDProperty string            `json:"idProperty,omitempty"`
	Properties map[string]string `json:"properties"`
	Trace      string            `json:"objectWriteTraceId"`
}

// outcome is what became of one input: an id, or an error; call tells that the error
// is that of the call.
type outcome struct {
	id      int64
	created bool
	err     error
	call    bool
}

// sendAll writes records, 100 a call, positionally. After an error that every call
// would meet, nothing more is sent.
func (c *Client) sendAll(ctx context.Context, o crm.Object, verb string, inputs []input) []outcome {
	out := make([]outcome, len(inputs))
	s := &sending{client: c, object: o, verb: verb}
	for start := 0; start < len(inputs); start += maxRead {
		end := min(start+maxRead, len(inputs))
		s.send(ctx, inputs[start:end], out[start:end])
	}
	return out
}

type sending struct {
	client *Client
	object crm.Object
	verb   string
	stop   error
}

// send writes some records with one call, and with more when some are refused: what
// HubSpot finds wrong with one record it holds against all of them, and writes none.
func (s *sending) send(ctx context.Context, inputs []input, out []outcome) {
	if s.stop != nil {
		fill(out, outcome{err: s.stop, call: true})
		return
	}
	kind := kindOf(s.object)
	k := call{
		op: "write", object: s.object, name: s.verb + " " + kind,
		path: s.client.objects(kind) + "/batch/" + s.verb, body: writeRequest{inputs},
	}
	var a readAnswer
	r, err := s.client.do(ctx, k, &a)
	switch {
	case err == nil:
		allot(k, inputs, a, out)
	case r != nil && r.status == 200 || r != nil && r.status == 207:
		// The answer came and cannot be read: what it says was done.
		fill(out, outcome{err: unclear(s.object), call: true})
	case divisible(err, r) && len(inputs) > 1:
		half := len(inputs) / 2
		s.send(ctx, inputs[:half], out[:half])
		s.send(ctx, inputs[half:], out[half:])
	case divisible(err, r):
		out[0].err = err
	default:
		fill(out, outcome{err: err, call: true})
		if hopeless(err) {
			s.stop = &crm.Error{Op: "write", Object: s.object, Class: crm.ClassOf(err), Code: codeNotSent, RetryAfter: pauseOf(err)}
		}
	}
}

// divisible holds for refusals that are about records: 400, 404 and 409.
func divisible(err error, r *reply) bool {
	return r != nil && (errors.Is(err, crm.ErrInvalid) || errors.Is(err, crm.ErrStale) || errors.Is(err, crm.ErrNotFound) && isMissing(r))
}

func pauseOf(err error) (wait time.Duration) {
	var e *crm.Error
	if errors.As(err, &e) {
		wait = e.RetryAfter
	}
	return wait
}

func fill(out []outcome, with outcome) {
	for i := range out {
		out[i] = with
	}
}

func unclear(o crm.Object) *crm.Error {
	return &crm.Error{Op: "write", Object: o, Class: crm.ErrUnknownOutcome, Code: codeNoResult}
}

// allot finds for each input what the answer says of it: by its trace, else by its id
// or its unique value. An input of which nothing is said has an unknown outcome.
func allot(k call, inputs []input, a readAnswer, out []outcome) {
	for n, in := range inputs {
		out[n].err = unclear(k.object)
		for _, r := range a.Results {
			if r.ID != 0 && in.answeredBy(r) {
				out[n] = outcome{id: int64(r.ID), created: r.New}
			}
		}
		for _, e := range a.Errors {
			if e.names(in) {
				out[n] = outcome{err: e.err(k)}
			}
		}
	}
	// A single error that names nobody belongs to the single input without a result.
	var open []int
	for n := range inputs {
		if crm.ClassOf(out[n].err) == crm.ErrUnknownOutcome {
			open = append(open, n)
		}
	}
	if len(open) == 1 && len(a.Errors) == 1 && !a.Errors[0].namesAny() {
		out[open[0]] = outcome{err: a.Errors[0].err(k)}
	}
}

// answeredBy reports whether a result is that of the input.
func (in input) answeredBy(r readRecord) bool {
	if r.Trace != "" {
		return string(r.Trace) == in.Trace
	}
	if in.IDProperty != "" {
		return strings.EqualFold(string(r.Properties[in.IDProperty]), in.ID)
	}
	return formatID(int64(r.ID)) == in.ID
}
