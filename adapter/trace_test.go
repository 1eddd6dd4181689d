package adapter

import (
	"context"
	"encoding/binary"
	"errors"
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/embedded"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/routing"
)

// tape is a tracer provider that remembers its spans.
type tape struct {
	embedded.TracerProvider
	mu    sync.Mutex
	spans []*tapedSpan
}

// tapedSpan is a span that remembers.
type tapedSpan struct {
	noop.Span
	tape       *tape
	sc, parent trace.SpanContext
	name       string
	links      []trace.Link
	attributes []attribute.KeyValue
	status     codes.Code
	text       string
	ended      bool
}

func (p *tape) Tracer(string, ...trace.TracerOption) trace.Tracer { return taping{tape: p} }

// taping is the tracer of a tape.
type taping struct {
	embedded.Tracer
	tape *tape
}

func (x taping) Start(ctx context.Context, name string, opts ...trace.SpanStartOption) (context.Context, trace.Span) {
	p := x.tape
	p.mu.Lock()
	defer p.mu.Unlock()
	cfg, parent := trace.NewSpanStartConfig(opts...), trace.SpanContextFromContext(ctx)
	s := &tapedSpan{tape: p, name: name, parent: parent, links: cfg.Links(), attributes: cfg.Attributes()}
	var id trace.SpanID
	binary.BigEndian.PutUint64(id[:], uint64(len(p.spans)+1))
	traceID := parent.TraceID()
	if !parent.IsValid() {
		copy(traceID[8:], id[:])
	}
	s.sc = trace.NewSpanContext(trace.SpanContextConfig{TraceID: traceID, SpanID: id, TraceFlags: trace.FlagsSampled})
	p.spans = append(p.spans, s)
	return trace.ContextWithSpan(ctx, s), s
}

func (s *tapedSpan) SpanContext() trace.SpanContext       { return s.sc }
func (s *tapedSpan) IsRecording() bool                    { return true }
func (s *tapedSpan) TracerProvider() trace.TracerProvider { return s.tape }
func (s *tapedSpan) End(...trace.SpanEndOption)           { s.tape.mu.Lock(); s.ended = true; s.tape.mu.Unlock() }
func (s *tapedSpan) SetStatus(c codes.Code, text string)  { s.status, s.text = c, text }
func (s *tapedSpan) SetAttributes(kv ...attribute.KeyValue) {
	s.attributes = append(s.attributes, kv...)
}

// named are the spans of a name.
func (p *tape) named(name string) []*tapedSpan {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []*tapedSpan
	for _, s := range p.spans {
		if s.name == name {
			out = append(out, s)
		}
	}
	return out
}

// TestTraceFromAcceptToCRM: the work is linked to the request that brought it, and
// the CRM's calls belong to the work.
func TestTraceFromAcceptToCRM(t *testing.T) {
	p := &tape{}
	o := newOffice(t, withEverySource, func(o *office) { o.figures.TracerProvider = p })
	o.askFlow(flowPath+"/route", `{"requestId":"q1","fullName":"Ida Lee","newCompany":"Acme Inc","newEmail":"ida@acme.com"}`).want(200)
	if err := o.server.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	requests, work := p.named("POST "+flowPath+"/route"), p.named("onward.work")
	if len(requests) != 1 || len(work) != 1 {
		t.Fatalf("%d requests, %d pieces of work in %+v", len(requests), len(work), p.spans)
	}
	if len(work[0].links) != 1 || work[0].links[0].SpanContext.SpanID() != requests[0].sc.SpanID() {
		t.Errorf("the work is linked to %+v, the request is %v", work[0].links, requests[0].sc.SpanID())
	}
	calls := append(p.named("crm.find"), p.named("crm.write")...)
	if len(calls) < 2 {
		t.Fatalf("%d calls of the CRM", len(calls))
	}
	for _, c := range calls {
		if c.parent.SpanID() != work[0].sc.SpanID() || !c.ended || c.status == codes.Error {
			t.Errorf("%s: parent %v, ended %t, %v", c.name, c.parent.SpanID(), c.ended, c.status)
		}
	}
}

// TestASenderTraceGoesOn: a traceparent that comes with a request is continued.
func TestASenderTraceGoesOn(t *testing.T) {
	p := &tape{}
	o := newOffice(t, func(o *office) { o.figures.TracerProvider = p })
	const from = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	work := links([]routing.Delivery{{Trace: from}, {Trace: from}, {Trace: "broken"}, {}})
	if len(work) != 1 || work[0].SpanContext.TraceID().String() != "0af7651916cd43dd8448eb211c80319c" {
		t.Errorf("links %+v", work)
	}
	if o.tel.Trace(t.Context()) != "" {
		t.Error("a trace from nowhere")
	}
	ctx, end := o.tel.Work(t.Context(), nil)
	if parent := o.tel.Trace(ctx); !strings.HasPrefix(parent, "00-") || len(parent) != len(from) {
		t.Errorf("traceparent %q", parent)
	}
	end(&crm.Error{Op: "find", Class: crm.ErrQuota, Code: "jane@example.com"})
	if s := p.named("onward.work")[0]; s.status != codes.Error || s.text != crm.ErrQuota.Error() {
		t.Errorf("the span tells %q", s.text)
	}
}

// keyed is a driver that is no Seeker.
type keyed struct{ crm.Driver }

// TestObservedDriverIsASeekerWhenTheDriverIs: the optional interface is kept
// exactly.
func TestObservedDriverIsASeekerWhenTheDriverIs(t *testing.T) {
	tel, err := NewTelemetry(nil)
	if err != nil {
		t.Fatal(err)
	}
	db := memcrm.New(nil)
	_, want := crm.Driver(db).(crm.Seeker)
	for _, row := range []struct {
		name string
		d    crm.Driver
		want bool
	}{{"memcrm", db, want}, {"one without", keyed{db}, false}} {
		if _, got := ObserveDriver(row.d, tel).(crm.Seeker); got != row.want {
			t.Errorf("%s: seeker %t", row.name, got)
		}
	}
	if ObserveDriver(db, nil) != crm.Driver(db) {
		t.Error("without telemetry a driver is itself")
	}
}

// TestObservedCallsAreCounted by what is asked, failures by class.
func TestObservedCallsAreCounted(t *testing.T) {
	tel, err := NewTelemetry(nil)
	if err != nil {
		t.Fatal(err)
	}
	db := memcrm.New(nil)
	d, ctx := ObserveDriver(db, tel), t.Context()
	_, err = d.Describe(ctx, "Nowhere__c")
	if !errors.Is(err, crm.ErrNotFound) {
		t.Fatal(err)
	}
	_, _ = d.Find(ctx, nil)
	_, _ = d.Write(ctx, nil)
	_, _ = d.Landed(ctx, crm.ObjectLead, nil)
	if d.Limits() != db.Limits() {
		t.Error("other limits")
	}
	wants := []string{
		`onward_crm_calls_total{op="describe"} 1`, `onward_crm_errors_total{class="not_found",op="describe"} 1`,
		`onward_crm_calls_total{op="find"} 1`, `onward_crm_calls_total{op="write"} 1`, `onward_crm_calls_total{op="landed"} 1`,
		`onward_crm_call_seconds_count 4`,
	}
	if s, ok := d.(crm.Seeker); ok {
		_, _ = s.Seek(ctx, nil)
		s.Keyless(crm.ObjectLead)
		wants[len(wants)-1] = `onward_crm_call_seconds_count 5`
	}
	wantLines(t, scrape(t, tel), wants...)
}
