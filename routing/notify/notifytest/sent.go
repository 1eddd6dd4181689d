package notifytest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/routing/notify"
)

// OpenSent returns an empty store each time it is called, and releases it by
// t.Cleanup.
type OpenSent func(t *testing.T) notify.Sent

// monday is the Monday of the scenarios.
var monday = time.Date(2026, time.November, 23, 7, 0, 0, 0, time.UTC)

// Sample is a claim of a week's digest, made on a Monday at seven.
func Sample(key string) notify.Claim {
	return notify.Claim{
		Key: key, Topic: "digest:u1", Since: monday.AddDate(0, 0, -7), Until: monday, Now: monday.Add(time.Minute), Lease: 10 * time.Minute,
	}
}

// RunSent runs the suite.
func RunSent(t *testing.T, open OpenSent) {
	for _, s := range []struct {
		name string
		play func(*stage)
	}{
		{"DR16 a message is claimed once", claimedOnce},
		{"DR16 a sent message is never claimed again", sentForGood},
		{"a message that nobody will take is never claimed again", failedForGood},
		{"a claim whose holder died ends with its lease", leaseEnds},
		{"a delayed message is claimed when it is due", delayed},
		{"a claim that was overtaken settles nothing", overtaken},
		{"what does not exist is not settled", unknown},
		{"the window of the first claim stays", windowStays},
		{"the last mark of a topic", last},
		{"messages that stand alone have no last one", alone},
		{"old marks go, the latest of a topic stays", prune},
		{"of many claims at once one is taken", race},
		{"after the context has ended nothing is changed", ended},
	} {
		t.Run(s.name, func(t *testing.T) { s.play(&stage{t, open(t)}) })
	}
}

type stage struct {
	*testing.T
	sent notify.Sent
}

func (s *stage) claim(c notify.Claim) (notify.Mark, bool) {
	s.Helper()
	m, taken, err := s.sent.Claim(s.Context(), c)
	if err != nil {
		s.Fatalf("claim %s: %v", c.Key, err)
	}
	return m, taken
}

func (s *stage) take(c notify.Claim) notify.Mark {
	s.Helper()
	m, taken := s.claim(c)
	if !taken {
		s.Fatalf("claim %s was not taken: %+v", c.Key, m)
	}
	return m
}

func (s *stage) settle(m notify.Mark, e notify.Settlement) {
	s.Helper()
	e.Key, e.Attempt = m.Key, m.Attempt
	if err := s.sent.Settle(s.Context(), e); err != nil {
		s.Fatalf("settle %s: %v", m.Key, err)
	}
}

// refused checks that a claim is not taken, and what mark stands.
func (s *stage) refused(c notify.Claim, want notify.Mark) {
	s.Helper()
	got, taken := s.claim(c)
	if taken {
		s.Errorf("claim %s at %s was taken", c.Key, c.Now)
	}
	if d := cmp.Diff(want, got); d != "" {
		s.Errorf("standing mark (-want +got):\n%s", d)
	}
}

func later(c notify.Claim, d time.Duration) notify.Claim {
	c.Now = c.Now.Add(d)
	return c
}

func claimedOnce(s *stage) {
	c := Sample("a")
	want := notify.Mark{
		Key: "a", Topic: "digest:u1", Since: c.Since, Until: c.Until, State: notify.StateClaimed, Attempt: 1,
		ClaimedAt: c.Now, Due: c.Now.Add(c.Lease),
	}
	if d := cmp.Diff(want, s.take(c)); d != "" {
		s.Errorf("first mark (-want +got):\n%s", d)
	}
	s.refused(later(c, c.Lease-time.Microsecond), want)
	s.take(Sample("b"))
}

func sentForGood(s *stage) {
	c := Sample("a")
	m := s.take(c)
	s.settle(m, notify.Settlement{State: notify.StateSent, Channel: "mail", Reason: "slack: users_not_found"})
	m.State, m.Channel, m.Reason, m.Due = notify.StateSent, "mail", "slack: users_not_found", time.Time{}
	s.refused(later(c, 24*time.Hour), m)
}

func failedForGood(s *stage) {
	c := Sample("a")
	m := s.take(c)
	s.settle(m, notify.Settlement{State: notify.StateFailed, Reason: "mail: smtp_550"})
	m.State, m.Reason, m.Due = notify.StateFailed, "mail: smtp_550", time.Time{}
	s.refused(later(c, 24*time.Hour), m)
}

func leaseEnds(s *stage) {
	c := Sample("a")
	s.take(c)
	m := s.take(later(c, c.Lease))
	if m.Attempt != 2 || !m.ClaimedAt.Equal(c.Now.Add(c.Lease)) || !m.Due.Equal(c.Now.Add(2*c.Lease)) {
		s.Errorf("second mark: %+v", m)
	}
}

func delayed(s *stage) {
	c := Sample("a")
	m := s.take(c)
	due := c.Now.Add(time.Hour)
	s.settle(m, notify.Settlement{State: notify.StateDelayed, Due: due, Reason: "mail: timeout"})
	m.State, m.Due, m.Reason = notify.StateDelayed, due, "mail: timeout"
	s.refused(later(c, time.Hour-time.Microsecond), m)
	if m := s.take(later(c, time.Hour)); m.Attempt != 2 || m.State != notify.StateClaimed {
		s.Errorf("second mark: %+v", m)
	}
}

