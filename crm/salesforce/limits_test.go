package salesforce

import (
	"testing"

	"github.com/onward-crm/onward/crm/salesforce/sftest"
)

func TestLimitsOfTheOrg(t *testing.T) {
	s, g := local(t, &sftest.Options{DailyLimit: 15_000, Used: 18})
	got, err := g.OrgLimits(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if l := got["DailyApiRequests"]; l.Max != 15_000 || l.Remaining >= 15_000-18 || l.Remaining <= 0 {
		t.Errorf("DailyApiRequests: %+v", l)
	}
	if n := s.Calls().Total; n != 1 {
		t.Errorf("%d calls, want 1", n)
	}
}
