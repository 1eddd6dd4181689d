package mirror

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/matching"
)

// pack is a state as it stands in a file.
func pack(s *state) []byte {
	var b bytes.Buffer
	s.write(&fileWriter{w: &b, sum: crc32.NewIEEE()})
	return b.Bytes()
}

func unpack(b []byte) (*state, error) {
	r := &fileReader{r: bytes.NewReader(b), left: int64(len(b)), sum: crc32.NewIEEE()}
	s := r.state()
	if r.err != nil {
		return nil, r.err
	}
	s.recount()
	return s, nil
}

// TestCountsFollowContactsAndDeals moves, changes and takes away, and asks before
// and after the state was in a file.
func TestCountsFollowContactsAndDeals(t *testing.T) {
	s := newState()
	s.setUser("U1", true)
	for i := range 40 {
		s.setContact(fmt.Sprint("C", i), fmt.Sprint("A", i%2), "acme.com")
		s.setDeal(fmt.Sprint("D", i), fmt.Sprint("A", i%4))
	}
	for range 2 { // the second time changes nothing
		s.setContact("C0", "A1", "beta.io") // moved, with another address
		s.setContact("C1", "", "")          // gone
		s.setContact("C2", "A0", "")        // no address any more
		s.setContact("C99", "", "")         // never seen, and gone
		s.setDeal("D0", "")
		s.setDeal("D1", "A0")
	}
	want := []matching.Account{
		{ID: "A0", OwnerID: "U1", ActiveOwner: true, Contacts: 19, OpenOpportunities: 10, ContactDomains: []matching.DomainCount{{Domain: "acme.com", Count: 18}}},
		{ID: "A1", Contacts: 20, OpenOpportunities: 9, ContactDomains: []matching.DomainCount{{Domain: "acme.com", Count: 19}, {Domain: "beta.io", Count: 1}}},
	}
	again, err := unpack(pack(s))
	if err != nil {
		t.Fatal(err)
	}
	for _, from := range []*state{s, again} {
		for _, w := range want {
			got := matching.Account{ID: w.ID, OwnerID: w.OwnerID}
			from.fill(&got)
			if diff := cmp.Diff(w, got); diff != "" {
				t.Error(diff)
			}
		}
	}
}

// FuzzState reads any bytes as a state: none makes it panic, neither then nor
// when it is used, and what it reads it writes.
func FuzzState(f *testing.F) {
	s := newState()
	s.setUser("U1", true)
	s.setContact("C1", "A1", "acme.com")
	s.setDeal("D1", "A1")
	s.fill(&matching.Account{ID: "A1", OwnerID: "U1"})
	f.Add(pack(s))
	f.Add(pack(newState()))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := unpack(b)
		if err != nil {
			return
		}
		if _, err := unpack(pack(s)); err != nil {
			t.Fatalf("what was read cannot be read again: %v", err)
		}
		s.setUser("U1", false)
		s.setContact("C1", "A2", "beta.io")
		s.setDeal("D1", "")
		s.settleUsers()
		for n := range uint32(s.accounts.len()) {
			s.fill(&matching.Account{ID: s.accounts.name(n), OwnerID: "U1"})
		}
	})
}
