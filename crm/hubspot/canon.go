package hubspot

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/onward-crm/onward/crm"
)

// maxText is the longest text that a property holds, in characters.
const maxText = 65_536

// canonical gives a value of an answer the form of package crm. HubSpot sends times
// in ISO 8601 or as milliseconds since 1970, and a date as a day or as its midnight.
func canonical(f crm.Field, s string) string {
	switch f.Type {
	case crm.TypeBoolean:
		if s != "" {
			return crm.FormatBool(crm.IsTrue(s))
		}
	case crm.TypeDateTime:
		if at := timeOf(s); !at.IsZero() {
			return crm.FormatTime(at)
		}
	case crm.TypeDate:
		if at := timeOf(s); !at.IsZero() {
			return crm.FormatDate(at)
		}
	case crm.TypeNumber, crm.TypeCurrency:
		return plainNumber(s)
	case crm.TypeID, crm.TypeReference:
		return strings.TrimSpace(s)
	}
	return s
}

// timeOf reads either form of a time; the zero time when it is none.
func timeOf(s string) time.Time {
	if ms, err := strconv.ParseInt(s, 10, 64); err == nil {
		return time.UnixMilli(ms).UTC()
	}
	return crm.ParseTime(s)
}

// plainNumber writes a number without exponent and without zeros at its end.
func plainNumber(s string) string {
	if strings.ContainsAny(s, "eE") {
		if n, err := strconv.ParseFloat(s, 64); err == nil && !math.IsInf(n, 0) && !math.IsNaN(n) {
			return strconv.FormatFloat(n, 'f', -1, 64)
		}
		return s
	}
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// wireValue turns a value of a write into what HubSpot takes. code is the error code
// of one that does not fit; what only HubSpot can judge is left to it. "" blanks.
func (d *described) wireValue(f crm.Field, v string) (out, code string) {
	switch {
	case !utf8.ValidString(v) || strings.ContainsRune(v, 0):
		return "", "INVALID_TEXT"
	case v == "":
		return "", ""
	}
	switch f.Type {
	case crm.TypeBoolean:
		if !strings.EqualFold(v, "true") && !strings.EqualFold(v, "false") && v != "0" && v != "1" {
			return "", "INVALID_BOOLEAN"
		}
		return crm.FormatBool(crm.IsTrue(v)), ""
	case crm.TypeNumber, crm.TypeCurrency:
		if n, err := strconv.ParseFloat(v, 64); err != nil || math.IsInf(n, 0) || math.IsNaN(n) {
			return "", "INVALID_NUMBER"
		}
		return v, ""
	case crm.TypeDate:
		if _, err := time.Parse(time.DateOnly, v); err != nil {
			return "", "INVALID_DATE"
		}
		return v, ""
	case crm.TypeDateTime:
		at := crm.ParseTime(v)
		if at.IsZero() {
			return "", "INVALID_DATE"
		}
		return crm.FormatTime(at), ""
	case crm.TypePicklist:
		return d.wireOption(f, v)
	case crm.TypeReference:
		if _, err := ParseID(v); err != nil {
			return "", codeBadID
		}
	}
	if utf8.RuneCountInString(v) > maxText {
		return "", "INVALID_LENGTH"
	}
	return v, ""
}

// wireOption finds the options that are meant: their case matters to HubSpot.
func (d *described) wireOption(f crm.Field, v string) (out, code string) {
	if !f.Restricted {
		return v, ""
	}
	parts := []string{v}
	if d.multiple[d.property[f.Name]] {
		parts = strings.Split(v, ";")
	}
	for i, part := range parts {
		at := slices.IndexFunc(f.Values, func(o string) bool { return strings.EqualFold(o, strings.TrimSpace(part)) })
		if at < 0 {
			return "", "INVALID_OPTION"
		}
		parts[i] = f.Values[at]
	}
	return strings.Join(parts, ";"), ""
}
