package hubspot

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/onward-crm/onward/crm"
)

// problemPlaces is the context of an error: lists of names and ids under keys such as
// ids, propertyName and objectWriteTraceId.
type problemPlaces map[string][]string

// UnmarshalJSON reads lists of texts, and single ones; anything else says nothing.
func (p *problemPlaces) UnmarshalJSON(raw []byte) error {
	var places map[string]json.RawMessage
	if json.Unmarshal(raw, &places) != nil {
		return nil
	}
	*p = make(problemPlaces, len(places))
	for key, value := range places {
		var list []text
		if json.Unmarshal(value, &list) != nil {
			var one text
			if json.Unmarshal(value, &one) != nil {
				continue
			}
			list = []text{one}
		}
		for _, v := range list {
			(*p)[key] = append((*p)[key], string(v))
		}
	}
	return nil
}

// batchError is what a 207 says about some of the records.
type batchError struct {
	problem
}

// contextTrace and contextIDs are where an error names the inputs that it is about.
const (
	contextTrace = "objectWriteTraceId"
	contextIDs   = "ids"
)

// namesAny reports whether the error says which inputs it is about.
func (e batchError) namesAny() bool {
	return len(e.Context[contextTrace])+len(e.Context[contextIDs]) > 0
}

// names reports whether the error is about an input.
func (e batchError) names(in input) bool {
	return slices.Contains(e.Context[contextTrace], in.Trace) || slices.Contains(e.Context[contextIDs], in.ID)
}

// err is the error of one record.
func (e batchError) err(k call) error {
	return &crm.Error{Op: k.op, Object: k.object, Class: e.class(), Code: codeOf(e.problem, 0), Fields: fieldsOf(e.problem)}
}

// class names the class of a record's refusal, by its category.
func (e batchError) class() error {
	switch e.Category {
	case categoryMissing:
		return crm.ErrNotFound
	case "VALIDATION_ERROR", "BAD_REQUEST", "INVALID_INPUT":
		return crm.ErrInvalid
	case "CONFLICT", "OBJECT_ALREADY_EXISTS":
		return crm.ErrStale
	case "MISSING_SCOPES", "FORBIDDEN":
		return crm.ErrDenied
	case "RATE_LIMITS":
		return crm.ErrThrottled
	}
	return crm.ErrUnavailable
}

// inBatch judges the errors within the answer to a read. Records that are not there,
// and contacts without a company, come in this way and are no failure; with any other
// the answer is not to be relied on.
func inBatch(k call, errs []batchError) error {
	for _, e := range errs {
		if e.Category != categoryMissing {
			return &crm.Error{Op: k.op, Object: k.object, Class: crm.ErrUnavailable, Code: codePartial}
		}
	}
	return nil
}

// invalidValue is one finding in the message of a validation error.
type invalidValue struct {
	Error string `json:"error"`
	Name  string `json:"name"`
}

// invalidValues reads a message such as
// "Property values were not valid: [{"isValid":false,"error":"INVALID_OPTION","name":"x"}]".
func invalidValues(message string) []invalidValue {
	at := strings.Index(message, "[{")
	if at < 0 {
		return nil
	}
	var out []invalidValue
	// What follows the list, if anything, is of no interest.
	_ = json.NewDecoder(strings.NewReader(message[at:])).Decode(&out)
	return out
}

// fieldsOf are the properties that an error names. Nothing that could be a value gets
// through.
func fieldsOf(p problem) []string {
	var names []string
	for _, v := range invalidValues(p.Message) {
		names = append(names, v.Name)
	}
	places := []problemPlaces{p.Context}
	for _, part := range p.Errors {
		places = append(places, part.Context)
	}
	for _, place := range places {
		names = append(names, place["propertyName"]...)
		names = append(names, place["properties"]...)
	}
	names = slices.DeleteFunc(names, func(name string) bool { return !propertyForm.MatchString(name) })
	slices.Sort(names)
	return slices.Compact(names)
}
