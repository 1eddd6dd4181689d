package openloop

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// Options say what is sent. Safe to copy.
type Options struct {
	// Rate is how many requests a second are intended; 0 sends as fast as the
	// connections answer (a closed loop).
	Rate float64
	// For is how long requests are sent; those under way are waited for. What could
	// not be sent a second later never is.
	For time.Duration
	// Conns is the greatest number of connections, at least 1.
	Conns int
	// Make makes the n-th request, from 0; it may be called by several goroutines.
	Make func(n int) Call
	// Timeout bounds one request; default 30 s.
	Timeout time.Duration
}

// Call is one request.
type Call struct {
	URL    string
	Header http.Header
	Body   []byte
}

// Report is what came of a load. Latencies are in milliseconds, from the intended
// time to the last byte of the answer.
type Report struct {
	Sent int `json:"sent"`
	// Unsent are requests for which no connection was free in time.
	Unsent  int            `json:"unsent"`
	Status  map[string]int `json:"status"`
	Seconds float64        `json:"seconds"`
	// Good is how many requests a second were answered 2xx.
	Good float64 `json:"good"`
	// P50 to Max are of those that were answered 2xx; Refused99 is the 99th
	// percentile of the others, 0 when there was none.
	P50       float64 `json:"p50"`
	P99       float64 `json:"p99"`
	P999      float64 `json:"p999"`
	Max       float64 `json:"max"`
	Refused99 float64 `json:"refused99"`
	// NoRetryAfter counts 429 and 503 without a Retry-After.
	NoRetryAfter int `json:"no_retry_after"`
}

// sample is one request that was answered, or was not (status 0).
type sample struct {
	status  int
	latency time.Duration
	bare    bool
}

// Run sends until the time is over or ctx ends, and reports.
func Run(ctx context.Context, o Options) Report {
	if o.Timeout == 0 {
		o.Timeout = 30 * time.Second
	}
	client := &http.Client{Timeout: o.Timeout, Transport: &http.Transport{
		MaxConnsPerHost: o.Conns, MaxIdleConnsPerHost: o.Conns, MaxIdleConns: o.Conns, DisableCompression: true,
	}}
	defer client.CloseIdleConnections()
	begun := time.Now()
	intended := schedule(ctx, o, begun)
	late := begun.Add(o.For + time.Second)
	parts := make([][]sample, o.Conns)
	var unsent atomic.Int64
	var wg sync.WaitGroup
	for i := range o.Conns {
		wg.Go(func() {
			for next := range intended {
				if time.Now().After(late) {
					unsent.Add(1)
					continue
				}
				at := next.at
				if at.IsZero() {
					at = time.Now()
				}
				s := send(ctx, client, o.Make(next.n))
				s.latency = time.Since(at)
				parts[i] = append(parts[i], s)
			}
		})
	}
	wg.Wait()
	r := report(slices.Concat(parts...), time.Since(begun))
	r.Unsent = int(unsent.Load())
	return r
}

// turn is a request with its intended time, zero in a closed loop.
type turn struct {
	n  int
	at time.Time
}

// schedule gives out turns when their time has come. The channel is as long as the
// whole load, so that nobody who is slow holds up the clock.
func schedule(ctx context.Context, o Options, begun time.Time) <-chan turn {
	if o.Rate <= 0 {
		return closedLoop(ctx, o.For, begun)
	}
	total := int(o.Rate * o.For.Seconds())
	out := make(chan turn, total)
	go func() {
		defer close(out)
		for n := 0; n < total && ctx.Err() == nil; n++ {
			at := begun.Add(time.Duration(float64(n) / o.Rate * float64(time.Second)))
			if wait := time.Until(at); wait > 0 {
				time.Sleep(wait)
			}
			out <- turn{n, at}
		}
	}()
	return out
}

func closedLoop(ctx context.Context, span time.Duration, begun time.Time) <-chan turn {
	out := make(chan turn)
	go func() {
		defer close(out)
		for n := 0; time.Since(begun) < span && ctx.Err() == nil; n++ {
			out <- turn{n: n}
		}
	}()
	return out
}

func send(ctx context.Context, client *http.Client, c Call) sample {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL, bytes.NewReader(c.Body))
	if err != nil {
		return sample{}
	}
	r.Header = c.Header
	answer, err := client.Do(r)
	if err != nil {
		return sample{}
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		return sample{}
	}
	busy := answer.StatusCode == http.StatusServiceUnavailable || answer.StatusCode == http.StatusTooManyRequests
	return sample{status: answer.StatusCode, bare: busy && answer.Header.Get("Retry-After") == ""}
}

func report(all []sample, took time.Duration) Report {
	r := Report{Sent: len(all), Status: map[string]int{}, Seconds: took.Seconds()}
	var good, bad []time.Duration
	for _, s := range all {
		r.Status[strconv.Itoa(s.status)]++
		if s.bare {
			r.NoRetryAfter++
		}
		if s.status/100 == 2 {
			good = append(good, s.latency)
		} else {
			bad = append(bad, s.latency)
		}
	}
	r.Good = float64(len(good)) / took.Seconds()
	slices.Sort(good)
	slices.Sort(bad)
	r.P50, r.P99, r.P999, r.Max = quantile(good, 0.5), quantile(good, 0.99), quantile(good, 0.999), quantile(good, 1)
	r.Refused99 = quantile(bad, 0.99)
	return r
}

// quantile is in milliseconds.
func quantile(sorted []time.Duration, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	d := sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
	return float64(d.Microseconds()) / 1000
}
