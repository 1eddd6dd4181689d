package tracking

import "time"

// Cycle is how often the people of a relationship are looked after. The empty
// Cycle is Weekly.
type Cycle string

// The cycles.
const (
	Weekly  Cycle = "weekly"
	Monthly Cycle = "monthly"
)

func (c Cycle) known() bool { return c == "" || c == Weekly || c == Monthly }

// NextDue is when it is time again after last: seven days later, or on the same day
// of the next month, or its last day where that month is shorter. What was never
// done is due at once: the zero time. All in UTC.
func (c Cycle) NextDue(last time.Time) time.Time {
	if last.IsZero() {
		return time.Time{}
	}
	last = last.UTC()
	if c != Monthly {
		return last.AddDate(0, 0, 7)
	}
	next := last.AddDate(0, 1, 0)
	if next.Day() != last.Day() {
		// The day does not exist there, and AddDate went on into the month after.
		next = next.AddDate(0, 0, -next.Day())
	}
	return next
}

// ScanReason says why a scan was not begun, or not ended. They are verdicts, not
// errors.
type ScanReason string

// The reasons about scans.
const (
	// ScanNotDue: the relationship's time has not come.
	ScanNotDue ScanReason = "scan_not_due"
	// ScanHeld: another one is at it, and the lease has not ended.
	ScanHeld ScanReason = "scan_held"
	// ScanLost: the lease has ended and another one took over meanwhile.
	ScanLost ScanReason = "scan_lost"
)

// Scan is the state of looking after the people of one relationship.
type Scan struct {
	Relationship string `json:"relationship"`
	// Last is when the last finished scan began; zero before the first.
	Last time.Time `json:"last,omitzero"`
	// Began and LeaseUntil belong to the scan that is under way; zero when none is.
	Began      time.Time `json:"began,omitzero"`
	LeaseUntil time.Time `json:"lease_until,omitzero"`
	// Fence rises with each claim: whoever bears an older one has lost the scan.
	Fence int64 `json:"fence,omitempty"`
}

// Due reports whether it is time for a scan that nobody is at.
func (s Scan) Due(c Cycle, now time.Time) (ScanReason, bool) {
	switch {
	case now.Before(s.LeaseUntil):
		return ScanHeld, false
	case now.Before(c.NextDue(s.Last)):
		return ScanNotDue, false
	}
	return "", true
}

// Claim begins a scan when it is due and nobody is at it. An ended lease can be
// taken over, so that a dead worker holds nobody up.
func (s Scan) Claim(c Cycle, now time.Time, lease time.Duration) (Scan, ScanReason) {
	if reason, ok := s.Due(c, now); !ok {
		return s, reason
	}
	s.Began, s.LeaseUntil = now, now.Add(lease)
	s.Fence++
	return s, ""
}

// Renew gives the claim with this fence more time. A lease that has ended can be
// renewed as long as nobody took over.
func (s Scan) Renew(fence int64, now time.Time, lease time.Duration) (Scan, ScanReason) {
	if s.Fence != fence || s.Began.IsZero() {
		return s, ScanLost
	}
	s.LeaseUntil = now.Add(lease)
	return s, ""
}

// Finish ends the scan with this fence. done tells that it was completed; a scan
// that was given up is due again at once.
func (s Scan) Finish(fence int64, done bool) (Scan, ScanReason) {
	if s.Fence != fence || s.Began.IsZero() {
		return s, ScanLost
	}
	if done {
		s.Last = s.Began
	}
	s.Began, s.LeaseUntil = time.Time{}, time.Time{}
	return s, ""
}
