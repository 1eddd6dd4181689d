package golden

import (
	"os"
	"strings"
)

// Archive is a comment and the texts that follow it, in their order.
type Archive struct {
	Comment string
	Files   []File
}

// File is one named text. Text ends with a line end unless it is empty.
type File struct{ Name, Text string }

// Parse reads an archive. Every text is an archive: what is before the first
// marker is the comment.
func Parse(text string) Archive {
	var a Archive
	at := &a.Comment
	for line := range strings.Lines(text) {
		if name, ok := marker(line); ok {
			a.Files = append(a.Files, File{Name: name})
			at = &a.Files[len(a.Files)-1].Text
			continue
		}
		*at += line
	}
	a.Comment = ended(a.Comment)
	for i := range a.Files {
		a.Files[i].Text = ended(a.Files[i].Text)
	}
	return a
}

// marker reads the name from a line such as "-- name --".
func marker(line string) (name string, ok bool) {
	line = strings.TrimRight(line, "\r\n")
	name, ok = strings.CutPrefix(line, "-- ")
	if !ok {
		return "", false
	}
	name, ok = strings.CutSuffix(name, " --")
	name = strings.TrimSpace(name)
	return name, ok && name != ""
}

func ended(s string) string {
	if s != "" && !strings.HasSuffix(s, "\n") {
		s += "\n"
	}
	return s
}

// Format writes the archive as Parse reads it.
func (a Archive) Format() string {
	var b strings.Builder
	b.WriteString(ended(a.Comment))
	for _, f := range a.Files {
		b.WriteString("-- " + f.Name + " --\n" + ended(f.Text))
	}
	return b.String()
}

// Get returns the text of a name; false when there is none.
func (a Archive) Get(name string) (string, bool) {
	for _, f := range a.Files {
		if f.Name == name {
			return f.Text, true
		}
	}
	return "", false
}

// With returns the archive with one text replaced, or added at the end.
func (a Archive) With(name, text string) Archive {
	files := append([]File(nil), a.Files...)
	for i := range files {
		if files[i].Name == name {
			files[i].Text = ended(text)
			return Archive{Comment: a.Comment, Files: files}
		}
	}
	return Archive{Comment: a.Comment, Files: append(files, File{Name: name, Text: ended(text)})}
}

// ReadFile reads the archive of a file.
func ReadFile(path string) (Archive, error) {
	text, err := os.ReadFile(path)
	return Parse(string(text)), err
}

// WriteFile writes the archive to a file.
func (a Archive) WriteFile(path string) error {
	return os.WriteFile(path, []byte(a.Format()), 0o644)
}
