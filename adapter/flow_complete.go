package adapter

import (
	"context"
	"errors"
	"net/http"

	"github.com/onward-crm/onward/routing"
)

// complete takes what a Flow reports of its own writes, for moves that were handed
// to it. Sent again, a report changes nothing.
func (d *flowDesk) complete(ctx context.Context, c call) (Response, error) {
	in, err := readComplete(c.Request.Body, d.server.opt.Limits)
	if err != nil {
		return Response{}, err
	}
	list := in.Items != nil
	items := in.Items
	if !list {
		items = []flowCompleteItem{{RequestID: in.RequestID, flowReport: in.flowReport}}
	}
	results := make([]flowRouteResult, len(items))
	var bad *Refusal
	c.leave()
	err = d.server.within(ctx, d.opt.Deadline, func(ctx context.Context) error {
		out := make([]flowRouteResult, len(items))
		for i, item := range items {
			id := item.RequestID
			if id == "" {
				id = flowID(in.RequestID, true, i)
			}
			r, why, err := d.completeOne(ctx, id, item.flowReport, "flow:"+c.Caller.KeyID, i)
			if err != nil {
				return err
			}
			if out[i] = r; why != nil && !list {
				return why
			}
		}
		results = out
		return nil
	})
	if errors.As(err, &bad) {
		return Response{}, bad
	} else if err != nil {
		return Response{}, err
	}
	if list {
		return Response{Status: http.StatusOK, Body: flowList(in.RequestID, results)}, nil
	}
	return Response{Status: http.StatusOK, Body: flowOne(in.RequestID, results[0], false)}, nil
}

// completeOne takes one report. why is what is wrong with it.
func (d *flowDesk) completeOne(ctx context.Context, id string, r flowReport, by string, at int) (flowRouteResult, *Refusal, error) {
	key := routing.DeliveryKey(routing.Event{Source: sourceFlow, ID: id})
	report := routing.FlowReport{LeadID: r.LeadID, ContactID: r.ContactID, AccountID: r.AccountID, Error: r.Error}
	rec, err := d.server.opt.Engine.FlowDone(ctx, key, report, by)
	if err == nil {
		err = d.server.tellAgain(ctx, []string{key})
	}
	var bad *routing.EventError
	var why *Refusal
	switch {
	case err == nil:
		return flowResult(Result{Known: rec.Status.Terminal(), Record: rec}, rec.Event, at), nil, nil
	case errors.Is(err, routing.ErrStalePlan):
		return flowRouteResult{Index: int32(at), Status: statusRejected, Outcome: "not_handed_to_flow", Message: "the decision was not handed to a Flow"}, nil, nil
	case errors.Is(err, routing.ErrUnknownKey):
		why = invalid("requestId", "was never routed")
	case errors.As(err, &bad):
		why = flowReportProblem(bad.Problems[0])
	default:
		return flowRouteResult{}, nil, err
	}
	return flowRejected(Rejection{Index: at, Code: why.Code, Field: why.Field, Message: why.Message}), why, nil
}

// flowReportProblem is what is wrong with a report's value.
func flowReportProblem(p routing.FieldProblem) *Refusal {
	if p.Field == "error" {
		return invalid(p.Field, p.Message)
	}
	return invalid(p.Field, "not a Salesforce id of that kind")
}

// readComplete reads the body of /complete.
func readComplete(body []byte, l Limits) (flowCompleteRequest, error) {
	var in flowCompleteRequest
	if why := readStrict(body, l.Depth, &in); why != nil {
		return in, why
	}
	if in.RequestID == "" {
		return in, invalid("requestId", "want the key that the move was routed under")
	}
	if in.Items != nil {
		if why := checkItems(len(in.Items), in.flowReport != flowReport{}, l); why != nil {
			return in, why
		}
	}
	return in, nil
}
