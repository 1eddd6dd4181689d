package salesforce

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/onward-crm/onward/crm"
)

// errNotOneValue tells that a field holds a structure; its text is not shown.
var errNotOneValue = errors.New("salesforce: a field holds a structure instead of a value")

// textValue turns a value of an answer into the form of package crm, by the type
// of its field.
func textValue(f crm.Field, raw json.RawMessage) (string, error) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || string(raw) == "null" {
		if f.Type == crm.TypeBoolean {
			return "false", nil
		}
		return "", nil
	}
	switch raw[0] {
	case '{', '[':
		return "", errNotOneValue
	case '"':
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			return "", err
		}
		return canonical(f, s), nil
	default:
		return canonical(f, string(raw)), nil
	}
}

// canonical gives a value the form of package crm, whether it comes from JSON or
// from the CSV of the Bulk API.
func canonical(f crm.Field, s string) string {
	switch f.Type {
	case crm.TypeDateTime:
		if at := crm.ParseTime(s); !at.IsZero() {
			return crm.FormatTime(at)
		}
	case crm.TypeID, crm.TypeReference:
		if id, err := crm.WidenID(s); err == nil {
			return id
		}
	case crm.TypeBoolean:
		return crm.FormatBool(crm.IsTrue(s))
	case crm.TypeNumber, crm.TypeCurrency, crm.TypePercent, typeInt:
		return plainNumber(s)
	}
	return s
}

// plainNumber writes a number without exponent and without zeros at its end:
// the API writes 15000.0 where 15000 was written.
func plainNumber(s string) string {
	if strings.ContainsAny(s, "eE") {
		if n, ok := parseNumber(s); ok {
			return strconv.FormatFloat(n, 'f', -1, 64)
		}
		return s
	}
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// jsonValue turns a value of a write into JSON, by the type of its field. code
// is the error code of one that does not fit; what only the org can judge
// (picklists, e-mail addresses, required fields) is left to the org.
func jsonValue(f crm.Field, v string) (out any, code string) {
	if !utf8.ValidString(v) || strings.ContainsRune(v, 0) {
		return nil, "INVALID_TYPE_ON_FIELD_IN_RECORD"
	}
	if f.Type == crm.TypeBoolean {
		if v == "1" || v == "0" || strings.EqualFold(v, "true") || strings.EqualFold(v, "false") {
			return crm.IsTrue(v), ""
		}
		return nil, "INVALID_TYPE_ON_FIELD_IN_RECORD"
	}
	if v == "" {
		return nil, ""
	}
	ok := true
	switch f.Type {
	case crm.TypeNumber, crm.TypeCurrency, crm.TypePercent, typeInt:
		out, ok = jsonNumber(v)
	case crm.TypeDate:
		_, err := time.Parse(time.DateOnly, v)
		out, ok = v, err == nil
	case crm.TypeDateTime:
		at := crm.ParseTime(v)
		out, ok = crm.FormatTime(at), !at.IsZero()
	case crm.TypeID, crm.TypeReference:
		id, err := crm.WidenID(v)
		if err != nil {
			return nil, "MALFORMED_ID"
		}
		out = id
	case typeAddress, typeLocation, typeAny:
		return nil, "INVALID_FIELD_FOR_INSERT_UPDATE"
	default:
		if f.Length > 0 && utf8.RuneCountInString(v) > f.Length {
			return nil, "STRING_TOO_LONG"
		}
		out = v
	}
	if !ok {
		return nil, "INVALID_TYPE_ON_FIELD_IN_RECORD"
	}
	return out, ""
}

// jsonNumber keeps the digits as they are where JSON has the same form for them.
func jsonNumber(v string) (json.Number, bool) {
	n, ok := parseNumber(v)
	if !ok {
		return "", false
	}
	if json.Valid([]byte(v)) {
		return json.Number(v), true
	}
	return json.Number(strconv.FormatFloat(n, 'f', -1, 64)), true
}

// cutTo shortens text to so many characters.
func cutTo(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// maxString is the longest string in a WHERE clause, in characters.
const maxString = 4000

// soqlEscapes are all characters that SOQL wants escaped in a string; any other
// backslash is an error there.
var soqlEscapes = strings.NewReplacer(
	`\`, `\\`, `'`, `\'`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`, "\b", `\b`, "\f", `\f`,
)

// quote writes text as a SOQL string. It is the only way of text into a
// statement. What no field can hold (control characters, broken UTF-8) becomes
// a character that no field holds either, so that it still finds nothing.
func quote(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' && !strings.ContainsRune("\n\r\t\b\f", r) || r == 0x7f {
			return utf8.RuneError
		}
		return r
	}, strings.ToValidUTF8(s, string(utf8.RuneError)))
	return "'" + soqlEscapes.Replace(s) + "'"
}

