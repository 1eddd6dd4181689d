package undo

import (
	"slices"
	"strings"

	"github.com/onward-crm/onward/crm"
)

// Done is one write that was carried out, as its receipt tells.
type Done struct {
	crm.Ref
	// Created tells that the record was made; otherwise fields of it were changed.
	Created bool
	// Before holds the previous values of the fields in Changed, "" for blank ones.
	Before, Changed crm.Fields
}

// Reason says why something is not taken back.
type Reason string

// The reasons of obstacles and of what is left.
const (
	// ReasonChangedSince: the field has a third value by now.
	ReasonChangedSince Reason = "changed_since"
	// ReasonGone: the record was deleted or merged, or cannot be seen any more.
	ReasonGone Reason = "gone"
	// ReasonNoPreviousValue: the receipt does not tell what was there.
	ReasonNoPreviousValue Reason = "no_previous_value"
	// ReasonCreated: the record was created; records are not deleted.
	ReasonCreated Reason = "created"
	// ReasonInDoubt: nobody saw whether the write landed.
	ReasonInDoubt Reason = "in_doubt"
	// ReasonElsewhere: another system did it and alone can take it back.
	ReasonElsewhere Reason = "elsewhere"
)

// Plan is how a decision is taken back. With an obstacle nothing of it is to be
// done.
type Plan struct {
	// Back are the values to be put back, one entry a record.
	Back []Back
	// Left is what stays, for a person to see to.
	Left []Left
	// Obstacles name the records and fields that are in the way.
	Obstacles []Obstacle
}

// Back are previous values of one record, and the version that was looked at.
type Back struct {
	crm.Ref
	Set     crm.Fields
	Version crm.Version
}

// Left is something that stays in the CRM or elsewhere.
type Left struct {
	Object crm.Object `json:"object"`
	ID     string     `json:"id,omitempty"`
	Reason Reason     `json:"reason"`
	// Changed are fields of a created record that are not as they were written, in
	// alphabetical order: none means that it may be deleted as far as its own fields
	// tell.
	Changed []string `json:"changed,omitempty"`
}

// Obstacle is a record, or one field of it, that is not as the decision left it.
type Obstacle struct {
	crm.Ref
	Field  string
	Reason Reason
}

// String names record, field and reason, never a value.
func (o Obstacle) String() string {
	words := []string{string(o.Object), o.ID}
	if o.Field != "" {
		words = append(words, o.Field)
	}
	return strings.Join(append(words, strings.ReplaceAll(string(o.Reason), "_", " ")), " ")
}

// Make works out how writes, in the order in which they were done, are taken back.
// now are the records as they are; what is missing there is not there any more.
func Make(done []Done, now []crm.Record) Plan {
	var p Plan
	for _, d := range merged(done) {
		record, there := find(now, d.Ref)
		switch {
		case d.Created && there:
			p.Left = append(p.Left, Left{Object: d.Object, ID: d.ID, Reason: ReasonCreated, Changed: otherwise(record.Fields, d.Changed)})
		case d.Created, len(d.Changed) == 0:
		case !there:
			p.Obstacles = append(p.Obstacles, Obstacle{Ref: d.Ref, Reason: ReasonGone})
		default:
			p.back(d, record)
		}
	}
	return p
}

// back puts the fields of one record back, or says what is in the way.
func (p *Plan) back(d Done, record crm.Record) {
	set := crm.Fields{}
	for _, field := range d.Changed.Names() {
		previous, kept := d.Before[field]
		switch now := record.Fields[field]; {
		case !kept:
			p.Obstacles = append(p.Obstacles, Obstacle{d.Ref, field, ReasonNoPreviousValue})
		case same(now, previous):
		case same(now, d.Changed[field]):
			set[field] = previous
		default:
			p.Obstacles = append(p.Obstacles, Obstacle{d.Ref, field, ReasonChangedSince})
		}
	}
	if len(set) > 0 {
		p.Back = append(p.Back, Back{Ref: d.Ref, Set: set, Version: record.Version})
	}
}

// merged makes one of all that was done to one record: the first previous values and
// the last new ones. What was created is not put back, whatever was done to it after.
func merged(done []Done) []Done {
	var out []Done
	for _, d := range done {
		i := slices.IndexFunc(out, func(o Done) bool { return o.Object == d.Object && crm.SameID(o.ID, d.ID) })
		if i < 0 {
			d.Before, d.Changed = copied(d.Before), copied(d.Changed)
			out = append(out, d)
			continue
		}
		o := &out[i]
		o.Created = o.Created || d.Created
		for _, field := range d.Changed.Names() {
			previous, kept := d.Before[field]
			if _, earlier := o.Changed[field]; kept && !earlier {
				o.Before[field] = previous
			}
			o.Changed[field] = d.Changed[field]
		}
	}
	return out
}

func copied(f crm.Fields) crm.Fields {
	if f == nil {
		return crm.Fields{}
	}
	return f.Clone()
}

// find is the live record of a reference.
func find(now []crm.Record, ref crm.Ref) (crm.Record, bool) {
	i := slices.IndexFunc(now, func(r crm.Record) bool { return r.Object == ref.Object && !r.Deleted && crm.SameID(r.ID, ref.ID) })
	if i < 0 {
		return crm.Record{}, false
	}
	return now[i], true
}

// otherwise names the fields that are not as they were written.
func otherwise(now, written crm.Fields) []string {
	var out []string
	for _, field := range written.Names() {
		if !same(now[field], written[field]) {
			out = append(out, field)
		}
	}
	return out
}

// same compares two values of a field. Ids are compared on 18 characters, blanks
// around a value do not count, and addresses are compared without regard to case:
// Salesforce stores both its own way.
func same(a, b string) bool {
	a, b = strings.TrimSpace(a), strings.TrimSpace(b)
	return a == b || crm.SameID(a, b) || strings.Contains(a, "@") && strings.EqualFold(a, b)
}
