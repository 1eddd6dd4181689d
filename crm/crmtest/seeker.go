package crmtest

import (
	"context"

	"github.com/onward-crm/onward/crm"
)

// The wrappers seek where their drivers do.
var (
	_ crm.Seeker = (*FaultyDriver)(nil)
	_ crm.Seeker = (*LimitedDriver)(nil)
)

// Keyless is that of the driver underneath; false when it cannot tell.
func (f *FaultyDriver) Keyless(o crm.Object) bool { return keyless(f.driver, o) }

// Seek seeks, or fails; it counts as a LandedCall.
func (f *FaultyDriver) Seek(ctx context.Context, ws []crm.Write) ([][]string, error) {
	if err := f.next(LandedCall).refusal("landed"); err != nil {
		return nil, err
	}
	return seek(ctx, f.driver, ws)
}

// Keyless is that of the driver underneath; false when it cannot tell.
func (l *LimitedDriver) Keyless(o crm.Object) bool { return keyless(l.driver, o) }

// Seek seeks within the limit for keys.
func (l *LimitedDriver) Seek(ctx context.Context, ws []crm.Write) ([][]string, error) {
	if err := l.enter(LandedCall, over(len(ws), l.limits.Keys), len(ws) == 0); err != nil {
		return nil, err
	}
	return seek(ctx, l.driver, ws)
}

func keyless(d crm.Driver, o crm.Object) bool {
	s, ok := d.(crm.Seeker)
	return ok && s.Keyless(o)
}

// seek asks a driver that may not know how to.
func seek(ctx context.Context, d crm.Driver, ws []crm.Write) ([][]string, error) {
	if s, ok := d.(crm.Seeker); ok {
		return s.Seek(ctx, ws)
	}
	return nil, &crm.Error{Op: "landed", Class: crm.ErrInvalid, Code: "NOT_SUPPORTED"}
}
