package target

import (
	"fmt"
	"slices"
	"strings"

	"github.com/onward-crm/onward/dri"
)

// Category says what the accounts of a report are to the team. Those that name a
// class of package dri are written alike.
type Category string

// The categories.
const (
	CategoryTarget          Category = "target"
	CategoryOpenOpportunity Category = "open_opportunity"
	CategoryCustomer        Category = "customer"
	CategoryDisqualified    Category = "disqualified" // nobody is delivered there
	CategoryOther           Category = "other"
)

// Categories lists the categories in their documented order.
func Categories() []Category {
	return []Category{CategoryTarget, CategoryOpenOpportunity, CategoryCustomer, CategoryDisqualified, CategoryOther}
}

// UnmarshalText reads a category; the error lists what is allowed.
func (c *Category) UnmarshalText(text []byte) error {
	name := Category(strings.ToLower(strings.TrimSpace(string(text))))
	if !slices.Contains(Categories(), name) {
		return fmt.Errorf("target: unknown category %q; allowed are %s", clip(string(text)), join(Categories()))
	}
	*c = name
	return nil
}

// Class is the class of account that the category stands for. A disqualified
// account has none of its own: it is in the class of its other reports.
func (c Category) Class() (dri.Class, bool) {
	switch c {
	case CategoryTarget:
		return dri.Target, true
	case CategoryOpenOpportunity:
		return dri.OpenOpportunity, true
	case CategoryCustomer:
		return dri.Customer, true
	case CategoryOther:
		return dri.Other, true
	case CategoryDisqualified:
	}
	return "", false
}

// CategoryOf is the category that an account in a class counts under.
func CategoryOf(class dri.Class, disqualified bool) Category {
	if disqualified {
		return CategoryDisqualified
	}
	return Category(class)
}

// join lists values for a message.
func join[T ~string](values []T) string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = string(v)
	}
	return strings.Join(texts, ", ")
}

// clip keeps a message short whatever it quotes.
func clip(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
