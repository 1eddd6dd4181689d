package letter

import (
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/onward-crm/onward/dri/digest"
)

// The most rows that are written out, so that no mail program cuts the end off
// (Gmail does after 102 kB); the rest is told by number.
const (
	MaxSectionRows = 20
	MaxRows        = 60
)

// maxText is the length of the longest name, title or company that is written, in
// characters.
const maxText = 120

// Letter is a message as an e-mail.
type Letter struct {
	Subject string
	// HTML and Text are the two parts; they say the same.
	HTML, Text string
}

// Write makes an e-mail of a message.
func Write(m digest.Message) (Letter, error) {
	m = cut(m)
	page, err := HTML(m)
	if err != nil {
		return Letter{}, err
	}
	return Letter{Subject: orName(clean(m.Subject)), HTML: page, Text: Text(m)}, nil
}

// cut leaves out the rows that are too many. Sections keep their totals.
func cut(m digest.Message) digest.Message {
	left := MaxRows
	sections := make([]digest.Section, len(m.Sections))
	for i, s := range m.Sections {
		s.Rows = s.Rows[:min(len(s.Rows), MaxSectionRows, left)]
		left -= len(s.Rows)
		sections[i] = s
	}
	m.Sections = sections
	return m
}

// more is how many rows of a section are not written out.
func more(s digest.Section) int { return max(0, s.Total-len(s.Rows)) }

// safe is an address that may be linked: http or https with a host, nothing else.
func safe(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil {
		return ""
	}
	return u.String()
}

// clean makes a text from outside one line without control and format characters
// (which could turn the writing direction of what follows), and cuts what is too long.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' || r == unicode.ReplacementChar {
			return ' '
		}
		return r
	}, s)
	runes := []rune(strings.Join(strings.Fields(s), " "))
	if len(runes) > digest.MaxSubject {
		return string(runes[:digest.MaxSubject-1]) + "…"
	}
	return string(runes)
}

// orName stands in for a heading that is empty.
func orName(s string) string {
	if s == "" {
		return "onward"
	}
	return s
}

// short is clean, and shorter.
func short(s string) string {
	runes := []rune(clean(s))
	if len(runes) > maxText {
		return string(runes[:maxText-1]) + "…"
	}
	return string(runes)
}

// Name is what a party is called, on one line without control characters, for whoever
// writes beside a letter.
func Name(p digest.Party) string { return name(p) }

// name is what a party is called.
func name(p digest.Party) string {
	for _, s := range []string{p.Name, p.ID} {
		if s = short(s); s != "" {
			return s
		}
	}
	return "somebody"
}

// day writes when a row was, "" for never.
func day(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	if zone == nil {
		zone = time.UTC
	}
	return t.In(zone).Format("Mon 2 Jan")
}

// phrase is an event in words, in three pieces: before the party, the party, and
// behind it.
func phrase(e digest.Event) (before string, about digest.Party, behind string) {
	before, about = short(e.Verb), e.About
	switch e.Verb {
	case "title", "location", "company", "email", "phone", "name":
		before += ":"
		if e.Was != "" {
			before += " " + short(e.Was) + " →"
		}
	default:
		if e.Was != "" {
			before += ": " + short(e.Was) + " →"
		}
	}
	if e.Class != "" {
		behind = short(e.Class)
	}
	return before, about, behind
}
