package adapter

import (
	"context"

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
