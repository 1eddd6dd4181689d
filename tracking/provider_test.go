package tracking_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
)

func TestProfileMain(t *testing.T) {
	acme, beta := matching.Company{Name: "Acme"}, matching.Company{Name: "Beta"}
	listed := tracking.Profile{Person: tracking.Person{Company: beta}, Current: []tracking.Position{{Company: acme, Title: "CFO"}, {Company: beta}}}
	if main := listed.Main(); main == nil || main.Company != acme || main.Title != "CFO" {
		t.Errorf("%+v, want the first that is listed", main)
	}
	alone := tracking.Profile{Person: tracking.Person{Company: beta, Title: "CTO"}}
	if main := alone.Main(); main == nil || main.Company != beta || main.Title != "CTO" || !main.Current {
		t.Errorf("%+v", main)
	}
	if main := (tracking.Profile{Person: tracking.Person{Title: "between jobs"}}).Main(); main != nil {
		t.Errorf("%+v, want none", main)
	}
}

func TestProviderErrorAnswersForClassAndCause(t *testing.T) {
	err := error(&tracking.ProviderError{Provider: "feed", Op: "refresh", Class: tracking.ErrLimited, Code: "429 rate_limit_error", RetryAfter: time.Minute, Err: context.Canceled})
	if !errors.Is(err, tracking.ErrLimited) || !errors.Is(err, context.Canceled) || errors.Is(err, tracking.ErrGone) {
		t.Errorf("classes of %v", err)
	}
	if got := err.Error(); got != "tracking: feed: refresh: provider limits the rate: 429 rate_limit_error" {
		t.Errorf("%q", got)
	}
	for _, class := range []error{tracking.ErrGone, tracking.ErrLimited, tracking.ErrBudget, tracking.ErrDenied, tracking.ErrUnknown, tracking.ErrBroken} {
		if !strings.HasPrefix(class.Error(), "tracking: ") {
			t.Errorf("class %q does not name its package", class)
		}
	}
}

func TestTitleRank(t *testing.T) {
	last := 0
	for _, title := range []string{"Intern", "Clerk", "Sales Manager", "Associate Director", "Director", "Senior Director", "VP Sales", "CEO"} {
		if rank := tracking.TitleRank(title); rank <= last {
			t.Errorf("%s has %d, not above %d", title, rank, last)
		} else {
			last = rank
		}
	}
	if tracking.TitleRank("") != 0 {
		t.Error("no title has a rank")
	}
}