func overtaken(s *stage) {
	c := Sample("a")
	first := s.take(c)
	second := s.take(later(c, c.Lease))
	for _, e := range []notify.Settlement{
		{Key: "a", Attempt: first.Attempt, State: notify.StateSent},
		{Key: "a", Attempt: second.Attempt + 1, State: notify.StateSent},
	} {
		if err := s.sent.Settle(s.Context(), e); !errors.Is(err, notify.ErrOvertaken) {
			s.Errorf("settling attempt %d: %v, want ErrOvertaken", e.Attempt, err)
		}
	}
	s.settle(second, notify.Settlement{State: notify.StateSent})
	if err := s.sent.Settle(s.Context(), notify.Settlement{Key: "a", Attempt: second.Attempt, State: notify.StateFailed}); !errors.Is(err, notify.ErrOvertaken) {
		s.Errorf("settling twice: %v, want ErrOvertaken", err)
	}
}

func unknown(s *stage) {
	if err := s.sent.Settle(s.Context(), notify.Settlement{Key: "x", Attempt: 1, State: notify.StateSent}); !errors.Is(err, notify.ErrOvertaken) {
		s.Errorf("settling what does not exist: %v, want ErrOvertaken", err)
	}
}

func windowStays(s *stage) {
	c := Sample("a")
	s.take(c)
	other := later(c, c.Lease)
	other.Topic, other.Since, other.Until = "digest:u2", c.Until, c.Until.AddDate(0, 0, 7)
	if m := s.take(other); m.Topic != c.Topic || !m.Since.Equal(c.Since) || !m.Until.Equal(c.Until) {
		s.Errorf("the second claim changed the window: %+v", m)
	}
}

func last(s *stage) {
	for week := range 3 {
		c := Sample(fmt.Sprint("week", week))
		c.Since, c.Until = c.Since.AddDate(0, 0, 7*week), c.Until.AddDate(0, 0, 7*week)
		s.take(c)
	}
	other := Sample("other")
	other.Topic, other.Until = "digest:u2", other.Until.AddDate(0, 0, 2)
	s.take(other)
	for _, row := range []struct {
		before time.Time
		want   string
	}{
		{monday, ""}, {monday.Add(time.Microsecond), "week0"}, {monday.AddDate(0, 0, 7), "week0"},
		{monday.AddDate(0, 0, 14), "week1"}, {monday.AddDate(1, 0, 0), "week2"},
	} {
		m, ok, err := s.sent.Last(s.Context(), "digest:u1", row.before)
		if err != nil || m.Key != row.want || ok != (row.want != "") {
			s.Errorf("last before %s: %q, %v, %v, want %q", row.before, m.Key, ok, err, row.want)
		}
	}
}

func alone(s *stage) {
	c := Sample("a")
	c.Topic = ""
	s.take(c)
	if m, ok, err := s.sent.Last(s.Context(), "", monday.AddDate(1, 0, 0)); ok || err != nil {
		s.Errorf("last of no topic: %+v, %v", m, err)
	}
}

func prune(s *stage) {
	for week := range 2 {
		c := Sample(fmt.Sprint("week", week))
		c.Until, c.Now = c.Until.AddDate(0, 0, 7*week), c.Now.AddDate(0, 0, 7*week)
		s.take(c)
	}
	c := Sample("alone")
	c.Topic = ""
	s.take(c)
	if err := s.sent.Prune(s.Context(), c.Now.AddDate(1, 0, 0)); err != nil {
		s.Fatal(err)
	}
	if m, ok, err := s.sent.Last(s.Context(), "digest:u1", monday.AddDate(1, 0, 0)); !ok || err != nil || m.Key != "week1" {
		s.Errorf("the latest mark: %q, %v, %v, want week1", m.Key, ok, err)
	}
	for _, key := range []string{"week0", "alone"} {
		if m := s.take(Sample(key)); m.Attempt != 1 {
			s.Errorf("%s was not pruned: %+v", key, m)
		}
	}
	if err := s.sent.Prune(s.Context(), Sample("").Now); err != nil {
		s.Fatal(err)
	}
	s.refused(Sample("alone"), func() notify.Mark { m, _ := s.claim(Sample("alone")); return m }())
}

func ended(s *stage) {
	gone, cancel := context.WithCancel(s.Context())
	cancel()
	if _, taken, err := s.sent.Claim(gone, Sample("a")); taken || err == nil {
		s.Errorf("claim: %v, %v", taken, err)
	}
	m := s.take(Sample("a"))
	if m.Attempt != 1 {
		s.Errorf("a claim that failed left a mark: %+v", m)
	}
	if err := s.sent.Settle(gone, notify.Settlement{Key: "a", Attempt: 1, State: notify.StateSent}); err == nil {
		s.Error("settled")
	}
	s.refused(Sample("a"), m)
}

// race has many claim one message: of all that were told they have it, one may be.
func race(s *stage) {
	const claimants = 12
	var wg sync.WaitGroup
	var mu sync.Mutex
	takers := 0
	for range claimants {
		wg.Go(func() {
			_, taken, err := s.sent.Claim(s.Context(), Sample("a"))
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				s.Error(err)
			}
			if taken {
				takers++
			}
		})
	}
	wg.Wait()
	if takers != 1 {
		s.Errorf("%d of %d were given the message", takers, claimants)
	}
}
