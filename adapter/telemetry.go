package adapter

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/onward-crm/onward/routing"
)

// TelemetryOptions say where figures and traces go, and where those come from that
// the adapter does not know itself. Nil fields are left out.
type TelemetryOptions struct {
	// Registerer gets the metrics too, beside the registry of Telemetry.Handler: for
	// programs with a registry of their own.
	Registerer prometheus.Registerer
	// TracerProvider makes the spans. Default: none are made.
	TracerProvider trace.TracerProvider
	// Limits are the calls of the CRM's daily allowance: used and allowed.
	Limits func() (used, allowed int)
	// MirrorAge is the time since the mirror was last in step with the CRM.
	MirrorAge func() time.Duration
	// Outbox is the number of messages that are owed, and when the oldest of them was
	// promised.
	Outbox func() (owed int, oldest time.Time)
	// Now is the clock. Default: time.Now.
	Now func() time.Time
}

// Telemetry counts and traces what the adapter and its engine do: it is the
// engine's [routing.Observer], the adapter's figures, and by [ObserveDriver] a
// witness of every CRM call. Labels are words of closed sets, never values of
// events. A nil *Telemetry does nothing. Safe for concurrent use.
type Telemetry struct {
	opt      TelemetryOptions
	registry *prometheus.Registry
	metrics  *metrics
	tracer   trace.Tracer
}

var _ routing.Observer = (*Telemetry)(nil)

// NewTelemetry makes the metrics and registers them; nil options mean all
// defaults. The error is the Registerer's, when it has metrics of these names.
func NewTelemetry(o *TelemetryOptions) (*Telemetry, error) {
	t := &Telemetry{registry: prometheus.NewRegistry(), metrics: newMetrics()}
	if o != nil {
		t.opt = *o
	}
	if t.opt.TracerProvider == nil {
		t.opt.TracerProvider = noop.NewTracerProvider()
	}
	if t.opt.Now == nil {
		t.opt.Now = time.Now
	}
	t.tracer = t.opt.TracerProvider.Tracer("github.com/onward-crm/onward/adapter")
	t.registry.MustRegister(t.metrics.all()...)
	t.registry.MustRegister(&gauges{options: &t.opt, metrics: t.metrics})
	if t.opt.Registerer != nil {
		return t, t.opt.Registerer.Register(t)
	}
	return t, nil
}

// Describe gives no descriptions: which metrics there are depends on what is
// connected. It makes a Telemetry a [prometheus.Collector].
func (t *Telemetry) Describe(chan<- *prometheus.Desc) {}

// Collect gives all metrics.
func (t *Telemetry) Collect(ch chan<- prometheus.Metric) {
	for _, c := range t.metrics.all() {
		c.Collect(ch)
	}
	(&gauges{options: &t.opt, metrics: t.metrics}).Collect(ch)
}

// scrapes is how many may read the figures at once: anybody can ask, and the depth
// of the ledger is looked up for each.
const scrapes = 4

// Handler answers with all metrics in the format of Prometheus, for a few at once;
// others are answered 503.
func (t *Telemetry) Handler() http.Handler {
	if t == nil {
		return http.NotFoundHandler()
	}
	return promhttp.HandlerFor(t.registry, promhttp.HandlerOpts{MaxRequestsInFlight: scrapes})
}

// Watch connects a ledger, whose depth is read for each scrape, within a second.
func (t *Telemetry) Watch(l routing.Ledger) {
	if t != nil {
		t.metrics.ledger.Store(&l)
	}
}

// room connects the waiting room: how many requests are worked on, and how many
// wait for a place.
func (t *Telemetry) room(inFlight, waiting func() int) {
	if t != nil {
		t.metrics.inFlight.Store(&inFlight)
		t.metrics.waiting.Store(&waiting)
	}
}

// requested counts an answered request; outcome is "ok", "rejected" (4xx) or
// "failed" (5xx).
func (t *Telemetry) requested(source, outcome string) {
	if t != nil {
		t.metrics.requests.WithLabelValues(t.metrics.sources.of(source), outcome).Inc()
	}
}

// outcomeOf is an HTTP status as an outcome of requested.
func outcomeOf(status int) string {
	switch {
	case status >= http.StatusInternalServerError:
		return "failed"
	case status >= http.StatusBadRequest:
		return "rejected"
	}
	return "ok"
}

// refused counts a request that was not accepted, by the code of its Refusal.
func (t *Telemetry) refused(source, code string) {
	if t != nil {
		t.metrics.refusals.WithLabelValues(t.metrics.sources.of(source), t.metrics.codes.of(code)).Inc()
	}
}

// accepted counts deliveries that were stored for the first time, and repeats.
func (t *Telemetry) accepted(source string, first, repeated int) {
	if t != nil {
		s := t.metrics.sources.of(source)
		t.metrics.accepts.WithLabelValues(s).Add(float64(first))
		t.metrics.repeats.WithLabelValues(s).Add(float64(repeated))
	}
}

// previousKey counts a request that came with the older credential of a rotation.
func (t *Telemetry) previousKey(id string) {
	if t != nil {
		t.metrics.previous.WithLabelValues(t.metrics.keys.of(id)).Inc()
	}
}

// Finished counts a delivery that came to an end, wait after its receipt.
func (t *Telemetry) Finished(d routing.Delivery, o routing.Outcome, wait time.Duration) {
	if t == nil {
		return
	}
	m := t.metrics
	m.finished.WithLabelValues(m.sources.of(d.Event.Source), string(o.Status), m.whats.of(string(o.What)), m.reasons.of(string(o.Reason))).Inc()
	m.seconds.Observe(wait.Seconds())
}
