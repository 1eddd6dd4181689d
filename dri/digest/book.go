package digest

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/onward-crm/onward/dri"
)

// Book holds facts by the user who shall hear of them. Make one with NewBook; it is
// never changed afterwards.
type Book struct {
	mine map[string]Facts
}

// NewBook files facts. Of several reports of one move only the latest counts. What has
// nobody to hear of it is left out.
func NewBook(f Facts) Book {
	b := Book{mine: map[string]Facts{}}
	for _, c := range latest(f.Changes) {
		var seen []string
		for _, p := range c.Parts {
			if p.UserID == "" || slices.Contains(seen, p.UserID) {
				continue
			}
			seen = append(seen, p.UserID)
			m := b.mine[p.UserID]
			m.Changes = append(m.Changes, c)
			b.mine[p.UserID] = m
		}
	}
	for _, r := range slices.SortedStableFunc(slices.Values(f.Reviews), func(a, b Review) int { return strings.Compare(a.ID, b.ID) }) {
		if m := b.mine[r.UserID]; r.UserID != "" {
			m.Reviews = append(m.Reviews, r)
			b.mine[r.UserID] = m
		}
	}
	for _, u := range slices.SortedStableFunc(slices.Values(f.Updates), func(a, b Update) int { return strings.Compare(a.ID, b.ID) }) {
		if m := b.mine[u.UserID]; u.UserID != "" {
			m.Updates = append(m.Updates, u)
			b.mine[u.UserID] = m
		}
	}
	return b
}

// latest keeps the last report of each move, in order of time.
func latest(cs []Change) []Change {
	cs = slices.SortedStableFunc(slices.Values(cs), func(a, b Change) int {
		return cmp.Or(b.At.Compare(a.At), strings.Compare(a.ID, b.ID))
	})
	seen := map[string]bool{}
	cs = slices.DeleteFunc(cs, func(c Change) bool {
		again := c.ID != "" && seen[c.ID]
		seen[c.ID] = true
		return again
	})
	slices.Reverse(cs)
	return cs
}

// Users are the ids of all who may have something to hear, in order.
func (b Book) Users() []string { return slices.Sorted(maps.Keys(b.mine)) }

// Weekly is the digest of one user for a window. It may be empty.
func (b Book) Weekly(user Party, w Window) Message {
	m := weekly(KindDigest, user, w)
	rows := b.rows(user.ID, w)
	for _, t := range topics {
		if s := section(t.topic, t.title, rows[t.topic]); s.Total > 0 {
			m.Sections = append(m.Sections, s)
		}
	}
	m.Counts = countsOf(rows)
	m.Subject = oneLine(phrase(m.Counts) + " · " + w.Dates())
	m.Title = "Your accounts, " + w.Dates()
	m.Foot = "You get this because you are the directly responsible person for these changes."
	return m
}

// weekly is a message of a window.
func weekly(k Kind, to Party, w Window) Message {
	return Message{Kind: k, To: to, Week: w.Week, Since: w.Since, Until: w.Until, Zone: w.Zone, Sections: []Section{}}
}

// section sorts rows, youngest first.
func section(t Topic, title string, rows []Row) Section {
	slices.SortStableFunc(rows, func(a, b Row) int {
		return cmp.Or(b.At.Compare(a.At), strings.Compare(a.Person.Name, b.Person.Name), strings.Compare(a.Person.ID, b.Person.ID))
	})
	return Section{Topic: t, Title: title, Total: len(rows), Rows: rows}
}

// rows are those of one user, by topic.
func (b Book) rows(user string, w Window) map[Topic][]Row {
	f, out := b.mine[user], map[Topic][]Row{}
	moved := map[string]bool{}
	for _, c := range f.Changes {
		if !w.holds(c.At) {
			continue
		}
		parts := mine(c, user)
		for _, id := range c.PersonIDs {
			moved[id] = true
		}
		t := topicOf(parts[0])
		if c.Stays {
			t = TopicRoles
		}
		out[t] = append(out[t], changeRow(c, parts))
	}
	for _, r := range f.Reviews {
		if r.Since.Before(w.Until) {
			out[TopicReviews] = append(out[TopicReviews], reviewRow(r, w))
		}
	}
	for _, u := range f.Updates {
		known := u.Attribute == "company" && slices.ContainsFunc(u.PersonIDs, func(id string) bool { return moved[id] })
		if w.holds(u.At) && !known {
			out[TopicUpdates] = append(out[TopicUpdates], updateRow(u))
		}
	}
	return out
}

