package sponsors

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/onward-crm/onward/cmd/onward/show"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/sponsor"
)

// shortID is enough of an id to name a sponsor by.
func shortID(id string) string { return id[:min(len(id), 9)] }

// nameOf names a person for people to read: by name, else by what else is known.
func nameOf(p tracking.Person) string {
	if name := strings.TrimSpace(p.FirstName + " " + p.LastName); name != "" {
		return name
	}
	switch {
	case len(p.Emails) > 0:
		return p.Emails[0]
	case p.LinkedIn != "":
		return pageOf(p.LinkedIn)
	}
	return p.RecordID + p.HubSpotID
}

// pageOf is a page without what all of them have.
func pageOf(url string) string {
	_, page, found := strings.Cut(url, "linkedin.com/")
	if !found {
		return url
	}
	return page
}

// placesOf names what a sponsor stands for.
func placesOf(s sponsor.Sponsor) string {
	var out []string
	for _, e := range s.Entities {
		out = append(out, entityName(e))
	}
	return strings.Join(out, ", ")
}

func entityName(e sponsor.Entity) string {
	name := e.Name
	if name == "" {
		name = e.ID
	}
	if e.Kind != sponsor.KindAccount {
		name = e.Kind + " " + name
	}
	return name
}

// rolesOf are the parts that a sponsor plays, each once.
func rolesOf(s sponsor.Sponsor) string {
	var out []string
	for _, e := range s.Entities {
		if e.Role != "" && !slices.Contains(out, e.Role) {
			out = append(out, e.Role)
		}
	}
	return strings.Join(out, ", ")
}

// dayOf is the day of a time, "" for none; minuteOf says the time too.
func dayOf(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

func minuteOf(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") }

// spanOf is a time span in the largest unit that says enough.
func spanOf(d time.Duration) string {
	switch {
	case d < time.Hour:
		return show.Count(int(d/time.Minute), "minute")
	case d < 72*time.Hour:
		return show.Count(int(d/time.Hour), "hour")
	}
	return show.Count(int(d/(24*time.Hour)), "day")
}

// changeText is a change as old → new.
func changeText(c sponsor.Change) string {
	text := fmt.Sprintf("%s → %s", orDash(c.Old), orDash(c.New))
	if c.Uncertain {
		text += " (may be one company)"
	}
	return text
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}
