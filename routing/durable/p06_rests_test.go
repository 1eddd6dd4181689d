package durable

import (
	"testing"
	"time"
)

// TestP06AnHourHoldsFewRests: who meets nothing but trouble tries at most 120 times in
// an hour, and rests at most five minutes, so that all is done ten minutes after the
// trouble is over.
func TestP06AnHourHoldsFewRests(t *testing.T) {
	const most, longest = 120, 5 * time.Minute
	tries := 0
	for rested := time.Duration(0); rested < time.Hour; tries++ {
		d := pause(tries + 1)
		if d <= 0 || d > longest {
			t.Fatalf("after %d failures: a rest of %v, want at most %v", tries+1, d, longest)
		}
		rested += d
	}
	if tries > most {
		t.Errorf("%d tries in an hour, want at most %d", tries, most)
	}
	for _, failures := range []int{1_000, 1_000_000} {
		if d := pause(failures); d <= 0 || d > longest {
			t.Errorf("after %d failures: a rest of %v", failures, d)
		}
	}
}

// TestP06RestsAreSpread: many processes that met one outage do not come back all at
// once when it is over.
func TestP06RestsAreSpread(t *testing.T) {
	const processes = 64
	for _, failures := range []int{1, 3, 6, 7, 60, 6000} {
		seen := map[time.Duration]bool{}
		least, most := time.Hour, time.Duration(0)
		for range processes {
			d := pause(failures)
			seen[d] = true
			least, most = min(least, d), max(most, d)
		}
		if len(seen) < processes/2 || most-least < most/50 {
			t.Errorf("after %d failures %d processes rest %d different times between %v and %v", failures, processes, len(seen), least, most)
		}
	}
}
