package salesforce

import (
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"sync"
	"time"

	"github.com/onward-crm/onward/crm"
)

// probePause is how long a used up budget is believed before one call asks
// whether usage has fallen. It is counted over the last 24 hours, so it falls all
// the time.
const probePause = 5 * time.Minute

// Usage is the org's use of its daily allowance of API calls, by everybody, as
// the last answer told it. Both are 0 before the first answer.
type Usage struct {
	Used int `json:"used"`
	Max  int `json:"max"`
}

// Usage returns what the last answer told. It makes no call.
func (g *Org) Usage() Usage {
	g.meter.mu.Lock()
	defer g.meter.mu.Unlock()
	return g.meter.usage
}

// meter counts calls against the budget.
type meter struct {
	mu    sync.Mutex
	usage Usage
	// flying calls were sent and are not counted in usage yet.
	flying int
	// heard counts answers, to tell whether one overtook another.
	heard int
	asked time.Time // when usage was last heard of or asked for
}

// afford admits a call to the budget. The function it returns takes the answer,
// nil when there was none.
func (g *Org) afford(ctx context.Context, k call) (func(*http.Response), error) {
	m := &g.meter
	landed, ok := m.enter(g.opt, k.free)
	if !ok && m.mayProbe(g.opt.Now()) {
		g.probe(ctx)
		landed, ok = m.enter(g.opt, k.free)
	}
	if !ok {
		return nil, &crm.Error{Op: k.op, Object: k.object, Class: crm.ErrQuota, Code: codeBudget}
	}
	return landed, nil
}

func (m *meter) enter(opt Options, free bool) (func(*http.Response), bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	used := float64(m.usage.Used + m.flying)
	if !free && opt.MaxShare < 1 && m.usage.Max > 0 && used >= opt.MaxShare*float64(m.usage.Max) {
		return nil, false
	}
	m.flying++
	heard := m.heard
	return func(resp *http.Response) {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.flying--
		if resp == nil {
			return
		}
		if told, ok := parseUsage(resp.Header); ok {
			m.hear(told, heard != m.heard, opt.Now())
		}
	}, true
}

// hear takes a usage. One that was overtaken by another answer may be older than
// what is known; then the higher one is right.
func (m *meter) hear(told Usage, overtaken bool, now time.Time) {
	if overtaken {
		told.Used = max(told.Used, m.usage.Used)
	}
	m.usage, m.asked = told, now
	m.heard++
}

// mayProbe reports whether it is time to ask whether usage has fallen, and
// counts the question as asked.
func (m *meter) mayProbe(now time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if now.Sub(m.asked) < probePause {
		return false
	}
	m.asked = now
	return true
}

// probe asks for the limits. What it learns comes by the header of the answer
// or, where that is missing, by its body; when it fails the budget stays shut.
func (g *Org) probe(ctx context.Context) {
	r, err := g.do(ctx, call{op: "limits", name: "limits", method: http.MethodGet, path: "limits", repeat: true, free: true})
	if err != nil {
		return
	}
	var limits map[string]struct{ Max, Remaining int }
	if _, told := parseUsage(r.header); told || json.Unmarshal(r.body, &limits) != nil {
		return
	}
	if day := limits["DailyApiRequests"]; day.Max > 0 {
		g.meter.mu.Lock()
		defer g.meter.mu.Unlock()
		g.meter.hear(Usage{Used: day.Max - day.Remaining, Max: day.Max}, false, g.opt.Now())
	}
}

var usageForm = regexp.MustCompile(`(?:^|[;, ])api-usage=([0-9]{1,12})/([0-9]{1,12})`)

// parseUsage reads "api-usage=18/15000" out of the header Sforce-Limit-Info.
func parseUsage(h http.Header) (Usage, bool) {
	m := usageForm.FindStringSubmatch(h.Get("Sforce-Limit-Info"))
	if m == nil {
		return Usage{}, false
	}
	used, _ := strconv.Atoi(m[1])
	limit, _ := strconv.Atoi(m[2])
	return Usage{Used: used, Max: limit}, true
}
