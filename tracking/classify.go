package tracking

import (
	"slices"
	"strings"

	"github.com/onward-crm/onward/matching"
)

// Kind says what a report is about.
type Kind string

// The kinds of moves, and of reports that are none.
const (
	// Joined: somebody is at a company; where they were is not known.
	Joined Kind = "joined"
	// Left: somebody is gone, without a known destination.
	Left Kind = "left"
	// Moved: from one company to another.
	Moved Kind = "moved"
	// TitleChange and Promotion: same company, another title.
	TitleChange Kind = "title_change"
	Promotion   Kind = "promotion"
	// Boomerang: back at a company where they were before.
	Boomerang Kind = "boomerang"
	// InternalMove: to another account of the same hierarchy.
	InternalMove Kind = "internal_move"
	// AdditionalRole: a seat on a board or advice beside the job.
	AdditionalRole Kind = "additional_role"
	// CosmeticRename: the same company, spelled or called in another way.
	CosmeticRename Kind = "cosmetic_rename"
	// NameChanged: the same person under another last name.
	NameChanged Kind = "name_changed"
	// Unchanged: nothing happened.
	Unchanged Kind = "unchanged"
)

// Kinds lists all kinds.
func Kinds() []Kind {
	return []Kind{Joined, Left, Moved, TitleChange, Promotion, Boomerang, InternalMove, AdditionalRole, CosmeticRename, NameChanged, Unchanged}
}

// IsJobChange reports whether the person is now at a company where they were not
// before: the kinds for which somebody joins.
func (k Kind) IsJobChange() bool {
	return k == Joined || k == Moved || k == Boomerang
}

// Classification is the answer of Classify.
type Classification struct {
	Kind Kind `json:"kind"`
	// DualRole tells that the old position is still held: the past record must
	// not be marked (RT25).
	DualRole bool `json:"dual_role,omitempty"`
	// Reasons are all reasons that apply, sorted.
	Reasons []Reason `json:"reasons"`
}

// Classify says what kind of move an observation is. It is pure and total. The
// old position is From, completed from the past record; how the companies stand
// to each other is relation's table. The first row that applies decides:
//
//	destination  marked record  companies     also                        kind
//	none         any            any                                       left
//	known        at the new one any           no side role beside a job   boomerang
//	known        –              same          title of a higher rank      promotion
//	known        –              same          another title               title_change
//	known        –              same          another last name, same
//	                                          LinkedIn profile            name_changed
//	known        –              same          company spelled otherwise   cosmetic_rename
//	known        –              same                                      unchanged
//	known        –              not same      side role, old one current  additional_role
//	known        –              hierarchy                                 internal_move
//	known        –              not same      been there before           boomerang
//	known        –              old unknown   no past record              joined
//	known        –              otherwise                                 moved
//
// "not same" takes in companies that are perhaps one; company_uncertain among
// the reasons then asks for a person's eyes. DualRole is set on a moved,
// boomerang or internal move whose old position is still current.
func Classify(o Observation) Classification {
	c := &classifier{o: o.settled(), old: o.old()}
	c.classify()
	slices.Sort(c.out.Reasons)
	c.out.Reasons = slices.Compact(c.out.Reasons)
	return c.out
}

type classifier struct {
	o       Observation
	old, to Position
	out     Classification
}

func (c *classifier) is(k Kind, why ...Reason) {
	c.out.Kind = k
	c.out.Reasons = append(c.out.Reasons, why...)
}

func (c *classifier) note(when bool, why Reason) {
	if when {
		c.out.Reasons = append(c.out.Reasons, why)
	}
}

func (c *classifier) classify() {
	o := c.o
	if o.To == nil || !named(o.To.Company) && o.ToAccount.ID == "" {
		c.is(Left, ReasonNoDestination)
		return
	}
	c.to = *o.To
	rel, why := o.relate(c.old, c.to)
	c.out.Reasons = why
	c.note(c.renamedPerson(), ReasonLastNameDiffers)
	c.note(c.pastElsewhere(), ReasonPastRecordElsewhere)
	switch {
	case c.markedAtDestination():
		c.is(Boomerang, ReasonOldRecordAtDestination)
	case rel == relationSame:
		c.sameCompany()
	default:
		c.otherCompany(rel)
	}
}

// sameCompany tells what changed when the company did not.
func (c *classifier) sameCompany() {
	_, before := grade(c.old.Title)
	_, after := grade(c.to.Title)
	switch {
	case c.old.Title != "" && c.to.Title != "" && !sameTitle(c.old.Title, c.to.Title):
		if before > 0 && after > before {
			c.is(Promotion, ReasonTitleDiffers, ReasonSeniorityRises)
			return
		}
		c.is(TitleChange, ReasonTitleDiffers)
	case slices.Contains(c.out.Reasons, ReasonLastNameDiffers):
		c.is(NameChanged)
	case c.respelled():
		c.is(CosmeticRename, ReasonSpellingDiffers)
	default:
		c.is(Unchanged)
	}
}

