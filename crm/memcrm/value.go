package memcrm

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/onward-crm/onward/crm"
)

// blankRef is how the data export writes a reference that is not set.
const blankRef = "000000000000000"

// canonical turns a value of a file or of a seed into the form of package crm.
// When it cannot, want says what was expected.
func canonical(f crm.Field, v string) (out, want string) {
	if !plainText(v) {
		return "", "UTF-8 text without control character 0"
	}
	t := strings.TrimSpace(v)
	if t == "" && isTyped(f.Type) {
		return "", ""
	}
	switch f.Type {
	case crm.TypeBoolean:
		if t != "0" && t != "1" && !strings.EqualFold(t, "true") && !strings.EqualFold(t, "false") {
			return "", "true or false"
		}
		return crm.FormatBool(crm.IsTrue(t)), ""
	case crm.TypeNumber, crm.TypeCurrency, crm.TypePercent:
		if !isNumber(t) {
			return "", "a decimal number"
		}
		return t, ""
	case crm.TypeDate:
		day := crm.ParseTime(t)
		if day.IsZero() {
			return "", "a date such as 2006-01-02"
		}
		return crm.FormatDate(day), ""
	case crm.TypeDateTime:
		at := crm.ParseTime(t)
		if at.IsZero() {
			return "", "a time such as 2006-01-02T15:04:05Z"
		}
		return crm.FormatTime(at), ""
	case crm.TypeID, crm.TypeReference:
		if strings.HasPrefix(t, blankRef) {
			return "", ""
		}
		id, err := crm.WidenID(t)
		if err != nil {
			return "", "an id of 15 or 18 characters with the right check characters"
		}
		return id, ""
	default:
		return v, ""
	}
}

// strict is canonical for what comes through Write, where the API takes fewer
// forms: a checkbox cannot be blank, and a date has no time. code is the error
// code of a value that does not fit, "" when it does.
func strict(f crm.Field, v string) (out, code string) {
	if f.Type == crm.TypeBoolean && v == "" {
		return "", "INVALID_TYPE_ON_FIELD_IN_RECORD"
	}
	if f.Type == crm.TypeDate && v != "" {
		if _, err := time.Parse(time.DateOnly, v); err != nil {
			return "", "INVALID_TYPE_ON_FIELD_IN_RECORD"
		}
	}
	out, want := canonical(f, v)
	switch {
	case want != "" && f.Type == crm.TypeReference:
		return "", "MALFORMED_ID"
	case want != "":
		return "", "INVALID_TYPE_ON_FIELD_IN_RECORD"
	case f.Length > 0 && utf8.RuneCountInString(out) > f.Length:
		return "", "STRING_TOO_LONG"
	case f.Restricted && out != "" && !contains(f.Values, out):
		return "", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
	case f.Type == crm.TypeEmail && out != "" && !isEmail(out):
		return "", "INVALID_EMAIL_ADDRESS"
	}
	return out, ""
}

// isTyped holds for types whose values have a form of their own.
func isTyped(t crm.Type) bool {
	switch t {
	case crm.TypeBoolean, crm.TypeNumber, crm.TypeCurrency, crm.TypePercent, crm.TypeDate, crm.TypeDateTime,
		crm.TypeID, crm.TypeReference:
		return true
	default:
		return false
	}
}

func plainText(v string) bool { return utf8.ValidString(v) && strings.IndexByte(v, 0) < 0 }

func isNumber(v string) bool {
	if strings.Trim(v, "0123456789+-.eE") != "" {
		return false
	}
	n, err := strconv.ParseFloat(v, 64)
	return err == nil && !math.IsInf(n, 0)
}

// isEmail asks for one @ with something before it and a dotted name after it.
func isEmail(v string) bool {
	local, domain, ok := strings.Cut(v, "@")
	return ok && local != "" && strings.Contains(domain, ".") && !strings.ContainsAny(v, " \t\r\n,;<>()\"") &&
		!strings.Contains(domain, "@") && !strings.Contains(domain, "..") &&
		strings.Trim(domain, ".-") == domain && strings.Trim(local, ".") == local
}

func contains(values []string, v string) bool {
	for _, x := range values {
		if strings.EqualFold(x, v) {
			return true
		}
	}
	return false
}
