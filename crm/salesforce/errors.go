package salesforce

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/onward-crm/onward/crm"
)

// Codes of our own, for what Salesforce has no code for.
const (
	codeMalformed = "MALFORMED_ANSWER"
	codeTimeout   = "TIMEOUT"
	codeCancelled = "CANCELLED"
	codeNoAnswer  = "NO_ANSWER"
	codeBudget    = "API_BUDGET"
	codeClosed    = "CLOSED"
)

// wireError is an item of an error body (errorCode), or of the errors of one
// record (statusCode).
type wireError struct {
	StatusCode string   `json:"statusCode"`
	ErrorCode  string   `json:"errorCode"`
	Message    string   `json:"message"`
	Fields     []string `json:"fields"`
	// Errors are those of an item that carries its own list, as flow actions do.
	Errors []wireError `json:"errors"`
}

func (w wireError) code() string { return cmp.Or(w.ErrorCode, w.StatusCode) }

// class is that of the code, or of what the message tells beyond it.
func (w wireError) class(status int) error {
	switch {
	case w.code() == "REQUEST_LIMIT_EXCEEDED" && strings.Contains(w.Message, "oncurrent"):
		return crm.ErrThrottled // too many at once, not too many a day
	case (w.code() == "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY" || w.code() == "CANNOT_EXECUTE_FLOW_TRIGGER") &&
		strings.Contains(w.Message, "UNABLE_TO_LOCK_ROW"):
		return crm.ErrLocked // a trigger or flow met the lock
	}
	return classify(status, w.code())
}

// fields are the fields that the error is about. What is no field's name is left
// out, for it goes into messages.
func (w wireError) fields() []string {
	var out []string
	for _, name := range w.Fields {
		if isAPIName(strings.ReplaceAll(name, ".", "_")) {
			out = append(out, name)
		}
	}
	return out
}

// staleToken is all that the identity service says, with 403, of a session that
// is over.
const staleToken = "Bad_OAuth_Token"

// wireErrors reads an error body: a list, one object, an OAuth error, or nothing
// that can be read, such as the HTML page of a gateway.
func wireErrors(body []byte) []wireError {
	var list []wireError
	if json.Unmarshal(body, &list) == nil {
		if len(list) > 0 && list[0].code() == "" && len(list[0].Errors) > 0 {
			return list[0].Errors
		}
		return list
	}
	var one wireError
	if json.Unmarshal(body, &one) == nil && one.code() != "" {
		return []wireError{one}
	}
	var oauth tokenAnswer
	if json.Unmarshal(body, &oauth) == nil && oauthCode.MatchString(oauth.Error) {
		return []wireError{{ErrorCode: oauth.Error}}
	}
	if bytes.EqualFold(bytes.TrimSpace(body), []byte(staleToken)) {
		return []wireError{{ErrorCode: "INVALID_SESSION_ID"}}
	}
	return nil
}

// judge returns the error that an answer stands for, nil for 2xx, 300 and 304.
func (g *Org) judge(k call, r *reply) error {
	if r.status < 400 && classify(r.status, "") == nil {
		return nil
	}
	e := &crm.Error{Op: k.op, Object: k.object, Class: classify(r.status, ""), RetryAfter: retryAfter(r.header, g.opt.Now())}
	if items := wireErrors(r.body); len(items) > 0 {
		first := items[0]
		e.Class, e.Code, e.Fields, e.Err = first.class(r.status), safeCode(first.code()), first.fields(), cause(first)
	}
	if e.Code == "" {
		e.Code = "HTTP_" + statusText(r.status)
	}
	// A gateway that lost the server says 5xx too. Only where Salesforce itself
	// says that it did not take the call is that sure.
	if r.status >= 500 && !k.repeat && errors.Is(e.Class, crm.ErrUnavailable) && e.Code != "SERVER_UNAVAILABLE" {
		e.Class = crm.ErrUnknownOutcome
	}
	return e
}

