package durable

import (
	"context"
	"testing"
	"time"
)

func TestSlots(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("no time zones on this machine:", err)
	}
	night, minute := Job{At: "02:30"}, Job{Every: time.Minute}
	rows := []struct {
		name            string
		job             Job
		zone            *time.Location
		now, slot, next string
	}{
		{"before the time of day it is yesterday's", night, time.UTC, "2026-05-04T02:29:59Z", "2026-05-03T02:30:00Z", "2026-05-04T02:30:00Z"},
		{"at the time of day it is today's", night, time.UTC, "2026-05-04T02:30:00Z", "2026-05-04T02:30:00Z", "2026-05-05T02:30:00Z"},
		{"the time of day is the zone's", night, berlin, "2026-05-04T00:30:00Z", "2026-05-04T00:30:00Z", "2026-05-05T00:30:00Z"},
		{"in winter it is another", night, berlin, "2026-01-04T01:29:00Z", "2026-01-03T01:30:00Z", "2026-01-04T01:30:00Z"},
		{"an hour that is left out still has its night", night, berlin, "2026-03-29T12:00:00Z", "2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"},
		{"the first of a month follows the last", night, time.UTC, "2026-03-01T00:00:00Z", "2026-02-28T02:30:00Z", "2026-03-01T02:30:00Z"},
		{"every minute begins with the minute", minute, berlin, "2026-05-04T00:30:59Z", "2026-05-04T00:30:00Z", "2026-05-04T00:31:00Z"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			slot := row.job.slot(clockTime(t, row.now), row.zone)
			if !slot.Equal(clockTime(t, row.slot)) {
				t.Errorf("slot %v, want %v", slot, row.slot)
			}
			if next := row.job.next(slot, row.zone); !next.Equal(clockTime(t, row.next)) {
				t.Errorf("next %v, want %v", next, row.next)
			}
		})
	}
}

func TestEveryNightHasOneSlot(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("no time zones on this machine:", err)
	}
	// The second of them has 02:30 twice, the first not at all.
	for _, day := range []string{"2026-03-29T00:00:00+01:00", "2026-10-25T00:00:00+02:00", "2026-07-01T00:00:00+02:00"} {
		from := clockTime(t, day)
		before := Job{At: "02:30"}.slot(from, berlin)
		slots := map[time.Time]bool{}
		for now := from; now.Before(from.Add(23 * time.Hour)); now = now.Add(time.Minute) {
			if slot := (Job{At: "02:30"}).slot(now, berlin); !slot.Equal(before) {
				slots[slot] = true
			}
		}
		if len(slots) != 1 {
			t.Errorf("%s has the slots %v", day, slots)
		}
	}
}

func clockTime(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestJobsThatCannotBe(t *testing.T) {
	run := func(context.Context) error { return nil }
	rows := []struct {
		name string
		job  Job
	}{
		{"no name", Job{Every: time.Minute, Run: run}},
		{"nothing to do", Job{Name: "a", Every: time.Minute}},
		{"no time", Job{Name: "a", Run: run}},
		{"two times", Job{Name: "a", Every: time.Minute, At: "02:00", Run: run}},
		{"an odd time", Job{Name: "a", At: "2 o'clock", Run: run}},
		{"too often", Job{Name: "a", Every: time.Millisecond, Run: run}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			if row.job.check() == nil {
				t.Error("it was taken")
			}
		})
	}
	if err := (Job{Name: "a", At: "02:00", Run: run}).check(); err != nil {
		t.Error(err)
	}
}

func TestRetriesGrowButNotBeyondTheNextTime(t *testing.T) {
	rows := []struct {
		job      Job
		failures int
		want     time.Duration
	}{
		{Job{At: "02:00"}, 1, 30 * time.Second},
		{Job{At: "02:00"}, 3, 2 * time.Minute},
		{Job{At: "02:00"}, 99, 30 * time.Minute},
		{Job{Every: time.Minute}, 9, time.Minute},
		{Job{Every: time.Hour}, 2, time.Minute},
	}
	for _, row := range rows {
		if got := row.job.retry(row.failures); got != row.want {
			t.Errorf("%+v after %d failures: %v, want %v", row.job, row.failures, got, row.want)
		}
	}
}
