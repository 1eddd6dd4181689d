package salesforce

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"github.com/onward-crm/onward/crm"
)

// wirePart is one answer in that of a composite call.
type wirePart struct {
	Body        json.RawMessage `json:"body"`
	Status      int             `json:"httpStatusCode"`
	ReferenceID string          `json:"referenceId"`
}

// failure is the error of a part that failed.
func (p wirePart) failure(op string, o crm.Object, key crm.Key) error {
	e := &crm.Error{Op: op, Object: o, Key: key, Class: classify(p.Status, ""), Code: "HTTP_" + statusText(p.Status)}
	if list := wireErrors(p.Body); len(list) > 0 {
		e.Class, e.Code, e.Fields, e.Err = list[0].class(p.Status), safeCode(list[0].code()), list[0].fields(), cause(list[0])
	}
	if e.Class == nil {
		e.Class = crm.ErrInvalid // 300: several records have the value that is to be unique
	}
	return e
}

// notSent is an error of a call as it stands for what was to be sent after it.
// What was not sent has no unknown outcome.
func notSent(err error) error {
	var e *crm.Error
	if !errors.As(err, &e) || !errors.Is(e.Class, crm.ErrUnknownOutcome) {
		return err
	}
	out := *e
	out.Class = crm.ErrUnavailable
	return &out
}

// about puts an error of a call under another name: that of the query, write or
// look-up for which the call was made.
func about(op string, o crm.Object, key crm.Key, err error) error {
	var e *crm.Error
	if !errors.As(err, &e) {
		return &crm.Error{Op: op, Object: o, Key: key, Class: crm.ErrUnavailable, Err: err}
	}
	out := *e
	out.Op, out.Object, out.Key = op, o, key
	return &out
}

// subrequest is one call in a composite call.
type subrequest struct {
	Method      string            `json:"method"`
	URL         string            `json:"url"`
	ReferenceID string            `json:"referenceId"`
	Header      map[string]string `json:"httpHeaders,omitempty"`
	Body        json.RawMessage   `json:"body,omitempty"`
}

// composite sends subrequests that do not depend on one another. The answers are
// positional; one that is missing, or has no status, makes the whole answer malformed.
func (g *Org) composite(ctx context.Context, k call, requests []subrequest) ([]wirePart, error) {
	for i := range requests {
		requests[i].ReferenceID = "r" + strconv.Itoa(i)
	}
	body, err := json.Marshal(map[string]any{"allOrNone": false, "compositeRequest": requests})
	if err != nil {
		return nil, &crm.Error{Op: k.op, Object: k.object, Class: crm.ErrInvalid, Code: "UNWRITABLE", Err: err}
	}
	k.method, k.path, k.body = http.MethodPost, "composite", body
	r, err := g.do(ctx, k)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Parts []wirePart `json:"compositeResponse"`
	}
	if err := g.decode(k, r, &answer); err != nil {
		return nil, err
	}
	if len(answer.Parts) != len(requests) {
		return nil, wrongNumber(k)
	}
	for i, part := range answer.Parts {
		if part.ReferenceID != requests[i].ReferenceID || part.Status < http.StatusOK {
			return nil, wrongNumber(k)
		}
	}
	return answer.Parts, nil
}

// wrongNumber is the error about an answer that does not belong to the question.
func wrongNumber(k call) error {
	class := crm.ErrUnknownOutcome
	if k.repeat {
		class = crm.ErrUnavailable
	}
	return &crm.Error{Op: k.op, Object: k.object, Class: class, Code: "WRONG_NUMBER_OF_RESULTS"}
}
