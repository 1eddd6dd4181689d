package sftest

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/onward-crm/onward/crm/memcrm"
)

// FlowType is the type of a flow's variable, as describe tells it.
type FlowType string

// The types of variables that a flow may take and give. FlowDate is text in the
// form 2006-01-02, FlowDateTime in that of RFC 3339.
const (
	FlowText     FlowType = "STRING"
	FlowBoolean  FlowType = "BOOLEAN"
	FlowNumber   FlowType = "NUMBER"
	FlowDate     FlowType = "DATE"
	FlowDateTime FlowType = "DATETIME"
)

// FlowVariable is an input or output of a flow. Names are case-sensitive.
type FlowVariable struct {
	Name string
	// Type is FlowText when it is empty.
	Type FlowType
	// Required inputs must be given and not be null. It means nothing for outputs.
	Required bool
}

// Flow is an active autolaunched flow, served below actions/custom/flow.
type Flow struct {
	// Label is the name for people; the API name when it is empty.
	Label   string
	Inputs  []FlowVariable
	Outputs []FlowVariable
	// Run plays one interview and gives the outputs by name; it is called once
	// for each input, in order. Outputs that it does not give are null. An error
	// is a fault that the flow does not handle. It may use the CRM freely; what
	// it wrote stays, whatever happens to the rest of the call.
	Run func(ctx context.Context, in map[string]any) (map[string]any, error)
	// RunIn is Run for a flow whose interviews share the call's transaction, as
	// those of the platform do: one unhandled fault takes back the writes of all.
	// It must use the transaction only, since the CRM is locked meanwhile. It is
	// used when Run is nil, and inside composite calls, where Run cannot be.
	RunIn func(ctx context.Context, tx *memcrm.Tx, in map[string]any) (map[string]any, error)
}

const (
	flowPath = "actions/custom/flow"
	// flowInputs is the most that one call may carry.
	flowInputs = 200
)

func flowRoutes() []route {
	return []route{
		{http.MethodGet, "actions/custom", listCustomActions},
		{http.MethodGet, flowPath, listFlows},
		{http.MethodGet, flowPath + "/*", describeFlow},
		{http.MethodPost, flowPath + "/*", invokeFlow},
	}
}

func listCustomActions(_ *Server, r *request) *response {
	return answered(http.StatusOK, map[string]string{"flow": resourceURL(r.version, "actions", "custom", "flow")})
}

type flowEntry struct {
	Label string `json:"label"`
	Name  string `json:"name"`
	Type  string `json:"type"`
	URL   string `json:"url"`
}

func listFlows(s *Server, r *request) *response {
	entries := []flowEntry{}
	flows := s.options.Flows
	for _, name := range slices.Sorted(maps.Keys(flows)) {
		entries = append(entries, flowEntry{flows[name].label(name), name, "FLOW", resourceURL(r.version, "actions", "custom", "flow", name)})
	}
	return answered(http.StatusOK, map[string]any{"actions": entries})
}

func (f Flow) label(name string) string {
	if f.Label != "" {
		return f.Label
	}
	return strings.ReplaceAll(name, "_", " ")
}

// flowParameter is a variable in describe's form. Required is left out of
// outputs.
type flowParameter struct {
	ByteLength     int      `json:"byteLength"`
	Description    *string  `json:"description"`
	Label          string   `json:"label"`
	MaxOccurs      int      `json:"maxOccurs"`
	Name           string   `json:"name"`
	PicklistValues any      `json:"picklistValues"`
	Required       *bool    `json:"required,omitempty"`
	Type           FlowType `json:"type"`
}

func describeFlow(s *Server, r *request) *response {
	name := r.path[len(r.path)-1]
	f, ok := s.options.Flows[name]
	if !ok {
		return noResource()
	}
	outputs := parameters(f.Outputs, false)
	outputs = append(outputs,
		flowParameter{Label: "Interview GUID", MaxOccurs: 1, Name: interviewGUID, Type: FlowText},
		flowParameter{Label: "Interview status", MaxOccurs: 1, Name: interviewStatus, Type: FlowText})
	return answered(http.StatusOK, map[string]any{
		"description": nil, "inputs": parameters(f.Inputs, true), "label": f.label(name), "name": name,
		"outputs": outputs, "standard": false, "targetEntityName": nil, "type": "FLOW",
	})
}

func parameters(variables []FlowVariable, inputs bool) []flowParameter {
	out := []flowParameter{}
	for _, v := range variables {
		p := flowParameter{Label: v.Name, MaxOccurs: 1, Name: v.Name, Type: v.kind()}
		if inputs {
			p.Required = &v.Required
		}
		out = append(out, p)
	}
	return out
}

func (v FlowVariable) kind() FlowType {
	if v.Type == "" {
		return FlowText
	}
	return v.Type
}
