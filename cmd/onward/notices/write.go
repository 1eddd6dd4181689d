package notices

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/onward-crm/onward/dri/digest"
	"github.com/onward-crm/onward/routing/notify/letter"
)

// The formats of Write.
const (
	FormatText  = "text"
	FormatHTML  = "html"
	FormatSlack = "slack"
	FormatJSON  = "json"
)

// extensions are what files of a format end in.
var extensions = map[string]string{FormatHTML: ".html", FormatSlack: ".json"}

// Formats lists the formats of Write.
func Formats() []string { return []string{FormatText, FormatHTML, FormatSlack, FormatJSON} }

// ErrSeveral: several messages in a format of which each wants a place of its own.
var ErrSeveral = errors.New("several messages: choose one with --user, or name a folder with --out")

// Write writes messages in a format to out, or where path leads: a file, or a folder
// for several messages in a format that holds one. It says where they are. Files can be
// read by their owner alone: they tell of people.
func Write(out io.Writer, ms []digest.Message, format, path string) (said string, err error) {
	ext, single := extensions[format]
	if single && len(ms) > 1 {
		if path == "" {
			return "", fmt.Errorf("%d messages: %w", len(ms), ErrSeveral)
		}
		return fmt.Sprintf("%d messages written to %s", len(ms), path), writeEach(ms, format, ext, path)
	}
	text, err := textOf(ms, format)
	if err != nil {
		return "", err
	}
	if path == "" {
		_, err = io.WriteString(out, text)
		return "", err
	}
	return "written to " + path, os.WriteFile(path, []byte(text), 0o600)
}

func writeEach(ms []digest.Message, format, ext, dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for _, m := range ms {
		text, err := textOf([]digest.Message{m}, format)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, fileName(m)+ext), []byte(text), 0o600)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// fileName is made of kind, user and week.
func fileName(m digest.Message) string {
	return fmt.Sprintf("%s-%s-%s", m.Kind, m.To.ID, m.Week)
}

// textOf writes messages in a format; html and slack take one.
func textOf(ms []digest.Message, format string) (string, error) {
	switch format {
	case FormatJSON:
		return indented(ms)
	case FormatSlack:
		return indented(letter.Slack(ms[0]))
	}
	var b strings.Builder
	for i, m := range ms {
		l, err := letter.Write(m)
		if err != nil {
			return "", err
		}
		if format == FormatHTML {
			return l.HTML, nil
		}
		if i > 0 {
			b.WriteString("\n\n")
		}
		fmt.Fprintf(&b, "To: %s\nSubject: %s\n\n%s", letter.Name(m.To), l.Subject, l.Text)
	}
	return b.String(), nil
}

func indented(v any) (string, error) {
	var b strings.Builder
	lines := json.NewEncoder(&b)
	lines.SetEscapeHTML(false)
	lines.SetIndent("", "  ")
	err := lines.Encode(v)
	return b.String(), err
}
