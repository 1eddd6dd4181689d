package main

import (
	"context"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/contacts"
	"github.com/onward-crm/onward/tracking/importfile"
	"github.com/onward-crm/onward/tracking/sources"
)

// importPeople imports a list of HubSpot and a file, each after a dry count.
func (o *onwardHere) importPeople(ctx context.Context, w io.Writer) error {
	list, err := o.listSource()
	if err != nil {
		return err
	}
	file, err := importfile.Read("users.csv", strings.NewReader(users))
	if err != nil {
		return err
	}
	rows, err := file.Source(tracking.GuessMapping(file.Header()))
	if err != nil {
		return err
	}
	for _, each := range []struct {
		imp tracking.Import
		src contacts.Source
	}{
		{tracking.Import{ID: "won-deals", Kind: tracking.ImportList, Relationship: tracking.ClosedWon, Ref: wonList}, list},
		{tracking.Import{ID: "users", Kind: tracking.ImportCSV, Relationship: tracking.User, Ref: "users.csv"}, rows},
	} {
		dry, err := o.contacts.Preview(ctx, each.imp, each.src, nil)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s: %d rows, tracked credits would go from %d to %d\n", each.imp.ID, dry.Rows, dry.Before, dry.After)
		for _, p := range dry.Problems {
			fmt.Fprintln(w, " ", p)
		}
		if _, err := o.contacts.Import(ctx, each.imp, each.src, nil); err != nil {
			return err
		}
	}
	return o.printCounters(ctx, w)
}

// printCounters prints the relationships that have people.
func (o *onwardHere) printCounters(ctx context.Context, w io.Writer) error {
	roster, err := o.contacts.Roster(ctx)
	if err != nil {
		return err
	}
	for _, c := range roster.Counters() {
		if c.InReport > 0 {
			fmt.Fprintf(w, "%s: in report %d, unique %d, tracking %d\n", c.Relationship, c.InReport, c.Unique, c.Tracking)
		}
	}
	return nil
}

// listSource reads the members of the list, one row for each.
func (o *onwardHere) listSource() (contacts.Source, error) {
	fields := []string{"hs_object_id", "firstname", "lastname", "email", "company"}
	return sources.Table{
		Header: fields, Mapping: tracking.GuessMapping(fields),
		Cells: func(ctx context.Context) iter.Seq2[[]string, error] {
			return func(yield func([]string, error) bool) {
				for member, err := range o.hubspot.Members(ctx, wonList, fields) {
					if err != nil {
						yield(nil, err)
						return
					}
					var cells []string
					for _, f := range fields {
						cells = append(cells, member.Fields[f])
					}
					if !yield(cells, nil) {
						return
					}
				}
			}
		},
	}.Source()
}
