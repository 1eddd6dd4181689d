package main

import (
	"fmt"
	"io"

	"github.com/onward-crm/onward/cmd/onward/show"
	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/routing"
)

// summary counts what became of a file of moves.
type summary struct {
	Moves int `json:"moves"`
	// Again counts moves that an earlier run had finished; Resumed those of
	// earlier runs that went on now.
	Again   int `json:"again"`
	Resumed int `json:"resumed"`
	// NotReached counts moves that an interruption left for the next run.
	NotReached int            `json:"not_reached"`
	BadRows    int            `json:"bad_rows"`
	Outcomes   map[string]int `json:"outcomes"`
	Reasons    map[string]int `json:"reasons"`
	Credits    int            `json:"credits"`
	Calls      crm.Calls      `json:"crm_calls"`
	// Waiting counts moves that wait in the ledger for the CRM.
	Waiting int `json:"waiting,omitempty"`
	// left tells that a person has to look.
	left bool
}

func summarize(rows []row, calls crm.Calls) summary {
	s := summary{Moves: len(rows), Outcomes: map[string]int{}, Reasons: map[string]int{}, Calls: calls}
	for _, r := range rows {
		if r.Again {
			s.Again++
		}
		s.Outcomes[r.outcome()]++
		if r.Decided != "" {
			s.Reasons[r.Decided]++
		}
		if r.Status == routing.StatusAccepted {
			s.Waiting++
		} else {
			s.Credits += r.Credits
		}
		s.left = s.left || r.left()
	}
	return s
}

// left tells that the move waits for a person who changes something outside:
// what the CRM refused, what could not be finished.
func (r row) left() bool {
	switch r.What {
	case routing.WhatBlocked, routing.WhatRefused, routing.WhatPartial:
		return true
	}
	return r.Status == routing.StatusParked || r.Status == routing.StatusAccepted
}

// write writes the summary for people.
func (s summary) write(out io.Writer) {
	fmt.Fprintf(out, "%s: %s\n", show.Count(s.Moves, "move"), show.Counts(s.Outcomes))
	if len(s.Reasons) > 0 {
		fmt.Fprintf(out, "because: %s\n", show.Counts(s.Reasons))
	}
	if s.Again > 0 {
		fmt.Fprintf(out, "%d of them were finished by an earlier run: nothing is done twice\n", s.Again)
	}
	if s.Resumed > 0 {
		fmt.Fprintf(out, "%s of earlier runs went on\n", show.Count(s.Resumed, "move"))
	}
	if s.NotReached > 0 {
		fmt.Fprintf(out, "interrupted: %s left, run again to go on\n", show.Count(s.NotReached, "move"))
	}
	if s.Waiting > 0 {
		fmt.Fprintf(out, "%s in the ledger until the CRM can be used again: run again later to go on\n", waiting(s.Waiting))
	}
	if s.BadRows > 0 {
		fmt.Fprintf(out, "%s left out, see the list above\n", show.Count(s.BadRows, "bad row"))
	}
	fmt.Fprintf(out, "%s used; CRM calls: %d reads, %d writes, %d descriptions\n",
		show.Count(s.Credits, "job-change credit"), s.Calls.Find+s.Calls.Landed, s.Calls.Write, s.Calls.Describe)
}

// waiting says how many moves wait.
func waiting(n int) string {
	if n == 1 {
		return "1 move waits"
	}
	return fmt.Sprintf("%d moves wait", n)
}
