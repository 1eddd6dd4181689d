package sftest

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
)

// routeTemplate is a flow like the one that onward calls: it makes a lead.
func routeTemplate(run func(context.Context, map[string]any) (map[string]any, error)) *Options {
	return &Options{Flows: map[string]Flow{"Job_Change_Route_Template": {
		Inputs: []FlowVariable{
			{Name: "lastName", Required: true}, {Name: "company"}, {Name: "score", Type: FlowNumber}, {Name: "known", Type: FlowBoolean},
			{Name: "left", Type: FlowDate}, {Name: "seen", Type: FlowDateTime},
		},
		Outputs: []FlowVariable{{Name: "leadId"}, {Name: "errorMessage"}},
		Run:     run,
	}}}
}

const templatePath = "actions/custom/flow/Job_Change_Route_Template"

func TestFlowsAreListedAndDescribed(t *testing.T) {
	s := Start(t, routeTemplate(nil))
	list := wireJSON[struct{ Actions []flowEntry }](t, s, http.StatusOK, http.MethodGet, "actions/custom/flow", "")
	want := []flowEntry{{"Job Change Route Template", "Job_Change_Route_Template", "FLOW", "/services/data/v66.0/" + templatePath}}
	if d := cmp.Diff(want, list.Actions); d != "" {
		t.Error(d)
	}
	got := wireJSON[struct {
		Name            string
		Inputs, Outputs []flowParameter
	}](t, s, http.StatusOK, http.MethodGet, templatePath, "")
	var inputs []string
	for _, p := range got.Inputs {
		line := p.Name + " " + string(p.Type)
		if *p.Required {
			line += " required"
		}
		inputs = append(inputs, line)
	}
	if d := cmp.Diff([]string{"lastName STRING required", "company STRING", "score NUMBER", "known BOOLEAN", "left DATE", "seen DATETIME"}, inputs); d != "" {
		t.Error(d)
	}
	if len(got.Outputs) != 4 || got.Outputs[0].Name != "leadId" || got.Outputs[0].Required != nil {
		t.Errorf("outputs: %+v", got.Outputs)
	}
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		wireRefused(t, s, http.StatusNotFound, "NOT_FOUND", method, "actions/custom/flow/job_change_route_template", `{"inputs":[{}]}`)
	}
}

func TestFlowGivesOneResultForEachInput(t *testing.T) {
	s := Start(t, routeTemplate(func(_ context.Context, in map[string]any) (map[string]any, error) {
		return map[string]any{"leadId": "for " + in["lastName"].(string)}, nil
	}))
	_, text := wire(t, s, http.MethodPost, templatePath, `{"inputs":[{"lastName":"Lee","score":"1.5","known":"TRUE"},{"lastName":"Mo","company":null,"left":"2026-11-03","seen":"2026-11-03T12:00:00Z"}]}`)
	for _, part := range []string{
		`"actionName":"Job_Change_Route_Template"`, `"errors":null`, `"invocationId":null`, `"isSuccess":true`, `"sortOrder":-1`,
		`"errorMessage":null`, `"leadId":"for Lee"`, `"leadId":"for Mo"`, `"Flow__InterviewStatus":"Finished"`,
	} {
		if !strings.Contains(text, part) {
			t.Errorf("%s is missing in %s", part, text)
		}
	}
	if strings.Index(text, "for Lee") > strings.Index(text, "for Mo") {
		t.Error("the results are not in the order of the inputs")
	}
}