// itemError returns the error of one record, of the first item that tells what
// is the matter.
func (g *Org) itemError(op string, o crm.Object, key crm.Key, items []wireError) error {
	e := &crm.Error{Op: op, Object: o, Key: key, Class: crm.ErrInvalid, Code: "NO_REASON_GIVEN"}
	if len(items) == 0 {
		return e
	}
	first := items[0]
	e.Class, e.Code, e.Fields, e.Err = first.class(http.StatusBadRequest), safeCode(first.code()), first.fields(), cause(first)
	for _, other := range items[1:] {
		if other.code() == first.code() {
			e.Fields = append(e.Fields, other.fields()...)
		}
	}
	if e.Code == "INVALID_CROSS_REFERENCE_KEY" && len(e.Fields) == 1 && e.Fields[0] == "Id" {
		e.Class = crm.ErrNotFound // the record itself, not one that it points to
	}
	return e
}

// cause keeps the message, for those who store it; it is no part of the error's
// own text.
func cause(w wireError) error {
	if w.Message == "" {
		return nil
	}
	return errors.New(w.Message)
}

// safeCode lets nothing but codes into messages.
func safeCode(code string) string {
	for _, c := range code {
		if (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' && c != '.' {
			return "UNREADABLE_CODE"
		}
	}
	return code[:min(len(code), 80)]
}

// decode reads the body of an answer into v. One that is malformed or truncated
// is crm.ErrUnavailable for calls that may be repeated and crm.ErrUnknownOutcome
// for others; the error names the call and holds nothing of the body.
func (g *Org) decode(k call, r *reply, v any) error {
	if r == nil {
		return malformed(k, errors.New("no answer"))
	}
	if err := json.Unmarshal(r.body, v); err != nil {
		var syntax *json.SyntaxError
		var kind *json.UnmarshalTypeError
		switch {
		case errors.As(err, &syntax):
			return malformed(k, errors.New("not JSON, or cut off"))
		case errors.As(err, &kind):
			return malformed(k, errors.New("field "+kind.Field+" is of another type"))
		}
		return malformed(k, errors.New("not as expected"))
	}
	return nil
}

// malformed is the error of an answer that cannot be what the call asked for.
func malformed(k call, why error) *crm.Error {
	e := &crm.Error{Op: k.op + " (" + k.name + ")", Object: k.object, Class: crm.ErrUnknownOutcome, Code: codeMalformed, Err: why}
	if k.repeat {
		e.Class = crm.ErrUnavailable
	}
	return e
}

// unexpected is the error of a good answer that has no body to stream.
func unexpected(k call, status int) *crm.Error {
	return malformed(k, errors.New("status "+statusText(status)))
}

// lost is the error of a call without an answer.
func (g *Org) lost(ctx context.Context, t *trip, err error) *crm.Error {
	e := &crm.Error{Op: t.call.op, Object: t.call.object, Class: crm.ErrUnavailable, Code: lossCode(context.Cause(ctx), err), Err: plainCause(err)}
	if !t.call.repeat && t.mayHaveArrived(err) {
		e.Class = crm.ErrUnknownOutcome
	}
	return e
}

// streamBroken is the error of a stream that ends before its end.
func streamBroken(ended error, k call, err error) *crm.Error {
	return &crm.Error{Op: k.op, Object: k.object, Class: crm.ErrUnavailable, Code: lossCode(ended, err), Err: plainCause(err)}
}

// lossCode tells why there is no answer: by what ended the context, nil when it
// has not ended, and by the client's error.
func lossCode(ended, err error) string {
	both := errors.Join(ended, err)
	switch {
	case errors.Is(both, errTimeout) || errors.Is(both, context.DeadlineExceeded):
		return codeTimeout
	case ended != nil:
		return codeCancelled
	default:
		return codeNoAnswer
	}
}

// plainCause drops the address, whose query may hold values, from an error of
// the HTTP client.
func plainCause(err error) error {
	var outer *url.Error
	for errors.As(err, &outer) {
		err = outer.Err
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func errClosed(op string) *crm.Error {
	return &crm.Error{Op: op, Class: crm.ErrUnavailable, Code: codeClosed}
}
