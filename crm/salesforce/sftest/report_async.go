package sftest

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/onward-crm/onward/crm"
)

// instance is an asynchronous run of a report.
type instance struct {
	id      string
	rep     Report
	meta    reportMetadata
	details string
	polls   int
	// status is New, Running, Success or Error.
	status  string
	asked   time.Time
	done    time.Time
	result  map[string]any
	message string
}

func startInstance(s *Server, r *request, rep Report) *response {
	m, refusal := rep.wanted(r.body)
	if refusal != nil {
		return refusal
	}
	p, now := &s.reportRuns, s.options.Now()
	if !p.allow(now, &p.async, asyncRuns) {
		return failed(http.StatusForbidden, "FORBIDDEN",
			fmt.Sprintf("You can't run more than %d reports asynchronously every 60 minutes.", asyncRuns))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.made++
	in := &instance{rep: rep, meta: m, details: r.query.Get("includeDetails"), polls: s.options.BulkPolls, status: "New", asked: now}
	in.id, _ = crm.WidenID(fmt.Sprintf("0LG%012d", p.made))
	if in.details == "" {
		in.details = "true"
	}
	p.instances = append(p.instances, in)
	return answered(http.StatusOK, in.summary(s, r))
}

// summary is what is told of a run beside its result.
func (in *instance) summary(s *Server, r *request) map[string]any {
	var completed any
	if !in.done.IsZero() {
		completed = wireTime(in.done)
	}
	return map[string]any{
		"id": in.id, "ownerId": s.CRM().User(), "status": in.status, "requestDate": wireTime(in.asked), "completionDate": completed,
		"hasDetailRows": crm.IsTrue(in.details), "queryable": false, "url": in.rep.url(r, "instances", in.id),
	}
}

func (p *reportRuns) find(now time.Time, rep Report, id string) *instance {
	p.instances = slices.DeleteFunc(p.instances, func(in *instance) bool { return now.Sub(in.asked) > instanceLife })
	for _, in := range p.instances {
		if in.rep.ID == rep.ID && crm.SameID(in.id, id) {
			return in
		}
	}
	return nil
}

func noInstance() *response {
	return failed(http.StatusNotFound, "NOT_FOUND", "The report instance was not found")
}

func listInstances(s *Server, r *request, rep Report) *response {
	p := &s.reportRuns
	p.mu.Lock()
	defer p.mu.Unlock()
	p.find(s.options.Now(), rep, "")
	out := []map[string]any{}
	for _, in := range p.instances {
		if in.rep.ID == rep.ID {
			out = append(out, in.summary(s, r))
		}
	}
	return answered(http.StatusOK, out)
}

// getInstance tells how a run stands, with its result when it is done.
func getInstance(s *Server, r *request, rep Report) *response {
	p := &s.reportRuns
	p.mu.Lock()
	defer p.mu.Unlock()
	in := p.find(s.options.Now(), rep, r.path[4])
	if in == nil {
		return noInstance()
	}
	in.advance(s, r)
	out := map[string]any{}
	for name, v := range in.result {
		out[name] = v
	}
	attributes := in.summary(s, r)
	attributes["type"], attributes["reportId"], attributes["reportName"] = "ReportInstance", rep.ID, rep.Name
	out["attributes"] = attributes
	if in.message != "" {
		out["error"] = in.message
	}
	return answered(http.StatusOK, out)
}

// advance runs the report when the client has asked often enough.
func (in *instance) advance(s *Server, r *request) {
	if !in.done.IsZero() {
		return
	}
	if in.polls > 0 {
		in.polls--
		in.status = "Running"
		return
	}
	asked := *r
	asked.query = map[string][]string{"includeDetails": {in.details}}
	result, err := in.rep.run(s, &asked, in.meta)
	in.status, in.done, in.result = "Success", s.options.Now(), result
	if err != nil {
		in.status, in.message = "Error", err.Error()
	}
}

func deleteInstance(s *Server, r *request, rep Report) *response {
	p := &s.reportRuns
	p.mu.Lock()
	defer p.mu.Unlock()
	in := p.find(s.options.Now(), rep, r.path[4])
	if in == nil {
		return noInstance()
	}
	p.instances = slices.DeleteFunc(p.instances, func(x *instance) bool { return x == in })
	return &response{status: http.StatusNoContent}
}
