package dri

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/onward-crm/onward/crm"
)

// Scenario is one half of a move, seen from an account.
type Scenario string

const (
	// Joins: somebody comes to an account; judged by the new side of the move.
	Joins Scenario = "joins"
	// Leaves: somebody goes; judged by the past side.
	Leaves Scenario = "leaves"
)

// Class is what an account is to the team: a row of the matrix.
type Class string

// The classes, in the order of DefaultPrecedence.
const (
	// OpenOpportunity: we are selling to it now. Customer: it bought. Target: we
	// want to sell to it.
	OpenOpportunity Class = "open_opportunity"
	Customer        Class = "customer"
	Target          Class = "target"
	// Other is every other account. Its row is also the one for classes that
	// have none.
	Other Class = "other"
)

// DefaultPrecedence is the order that decides when an account is in several
// classes: open opportunity, customer, target, other.
func DefaultPrecedence() []Class { return []Class{OpenOpportunity, Customer, Target, Other} }

// Cell holds the chains of one row, one for each kind of record.
type Cell struct {
	Contact Chain `json:"contact,omitempty" yaml:"contact"`
	// Lead may be left empty: leads then go straight to the default user, not
	// through the Contact chain.
	Lead Chain `json:"lead,omitempty" yaml:"lead"`
}

// Matrix says who is responsible, as data.
type Matrix struct {
	// Precedence orders the classes; empty means DefaultPrecedence. Classes that
	// it leaves out do not count.
	Precedence []Class `json:"precedence,omitempty" yaml:"precedence"`
	// Joins and Leaves hold a row for each class. A class without a row gives way
	// to the account's next class that has one, and at last to Other.
	Joins  map[Class]Cell `json:"joins,omitempty" yaml:"joins"`
	Leaves map[Class]Cell `json:"leaves,omitempty" yaml:"leaves"`
	// Default is the user who is responsible when a chain finds nobody.
	// Mandatory.
	Default string `json:"default" yaml:"default"`
	// AllowQueue lets a queue be responsible: no user then, but the queue's name.
	AllowQueue bool `json:"allow_queue,omitempty" yaml:"allow_queue"`
}

// Validate checks the matrix. The error names every place that is wrong, each
// on a line of its own.
func (m Matrix) Validate() error {
	var errs []error
	if m.Default == "" {
		errs = append(errs, errors.New("dri: default: missing; want the id of a user"))
	} else if _, err := parseID(KindUser, m.Default); err != nil {
		errs = append(errs, fmt.Errorf("dri: default: %w", err))
	}
	for i, c := range m.Precedence {
		if err := checkClass(c); err != nil {
			errs = append(errs, fmt.Errorf("dri: precedence: %w", err))
		} else if slices.Contains(m.Precedence[:i], c) {
			errs = append(errs, fmt.Errorf("dri: precedence: %s stands there twice", c))
		}
	}
	for _, s := range [...]Scenario{Joins, Leaves} {
		rows := m.rows(s)
		for _, class := range slices.Sorted(maps.Keys(rows)) {
			place := fmt.Sprintf("dri: %s: %s", s, clip(string(class)))
			if err := checkClass(class); err != nil {
				errs = append(errs, fmt.Errorf("dri: %s: %w", s, err))
			}
			errs = append(errs, m.checkChain(place+": contact", rows[class].Contact), m.checkChain(place+": lead", rows[class].Lead))
		}
	}
	return errors.Join(errs...)
}

func (m Matrix) checkChain(place string, c Chain) error {
	for i, f := range c {
		switch {
		case f.kind == "":
			return fmt.Errorf("%s: finder %d is empty; allowed are %s", place, i+1, allowed)
		case f.kind == KindRules:
			return fmt.Errorf("%s: %s is for the owners of leads only", place, f)
		case f.kind == KindQueue && !m.AllowQueue:
			return fmt.Errorf("%s: %s needs allow_queue", place, f)
		case f.ends() && i < len(c)-1:
			return fmt.Errorf("%s: nothing after %s is ever tried; it must be the last", place, f)
		}
	}
	return nil
}

func checkClass(c Class) error {
	known := DefaultPrecedence()
	if slices.Contains(known, c) {
		return nil
	}
	names := make([]string, len(known))
	for i, k := range known {
		names[i] = string(k)
	}
	return fmt.Errorf("unknown class %q; allowed are %s", clip(string(c)), strings.Join(names, ", "))
}

// Chains lists all chains of the matrix, in a fixed order: what Want takes.
func (m Matrix) Chains() []Chain {
	var all []Chain
	for _, s := range [...]Scenario{Joins, Leaves} {
		rows := m.rows(s)
		for _, class := range slices.Sorted(maps.Keys(rows)) {
			all = append(all, rows[class].Contact, rows[class].Lead)
		}
	}
	if id := m.Default; id != "" {
		all = append(all, Chain{{kind: KindUser, arg: wide(id)}})
	}
	return all
}

func (m Matrix) rows(s Scenario) map[Class]Cell {
	if s == Leaves {
		return m.Leaves
	}
	return m.Joins
}

func (m Matrix) precedence() []Class {
	if len(m.Precedence) == 0 {
		return DefaultPrecedence()
	}
	return m.Precedence
}

// row returns the first of the side's classes, by precedence, that has a row.
func (m Matrix) row(s Scenario, side Side) (Class, Cell) {
	rows := m.rows(s)
	for _, class := range m.precedence() {
		if cell, ok := rows[class]; ok && side.is(class) {
			return class, cell
		}
	}
	return Other, rows[Other]
}

// chain picks the column of a cell.
func (c Cell) chain(column crm.Object) Chain {
	if column == crm.ObjectLead {
		return c.Lead
	}
	return c.Contact
}
