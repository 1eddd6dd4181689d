package adapter

import (
	"context"
	"strings"

	"go.opentelemetry.io/contrib/instrumentation/github.com/gin-gonic/gin/otelgin"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/routing"
)

// maxLinks bounds the links of one span; a batch may hold a thousand deliveries.
const maxLinks = 128

// tracing are the options of the HTTP middleware: the provider, and W3C headers.
func (t *Telemetry) tracing() []otelgin.Option {
	out := []otelgin.Option{otelgin.WithPropagators(propagation.TraceContext{})}
	if t != nil {
		out = append(out, otelgin.WithTracerProvider(t.opt.TracerProvider))
	}
	return out
}

// Trace is the W3C traceparent of a context, "" for none.
func (t *Telemetry) Trace(ctx context.Context) string {
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, carrier)
	return carrier["traceparent"]
}

// Work begins a span for deliveries that were claimed together. It is a span of
// its own, linked to the requests that brought them: they may be many, and long
// gone.
func (t *Telemetry) Work(ctx context.Context, ds []routing.Delivery) (context.Context, func(error)) {
	if t == nil {
		return ctx, func(error) {}
	}
	ctx, span := t.tracer.Start(ctx, "onward.work",
		trace.WithSpanKind(trace.SpanKindConsumer), trace.WithLinks(links(ds)...),
		trace.WithAttributes(attribute.Int("onward.deliveries", len(ds))))
	return ctx, func(err error) { endSpan(span, err) }
}

// links lead to the spans under which deliveries were accepted, each once.
func links(ds []routing.Delivery) []trace.Link {
	var out []trace.Link
	seen := map[string]bool{"": true}
	for _, d := range ds {
		if seen[d.Trace] || len(out) == maxLinks {
			continue
		}
		seen[d.Trace] = true
		carrier := propagation.MapCarrier{"traceparent": d.Trace}
		from := propagation.TraceContext{}.Extract(context.Background(), carrier)
		if sc := trace.SpanContextFromContext(from); sc.IsValid() {
			out = append(out, trace.Link{SpanContext: sc})
		}
	}
	return out
}

// endSpan ends a span. Of an error it keeps the class alone: texts of a CRM may
// hold values.
func endSpan(span trace.Span, err error) {
	if err != nil {
		span.SetStatus(codes.Error, classWord(err))
	}
	span.End()
}

// classWord is the class of an error in words, "failed" for one without.
func classWord(err error) string {
	if class := crm.ClassOf(err); class != nil {
		return class.Error()
	}
	return "failed"
}

// ObserveDriver counts and traces every call to a driver. The result is a
// [crm.Seeker] exactly when d is one. A nil Telemetry gives d itself.
func ObserveDriver(d crm.Driver, t *Telemetry) crm.Driver {
	if t == nil {
		return d
	}
	watched := observed{driver: d, telemetry: t}
	if s, ok := d.(crm.Seeker); ok {
		return observedSeeker{observed: watched, seeker: s}
	}
	return watched
}

// observed is a driver whose calls are counted.
type observed struct {
	driver    crm.Driver
	telemetry *Telemetry
}

type observedSeeker struct {
	observed
	seeker crm.Seeker
}

// Limits are the driver's.
func (o observed) Limits() crm.Limits { return o.driver.Limits() }

// Find calls the driver.
func (o observed) Find(ctx context.Context, qs []crm.Query) (pages []crm.Page, err error) {
	ctx, end := o.telemetry.call(ctx, "find", len(qs))
	defer func() { end(err) }()
	return o.driver.Find(ctx, qs)
}

// Describe calls the driver.
func (o observed) Describe(ctx context.Context, object crm.Object) (s crm.Schema, err error) {
	ctx, end := o.telemetry.call(ctx, "describe", 1)
	defer func() { end(err) }()
	return o.driver.Describe(ctx, object)
}

// Write calls the driver.
func (o observed) Write(ctx context.Context, batch []crm.Write) (rs []crm.Result, err error) {
	ctx, end := o.telemetry.call(ctx, "write", len(batch))
	defer func() { end(err) }()
	return o.driver.Write(ctx, batch)
}

// Landed calls the driver.
func (o observed) Landed(ctx context.Context, object crm.Object, keys []crm.Key) (ids map[crm.Key]string, err error) {
	ctx, end := o.telemetry.call(ctx, "landed", len(keys))
	defer func() { end(err) }()
	return o.driver.Landed(ctx, object, keys)
}

// Keyless is the driver's.
func (o observedSeeker) Keyless(object crm.Object) bool { return o.seeker.Keyless(object) }

// Seek calls the driver.
func (o observedSeeker) Seek(ctx context.Context, ws []crm.Write) (ids [][]string, err error) {
	ctx, end := o.telemetry.call(ctx, "seek", len(ws))
	defer func() { end(err) }()
	return o.seeker.Seek(ctx, ws)
}

// call begins one call of the CRM with so many items.
func (t *Telemetry) call(ctx context.Context, op string, items int) (context.Context, func(error)) {
	began := t.opt.Now()
	ctx, span := t.tracer.Start(ctx, "crm."+op, trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(attribute.Int("onward.items", items)))
	return ctx, func(err error) {
		t.metrics.calls.WithLabelValues(op).Inc()
		t.metrics.callSeconds.Observe(t.opt.Now().Sub(began).Seconds())
		if err != nil {
			t.metrics.failures.WithLabelValues(op, strings.ReplaceAll(classWord(err), " ", "_")).Inc()
		}
		endSpan(span, err)
	}
}
