package adapter

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/onward-crm/onward/routing"
)

// metrics are the figures that grow as things happen, and what gauges read.
type metrics struct {
	requests, refusals, accepts, repeats, finished, previous, calls, failures *prometheus.CounterVec
	seconds, callSeconds                                                      prometheus.Histogram

	sources, codes, keys, whats, reasons *words

	ledger            atomic.Pointer[routing.Ledger]
	inFlight, waiting atomic.Pointer[func() int]
}

// The greatest numbers of different values of labels. Sources and keys are as many
// as the configuration names; the others are the constants of the packages.
const (
	maxSources = 64
	maxWords   = 256
)

func newMetrics() *metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "onward_" + name, Help: help}, labels)
	}
	seconds := func(name, help string, from float64) prometheus.Histogram {
		return prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "onward_" + name, Help: help, Buckets: prometheus.ExponentialBuckets(from, 4, 10),
		})
	}
	return &metrics{
		requests: counter("requests_total", "Requests answered: ok, rejected (4xx) or failed (5xx).", "source", "outcome"),
		refusals: counter("refused_total", "Requests not accepted, by the code of the answer.", "source", "reason"),
		accepts:  counter("accepted_total", "Deliveries stored for the first time.", "source"),
		repeats:  counter("repeated_total", "Deliveries that were known already.", "source"),
		finished: counter("moves_finished_total", "Deliveries that came to an end.", "source", "status", "outcome", "reason"),
		previous: counter("key_previous_total", "Requests with the older credential of a rotation.", "key"),
		calls:    counter("crm_calls_total", "Calls to the CRM's driver.", "op"),
		failures: counter("crm_errors_total", "Calls to the CRM's driver that failed, by class.", "op", "class"),
		seconds:  seconds("move_seconds", "Time from receipt to the end of a delivery.", 0.01),

		callSeconds: seconds("crm_call_seconds", "Duration of calls to the CRM's driver.", 0.005),

		sources: newWords(maxSources), codes: newWords(maxWords), keys: newWords(maxSources),
		whats: newWords(maxWords), reasons: newWords(maxWords),
	}
}

func (m *metrics) all() []prometheus.Collector {
	return []prometheus.Collector{
		m.requests, m.refusals, m.accepts, m.repeats, m.finished, m.previous, m.calls, m.failures, m.seconds, m.callSeconds,
	}
}

// depthWait is how long the ledger may take to tell its depth for a scrape.
const depthWait = time.Second

// gauges read what is so at the moment of a scrape.
type gauges struct {
	options *TelemetryOptions
	metrics *metrics
}

// Describe gives no descriptions: what is not connected is not told.
func (g *gauges) Describe(chan<- *prometheus.Desc) {}

// Collect reads everything that is connected.
func (g *gauges) Collect(ch chan<- prometheus.Metric) {
	tell := func(name, help string, value float64) {
		desc := prometheus.NewDesc("onward_"+name, help, nil, nil)
		ch <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value)
	}
	if f := g.metrics.inFlight.Load(); f != nil {
		tell("inflight", "Requests that are worked on.", float64((*f)()))
	}
	if f := g.metrics.waiting.Load(); f != nil {
		tell("waiting", "Requests that wait for a place.", float64((*f)()))
	}
	if l := g.metrics.ledger.Load(); l != nil {
		g.queue(*l, tell)
	}
	o := g.options
	if o.Limits != nil {
		used, allowed := o.Limits()
		tell("crm_limit_used", "Calls used of the CRM's daily allowance.", float64(used))
		tell("crm_limit_max", "The CRM's daily allowance of calls.", float64(allowed))
	}
	if o.MirrorAge != nil {
		tell("mirror_age_seconds", "Time since the mirror was last in step with the CRM.", o.MirrorAge().Seconds())
	}
	if o.Outbox != nil {
		owed, oldest := o.Outbox()
		tell("outbox_owed", "Messages that were promised and not sent yet.", float64(owed))
		tell("outbox_age_seconds", "Age of the oldest message that is owed.", g.since(oldest))
	}
}

// queue tells how much work waits. A ledger that does not answer is told as down.
func (g *gauges) queue(l routing.Ledger, tell func(name, help string, value float64)) {
	ctx, cancel := context.WithTimeout(context.Background(), depthWait)
	defer cancel()
	d, err := l.Depth(ctx, g.options.Now())
	if err != nil {
		tell("ledger_up", "Whether the ledger answers.", 0)
		return
	}
	tell("ledger_up", "Whether the ledger answers.", 1)
	tell("queue_due", "Deliveries that could be worked on now.", float64(d.Due))
	tell("queue_age_seconds", "Age of the oldest delivery that could be worked on now.", g.since(d.Oldest))
	tell("held", "Deliveries that are worked on.", float64(d.Held))
	tell("parked", "Deliveries that need a change from outside.", float64(d.Statuses[routing.StatusParked]))
	tell("review", "Deliveries that wait for a person's decision.", float64(d.Statuses[routing.StatusReview]))
	tell("later", "Deliveries that wait for their day.", float64(d.Statuses[routing.StatusWaiting]))
	tell("dri_due", "Deliveries whose responsible people are due.", float64(d.DRIDue))
	tell("notices_owed", "Notices that were not sent yet.", float64(d.Notices))
}

// since is the age of what happened then in seconds, 0 for nothing.
func (g *gauges) since(then time.Time) float64 {
	if then.IsZero() {
		return 0
	}
	return max(0, g.options.Now().Sub(then).Seconds())
}

// wordOther stands for every value that a label does not take.
const wordOther = "other"

// words keep a label to so many different values: words of letters, digits and a
// few signs. Whatever else comes, or comes too late, is "other", so that no sender
// can fill the memory or put a person into a figure.
type words struct {
	most int

	mu    sync.Mutex
	known map[string]bool
}

func newWords(most int) *words { return &words{most: most, known: map[string]bool{}} }

// of is the value for a word.
func (w *words) of(word string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.known[word]:
		return word
	case len(w.known) >= w.most || !plainWord(word):
		return wordOther
	}
	w.known[word] = true
	return word
}
