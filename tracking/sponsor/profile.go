package sponsor

import (
	"maps"
	"slices"
	"time"

	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
)

// Profile is a person as a provider knows them. A missing value means that the
// provider does not know it, never that the person has lost it.
type Profile struct {
	// Person names the profile, with the present title and company. Company.Since is
	// when the person began there, when that is known.
	Person   tracking.Person `json:"person"`
	Location string          `json:"location,omitempty"`
	// Social are pages elsewhere ("facebook", "twitter"). They are shown, and a change
	// of them is no update.
	Social map[string]string `json:"social,omitempty"`
	// SeenAt is when the provider looked; zero is now. What is older than the newest
	// state that was seen changes nothing.
	SeenAt time.Time `json:"seen_at,omitzero"`
}

// Key names the profile by its strongest identifier, "" when it has none and so
// cannot be followed.
func (p Profile) Key() string {
	if slug, ok := matching.LinkedInPerson(p.Person.LinkedIn); ok {
		return "in:" + slug
	}
	if keys := p.Person.Keys(); len(keys) > 0 {
		return keys[0]
	}
	return ""
}

func (p Profile) clone() Profile {
	p.Person = clonePerson(p.Person)
	p.Social = maps.Clone(p.Social)
	return p
}

// MaxCandidates is how many profiles are suggested for one sponsor.
const MaxCandidates = 10

// proposals are the found profiles that may be suggested, in the provider's order:
// each once, none that was passed over unless it is at the page that the person is
// known by, none that is plainly somebody else's because the page or the record of
// the person is known and differs.
func proposals(s Sponsor, found []Profile) []Profile {
	mine := s.Person.Keys()
	page, _ := matching.LinkedInPerson(s.Person.LinkedIn)
	var out []Profile
	var taken []string
	for _, p := range found {
		p = p.clean()
		keys := strong(p.Person.Keys())
		if p.Key() == "" || len(out) == MaxCandidates {
			continue
		}
		passed := overlap(append(keys, p.Key()), s.Passed) && (page == "" || p.Key() != "in:"+page)
		if passed || slices.Contains(taken, p.Key()) || contradict(mine, keys) {
			continue
		}
		taken = append(taken, p.Key())
		out = append(out, p)
	}
	return out
}

// pageOf is the address of a profile by which it is stored and shown.
func pageOf(url string) (string, bool) {
	slug, ok := matching.LinkedInPerson(url)
	return "https://www.linkedin.com" + slug, ok
}

// adopt gives a person the identifiers of the profile that was chosen, where the
// person has none; all addresses count.
func adopt(p tracking.Person, from tracking.Person) tracking.Person {
	p = clonePerson(p)
	if p.LinkedIn == "" {
		if page, ok := pageOf(from.LinkedIn); ok {
			p.LinkedIn = page
		}
	}
	if p.HubSpotID == "" {
		p.HubSpotID = from.HubSpotID
	}
	if p.RecordID == "" {
		p.RecordID = from.RecordID
	}
	for _, e := range from.Emails {
		if !slices.Contains(p.Emails, e) {
			p.Emails = append(p.Emails, e)
		}
	}
	return p
}