// otherCompany tells what it is when the companies differ, perhaps differ, or
// the old one is not known.
func (c *classifier) otherCompany(rel relation) {
	current := c.stillCurrent()
	side := c.kindOf(c.to).isSide()
	before := c.beenThere()
	c.note(current, ReasonStillCurrent)
	c.note(side, ReasonSideRole)
	c.note(before, ReasonBeenThereBefore)
	c.note(c.o.PriorAtDestination, ReasonOldRecordAtDestination)
	switch {
	case side && current:
		c.is(AdditionalRole)
		return
	case rel == relationHierarchy:
		c.is(InternalMove)
	case before || c.o.PriorAtDestination:
		c.is(Boomerang)
	case rel != relationUnknown:
		c.is(Moved)
	case c.o.Past == nil:
		c.is(Joined, ReasonNoOrigin)
	default:
		c.is(Moved, ReasonPastCompanyUnknown)
	}
	c.out.DualRole = current
}

// markedAtDestination tells that the past record itself is at the new company
// and marked as left: they are back (RT20), unless only to give advice.
func (c *classifier) markedAtDestination() bool {
	past := c.o.Past
	if past == nil || !past.Left || c.kindOf(c.to).isSide() && c.stillCurrent() {
		return false
	}
	if past.AccountID != "" && past.AccountID == c.o.ToAccount.ID {
		return true
	}
	return c.o.sameCompany(past.company(), dated(c.to))
}

// pastElsewhere tells that the CRM knew the person at another company than the
// one that the report says they come from.
func (c *classifier) pastElsewhere() bool {
	if c.o.From == nil || c.o.Past == nil || !named(c.o.From.Company) || !named(c.o.Past.company()) {
		return false
	}
	if c.o.From.Company.Name != "" && c.o.From.Company.Name == c.o.Past.Company.Name {
		return false // mostly so, and cheaper to see
	}
	same, _ := c.o.Profile.SameCompany(c.o.From.Company, c.o.Past.company())
	return same == matching.SamenessDifferent
}

// renamedPerson tells that one LinkedIn profile has another last name (RT30).
func (c *classifier) renamedPerson() bool {
	past := c.o.Past
	if past == nil || past.LastName == "" || c.o.LastName == "" {
		return false
	}
	before, okBefore := matching.LinkedInPerson(past.LinkedIn)
	now, okNow := matching.LinkedInPerson(c.o.LinkedIn)
	return okBefore && okNow && before == now && matching.Fold(past.LastName) != matching.Fold(c.o.LastName)
}

// respelled tells that the company has another name than before.
func (c *classifier) respelled() bool {
	before, now := strings.TrimSpace(c.old.Company.Name), strings.TrimSpace(c.to.Company.Name)
	return before != "" && now != "" && before != now
}

// stillCurrent tells that the old position is still held. A list of current
// positions is believed over From's own flag.
func (c *classifier) stillCurrent() bool {
	if !named(c.old.Company) {
		return false
	}
	for _, p := range c.o.Positions {
		if p.Current && c.o.sameCompany(p.Company, c.old.Company) && !c.o.sameCompany(p.Company, c.to.Company) {
			return true
		}
	}
	return len(c.o.Positions) == 0 && c.old.Current
}

// kindOf is the kind of the new position: told with it, told in the list of
// positions, or seen from the title. Of several positions that it may be, in
// whatever order they are listed, a job goes before a side role.
func (c *classifier) kindOf(to Position) PositionKind {
	if to.Kind != "" {
		return to.Kind
	}
	var told PositionKind
	for _, p := range c.o.Positions {
		if p.Kind == "" || !p.Current || !c.o.sameCompany(p.Company, to.Company) || p.Title != "" && to.Title != "" && !sameTitle(p.Title, to.Title) {
			continue
		}
		if told == "" || told.isSide() && !p.Kind.isSide() || told.isSide() == p.Kind.isSide() && p.Kind < told {
			told = p.Kind
		}
	}
	if told != "" {
		return told
	}
	return kindOfTitle(to.Title)
}

// sideTitles are titles of positions that are held beside a job.
var sideTitles = []struct {
	words []string
	kind  PositionKind
}{
	{[]string{"board", "member"}, Board}, {[]string{"member", "board"}, Board}, {[]string{"board", "director"}, Board}, {[]string{"board", "directors"}, Board}, {[]string{"director", "board"}, Board},
	{[]string{"non", "executive", "director"}, Board}, {[]string{"supervisory", "board"}, Board}, {[]string{"aufsichtsrat"}, Board}, {[]string{"beirat"}, Advisor},
	{[]string{"board", "advisor"}, Advisor}, {[]string{"advisory", "board"}, Advisor},
}

// kindOfTitle sees a side role in a title. An adviser is one only when the whole
// title says so: a tax advisor has a job.
func kindOfTitle(title string) PositionKind {
	words := titleWords(title)
	if len(words) == 1 && (words[0] == "advisor" || words[0] == "adviser") {
		return Advisor
	}
	kind := Employee
	for _, t := range sideTitles {
		if holds(words, t.words) {
			kind = t.kind
		}
	}
	return kind
}

// beenThere tells that a past position was at the new company, and ended before
// the new one began.
func (c *classifier) beenThere() bool {
	return slices.ContainsFunc(c.o.History, func(p Position) bool {
		if p.Current || !c.o.sameCompany(p.Company, c.to.Company) {
			return false
		}
		began := dated(c.to).Since
		switch {
		case began.IsZero():
			return true
		case !p.EndedOn.IsZero():
			return !p.EndedOn.After(began)
		}
		return p.StartedOn.IsZero() || p.StartedOn.Before(began)
	})
}
