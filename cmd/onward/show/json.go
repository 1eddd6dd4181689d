package show

import (
	"encoding/json"
	"fmt"
	"io"
)

// The formats of results: a table for people, JSON for programs.
const (
	FormatTable = "table"
	FormatJSON  = "json"
)

// CheckFormat judges what --format says.
func CheckFormat(format string) error {
	if format != FormatTable && format != FormatJSON {
		return fmt.Errorf("--format %s: want %s or %s", format, FormatTable, FormatJSON)
	}
	return nil
}

// JSON writes a value as one indented document.
func JSON(out io.Writer, v any) error {
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
