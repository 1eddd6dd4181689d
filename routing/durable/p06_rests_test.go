package durable

import (
	"testing"
	"time"
)

// TestP06RestsAreSpread: many processes that met one outage do not come back all at
// once when it is over, and none of them rests longer than a minute.
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
		if most <= 0 || most > maxPause || len(seen) < processes/2 || most-least < most/50 {
			t.Errorf("after %d failures %d processes rest %d different times between %v and %v", failures, processes, len(seen), least, most)
		}
	}
}
