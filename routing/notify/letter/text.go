package letter

import (
	"fmt"
	"strings"

	"github.com/onward-crm/onward/dri/digest"
)

// Text writes a message in plain text.
func Text(m digest.Message) string {
	var b strings.Builder
	title := clean(m.Title)
	fmt.Fprintf(&b, "%s\n%s\n", title, strings.Repeat("=", len([]rune(title))))
	if figures := figuresOf(m.Counts); figures != "" && m.Kind != digest.KindNotice {
		fmt.Fprintf(&b, "%s\n", figures)
	}
	if m.Lead != "" {
		fmt.Fprintf(&b, "\n%s\n", clean(m.Lead))
	}
	for _, s := range m.Sections {
		textSection(&b, m, s)
	}
	if m.Foot != "" {
		fmt.Fprintf(&b, "\n--\n%s\n", clean(m.Foot))
	}
	return b.String()
}

func textSection(b *strings.Builder, m digest.Message, s digest.Section) {
	if s.Title != "" {
		fmt.Fprintf(b, "\n%s (%d)\n", strings.ToUpper(short(s.Title)), s.Total)
	} else {
		b.WriteByte('\n')
	}
	if len(s.Counts) > 0 {
		fmt.Fprintf(b, "%s\n", figuresOf(s.Counts))
	}
	for _, r := range s.Rows {
		line := "* " + name(r.Person)
		if r.Role != "" {
			line += ", " + short(r.Role)
		}
		if when := day(r.At, m.Zone); when != "" {
			line += " (" + when + ")"
		}
		fmt.Fprintf(b, "%s\n", line)
		for _, e := range r.Events {
			before, about, behind := phrase(e)
			fmt.Fprintf(b, "    %s %s", before, name(about))
			if behind != "" {
				fmt.Fprintf(b, " [%s]", behind)
			}
			b.WriteByte('\n')
		}
		if notes := notesOf(r); notes != "" {
			fmt.Fprintf(b, "    %s\n", notes)
		}
		if link := safe(r.Person.URL); link != "" {
			fmt.Fprintf(b, "    %s\n", link)
		}
	}
	if n := more(s); n > 0 {
		fmt.Fprintf(b, "  … and %d more\n", n)
	}
}

func notesOf(r digest.Row) string {
	var notes []string
	for _, n := range r.Notes {
		if n = short(n); n != "" {
			notes = append(notes, n)
		}
	}
	return strings.Join(notes, " · ")
}

func figuresOf(cs []digest.Count) string {
	texts := make([]string, len(cs))
	for i, c := range cs {
		texts[i] = fmt.Sprintf("%d %s", c.N, c.Label)
	}
	return strings.Join(texts, ", ")
}