// null stands for the blank value, which has no quotes and cannot stand in an IN
// list.
const null = "null"

// literal writes a value of a condition in the form of the field's type. possible
// is false when no record can have the value; code says why the condition is
// refused.
func literal(f crm.Field, v string) (text string, possible bool, code string) {
	if v == "" {
		return null, true, ""
	}
	switch f.Type {
	case crm.TypeID, crm.TypeReference:
		id, err := crm.WidenID(v)
		if err != nil {
			return "", false, "INVALID_QUERY_FILTER_OPERATOR"
		}
		return quote(id), true, ""
	case crm.TypeBoolean:
		return crm.FormatBool(crm.IsTrue(v)), true, ""
	case crm.TypeNumber, crm.TypeCurrency, crm.TypePercent, typeInt:
		text, possible = numberLiteral(f, v)
		return text, possible, ""
	case crm.TypeDate:
		day, err := time.Parse(time.DateOnly, v)
		return day.Format(time.DateOnly), err == nil, ""
	case crm.TypeDateTime:
		at := crm.ParseTime(v)
		return timeLiteral(at), !at.IsZero(), ""
	case typeAddress, typeLocation, typeBase64, typeAny, typeTime:
		return "", false, "INVALID_FIELD"
	default:
		return quote(v), utf8.RuneCountInString(v) <= maxString, ""
	}
}

// numberLiteral writes a number bare. It is formatted here and never copied from
// the value. Numbers beyond 18 digits are in no field.
func numberLiteral(f crm.Field, v string) (string, bool) {
	n, ok := parseNumber(v)
	if !ok || math.Abs(n) >= 1e18 || f.Type == typeInt && n != math.Trunc(n) {
		return "", false
	}
	return strconv.FormatFloat(n, 'f', -1, 64), true
}

// parseNumber takes a decimal number and nothing else that Go would.
func parseNumber(v string) (float64, bool) {
	if strings.Trim(v, "0123456789+-.eE") != "" {
		return 0, false
	}
	n, err := strconv.ParseFloat(v, 64)
	return n, err == nil && !math.IsInf(n, 0)
}

// timeLiteral writes a time bare and in UTC, with milliseconds where it has any.
func timeLiteral(t time.Time) string {
	if t.Nanosecond() == 0 {
		return t.UTC().Format("2006-01-02T15:04:05Z")
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

// sinceLiteral is the comparison of a field with a time: at or after. A date
// counts as its midnight in UTC.
func sinceLiteral(f crm.Field, v string) (comparison string, ok bool) {
	at := crm.ParseTime(v)
	if at.IsZero() {
		return "", false
	}
	switch f.Type {
	case crm.TypeDateTime:
		return f.Name + " >= " + timeLiteral(at), true
	case crm.TypeDate:
		if day := at.Format(time.DateOnly); at.Equal(crm.ParseTime(day)) {
			return f.Name + " >= " + day, true
		}
		return f.Name + " > " + at.Format(time.DateOnly), true
	default:
		return "", false
	}
}
