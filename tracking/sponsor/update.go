package sponsor

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
)

// Attribute is a value of a person that is watched.
type Attribute string

// The attributes that become updates; nothing else of a profile does.
const (
	Title    Attribute = "title"
	Company  Attribute = "company"
	Location Attribute = "location"
)

// Attributes lists the attributes in the order in which an update has them.
func Attributes() []Attribute { return []Attribute{Title, Company, Location} }

// UpdateState says what became of an update.
type UpdateState string

// The states of an update.
const (
	// UpdateOpen waits for somebody.
	UpdateOpen UpdateState = "open"
	// UpdateAccepted: the values are in the record. UpdateRejected: they are not, and
	// are not proposed again.
	UpdateAccepted UpdateState = "accepted"
	UpdateRejected UpdateState = "rejected"
	// UpdateOvertaken: newer values took the place of all of them.
	UpdateOvertaken UpdateState = "overtaken"
)

// Update is what one look at the profile found to differ from the record. All its
// changes are accepted or rejected together.
type Update struct {
	// ID is unique within the sponsor.
	ID string    `json:"id"`
	At time.Time `json:"at"`
	// Kind is what kind of move it is; of the same company, tracking.Unchanged when
	// only the location differs.
	Kind    tracking.Kind `json:"kind"`
	Changes []Change      `json:"changes"`
	State   UpdateState   `json:"state"`
	// By and ClosedAt tell who closed it when.
	By       string    `json:"by,omitempty"`
	ClosedAt time.Time `json:"closed_at,omitzero"`
}

// Change is one attribute of an update.
type Change struct {
	Attribute Attribute `json:"attribute"`
	Old       string    `json:"old"`
	New       string    `json:"new"`
	// Company is the whole new company, for Company.
	Company matching.Company `json:"company,omitzero"`
	// Base is what the CRM held when the update was made, as far as it was asked.
	Base string `json:"base,omitempty"`
	// Uncertain tells that old and new company may be one.
	Uncertain bool `json:"uncertain,omitempty"`
	// Overtaken tells that a newer look found another value: it is not accepted with
	// the rest.
	Overtaken bool `json:"overtaken,omitempty"`
}

// Rejection is a value that is not to be proposed again.
type Rejection struct {
	Attribute Attribute        `json:"attribute"`
	Value     string           `json:"value"`
	Company   matching.Company `json:"company,omitzero"`
}

// has tells whether an update changes an attribute, and still does.
func (u Update) has(a Attribute) bool {
	return slices.ContainsFunc(u.Changes, func(c Change) bool { return c.Attribute == a && !c.Overtaken })
}

// changesTo are the attributes in which a profile differs from the record, and what
// kind of move that is. What is blank on either side differs in nothing, neither
// does another spelling of the same.
//
//	company   tracking.Classify takes it for another one; the same one under another
//	          name, or one that was bought, is none
//	title     other words, punctuation and abbreviations apart
//	location  other text, case, accents and punctuation apart
func changesTo(s Sponsor, p Profile, with matching.Profile) ([]Change, tracking.Kind) {
	var out []Change
	c := classify(s.Person, p.Person, with)
	if was, is := s.Person.Title, p.Person.Title; was != "" && is != "" && !sameTitle(was, is) {
		out = append(out, Change{Attribute: Title, Old: was, New: is})
	}
	if otherCompany(c.Kind) && named(s.Person.Company) && !oneCompany(s.Person.Company, p.Person.Company, with) {
		out = append(out, Change{
			Attribute: Company, Old: companyName(s.Person.Company), New: companyName(p.Person.Company), Company: p.Person.Company,
			Uncertain: slices.Contains(c.Reasons, tracking.ReasonCompanyUncertain),
		})
	}
	if s.Location != "" && p.Location != "" && !sameText(s.Location, p.Location) {
		out = append(out, Change{Attribute: Location, Old: s.Location, New: p.Location})
	}
	return out, c.Kind
}

func classify(was, is tracking.Person, with matching.Profile) tracking.Classification {
	if !named(is.Company) {
		is.Company, is.AccountID = was.Company, was.AccountID // not told: still there
	}
	return tracking.Classify(tracking.Observation{
		From:        &tracking.Position{Company: was.Company, Title: was.Title},
		To:          &tracking.Position{Company: is.Company, Title: is.Title, StartedOn: is.Company.Since},
		FromAccount: tracking.AccountRef{ID: was.AccountID},
		ToAccount:   tracking.AccountRef{ID: is.AccountID},
		Profile:     with,
	})
}

// otherCompany tells whether the person is now somewhere else.
func otherCompany(k tracking.Kind) bool {
	return k.IsJobChange() || k == tracking.InternalMove || k == tracking.AdditionalRole
}

// sameValue compares two values of an attribute. Companies are compared whole.
func sameValue(a Change, b Rejection, with matching.Profile) bool {
	if a.Attribute != b.Attribute {
		return false
	}
	switch a.Attribute {
	case Title:
		return sameTitle(a.New, b.Value)
	case Company:
		return oneCompany(a.Company, b.Company, with)
	}
	return sameText(a.New, b.Value)
}

// oneCompany tells that two reports mean one company for certain. A report is always
// the same as itself, also when its name holds nothing that could be compared.
func oneCompany(a, b matching.Company, with matching.Profile) bool {
	a.Since, b.Since = time.Time{}, time.Time{}
	if a == b {
		return true
	}
	same, _ := with.SameCompany(a, b)
	return same == matching.SamenessSame
}

func (c Change) value() Rejection {
	return Rejection{Attribute: c.Attribute, Value: c.New, Company: c.Company}
}

func sameTitle(a, b string) bool { return tracking.NormalizeTitle(a) == tracking.NormalizeTitle(b) }

func sameText(a, b string) bool {
	apart := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsNumber(r) }
	return slices.Equal(strings.FieldsFunc(matching.Fold(a), apart), strings.FieldsFunc(matching.Fold(b), apart))
}

func named(c matching.Company) bool {
	return c.Name != "" || c.Domain != "" || c.AccountID != "" || c.LinkedIn != ""
}

// companyName is how a company is shown.
func companyName(c matching.Company) string {
	for _, s := range []string{c.Name, c.Domain, c.LinkedIn, c.AccountID} {
		if s = strings.TrimSpace(s); s != "" {
			return s
		}
	}
	return ""
}