// mine are the parts of a change that a user is responsible for, the most important
// first (DR08: one row with both).
func mine(c Change, user string) []Part {
	parts := slices.DeleteFunc(slices.Clone(c.Parts), func(p Part) bool { return p.UserID != user })
	slices.SortStableFunc(parts, func(a, b Part) int { return rank(topicOf(a)) - rank(topicOf(b)) })
	return parts
}

// roleFor is the title that goes with one half of a change: whoever is told that
// somebody left knows them by the old one.
func roleFor(c Change, p Part) string {
	if p.Scenario == dri.Leaves && !c.Stays {
		return c.OldRole
	}
	return c.Role
}

func changeRow(c Change, parts []Part) Row {
	r := Row{Person: c.Person, Role: roleFor(c, parts[0]), At: c.At}
	for _, p := range parts {
		e := Event{Verb: verbOf(c, p.Scenario), About: p.Account, Class: classWords(p.Class)}
		r.Events = append(r.Events, e)
	}
	if len(parts) == 1 { // the other half is somebody else's, and still worth knowing
		r.otherHalf(c, parts[0])
	}
	if c.Role != "" && r.Role != c.Role {
		r.Notes = append(r.Notes, "now "+c.Role)
	}
	if c.Relationship != "" {
		r.Notes = append(r.Notes, "known as "+c.Relationship)
	}
	if c.Did != "" {
		r.Notes = append(r.Notes, c.Did)
	}
	return r
}

// verbOf says what happened at an account.
func verbOf(c Change, s dri.Scenario) string {
	switch {
	case s == dri.Leaves:
		return "left"
	case c.Stays:
		return "new role at"
	}
	return "joined"
}

// otherHalf adds where somebody came from or went to. One company under two names of
// a group is worth telling, one and the same is not.
func (r *Row) otherHalf(c Change, p Part) {
	switch {
	case p.Scenario == dri.Joins && c.From.Name != "" && c.From.Name != p.Account.Name:
		r.Events = append(r.Events, Event{Verb: "came from", About: c.From})
	case p.Scenario == dri.Leaves && c.To.Name != "":
		r.Events = append(r.Events, Event{Verb: "went to", About: c.To})
	case p.Scenario == dri.Leaves:
		r.Notes = append(r.Notes, "destination unknown")
	}
}

func reviewRow(r Review, w Window) Row {
	row := Row{Person: r.Person, Role: r.Role, At: r.Since, Notes: []string{r.Why}}
	if r.Company.Name != "" {
		row.Events = []Event{{Verb: "reported at", About: r.Company}}
	}
	if days := int(w.Until.Sub(r.Since) / (24 * time.Hour)); days > 0 {
		row.Notes = append(row.Notes, "waits for "+plural(days, "day"))
	}
	return row
}

func updateRow(u Update) Row {
	r := Row{Person: u.Person, At: u.At, Events: []Event{{Verb: u.Attribute, About: Party{Name: u.New}, Was: u.Old}}}
	if u.Account.Name != "" {
		r.Events = append(r.Events, Event{Verb: "sponsor at", About: u.Account})
	}
	return r
}

// countsOf are the figures of a digest.
func countsOf(rows map[Topic][]Row) []Count {
	var joined, left int
	for _, rs := range rows { // any order: only numbers are added up
		for _, r := range rs {
			for _, e := range r.Events {
				switch e.Verb {
				case "joined":
					joined++
				case "left":
					left++
				}
			}
		}
	}
	var out []Count
	for _, c := range []Count{
		{joined, "joined"}, {left, "left"}, {len(rows[TopicReviews]), "to decide"},
		{len(rows[TopicUpdates]), "sponsor update"}, {len(rows[TopicRoles]), "new role"},
	} {
		if c.N > 0 {
			out = append(out, c)
		}
	}
	return worded(out)
}

// worded gives labels of things their plural.
func worded(cs []Count) []Count {
	for i, c := range cs {
		if (c.Label == "sponsor update" || c.Label == "new role") && c.N > 1 {
			cs[i].Label += "s"
		}
	}
	return cs
}

// phrase writes figures as a text: "2 joined, 1 left".
func phrase(cs []Count) string {
	texts := make([]string, len(cs))
	for i, c := range cs {
		texts[i] = strconv.Itoa(c.N) + " " + c.Label
	}
	return strings.Join(texts, ", ")
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return strconv.Itoa(n) + " " + word + "s"
}
