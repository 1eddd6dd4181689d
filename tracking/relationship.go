package tracking

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// MaxRelationships is how many relationships there can be.
const MaxRelationships = 64

// The relationships of the default ranking, the highest first.
const (
	ClosedWon  = "closed_won"
	PowerUser  = "power_user"
	User       = "user"
	OpenOpp    = "open_opp"
	ClosedLost = "closed_lost"
	Customer   = "customer"
)

// Relationship is a way in which people dealt with us. Its rank is its place in
// the list of relationships, the first is the highest.
type Relationship struct {
	// ID names it in files and in storage: lower case letters, digits, "_" and "-".
	ID string `json:"id" yaml:"id"`
	// Name is what people read, and what is stamped on deliveries.
	Name string `json:"name" yaml:"name"`
	// Cycle is how often its people are looked after; weekly when empty.
	Cycle Cycle `json:"cycle,omitempty" yaml:"cycle"`
	// GraceDays is how many days somebody who left a list that refreshes itself
	// keeps using a credit; 0 to 366.
	GraceDays int `json:"grace_days,omitempty" yaml:"grace_days"`
}

// maxGraceDays bounds Relationship.GraceDays.
const maxGraceDays = 366

// DefaultRelationships is the default ranking.
func DefaultRelationships() []Relationship {
	return []Relationship{
		{ID: ClosedWon, Name: "Closed Won Opp Contact"},
		{ID: PowerUser, Name: "Admin/Power User"},
		{ID: User, Name: "User"},
		{ID: OpenOpp, Name: "Open Opp Contact"},
		{ID: ClosedLost, Name: "Closed Lost Opp Contact"},
		{ID: Customer, Name: "Customer Contact"},
	}
}

var relationshipID = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)

// CheckRelationships says what is wrong with a ranking; the error names the
// relationship and the field, and is an ErrConfig.
func CheckRelationships(ranked []Relationship) error {
	if len(ranked) > MaxRelationships {
		return configError("relationships", "there are %d, want at most %d", len(ranked), MaxRelationships)
	}
	ids, names := map[string]bool{}, map[string]bool{}
	for i, r := range ranked {
		at := fmt.Sprintf("relationships[%d]", i)
		name := strings.ToLower(strings.TrimSpace(r.Name))
		switch {
		case !relationshipID.MatchString(r.ID):
			return configError(at+".id", "%q: want 1 to 64 of a-z, 0-9, _ and -, beginning with a letter or digit", r.ID)
		case ids[r.ID]:
			return configError(at+".id", "%q is there twice", r.ID)
		case name == "":
			return configError(at+".name", "relationship %q needs a name", r.ID)
		case names[name]:
			return configError(at+".name", "%q is there twice", r.Name)
		case !r.Cycle.known():
			return configError(at+".cycle", "%q: want weekly or monthly", r.Cycle)
		case r.GraceDays < 0 || r.GraceDays > maxGraceDays:
			return configError(at+".grace_days", "%d: want 0 to %d", r.GraceDays, maxGraceDays)
		}
		ids[r.ID], names[name] = true, true
	}
	return nil
}

// Rerank puts the relationships named by order first, in that order; the others
// keep theirs behind them. The error names what is unknown or there twice, and is
// an ErrConfig.
func Rerank(ranked []Relationship, order []string) ([]Relationship, error) {
	out := make([]Relationship, 0, len(ranked))
	for i, id := range order {
		at := slices.IndexFunc(ranked, func(r Relationship) bool { return r.ID == id })
		switch {
		case at < 0:
			return nil, configError("order", "%q is no relationship", id)
		case slices.Contains(order[:i], id):
			return nil, configError("order", "%q is there twice", id)
		}
		out = append(out, ranked[at])
	}
	for _, r := range ranked {
		if !slices.Contains(order, r.ID) {
			out = append(out, r)
		}
	}
	return out, nil
}
