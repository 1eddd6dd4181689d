package sftest

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// csvFormat is how a job writes its rows.
type csvFormat struct {
	// delimiter and ending are the names of the API, such as COMMA and LF.
	delimiter, ending string
}

// comma returns the character of a delimiter's name, 0 when there is none.
func comma(delimiter string) byte {
	switch delimiter {
	case "COMMA":
		return ','
	case "SEMICOLON":
		return ';'
	case "TAB":
		return '\t'
	case "PIPE":
		return '|'
	case "CARET":
		return '^'
	case "BACKQUOTE":
		return '`'
	default:
		return 0
	}
}

// newFormat fills in the defaults and checks the names; not nil is the refusal.
func newFormat(contentType, delimiter, ending string) (csvFormat, *response) {
	f := csvFormat{delimiter, ending}
	if f.delimiter == "" {
		f.delimiter = "COMMA"
	}
	if f.ending == "" {
		f.ending = "LF"
	}
	switch {
	case contentType != "" && contentType != "CSV":
		return f, failed(http.StatusBadRequest, "INVALID_JOB", "contentType must be CSV")
	case comma(f.delimiter) == 0:
		return f, failed(http.StatusBadRequest, "INVALID_JOB", "columnDelimiter is not known")
	case f.ending != "LF" && f.ending != "CRLF":
		return f, failed(http.StatusBadRequest, "INVALID_JOB", "lineEnding must be LF or CRLF")
	}
	return f, nil
}

func (f csvFormat) newline() string {
	if f.ending == "CRLF" {
		return "\r\n"
	}
	return "\n"
}

// csvWriter writes rows as the platform does: every cell in quotes. It keeps the
// first error of the writer below.
type csvWriter struct {
	w       *bufio.Writer
	comma   byte
	newline string
}

func (f csvFormat) writer(w io.Writer) *csvWriter {
	return &csvWriter{bufio.NewWriterSize(w, 64<<10), comma(f.delimiter), f.newline()}
}

func (c *csvWriter) row(cells ...string) error {
	for i, v := range cells {
		if i > 0 {
			c.w.WriteByte(c.comma)
		}
		c.w.WriteByte('"')
		if strings.IndexByte(v, '"') >= 0 {
			v = strings.ReplaceAll(v, `"`, `""`)
		}
		c.w.WriteString(v)
		c.w.WriteByte('"')
	}
	_, err := c.w.WriteString(c.newline)
	return err
}

// csvAnswer streams rows to the client.
func csvAnswer(f csvFormat, header http.Header, write func(*csvWriter) error) *response {
	if header == nil {
		header = http.Header{}
	}
	header.Set("Content-Type", "text/csv; charset=UTF-8")
	return &response{status: http.StatusOK, header: header, stream: func(w io.Writer) error {
		c := f.writer(w)
		if err := write(c); err != nil {
			return err
		}
		return c.w.Flush()
	}}
}

// read parses an upload. The error is the one that the job fails with.
func (f csvFormat) read(data []byte) (header []string, rows [][]string, err error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, nil, nil
	}
	if f.ending != endingOf(data) {
		return nil, nil, fmt.Errorf("ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is %s", f.ending)
	}
	in := csv.NewReader(bytes.NewReader(data))
	in.Comma = rune(comma(f.delimiter))
	all, err := in.ReadAll()
	if errors.Is(err, csv.ErrFieldCount) {
		return nil, nil, errors.New("InvalidBatch : The number of columns is not that of the header row")
	}
	if err != nil {
		return nil, nil, errors.New("InvalidBatch : Failed to parse CSV")
	}
	return all[0], all[1:], nil
}

// endingOf is the line ending after the header row; LF when there is none.
func endingOf(data []byte) string {
	quoted := false
	for i, c := range data {
		switch {
		case c == '"':
			quoted = !quoted
		case c == '\n' && !quoted:
			if i > 0 && data[i-1] == '\r' {
				return "CRLF"
			}
			return "LF"
		}
	}
	return "LF"
}
