package hubspot

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// text is a value as HubSpot sends it: a string, null, a number or a boolean.
type text string

// UnmarshalJSON reads any of these forms; null is "".
func (t *text) UnmarshalJSON(raw []byte) error {
	s := strings.TrimSpace(string(raw))
	if strings.HasPrefix(s, `"`) {
		return json.Unmarshal(raw, (*string)(t))
	}
	if s == "null" {
		s = ""
	}
	*t = text(s)
	return nil
}

// id is a record's id, a number that may stand in quotes. 0 for anything else.
type id int64

// UnmarshalJSON reads either form.
func (n *id) UnmarshalJSON(raw []byte) error {
	v, err := ParseID(strings.Trim(string(raw), `"`))
	if err != nil {
		v = 0
	}
	*n = id(v)
	return nil
}

// instant is a time: ISO 8601, or milliseconds since 1970. Zero for anything else.
type instant struct{ time.Time }

// UnmarshalJSON reads either form.
func (t *instant) UnmarshalJSON(raw []byte) error {
	s := strings.Trim(string(raw), `"`)
	if ms, err := strconv.ParseInt(s, 10, 64); err == nil {
		t.Time = time.UnixMilli(ms).UTC()
		return nil
	}
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		at = time.Time{}
	}
	t.Time = at.UTC()
	return nil
}

// ParseID reads a record's id, which is a positive whole number without signs and
// zeros before it.
func ParseID(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || s[0] < '1' || s[0] > '9' {
		return 0, errBadID
	}
	return n, nil
}

func formatID(n int64) string { return strconv.FormatInt(n, 10) }
