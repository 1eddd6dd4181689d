package letter

import (
	"embed"
	"fmt"
	"html/template"
	"strings"
	"time"

	"github.com/onward-crm/onward/dri/digest"
)

//go:embed page.html.tmpl
var files embed.FS

// page is parsed once; a template that is wrong shows in the first test.
var page = template.Must(template.New("page.html.tmpl").Funcs(template.FuncMap{
	"name": name, "short": short, "clean": clean, "safe": safe, "more": more, "notes": notesOf,
	"day":   func(t time.Time, m digest.Message) string { return day(t, m.Zone) },
	"event": pieces,
	"tone":  toneOf,
	"row": func(m digest.Message, s digest.Section, i int) rowOf {
		return rowOf{m, s.Rows[i], i == len(s.Rows)-1 && more(s) == 0}
	},
}).ParseFS(files, "page.html.tmpl"))

// rowOf is a row with the message that it stands in. Last tells that nothing of its
// section follows: it has no line below it.
type rowOf struct {
	Message digest.Message
	Row     digest.Row
	Last    bool
}

// eventPieces is an event as the page writes it.
type eventPieces struct {
	Before string
	About  digest.Party
	Behind string
}

func pieces(e digest.Event) eventPieces {
	before, about, behind := phrase(e)
	return eventPieces{before, about, behind}
}

// toneOf is the colour of the bar beside a section: arrivals, departures, what waits,
// everything else. Each holds on white and on black.
func toneOf(s digest.Section) template.CSS {
	switch {
	case strings.HasPrefix(string(s.Topic), "joins"):
		return "#1a7f5a"
	case strings.HasPrefix(string(s.Topic), "leaves"):
		return "#c2571a"
	case s.Topic == digest.TopicReviews:
		return "#a07800"
	}
	return "#3b6fb5"
}

// HTML writes a message as a page for mail programs.
func HTML(m digest.Message) (string, error) {
	var b strings.Builder
	if err := page.Execute(&b, m); err != nil {
		return "", fmt.Errorf("letter: %w", err)
	}
	return b.String(), nil
}
