package hubspot

import (
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Usage is what the account has left of its allowances, as the last answer that told
// it said. Figures are 0 where HubSpot does not tell: searches bear no such headers,
// and with OAuth those of the day are missing.
type Usage struct {
	// Max calls may be made in an Interval; Remaining of them are left.
	Max       int           `json:"max"`
	Remaining int           `json:"remaining"`
	Interval  time.Duration `json:"interval"`
	// Daily calls may be made in a day, by all private apps of the account together;
	// DailyRemaining of them are left.
	Daily          int `json:"daily"`
	DailyRemaining int `json:"daily_remaining"`
}

// Usage returns what the last answer told. It makes no call.
func (c *Client) Usage() Usage {
	c.meter.mu.Lock()
	defer c.meter.mu.Unlock()
	return c.meter.usage
}

// meter keeps what answers tell of allowances.
type meter struct {
	mu    sync.Mutex
	usage Usage
}

// hear reads the headers of an answer. Each pair is taken where it is there.
func (m *meter) hear(h http.Header) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if limit, ok := count(h, "X-HubSpot-RateLimit-Max"); ok {
		m.usage.Max = limit
		m.usage.Remaining, _ = count(h, "X-HubSpot-RateLimit-Remaining")
		ms, _ := count(h, "X-HubSpot-RateLimit-Interval-Milliseconds")
		m.usage.Interval = time.Duration(ms) * time.Millisecond
	}
	if limit, ok := count(h, "X-HubSpot-RateLimit-Daily"); ok {
		m.usage.Daily = limit
		m.usage.DailyRemaining, _ = count(h, "X-HubSpot-RateLimit-Daily-Remaining")
	}
}

// count reads a header that is a number.
func count(h http.Header, name string) (int, bool) {
	n, err := strconv.ParseUint(h.Get(name), 10, 31)
	return int(n), err == nil
}
