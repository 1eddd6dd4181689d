package digest_test

import (
	"testing"
	"time"

	"github.com/onward-crm/onward/dri"
	"github.com/onward-crm/onward/dri/digest"
)

// The users of the tests: two who are responsible, and their manager.
var (
	una = digest.Party{ID: "005u1", Name: "Una Berg"}
	uwe = digest.Party{ID: "005u2", Name: "Uwe Stein"}
	mia = digest.Party{ID: "005m1", Name: "Mia Long"}
)

// berlin is where the organisation is.
func berlin(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// at reads a time such as 2026-11-20T10:00:00Z.
func at(t testing.TB, text string) time.Time {
	t.Helper()
	out, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// company is an account called after its id.
func company(id string) digest.Party { return digest.Party{ID: "001" + id, Name: id} }

// part is one half of a move.
func part(s dri.Scenario, c dri.Class, user digest.Party, account string) digest.Part {
	return digest.Part{Scenario: s, Class: c, UserID: user.ID, Account: company(account)}
}

// move is a change from Old to New with parts.
func move(t testing.TB, id, when string, parts ...digest.Part) digest.Change {
	t.Helper()
	return digest.Change{
		ID: id, At: at(t, when), Person: digest.Party{ID: "003" + id, Name: "Person " + id}, PersonIDs: []string{"003" + id},
		Role: "CTO", From: company("Old"), To: company("New"), Parts: parts,
	}
}

// outline is a message without everything that hardly matters: titles of sections with
// the people in them.
func outline(m digest.Message) []string {
	var out []string
	for _, s := range m.Sections {
		line := s.Title + ":"
		for _, r := range s.Rows {
			line += " " + r.Person.Name
		}
		out = append(out, line)
	}
	return out
}
