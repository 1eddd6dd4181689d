package soql

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/onward-crm/onward/crm"
)

// JSONValue turns a value of package crm into what the wire carries: booleans as
// bool, numbers as json.Number, dates and times in the platform's form, blank
// fields as nil, everything else as text. Text that is not what its type says is
// given as text.
func JSONValue(f crm.Field, text string) any {
	switch f.Type {
	case crm.TypeBoolean:
		return crm.IsTrue(text)
	case crm.TypeNumber, crm.TypeCurrency, crm.TypePercent:
		if n, ok := jsonNumber(text); ok {
			return n
		}
	case crm.TypeDateTime:
		if t := crm.ParseTime(text); !t.IsZero() {
			return t.Format(wireTime)
		}
	}
	if text == "" {
		return nil
	}
	return text
}

// wireTime is the form of times in answers.
const wireTime = "2006-01-02T15:04:05.000-0700"

func jsonNumber(text string) (json.Number, bool) {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return "", false
	}
	if json.Valid([]byte(text)) {
		return json.Number(text), true
	}
	return json.Number(strconv.FormatFloat(n, 'f', -1, 64)), true
}

// class groups the types of fields that compare alike.
type class string

const (
	classText     class = "string"
	classLong     class = "textarea"
	classMulti    class = "multipicklist"
	classID       class = "id"
	classBoolean  class = "boolean"
	classNumber   class = "double"
	classDate     class = "date"
	classDateTime class = "dateTime"
)

// longText is the length from which on a text area can be read only.
const longText = 255

func classOf(f crm.Field) class {
	switch f.Type {
	case crm.TypeID, crm.TypeReference:
		return classID
	case crm.TypeBoolean:
		return classBoolean
	case crm.TypeNumber, crm.TypeCurrency, crm.TypePercent:
		return classNumber
	case crm.TypeDate:
		return classDate
	case crm.TypeDateTime:
		return classDateTime
	case "multipicklist":
		return classMulti
	case crm.TypeLongText:
		if f.Length > longText {
			return classLong
		}
	}
	return classText
}

// key gives the form in which equal values are the same text.
func key(f crm.Field, v string) string {
	switch classOf(f) {
	case classID, classDate:
		return v
	case classBoolean:
		return crm.FormatBool(crm.IsTrue(v))
	case classNumber:
		if n, err := strconv.ParseFloat(v, 64); err == nil {
			return strconv.FormatFloat(n, 'g', -1, 64)
		}
		return v
	case classDateTime:
		return timeKey(v)
	default:
		if f.ExternalID && f.Unique {
			return v
		}
		return strings.ToLower(v)
	}
}

// timeKey gives a form of times that sorts as text; most values have it already.
func timeKey(v string) string {
	if len(v) == len("2006-01-02T15:04:05.000Z") && v[len(v)-1] == 'Z' {
		return v
	}
	if t := crm.ParseTime(v); !t.IsZero() {
		return crm.FormatTime(t)
	}
	return v
}

// compare orders two values that are not blank and in the form of key.
func compare(f crm.Field, a, b string) int {
	if classOf(f) == classNumber {
		x, errX := strconv.ParseFloat(a, 64)
		y, errY := strconv.ParseFloat(b, 64)
		if errX == nil && errY == nil {
			switch {
			case x < y:
				return -1
			case x > y:
				return 1
			default:
				return 0
			}
		}
	}
	return strings.Compare(a, b)
}

// bound writes a moment in the form of key.
func bound(c class, t time.Time) string {
	if c == classDate {
		return crm.FormatDate(t)
	}
	return crm.FormatTime(t)
}
