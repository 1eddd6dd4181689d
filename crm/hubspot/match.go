package hubspot

import (
	"strconv"
	"strings"

	"github.com/onward-crm/onward/crm"
)

// holds reports whether a record meets all conditions of a query.
func (a *asking) holds(r readRecord, primary map[int64]int64) bool {
	for _, cond := range a.q.Where {
		f := a.d.byName[cond.Field]
		if !meets(f, cond, a.value(cond.Field, r, primary)) {
			return false
		}
	}
	return true
}

// meets reports whether a value, in the form of package crm, meets a condition.
func meets(f crm.Field, cond crm.Cond, have string) bool {
	if cond.Op == crm.OpSince {
		at := crm.ParseTime(have)
		return !at.IsZero() && !at.Before(crm.ParseTime(cond.Values[0]))
	}
	for _, want := range cond.Values {
		if sameValue(f, have, want) {
			return true
		}
	}
	return false
}

// sameValue compares a field's value with one that was asked for: text without regard
// to case, everything else by what it means.
func sameValue(f crm.Field, have, want string) bool {
	switch f.Type {
	case crm.TypeID, crm.TypeReference:
		return have == strings.TrimSpace(want)
	case crm.TypeNumber, crm.TypeCurrency:
		x, errX := strconv.ParseFloat(have, 64)
		y, errY := strconv.ParseFloat(want, 64)
		return errX == nil && errY == nil && x == y || have == want
	case crm.TypeBoolean:
		return crm.IsTrue(have) == crm.IsTrue(want) && (have == "") == (want == "")
	case crm.TypeDate, crm.TypeDateTime:
		return have == canonical(f, want)
	}
	return strings.EqualFold(have, want)
}
