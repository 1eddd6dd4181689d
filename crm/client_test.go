package crm_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onward-crm/onward/crm"
)

func TestNewClientNeedsADriver(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a client without a driver was made")
		}
	}()
	crm.NewClient(nil, nil)
}

func TestDescribeIsKept(t *testing.T) {
	asked := 0
	c, _ := newClient(&stub{describe: func(o crm.Object) (crm.Schema, error) {
		asked++
		if asked == 1 {
			return crm.Schema{}, &crm.Error{Op: "describe", Class: crm.ErrDenied}
		}
		return crm.Schema{Object: o}, nil
	}})
	if _, err := c.Describe(t.Context(), crm.ObjectLead); !errors.Is(err, crm.ErrDenied) {
		t.Errorf("first: %v, want %v", err, crm.ErrDenied)
	}
	for range 3 {
		if s, err := c.Describe(t.Context(), crm.ObjectLead); err != nil || s.Object != crm.ObjectLead {
			t.Errorf("got %+v, %v", s, err)
		}
	}
	if asked != 2 || c.Calls().Describe != 2 || c.Calls().Total() != 2 {
		t.Errorf("asked %d times, counted %+v; want 2: errors are not kept, answers are", asked, c.Calls())
	}
}

// TestDefaultBackoff runs a client with its own timer and patience into an outage.
func TestDefaultBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at []time.Duration
		start := time.Now()
		d := &stub{describe: func(crm.Object) (crm.Schema, error) {
			at = append(at, time.Since(start))
			return crm.Schema{}, failure(crm.ErrUnavailable)
		}}
		c := crm.NewClient(d, &crm.ClientOptions{MaxAttempts: 10, Rand: rand.New(rand.NewPCG(1, 2))})
		if _, err := c.Describe(t.Context(), crm.ObjectLead); !errors.Is(err, crm.ErrUnavailable) {
			t.Fatal(err)
		}
		most := 2 * time.Second
		for i := range at[1:] {
			pause := at[i+1] - at[i]
			if pause < max(most/2, 2*time.Second) || pause > most {
				t.Errorf("pause %d is %v, want between half of %v and all of it", i+1, pause, most)
			}
			most = min(2*most, time.Minute)
		}
		if len(at) != 10 {
			t.Errorf("%d attempts, want 10", len(at))
		}
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		if _, err := c.Describe(ctx, crm.ObjectLead); !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, crm.ErrUnavailable) {
			t.Errorf("the end of the context gives %v", err)
		}
	})
}

func TestBackoffHasJitter(t *testing.T) {
	pauses := func(r *rand.Rand) (slept []time.Duration) {
		d := &stub{describe: func(crm.Object) (crm.Schema, error) { return crm.Schema{}, failure(crm.ErrUnavailable) }}
		c := crm.NewClient(d, &crm.ClientOptions{Rand: r, Sleep: func(_ context.Context, d time.Duration) error {
			slept = append(slept, d)
			return nil
		}})
		_, _ = c.Describe(t.Context(), crm.ObjectLead)
		return slept
	}
	a, b := pauses(rand.New(rand.NewPCG(1, 2))), pauses(rand.New(rand.NewPCG(1, 2)))
	if !slices.Equal(a, b) || len(a) != 4 {
		t.Errorf("the same dice gave %v and %v, want four equal pauses", a, b)
	}
	if other := pauses(rand.New(rand.NewPCG(3, 4))); slices.Equal(a, other) {
		t.Error("other dice gave the same pauses")
	}
	if chance := pauses(nil); slices.Equal(a, chance) {
		t.Error("the process's own dice gave the same pauses")
	}
}

func TestLandedIsCut(t *testing.T) {
	var sizes []int
	d := &stub{limits: crm.Limits{Keys: 2}, landed: func(_ crm.Object, keys []crm.Key) (map[crm.Key]string, error) {
		sizes = append(sizes, len(keys))
		return map[crm.Key]string{keys[0]: "id-" + string(keys[0]), "unasked": "x"}, nil
	}}
	c, _ := newClient(d)
	found, err := c.Landed(t.Context(), crm.ObjectLead, []crm.Key{"a", "b", "c", "d", "e"})
	if err != nil || !slices.Equal(sizes, []int{2, 2, 1}) {
		t.Errorf("calls of %v keys, %v; want 2, 2, 1", sizes, err)
	}
	if len(found) != 3 || found["a"] != "id-a" || found["c"] != "id-c" || found["e"] != "id-e" {
		t.Errorf("found %v, want a, c and e", found)
	}
}
