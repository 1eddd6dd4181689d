package undo_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/routing/undo"
)

const (
	c1     = "003000000000001AAA"
	c1wide = "003000000000001"
)

func contact(id string) crm.Ref { return crm.Ref{Object: crm.ObjectContact, ID: id} }

func record(f crm.Fields) []crm.Record {
	return []crm.Record{{Object: crm.ObjectContact, ID: c1, Version: "v7", Fields: f}}
}

// TestMake is the table of the package's documentation.
func TestMake(t *testing.T) {
	changed := undo.Done{Ref: contact(c1), Before: crm.Fields{"Title": "Buyer"}, Changed: crm.Fields{"Title": "CFO"}}
	created := undo.Done{Ref: contact(c1), Created: true, Changed: crm.Fields{"Title": "CFO", "Email": "jane@beta.io"}}
	back := func(f crm.Fields) undo.Plan {
		return undo.Plan{Back: []undo.Back{{Ref: contact(c1), Set: f, Version: "v7"}}}
	}
	obstacle := func(field string, r undo.Reason) undo.Plan {
		return undo.Plan{Obstacles: []undo.Obstacle{{Ref: contact(c1), Field: field, Reason: r}}}
	}
	for name, tt := range map[string]struct {
		done []undo.Done
		now  []crm.Record
		want undo.Plan
	}{
		"as it was written":           {[]undo.Done{changed}, record(crm.Fields{"Title": "CFO"}), back(crm.Fields{"Title": "Buyer"})},
		"back already":                {[]undo.Done{changed}, record(crm.Fields{"Title": "Buyer"}), undo.Plan{}},
		"changed since":               {[]undo.Done{changed}, record(crm.Fields{"Title": "Chair"}), obstacle("Title", undo.ReasonChangedSince)},
		"emptied since":               {[]undo.Done{changed}, record(crm.Fields{"Title": ""}), obstacle("Title", undo.ReasonChangedSince)},
		"gone":                        {[]undo.Done{changed}, nil, obstacle("", undo.ReasonGone)},
		"in the recycle bin":          {[]undo.Done{changed}, []crm.Record{{Object: crm.ObjectContact, ID: c1, Deleted: true, Fields: crm.Fields{"Title": "CFO"}}}, obstacle("", undo.ReasonGone)},
		"another object's record":     {[]undo.Done{changed}, []crm.Record{{Object: crm.ObjectLead, ID: c1, Fields: crm.Fields{"Title": "CFO"}}}, obstacle("", undo.ReasonGone)},
		"was blank":                   {[]undo.Done{{Ref: contact(c1), Before: crm.Fields{"Title": ""}, Changed: crm.Fields{"Title": "CFO"}}}, record(crm.Fields{"Title": "CFO"}), back(crm.Fields{"Title": ""})},
		"previous value was not kept": {[]undo.Done{{Ref: contact(c1), Changed: crm.Fields{"Title": "CFO"}}}, record(crm.Fields{"Title": "CFO"}), obstacle("Title", undo.ReasonNoPreviousValue)},
		"nothing was changed":         {[]undo.Done{{Ref: contact(c1)}}, nil, undo.Plan{}},
		"an address in Salesforce's spelling": {
			[]undo.Done{{Ref: contact(c1wide), Before: crm.Fields{"Email": "old@x.io"}, Changed: crm.Fields{"Email": "Jane@Beta.io "}}},
			record(crm.Fields{"Email": "jane@beta.io"}),
			undo.Plan{Back: []undo.Back{{Ref: contact(c1wide), Set: crm.Fields{"Email": "old@x.io"}, Version: "v7"}}},
		},
		"a title in another case is another title": {[]undo.Done{changed}, record(crm.Fields{"Title": "cfo"}), obstacle("Title", undo.ReasonChangedSince)},
		"changed twice": {
			[]undo.Done{changed, {Ref: contact(c1wide), Before: crm.Fields{"Title": "CFO", "Phone": ""}, Changed: crm.Fields{"Title": "CEO", "Phone": "1"}}},
			record(crm.Fields{"Title": "CEO", "Phone": "1"}), back(crm.Fields{"Title": "Buyer", "Phone": ""}),
		},
		"created": {
			[]undo.Done{created}, record(crm.Fields{"Title": "CFO", "Email": "jane@beta.io"}),
			undo.Plan{Left: []undo.Left{{Object: crm.ObjectContact, ID: c1, Reason: undo.ReasonCreated}}},
		},
		"created and worked on": {
			[]undo.Done{created}, record(crm.Fields{"Title": "CEO", "Email": ""}),
			undo.Plan{Left: []undo.Left{{Object: crm.ObjectContact, ID: c1, Reason: undo.ReasonCreated, Changed: []string{"Email", "Title"}}}},
		},
		"created and changed by us": {
			[]undo.Done{created, changed}, record(crm.Fields{"Title": "CFO", "Email": "jane@beta.io"}),
			undo.Plan{Left: []undo.Left{{Object: crm.ObjectContact, ID: c1, Reason: undo.ReasonCreated}}},
		},
		"created and deleted since": {[]undo.Done{created}, nil, undo.Plan{}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, undo.Make(tt.done, tt.now)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if tt.done[0].Changed["Title"] == "CEO" {
				t.Error("the receipts were changed")
			}
		})
	}
}

func TestObstacleNamesNoValue(t *testing.T) {
	for want, o := range map[string]undo.Obstacle{
		"Contact " + c1 + " Title changed since": {Ref: contact(c1), Field: "Title", Reason: undo.ReasonChangedSince},
		"Contact " + c1 + " gone":                {Ref: contact(c1), Reason: undo.ReasonGone},
	} {
		if got := o.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
