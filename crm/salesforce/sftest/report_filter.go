package sftest

import (
	"cmp"
	"encoding/csv"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/onward-crm/onward/crm"
)

// The families into which the data types fall when values are compared.
const (
	familyText   = "text"
	familyNumber = "number"
	familyTime   = "time"
	familyFlag   = "flag"
	familyID     = "id"
)

func (c ReportColumn) family() string {
	switch c.dataType() {
	case "int", "double", "currency", "percent":
		return familyNumber
	case "date", "datetime":
		return familyTime
	case "boolean":
		return familyFlag
	case "id":
		return familyID
	default:
		return familyText
	}
}

// operators lists what a family of types can be filtered by.
func operators(family string) []string {
	equality := []string{"equals", "notEqual"}
	order := []string{"lessThan", "greaterThan", "lessOrEqual", "greaterOrEqual"}
	switch family {
	case familyFlag:
		return equality
	case familyNumber, familyTime, familyID:
		return append(equality, order...)
	default:
		return append(append(equality, order...), "contains", "notContain", "startsWith")
	}
}

func filterOperators() map[string]any {
	out := map[string]any{}
	for _, t := range []string{"string", "picklist", "email", "phone", "url", "reference", "id", "int", "double", "currency", "percent", "date", "datetime", "boolean"} {
		entries := []map[string]string{}
		for _, op := range operators(ReportColumn{DataType: t}.family()) {
			entries = append(entries, map[string]string{"name": op, "label": op})
		}
		out[t] = entries
	}
	return out
}

// check refuses an operator or a value that does not go with the column.
func (f ReportFilter) check(c ReportColumn) *response {
	if f.FilterType != "" && f.FilterType != "fieldValue" {
		return badReport("The filter type " + f.FilterType + " is not supported")
	}
	if !slices.Contains(operators(c.family()), f.Operator) {
		return badReport("The operator " + f.Operator + " does not go with the column " + c.Name)
	}
	for _, v := range f.values() {
		if _, ok := readAs(c.family(), v); !ok && v != "" {
			return badReport("The filter value of column " + c.Name + " is not a " + c.dataType())
		}
	}
	return nil
}

// values splits the filter's value at commas outside quotes.
func (f ReportFilter) values() []string {
	in := csv.NewReader(strings.NewReader(f.Value))
	in.LazyQuotes, in.TrimLeadingSpace = true, true
	out, err := in.Read()
	if err != nil {
		return []string{f.Value}
	}
	return out
}

// comparand is a value ready to be compared; one of the three counts.
type comparand struct {
	text   string
	number float64
	time   time.Time
}

func (a comparand) compare(b comparand) int {
	return cmp.Or(cmp.Compare(a.text, b.text), cmp.Compare(a.number, b.number), a.time.Compare(b.time))
}

// readAs reads text as a value of a family; false when it is none.
func readAs(family, text string) (comparand, bool) {
	switch family {
	case familyNumber:
		n, err := strconv.ParseFloat(text, 64)
		return comparand{number: n}, err == nil
	case familyTime:
		t := crm.ParseTime(text)
		return comparand{time: t}, !t.IsZero()
	case familyFlag:
		on := crm.IsTrue(text)
		return comparand{text: crm.FormatBool(on)}, on || text == "0" || strings.EqualFold(text, "false")
	case familyID:
		id, err := crm.WidenID(text)
		return comparand{text: id}, err == nil
	default:
		return comparand{text: strings.ToLower(text)}, true
	}
}

// key is what a cell is compared by; false when it is blank. A cell that links to
// a record is compared by its name.
func (c ReportColumn) key(cell ReportCell) (comparand, bool) {
	switch v := cell.Value.(type) {
	case nil:
		return comparand{}, false
	case Amount:
		return comparand{number: v.Amount}, true
	case float64:
		return comparand{number: v}, true
	case int:
		return comparand{number: float64(v)}, true
	case bool:
		return comparand{text: crm.FormatBool(v)}, true
	case string:
		if c.family() == familyText {
			v = cell.Label
		}
		return readAs(c.family(), v)
	default:
		return comparand{}, false
	}
}

// keeps reports whether a cell passes the filter.
func (f ReportFilter) keeps(c ReportColumn, cell ReportCell) bool {
	have, ok := c.key(cell)
	met := slices.ContainsFunc(f.values(), func(text string) bool {
		if text == "" || !ok {
			return f.isEquality() && text == "" && !ok
		}
		want, _ := readAs(c.family(), text)
		return f.holds(have, want)
	})
	return met != f.negated()
}

func (f ReportFilter) negated() bool { return f.Operator == "notEqual" || f.Operator == "notContain" }

func (f ReportFilter) isEquality() bool { return f.Operator == "equals" || f.Operator == "notEqual" }

// holds compares two values that are not blank. Of negated operators it tells
// the opposite.
func (f ReportFilter) holds(have, want comparand) bool {
	order := have.compare(want)
	switch f.Operator {
	case "equals", "notEqual":
		return order == 0
	case "lessThan":
		return order < 0
	case "greaterThan":
		return order > 0
	case "lessOrEqual":
		return order <= 0
	case "greaterOrEqual":
		return order >= 0
	case "contains", "notContain":
		return strings.Contains(have.text, want.text)
	case "startsWith":
		return strings.HasPrefix(have.text, want.text)
	default:
		return false
	}
}
