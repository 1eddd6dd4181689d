package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/onward-crm/onward/cmd/onward/show"
)

// page is a list of deliveries, as far as it is shown.
type page struct {
	Items []item `json:"items"`
	Next  int64  `json:"next"`
}

// item is one delivery in a list.
type item struct {
	ID         string    `json:"id"`
	Status     string    `json:"status"`
	Outcome    string    `json:"outcome"`
	Reason     string    `json:"reason"`
	ReceivedAt time.Time `json:"receivedAt"`
	Attempts   int       `json:"attempts"`
	Note       string    `json:"note"`
	Error      string    `json:"error"`
	LeadID     string    `json:"leadId"`
	ContactID  string    `json:"contactId"`
}

func (p page) write(out io.Writer) {
	rows := make([][]string, len(p.Items))
	for i, d := range p.Items {
		rows[i] = []string{d.ReceivedAt.UTC().Format(time.DateTime), d.ID, d.Status, d.Outcome, d.Reason, d.LeadID + d.ContactID}
	}
	show.Table(out, []show.Column{{Title: "received", Most: 19}, {Title: "delivery", Most: 44}, {Title: "status", Most: 9}, {Title: "outcome", Most: 27}, {Title: "reason", Most: 24}, {Title: "record", Most: 18}}, rows)
	if p.Next != 0 {
		fmt.Fprintf(out, "\nmore: --after %d\n", p.Next)
	}
}

// write shows the delivery on one line.
func (d item) write(out io.Writer) {
	words := []string{show.Printable(d.ID), d.Status, d.Outcome, d.Reason, d.LeadID + d.ContactID}
	fmt.Fprintln(out, strings.TrimRight(strings.Join(words, "  "), " "))
}

// undone is a delivery after an undo.
type undone struct {
	item
	CreditsReturned int `json:"creditsReturned"`
	Left            []struct {
		Object  string   `json:"object"`
		ID      string   `json:"id"`
		Reason  string   `json:"reason"`
		Changed []string `json:"changed"`
	} `json:"left"`
}

func (u undone) write(out io.Writer) {
	u.item.write(out)
	for _, text := range []string{u.Note, u.Error} {
		if text != "" {
			fmt.Fprintln(out, show.Printable(text))
		}
	}
	fmt.Fprintf(out, "credits returned: %d\n", u.CreditsReturned)
	for _, l := range u.Left {
		touched := ""
		if len(l.Changed) > 0 {
			touched = ", changed since: " + strings.Join(l.Changed, ", ")
		}
		fmt.Fprintf(out, "left: %s %s (%s%s)\n", show.Printable(l.Object), show.Printable(l.ID), strings.ReplaceAll(l.Reason, "_", " "), show.Printable(touched))
	}
}

// namesake is a record that may be the person.
type namesake struct {
	ID string `json:"id"`
}

// tale is one delivery, as far as it is shown; --format json has all of it.
type tale struct {
	Delivery    item     `json:"delivery"`
	Config      string   `json:"config"`
	Strategy    string   `json:"strategy"`
	Explanation []string `json:"explanation"`
	// Account holds the accounts that a review may be answered with, Person the records.
	Account struct {
		Ranked []struct {
			ID         string  `json:"id"`
			Name       string  `json:"name"`
			Confidence float64 `json:"confidence"`
		} `json:"ranked"`
	} `json:"account"`
	Person struct {
		ID        string     `json:"id"`
		Others    []namesake `json:"others"`
		Namesakes []namesake `json:"namesakes"`
	} `json:"person"`
	Writes []struct {
		Verb   string `json:"verb"`
		Object string `json:"object"`
		ID     string `json:"id"`
		State  string `json:"state"`
		Error  string `json:"error"`
	} `json:"writes"`
	Acts []struct {
		At   time.Time `json:"at"`
		By   string    `json:"by"`
		What string    `json:"what"`
	} `json:"acts"`
	Messages []struct {
		ID   string `json:"id"`
		Kind string `json:"kind"`
		Sent bool   `json:"sent"`
	} `json:"messages"`
}

func (s tale) write(out io.Writer) {
	d := s.Delivery
	d.write(out)
	if s.Config != "" {
		fmt.Fprintf(out, "strategy %s, configuration %s\n", s.Strategy, s.Config)
	}
	for _, text := range []string{d.Note, d.Error} {
		if text != "" {
			fmt.Fprintln(out, show.Printable(text))
		}
	}
	for _, line := range s.Explanation {
		fmt.Fprintln(out, "  "+show.Printable(line))
	}
	s.writeChoices(out)
	for _, w := range s.Writes {
		fmt.Fprintf(out, "%-9s %s %s %s %s\n", w.State, w.Verb, w.Object, w.ID, show.Printable(w.Error))
	}
	for _, a := range s.Acts {
		fmt.Fprintf(out, "%s by %s at %s\n", a.What, show.Printable(a.By), a.At.Format(time.RFC3339))
	}
	for _, m := range s.Messages {
		fmt.Fprintf(out, "message %s (%s) sent: %t\n", m.ID, m.Kind, m.Sent)
	}
}

// writeChoices shows what a review can be answered with.
func (s tale) writeChoices(out io.Writer) {
	if s.Delivery.Status != "review" {
		return
	}
	for _, a := range s.Account.Ranked {
		fmt.Fprintf(out, "--account %s  %s, %.2f\n", a.ID, show.Printable(a.Name), a.Confidence)
	}
	for _, r := range append(append([]namesake{{s.Person.ID}}, s.Person.Others...), s.Person.Namesakes...) {
		if r.ID != "" {
			fmt.Fprintf(out, "--person %s\n", r.ID)
		}
	}
}

// replayed is what a replay did, or would do.
type replayed struct {
	Deliveries []struct {
		ID     string `json:"id"`
		Result string `json:"result"`
	} `json:"deliveries"`
	Differences []struct {
		ID  string   `json:"id"`
		Was decision `json:"was"`
		Now decision `json:"now"`
	} `json:"differences"`
	Examined int   `json:"examined"`
	Next     int64 `json:"next"`
}

// decision is what a plan comes to, in words.
type decision struct {
	Status    string `json:"status"`
	Outcome   string `json:"outcome"`
	Reason    string `json:"reason"`
	AccountID string `json:"accountId"`
}

// String puts the words on one line.
func (d decision) String() string {
	return d.Status + " " + d.Outcome + " (" + d.Reason + ") " + d.AccountID
}

func (r replayed) write(out io.Writer) {
	for _, d := range r.Deliveries {
		fmt.Fprintf(out, "%s  %s\n", show.Printable(d.ID), show.Printable(d.Result))
	}
	for _, d := range r.Differences {
		fmt.Fprintf(out, "%s\n  was %s\n  now %s\n", show.Printable(d.ID), d.Was, d.Now)
	}
	fmt.Fprintf(out, "%d examined, %d taken up, %d would differ\n", r.Examined, len(r.Deliveries), len(r.Differences))
	if r.Next != 0 {
		fmt.Fprintf(out, "more: --after %d\n", r.Next)
	}
}
