package crmtest_test

import (
	"errors"
	"testing"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/crmtest"
	"github.com/onward-crm/onward/crm/memcrm"
)

// unable is a driver that cannot seek.
type unable struct{ crm.Driver }

// TestCR12WrappersSeekWhereTheirDriversDo asks through both wrappers, and through
// both around a driver that cannot seek.
func TestCR12WrappersSeekWhereTheirDriversDo(t *testing.T) {
	names := crm.DefaultNames()
	names.Keyless = []crm.Object{crm.ObjectAccount}
	c := memcrm.New(&memcrm.Options{Names: names})
	if _, err := c.Write(t.Context(), []crm.Write{newAccount("Acme")}); err != nil {
		t.Fatal(err)
	}
	limits := crm.Limits{Keys: 1}
	for name, s := range map[string]crm.Seeker{"faulty": crmtest.Faulty(c, nil), "limited": crmtest.Limited(c, limits)} {
		found, err := s.Seek(t.Context(), []crm.Write{newAccount("Acme")})
		if !s.Keyless(crm.ObjectAccount) || err != nil || len(found) != 1 || len(found[0]) != 1 {
			t.Errorf("%s: keyless %v, found %v: %v", name, s.Keyless(crm.ObjectAccount), found, err)
		}
	}
	for name, s := range map[string]crm.Seeker{"faulty": crmtest.Faulty(unable{c}, nil), "limited": crmtest.Limited(unable{c}, limits)} {
		_, err := s.Seek(t.Context(), []crm.Write{newAccount("Acme")})
		if s.Keyless(crm.ObjectAccount) || !errors.Is(err, crm.ErrInvalid) {
			t.Errorf("%s around a driver that cannot: keyless %v, %v", name, s.Keyless(crm.ObjectAccount), err)
		}
	}
	broken := crmtest.Faulty(c, crmtest.Script{{Call: crmtest.LandedCall, Kind: crmtest.Denied}})
	if _, err := broken.Seek(t.Context(), []crm.Write{newAccount("Acme")}); !errors.Is(err, crm.ErrDenied) {
		t.Errorf("a fault of look-ups gives %v", err)
	}
	tight := crmtest.Limited(c, limits)
	if _, err := tight.Seek(t.Context(), []crm.Write{newAccount("a"), newAccount("b")}); !errors.Is(err, crm.ErrInvalid) || tight.Broken() != 1 {
		t.Errorf("over the limit: %v", err)
	}
}
