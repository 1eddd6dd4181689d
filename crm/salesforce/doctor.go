package salesforce

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"

	"github.com/onward-crm/onward/crm"
)

// Severity says how much a finding matters.
type Severity string

// The severities of findings.
const (
	// SeverityOK is a fact that is as it should be.
	SeverityOK Severity = "ok"
	// SeverityWarning works, with a disadvantage that the text names.
	SeverityWarning Severity = "warning"
	// SeverityProblem will fail, or do harm.
	SeverityProblem Severity = "problem"
)

// Finding is one thing that a look at the org has shown.
type Finding struct {
	Severity Severity `json:"severity"`
	// Area is what it is about: identity, limits, rights, keys, features,
	// duplicates, queries or trial.
	Area string `json:"area"`
	// Text says what is so, in one sentence.
	Text string `json:"text"`
	// Advice says what to do; empty when there is nothing to do.
	Advice string `json:"advice,omitempty"`
}

// Diagnose looks at what the org is, what the integration user may do and what
// the org makes of the statements of some queries, and says so in findings, in a
// fixed order. What cannot be read is a finding too; the error is that of an org
// that does not answer at all. It only reads, and costs about fifteen calls and
// one for each query. Safe for concurrent use.
func (g *Org) Diagnose(ctx context.Context, qs []crm.Query) ([]Finding, error) {
	d := &diagnosis{org: g}
	for _, look := range []func(context.Context) error{
		d.identity, d.limits, d.rights, d.keys, d.features, d.duplicates,
	} {
		if err := look(ctx); err != nil {
			return d.findings, err
		}
	}
	return d.findings, d.queries(ctx, qs)
}

// diagnosis collects findings. Its steps return only errors that make the rest
// pointless.
type diagnosis struct {
	org      *Org
	findings []Finding
}

func (d *diagnosis) add(s Severity, area, text, advice string) {
	d.findings = append(d.findings, Finding{Severity: s, Area: area, Text: text, Advice: advice})
}

// unread notes that something could not be read, or gives the error back when
// nothing else could be read either.
func (d *diagnosis) unread(area, what string, err error) error {
	for _, class := range []error{crm.ErrAuth, crm.ErrQuota, crm.ErrUnavailable, crm.ErrThrottled} {
		if errors.Is(err, class) {
			return err
		}
	}
	code := ""
	var e *crm.Error
	if errors.As(err, &e) && e.Code != "" {
		code = " (" + e.Code + ")"
	}
	d.add(SeverityWarning, area, what+" cannot be read by the integration user"+code+", so it was not looked at", "")
	return nil
}

// ask reads the first page of a statement that is a constant but for ids.
func ask[T any](ctx context.Context, g *Org, soql string) ([]T, error) {
	k := call{
		op: "doctor", name: "query", method: http.MethodGet, path: "query",
		query: url.Values{"q": {soql}}, repeat: true,
	}
	r, err := g.do(ctx, k)
	if err != nil {
		return nil, err
	}
	var page struct {
		Records []T `json:"records"`
	}
	if err := g.decode(k, r, &page); err != nil {
		return nil, err
	}
	return page.Records, nil
}

// Plan is one way in which the org could answer a statement.
type Plan struct {
	// Object is the object that is read first, Operation how: "Index",
	// "TableScan", "Sharing" or "Other".
	Object    crm.Object `json:"sobjectType"`
	Operation string     `json:"leadingOperationType"`
	// Cardinality is how many records the plan expects to find among the
	// ObjectCardinality records of the object.
	Cardinality       int64 `json:"cardinality"`
	ObjectCardinality int64 `json:"sobjectCardinality"`
	// RelativeCost is above 1 when the platform counts the plan as not selective.
	RelativeCost float64 `json:"relativeCost"`
	// Fields are those of the index that leads.
	Fields []string `json:"fields"`
}

// Explain asks how the org would answer a statement in SOQL, without running it.
// Plans come cheapest first: the first one is used. It costs one call.
func (g *Org) Explain(ctx context.Context, soql string) ([]Plan, error) {
	k := call{
		op: "explain", name: "query?explain", method: http.MethodGet, path: "query",
		query: url.Values{"explain": {soql}}, repeat: true,
	}
	r, err := g.do(ctx, k)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Plans []json.RawMessage `json:"plans"`
	}
	if err := g.decode(k, r, &answer); err != nil {
		return nil, err
	}
	plans := make([]Plan, len(answer.Plans))
	for i, raw := range answer.Plans {
		if json.Unmarshal(raw, &plans[i]) != nil {
			return nil, &crm.Error{Op: "explain", Class: crm.ErrUnavailable, Code: "MALFORMED_ANSWER"}
		}
	}
	return plans, nil
}
