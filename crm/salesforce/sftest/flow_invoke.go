package sftest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/onward-crm/onward/crm/memcrm"
)

// The outputs that the platform adds to those of the flow.
const (
	interviewGUID   = "Flow__InterviewGuid"
	interviewStatus = "Flow__InterviewStatus"
)

// actionFault is an error of one input; unlike those of the REST API it says
// statusCode.
type actionFault struct {
	StatusCode string   `json:"statusCode"`
	Message    string   `json:"message"`
	Fields     []string `json:"fields"`
}

// actionResult is the answer to one input.
type actionResult struct {
	ActionName   string         `json:"actionName"`
	Errors       []actionFault  `json:"errors"`
	InvocationID *string        `json:"invocationId"`
	IsSuccess    bool           `json:"isSuccess"`
	Outcome      *string        `json:"outcome"`
	OutputValues map[string]any `json:"outputValues"`
	SortOrder    int            `json:"sortOrder"`
	Version      int            `json:"version"`
}

// invocation is one call of a flow.
type invocation struct {
	name    string
	flow    Flow
	inputs  []map[string]any
	results []actionResult
	failed  bool
}

func invokeFlow(s *Server, r *request) *response {
	v := &invocation{name: r.path[len(r.path)-1]}
	var ok bool
	if v.flow, ok = s.options.Flows[v.name]; !ok {
		return noResource()
	}
	var body struct{ Inputs []map[string]any }
	if err := json.Unmarshal(r.body, &body); err != nil {
		return failed(http.StatusBadRequest, "JSON_PARSER_ERROR", "The request body is no JSON object with a list of inputs")
	}
	v.inputs = body.Inputs
	switch {
	case r.tx != nil && v.flow.RunIn == nil:
		return failed(http.StatusBadRequest, "INVALID_INPUT", "This flow does not run in the transaction of a composite call")
	case len(v.inputs) == 0:
		return failed(http.StatusBadRequest, "INVALID_INPUT", "The list of inputs is missing or empty")
	case len(v.inputs) > flowInputs:
		return failed(http.StatusBadRequest, "INVALID_INPUT", fmt.Sprintf("A call may carry %d inputs at most", flowInputs))
	}
	v.play(s, r)
	if v.failed {
		return answered(http.StatusBadRequest, v.results)
	}
	return answered(http.StatusOK, v.results)
}

// play runs all interviews.
func (v *invocation) play(s *Server, r *request) {
	if r.tx == nil && v.flow.Run != nil || v.flow.RunIn == nil {
		v.each(r.context(), s.options.Now(), v.flow.Run)
		return
	}
	errFault := errors.New("sftest: flow: unhandled fault")
	inside := func(tx *memcrm.Tx) error {
		v.each(r.context(), s.options.Now(), func(ctx context.Context, in map[string]any) (map[string]any, error) {
			return v.flow.RunIn(ctx, tx, in)
		})
		if v.failed {
			return errFault
		}
		return nil
	}
	var err error
	if r.tx != nil {
		err = inside(r.tx)
	} else {
		err = s.CRM().Transact(inside)
	}
	if err != nil {
		v.takeBack()
	}
}

// each runs one interview for each input. A call whose inputs do not fit runs
// none at all.
func (v *invocation) each(ctx context.Context, now time.Time, run func(context.Context, map[string]any) (map[string]any, error)) {
	faults := make([]*actionFault, len(v.inputs))
	for i, in := range v.inputs {
		faults[i] = v.flow.checkInputs(in)
		v.failed = v.failed || faults[i] != nil
	}
	fit := !v.failed
	for i, in := range v.inputs {
		res := actionResult{ActionName: v.name, SortOrder: -1, Version: 1}
		switch {
		case faults[i] != nil:
			res.Errors = []actionFault{*faults[i]}
		case !fit:
			res.Errors = []actionFault{rolledBack()}
		default:
			v.interview(ctx, &res, guid(now, i), in, run)
		}
		v.results = append(v.results, res)
	}
}

func (v *invocation) interview(ctx context.Context, res *actionResult, guid string, in map[string]any,
	run func(context.Context, map[string]any) (map[string]any, error)) {
	out := map[string]any{}
	var err error
	if run != nil {
		out, err = run(ctx, in)
	}
	if err != nil {
		v.failed = true
		res.Errors = []actionFault{{"UNKNOWN_EXCEPTION", "An unhandled fault has occurred in this flow: " + err.Error(), []string{}}}
		return
	}
	res.IsSuccess = true
	res.OutputValues = map[string]any{interviewGUID: guid, interviewStatus: "Finished"}
	for _, o := range v.flow.Outputs {
		res.OutputValues[o.Name] = out[o.Name]
	}
	// The platform's own outputs may be scripted, so that a status of Error or
	// Waiting can be tried.
	if status, ok := out[interviewStatus]; ok {
		res.OutputValues[interviewStatus] = status
	}
}

// takeBack marks the interviews that ran well as undone with the others.
func (v *invocation) takeBack() {
	for i := range v.results {
		if v.results[i].IsSuccess {
			v.results[i] = actionResult{ActionName: v.name, SortOrder: -1, Version: 1, Errors: []actionFault{rolledBack()}}
		}
	}
}

func rolledBack() actionFault {
	return actionFault{"ALL_OR_NONE_OPERATION_ROLLED_BACK",
		"Record rolled back because not all records were valid and the request was using AllOrNone header", []string{}}
}

// guid has the form of an interview's, and is the same in every run.
func guid(now time.Time, i int) string {
	return fmt.Sprintf("%032x-%04x", now.UnixNano(), i)
}

// checkInputs turns one input's values into the variables' types. It names what
// does not fit, nil when all of it does.
func (f Flow) checkInputs(in map[string]any) *actionFault {
	known := map[string]FlowVariable{}
	for _, v := range f.Inputs {
		known[v.Name] = v
		if v.Required && in[v.Name] == nil {
			return &actionFault{"REQUIRED_FIELD_MISSING", "Missing required input parameter: " + v.Name, []string{}}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(in)) {
		v, ok := known[name]
		if !ok {
			return &actionFault{"INVALID_API_INPUT", "Unknown input parameter: " + name, []string{}}
		}
		value, ok := v.take(in[name])
		if !ok {
			return &actionFault{"INVALID_API_INPUT",
				fmt.Sprintf("Invalid value for input parameter %s: want %s", name, v.kind()), []string{}}
		}
		in[name] = value
	}
	return nil
}

// take reads a value of JSON; false when the variable does not take it. A number
// or boolean may come as text that spells one, as elsewhere in the REST API.
func (v FlowVariable) take(value any) (any, bool) {
	text, isText := value.(string)
	if value == nil {
		return nil, true
	}
	var err error
	switch v.kind() {
	case FlowText:
		return value, isText
	case FlowBoolean:
		if isText {
			value, err = strconv.ParseBool(strings.ToLower(text))
		}
		_, ok := value.(bool)
		return value, ok && err == nil
	case FlowNumber:
		if isText {
			value, err = strconv.ParseFloat(text, 64)
		}
		_, ok := value.(float64)
		return value, ok && err == nil
	case FlowDate:
		_, err = time.Parse(time.DateOnly, text)
	case FlowDateTime:
		_, err = time.Parse(time.RFC3339, text)
	default:
		return nil, false
	}
	return value, isText && err == nil
}
