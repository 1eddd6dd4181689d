package salesforce

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/salesforce/sftest"
)

func TestDescribeIsShared(t *testing.T) {
	s, g := local(t, nil)
	var wait sync.WaitGroup
	for range 20 {
		wait.Go(func() {
			if d, err := g.Describe(t.Context(), crm.ObjectLead); err != nil || d.Object != crm.ObjectLead {
				t.Errorf("%+v, %v", d, err)
			}
		})
	}
	wait.Wait()
	if n := s.Calls().Total; n != 1 {
		t.Errorf("%d calls, want 1", n)
	}
}

// TestDescribeErrors: errors are not kept, and a caller who gives up fails nobody
// but himself.
func TestDescribeErrors(t *testing.T) {
	s, g := local(t, nil)
	s.Inject(sftest.Fault{Kind: sftest.Refused, Resource: "describe", Status: 403, Code: "INSUFFICIENT_ACCESS"})
	if _, err := g.Describe(t.Context(), crm.ObjectLead); !errors.Is(err, crm.ErrDenied) {
		t.Errorf("got %v, want %v", err, crm.ErrDenied)
	}
	if _, err := g.Describe(t.Context(), crm.ObjectLead); err != nil {
		t.Errorf("second time: %v", err)
	}
	for _, o := range []crm.Object{"No_Such_Object__c", "", "Lead/describe", "../limits"} {
		if _, err := g.Describe(t.Context(), o); !errors.Is(err, crm.ErrNotFound) {
			t.Errorf("%q: %v, want %v", o, err, crm.ErrNotFound)
		}
	}
}

func TestDescribeAbandoned(t *testing.T) {
	var calls atomic.Int32
	held, free := make(chan struct{}), make(chan struct{})
	g := connected(t, newDesk(t, func(w http.ResponseWriter, r *http.Request) {
		if calls.Add(1) == 1 {
			close(held)
			select {
			case <-r.Context().Done():
			case <-free:
			}
		}
		_, _ = w.Write(sample(t, "describe_Contact.json"))
	}).options())
	ctx, cancel := context.WithCancel(t.Context())
	var wait sync.WaitGroup
	wait.Go(func() {
		if _, err := g.Describe(ctx, crm.ObjectContact); !errors.Is(err, crm.ErrUnavailable) {
			t.Errorf("the one who gave up: %v", err)
		}
	})
	<-held
	wait.Go(func() {
		if _, err := g.Describe(t.Context(), crm.ObjectContact); err != nil {
			t.Errorf("the one who waited: %v", err)
		}
	})
	cancel()
	wait.Wait()
	close(free)
}

// TestDescribeAnswer reads a documented answer.
func TestDescribeAnswer(t *testing.T) {
	g := documented(t, func(http.ResponseWriter, *http.Request) {})
	s, err := g.Describe(t.Context(), crm.ObjectContact)
	if err != nil || !s.Creatable || !s.Updatable {
		t.Fatalf("%+v, %v", s, err)
	}
	for _, want := range []crm.Field{
		{Name: "LastName", Type: crm.TypeText, Length: 80, Required: true, Creatable: true, Updatable: true},
		{Name: "OwnerId", Type: crm.TypeReference, Creatable: true, Updatable: true, RefersTo: []crm.Object{crm.ObjectUser}},
		{Name: "HasOptedOutOfEmail", Type: crm.TypeBoolean, Creatable: true, Updatable: true},
		{Name: "LeadSource", Type: crm.TypePicklist, Length: 255, Creatable: true, Updatable: true, Restricted: true, Values: []string{"Web"}},
		{Name: "Onward_Key__c", Type: crm.TypeText, Length: 64, Creatable: true, Updatable: true, ExternalID: true, Unique: true},
		{Name: "MailingAddress", Type: typeAddress},
	} {
		if got, _ := s.Field(want.Name); !equalField(got, want) {
			t.Errorf("%s: got %+v, want %+v", want.Name, got, want)
		}
	}
}

func equalField(a, b crm.Field) bool {
	same := slices.Equal(a.RefersTo, b.RefersTo) && slices.Equal(a.Values, b.Values)
	a.RefersTo, b.RefersTo, a.Values, b.Values = nil, nil, nil, nil
	return same && a.Name == b.Name && a.Type == b.Type && a.Length == b.Length && a.Required == b.Required &&
		a.ExternalID == b.ExternalID && a.Unique == b.Unique && a.Creatable == b.Creatable && a.Updatable == b.Updatable &&
		a.Restricted == b.Restricted
}