func TestFlowInputsAreChecked(t *testing.T) {
	ran := 0
	s := Start(t, routeTemplate(func(context.Context, map[string]any) (map[string]any, error) { ran++; return nil, nil }))
	for _, c := range []struct{ name, input, code string }{
		{"required", `{"company":"Acme"}`, "REQUIRED_FIELD_MISSING"},
		{"required null", `{"lastName":null}`, "REQUIRED_FIELD_MISSING"},
		{"unknown", `{"lastName":"Lee","nothing":1}`, "INVALID_API_INPUT"},
		{"case", `{"lastName":"Lee","Company":"Acme"}`, "INVALID_API_INPUT"},
		{"text", `{"lastName":7}`, "INVALID_API_INPUT"},
		{"number", `{"lastName":"Lee","score":"many"}`, "INVALID_API_INPUT"},
		{"boolean", `{"lastName":"Lee","known":"1 or 2"}`, "INVALID_API_INPUT"},
		{"date", `{"lastName":"Lee","left":"3.11.2026"}`, "INVALID_API_INPUT"},
		{"time", `{"lastName":"Lee","seen":"2026-11-03"}`, "INVALID_API_INPUT"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := wireJSON[[]actionResult](t, s, http.StatusBadRequest, http.MethodPost, templatePath, `{"inputs":[`+c.input+`,{"lastName":"Mo"}]}`)
			if len(got) != 2 || got[0].IsSuccess || got[0].Errors[0].StatusCode != c.code || got[1].IsSuccess || got[0].OutputValues != nil {
				t.Errorf("%+v", got)
			}
		})
	}
	if ran != 0 {
		t.Errorf("%d interviews ran in calls that do not fit", ran)
	}
	wireRefused(t, s, http.StatusBadRequest, "INVALID_INPUT", http.MethodPost, templatePath, `{"inputs":[]}`)
	wireRefused(t, s, http.StatusBadRequest, "JSON_PARSER_ERROR", http.MethodPost, templatePath, `[]`)
	wireRefused(t, s, http.StatusBadRequest, "INVALID_INPUT", http.MethodPost, templatePath, `{"inputs":[`+strings.Repeat(`{"lastName":"x"},`, 200)+`{"lastName":"x"}]}`)
}

func TestFlowFaultIsAnItemOfA400(t *testing.T) {
	s := Start(t, routeTemplate(func(_ context.Context, in map[string]any) (map[string]any, error) {
		if in["lastName"] == "Bad" {
			return nil, errors.New("no owner")
		}
		return map[string]any{interviewStatus: "Waiting"}, nil
	}))
	got := wireJSON[[]actionResult](t, s, http.StatusBadRequest, http.MethodPost, templatePath, `{"inputs":[{"lastName":"Good"},{"lastName":"Bad"}]}`)
	if !got[0].IsSuccess || got[0].OutputValues[interviewStatus] != "Waiting" {
		t.Errorf("first: %+v", got[0])
	}
	if got[1].IsSuccess || got[1].Errors[0].StatusCode != "UNKNOWN_EXCEPTION" || got[1].OutputValues != nil {
		t.Errorf("second: %+v", got[1])
	}
}

func TestFlowInTheCallsTransactionIsTakenBackAsAWhole(t *testing.T) {
	makeLead := func(_ context.Context, tx *memcrm.Tx, in map[string]any) (map[string]any, error) {
		last, _ := in["lastName"].(string)
		res := tx.Write(crm.Write{Verb: crm.VerbCreate, Object: crm.ObjectLead, Set: crm.Fields{"LastName": last, "Company": "Acme"}})
		return map[string]any{"leadId": res.ID}, res.Err
	}
	s := Start(t, &Options{Flows: map[string]Flow{"F": {
		Inputs: []FlowVariable{{Name: "lastName"}}, Outputs: []FlowVariable{{Name: "leadId"}}, RunIn: makeLead,
	}}})
	const path = "actions/custom/flow/F"
	got := wireJSON[[]actionResult](t, s, http.StatusBadRequest, http.MethodPost, path, `{"inputs":[{"lastName":"Lee"},{}]}`)
	if got[0].IsSuccess || got[1].IsSuccess || len(s.CRM().Records(crm.ObjectLead)) != 0 {
		t.Errorf("something stayed: %+v, %d leads", got, len(s.CRM().Records(crm.ObjectLead)))
	}
	got = wireJSON[[]actionResult](t, s, http.StatusOK, http.MethodPost, path, `{"inputs":[{"lastName":"Lee"},{"lastName":"Mo"}]}`)
	leads := s.CRM().Records(crm.ObjectLead)
	if len(leads) != 2 || got[0].OutputValues["leadId"] != leads[0].ID {
		t.Errorf("%+v, %d leads", got, len(leads))
	}
}
