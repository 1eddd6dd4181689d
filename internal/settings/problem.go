package settings

import (
	"fmt"
	"strings"
)

// Problem is one thing that is wrong with the settings.
type Problem struct {
	// File is the file's name, or the name of an environment variable.
	File string `json:"file"`
	// Line and Column are counted from 1; 0 when the value stands nowhere.
	Line   int `json:"line,omitempty"`
	Column int `json:"column,omitempty"`
	// Path leads to the value, such as "owners.default"; "" means the whole file.
	Path string `json:"path,omitempty"`
	// Message says what is wrong and what was expected.
	Message string `json:"message"`
	// Snippet shows the place in the file, with the line before it.
	Snippet string `json:"snippet,omitempty"`
}

// Error gives a text such as "onward.yaml:3:5: matching.profil: …", and the
// snippet below it.
func (p Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", p.Line, p.Column)
	}
	if b.Len() > 0 {
		b.WriteString(": ")
	}
	if p.Path != "" {
		b.WriteString(p.Path + ": ")
	}
	b.WriteString(p.Message)
	if p.Snippet != "" {
		b.WriteString("\n" + p.Snippet)
	}
	return b.String()
}

// Error lists everything that is wrong with the settings.
type Error struct{ Problems []Problem }

// Error gives the problems, one below the other.
func (e *Error) Error() string {
	texts := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		texts[i] = p.Error()
	}
	return "settings: " + strings.Join(texts, "\n")
}
