package salesforce

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/onward-crm/onward/crm"
)

// flowBatch is how many interviews one call starts. They share a transaction,
// and with it the platform's limits: few of them fit safely.
const flowBatch = 20

// flowPrefix begins the names of the variables that the platform adds to every
// interview. They are not the Flow's own and are left out of shapes and outputs.
const flowPrefix = "Flow__"

var flowNames = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*(__[A-Za-z0-9_]+)?$`)

// DescribeFlow tells the inputs and outputs of the active version of an
// autolaunched Flow. The name is its API name, with its namespace if it has one
// ("ns__Name"). The error is crm.ErrNotFound when there is no such Flow or none
// of its versions is active, crm.ErrInvalid when the name cannot be one. Safe
// for concurrent use.
func (g *Org) DescribeFlow(ctx context.Context, name string) (crm.FlowShape, error) {
	d, err := g.describeFlow(ctx, name)
	if err != nil {
		return crm.FlowShape{}, err
	}
	var s crm.FlowShape
	for _, v := range d.Inputs {
		s.Inputs = append(s.Inputs, v.Name)
		if v.required() {
			s.Required = append(s.Required, v.Name)
		}
	}
	for _, v := range d.Outputs {
		if !strings.HasPrefix(v.Name, flowPrefix) {
			s.Outputs = append(s.Outputs, v.Name)
		}
	}
	return s, nil
}

// InvokeFlow runs an autolaunched Flow once for each of inputs, positionally:
// len(results) == len(inputs) when the error is nil. Values are text; they are
// sent as numbers and booleans where the Flow declares them so, blank ones of
// other types than text not at all, and inputs that the Flow does not have are
// left out. Outputs come back as text in the same form; what the platform adds
// (Flow__InterviewGuid and the like) is dropped.
//
// Runs are sent 20 a call, after one call that describes the Flow, and never
// repeated. A run that failed has an error in its result, in a class that cannot
// be retried. When a call's answer is lost, its runs have crm.ErrUnknownOutcome
// and later ones, which are not sent any more, crm.ErrUnavailable with the code
// FLOW_NOT_RUN; every retryable class but the first means that the run did not
// begin. The error of the whole is returned only where one class is true of every
// run. Safe for concurrent use.
func (g *Org) InvokeFlow(ctx context.Context, name string, inputs []map[string]string) ([]crm.FlowResult, error) {
	if len(inputs) == 0 {
		return nil, nil
	}
	d, err := g.describeFlow(ctx, name)
	if err != nil {
		return nil, err
	}
	results := make([]crm.FlowResult, len(inputs))
	var ready []flowRun
	for i, in := range inputs {
		typed, err := d.typed(in)
		if err != nil {
			results[i].Err = err
			continue
		}
		ready = append(ready, flowRun{index: i, inputs: typed})
	}
	for sent := 0; sent < len(ready); sent += flowBatch {
		batch := ready[sent:min(sent+flowBatch, len(ready))]
		out, err := g.runFlow(ctx, name, batch)
		if err != nil {
			return brokenOff(results, ready, sent, err)
		}
		for i, run := range batch {
			results[run.index] = out[i]
		}
	}
	return results, nil
}

// flowRun is one run that is ready to be sent.
type flowRun struct {
	index  int // position among the caller's inputs
	inputs map[string]any
}

// brokenOff says what is known of each run after the batch that begins at sent
// failed as a whole.
func brokenOff(results []crm.FlowResult, ready []flowRun, sent int, err error) ([]crm.FlowResult, error) {
	rest := ready[min(sent+flowBatch, len(ready)):]
	lost := errors.Is(err, crm.ErrUnknownOutcome)
	if sent == 0 && (!lost || len(rest) == 0) {
		return nil, err
	}
	for _, run := range ready[sent : len(ready)-len(rest)] {
		results[run.index].Err = err
	}
	for _, run := range rest {
		results[run.index].Err = flowError(crm.ErrUnavailable, "FLOW_NOT_RUN")
	}
	return results, nil
}

// describeFlow reads the variables of a Flow.
func (g *Org) describeFlow(ctx context.Context, name string) (flowDescription, error) {
	var d flowDescription
	if !flowNames.MatchString(name) {
		return d, flowError(crm.ErrInvalid, "MALFORMED_FLOW_NAME")
	}
	k := call{
		op: "flow", name: "actions/custom/flow", object: "Flow", repeat: true,
		method: http.MethodGet, path: "actions/custom/flow/" + url.PathEscape(name),
	}
	r, err := g.do(ctx, k)
	if err != nil {
		if r != nil && r.status == http.StatusNotFound {
			return d, flowError(crm.ErrNotFound, "NO_ACTIVE_FLOW")
		}
		return d, err
	}
	return d, g.decode(k, r, &d)
}

// runFlow makes one call. An error means that nothing is known to have run
// (any class) or that nothing is known (crm.ErrUnknownOutcome).
func (g *Org) runFlow(ctx context.Context, name string, batch []flowRun) ([]crm.FlowResult, error) {
	inputs := make([]map[string]any, len(batch))
	for i, run := range batch {
		inputs[i] = run.inputs
	}
	k := call{
		op: "flow", name: "actions/custom/flow", object: "Flow",
		method: http.MethodPost, path: "actions/custom/flow/" + url.PathEscape(name),
	}
	var err error
	if k.body, err = encodeJSON(map[string]any{"inputs": inputs}); err != nil {
		return nil, flowError(crm.ErrInvalid, "UNWRITABLE_INPUT")
	}
	r, err := g.do(ctx, k)
	if err != nil && r == nil {
		return nil, err
	}
	// Failed items come with a status of 400 and the same list: the body decides.
	answers, ok := flowAnswers(r.body, len(batch))
	if ok {
		return g.flowResults(answers), nil
	}
	if e, ok := errors.AsType[*crm.Error](err); ok && e.Code == "UNKNOWN_EXCEPTION" {
		e.Class = crm.ErrUnknownOutcome // a fault within, and nobody says in which run
	}
	if err == nil {
		err = malformed(k, errors.New("not one result for each input"))
	}
	return nil, err
}

func flowError(class error, code string, fields ...string) *crm.Error {
	return &crm.Error{Op: "flow", Object: "Flow", Class: class, Code: code, Fields: slices.Clone(fields)}
}

// flowDescription is the answer of GET actions/custom/flow/NAME.
type flowDescription struct {
	Inputs  []flowVariable `json:"inputs"`
	Outputs []flowVariable `json:"outputs"`
}

// flowVariable is an input or output of a Flow.
type flowVariable struct {
	Name      string `json:"name"`
	Type      string `json:"type"`
	MaxOccurs int    `json:"maxOccurs"`
	// Versions differ in how they call it.
	Required   bool `json:"required"`
	IsRequired bool `json:"isRequired"`
}

func (v flowVariable) required() bool { return v.Required || v.IsRequired }

// typed turns inputs in text form into what the Flow declares.
func (d flowDescription) typed(in map[string]string) (map[string]any, error) {
	out := map[string]any{}
	for _, v := range d.Inputs {
		text, given := in[v.Name]
		if !given {
			continue
		}
		value, ok := v.value(text)
		if !ok {
			return nil, flowError(crm.ErrInvalid, "FLOW_INPUT_TYPE", v.Name)
		}
		if value != nil {
			out[v.Name] = value
		}
	}
	return out, nil
}

// value is a text in the variable's type: nil when it is blank and the type has
// no blank; false when it is none of that type, or the type is one that text
// cannot fill (records, lists, Apex types).
func (v flowVariable) value(text string) (any, bool) {
	kind := strings.ToUpper(v.Type)
	if v.MaxOccurs > 1 {
		kind = "LIST"
	}
	switch kind {
	case "STRING", "TEXT", "PICKLIST", "MULTIPICKLIST", "REFERENCE", "ID", "":
		return text, true
	}
	if text == "" {
		return nil, true
	}
	switch kind {
	case "BOOLEAN":
		b, err := strconv.ParseBool(text)
		return b, err == nil
	case "NUMBER", "CURRENCY", "DOUBLE", "INTEGER", "LONG", "DECIMAL", "PERCENT":
		return jsonNumber(text)
	case "DATE", "DATETIME", "TIME":
		return text, true
	}
	return nil, false
}

// flowAnswer is what one run gave. Newer versions add members that are ignored.
type flowAnswer struct {
	IsSuccess    *bool          `json:"isSuccess"`
	Errors       []wireError    `json:"errors"`
	OutputValues map[string]any `json:"outputValues"`
}

// flowAnswers reads a list of n answers; false when the body is something else,
// such as a list of errors.
func flowAnswers(body []byte, n int) ([]flowAnswer, bool) {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var answers []flowAnswer
	if dec.Decode(&answers) != nil || len(answers) != n {
		return nil, false
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, false
	}
	strange := func(a flowAnswer) bool { return a.IsSuccess == nil }
	return answers, !slices.ContainsFunc(answers, strange)
}

// flowResults turn answers into results.
func (g *Org) flowResults(answers []flowAnswer) []crm.FlowResult {
	out := make([]crm.FlowResult, len(answers))
	for i, a := range answers {
		out[i] = crm.FlowResult{Outputs: flowOutputs(a.OutputValues), Err: g.flowFailure(a)}
	}
	return out
}

// flowFailure is the error of one run, nil when it finished well. An interview
// that waits has done something, and nobody knows yet what it will do.
func (g *Org) flowFailure(a flowAnswer) error {
	status, _ := a.OutputValues["Flow__InterviewStatus"].(string)
	switch {
	case len(a.Errors) > 0:
		return ended(g.itemError("flow", "Flow", "", a.Errors))
	case !*a.IsSuccess:
		return flowError(crm.ErrInvalid, "FLOW_FAILED")
	case strings.EqualFold(status, "Error"):
		return flowError(crm.ErrInvalid, "FLOW_INTERVIEW_ERROR")
	case status != "" && !strings.EqualFold(status, "Finished"):
		return flowError(crm.ErrUnknownOutcome, "FLOW_INTERVIEW_"+strings.ToUpper(status))
	}
	return nil
}

// ended is the error of a run that has come to its end, in a class that says so.
// A fault that the Flow does not handle is told as UNKNOWN_EXCEPTION, or by the
// code of what went wrong in it, such as a lock; but it is no outage: the run is
// not to be repeated, for what it did outside of its transaction stands.
func ended(err error) error {
	e, ok := errors.AsType[*crm.Error](err)
	if ok && (crm.Retryable(e) || errors.Is(e, crm.ErrAuth)) {
		e.Class = crm.ErrInvalid
	}
	return err
}

// flowOutputs are a run's own outputs in text form; nil when it has none.
func flowOutputs(values map[string]any) map[string]string {
	var out map[string]string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if strings.HasPrefix(name, flowPrefix) {
			continue
		}
		if out == nil {
			out = map[string]string{}
		}
		out[name] = plainText(values[name])
	}
	return out
}

// plainText writes a decoded JSON value as text: null is blank, numbers stand as
// they came (decode with UseNumber), lists and objects are JSON.
func plainText(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		return crm.FormatBool(v)
	case json.Number:
		return v.String()
	}
	text, err := encodeJSON(value)
	if err != nil {
		return "" // a decoded value can always be written
	}
	return string(text)
}

// encodeJSON writes JSON as it is meant to be read by the platform, without
// escapes for HTML.
func encodeJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}
