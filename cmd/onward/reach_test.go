package main

import (
	"errors"
	"testing"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/matching"
)

// TestNotReachedIsAnOutage: whatever is asked of an org that was not reached yet fails
// as in an outage, so that nothing is parked and no attempt is counted.
func TestNotReachedIsAnOutage(t *testing.T) {
	r, ctx := &reach{}, t.Context()
	calls := map[string]error{}
	_, calls["find"] = r.Find(ctx, []crm.Query{{}})
	_, calls["describe"] = r.Describe(ctx, crm.ObjectLead)
	_, calls["write"] = r.Write(ctx, []crm.Write{{}})
	_, calls["landed"] = r.Landed(ctx, crm.ObjectLead, nil)
	_, calls["seek"] = r.Seek(ctx, nil)
	_, calls["candidates"] = r.Candidates(ctx, matching.Profile{}, nil)
	_, calls["describe flow"] = r.DescribeFlow(ctx, "F")
	_, calls["invoke flow"] = r.InvokeFlow(ctx, "F", nil)
	for name, err := range calls {
		if !errors.Is(err, crm.ErrUnavailable) || !crm.Retryable(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if r.Keyless(crm.ObjectLead) {
		t.Error("an org that was not reached has no weaker mode")
	}
}
