package digest

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/dri"
)

// MostImportant is how many rows of each report a manager's summary shows.
const MostImportant = 3

// Reports says who reports to whom: the active manager of each user, and to them the
// users, in order. An inactive manager's people are those of the manager above;
// loops and missing managers end in nobody (DR13).
func Reports(users []crm.User, ids []string) map[string][]string {
	out := map[string][]string{}
	for _, id := range ids {
		if manager, _ := dri.Managers(users, id); manager != "" {
			out[manager] = append(out[manager], id)
		}
	}
	for _, reports := range out { // any order: each list is sorted by itself
		slices.Sort(reports)
	}
	return out
}

// Summary tells a manager of the digests of the people who report to them: a section
// for each who has something, with figures and the most important rows. It may be
// empty.
func Summary(manager Party, w Window, digests []Message) Message {
	m := weekly(KindSummary, manager, w)
	rows := map[Topic][]Row{}
	people := 0
	for _, d := range slices.SortedStableFunc(slices.Values(digests), func(a, b Message) int {
		return cmp.Or(strings.Compare(a.To.Name, b.To.Name), strings.Compare(a.To.ID, b.To.ID))
	}) {
		if d.Empty() {
			continue
		}
		people++
		m.Sections = append(m.Sections, reportSection(d))
		for _, s := range d.Sections {
			rows[s.Topic] = append(rows[s.Topic], s.Rows...)
		}
	}
	m.Counts = countsOf(rows)
	m.Subject = oneLine("Your team: " + phrase(m.Counts) + " · " + w.Dates())
	m.Title = "Your team's accounts, " + w.Dates()
	if people > 0 {
		m.Lead = teamWords(people)
	}
	m.Foot = "You get this because you are the manager of the people who are directly responsible."
	return m
}

func teamWords(people int) string {
	if people == 1 {
		return "Changes at the accounts of one person who reports to you."
	}
	return "Changes at the accounts of " + strconv.Itoa(people) + " people who report to you."
}

// reportSection is what a manager sees of one digest. Its sections come in order of
// importance.
func reportSection(d Message) Section {
	s := Section{Topic: TopicReport, Title: d.To.Name, Counts: d.Counts, Rows: []Row{}}
	for _, one := range d.Sections {
		s.Total += one.Total
		s.Rows = append(s.Rows, one.Rows[:min(len(one.Rows), MostImportant-len(s.Rows))]...)
	}
	return s
}
