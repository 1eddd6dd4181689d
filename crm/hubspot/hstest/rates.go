package hstest

import (
	"net/http"
	"slices"
	"strconv"
	"time"
)

// rates are the limits of the account.
type rates struct {
	calls    int
	window   time.Duration
	recent   []time.Time
	searches int
	searched []time.Time
	daily    int
	used     int
}

// defaultRates are those of a private app in a Professional account.
func defaultRates() rates {
	return rates{calls: 190, window: 10 * time.Second, searches: 5, daily: 650_000}
}

// Limit answers 429 to more than n calls within a window; 0 lifts the limit. It is
// 190 in ten seconds at first.
func (s *Server) Limit(n int, window time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rates.calls, s.rates.window, s.rates.recent = n, window, nil
}

// LimitSearches answers 429 to more than n searches in a second; 0 lifts the limit. It
// is 5 at first.
func (s *Server) LimitSearches(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rates.searches, s.rates.searched = n, nil
}

// LimitDaily answers 429 to more than n calls from now on, for ever; 0 lifts the
// limit. It is 650,000 at first.
func (s *Server) LimitDaily(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rates.daily, s.rates.used = n, 0
}

// over counts a call and says so when it is one too many.
func (r *rates) over(now time.Time, search bool) (answer, bool) {
	if r.daily > 0 && r.used >= r.daily {
		return overLimit("DAILY", "daily"), true
	}
	if search && r.searches > 0 {
		if r.searched = since(r.searched, now.Add(-time.Second)); len(r.searched) >= r.searches {
			return overLimit("SECONDLY", "secondly"), true
		}
		r.searched = append(r.searched, now)
	}
	if r.calls > 0 {
		if r.recent = since(r.recent, now.Add(-r.window)); len(r.recent) >= r.calls {
			return overLimit("TEN_SECONDLY_ROLLING", "ten_secondly_rolling"), true
		}
		r.recent = append(r.recent, now)
	}
	r.used++
	return answer{}, false
}

func since(times []time.Time, from time.Time) []time.Time {
	return slices.DeleteFunc(times, func(t time.Time) bool { return !t.After(from) })
}

func overLimit(policy, name string) answer {
	return answer{status: http.StatusTooManyRequests, body: map[string]string{
		"status": "error", "message": "You have reached your " + name + " limit.", "errorType": "RATE_LIMIT",
		"correlationId": correlation, "policyName": policy, "requestId": "r-1",
	}}
}

// headers tell what is left. Those of the day are missing with OAuth.
func (r *rates) headers(who caller) map[string]string {
	out := map[string]string{}
	if r.calls > 0 {
		out["X-HubSpot-RateLimit-Max"] = strconv.Itoa(r.calls)
		out["X-HubSpot-RateLimit-Remaining"] = strconv.Itoa(r.calls - len(r.recent))
		out["X-HubSpot-RateLimit-Interval-Milliseconds"] = strconv.FormatInt(r.window.Milliseconds(), 10)
	}
	if r.daily > 0 && who == privateApp {
		out["X-HubSpot-RateLimit-Daily"] = strconv.Itoa(r.daily)
		out["X-HubSpot-RateLimit-Daily-Remaining"] = strconv.Itoa(r.daily - r.used)
	}
	return out
}
