package tracking

import (
	"fmt"
	"strings"
)

// Row is one row of a list, as a source reads it.
type Row struct {
	// Number tells which row it is, for people: the line of a file, or counted from 1.
	Number int `json:"number"`
	// Relationship is the one that the row belongs to; empty when the import says it.
	Relationship string `json:"relationship,omitempty"`
	Person       Person `json:"person"`
	// Deal is why an automatic import holds the person.
	Deal *Deal `json:"deal,omitempty"`
	// Problem is set on a row that could not be read; the rest of it is empty then.
	Problem *RowProblem `json:"problem,omitempty"`
}

// RowReason says why a row was not taken. It is a verdict: the good rows go in.
type RowReason string

// The reasons about rows.
const (
	// RowUnreadable: the row does not fit the file or report that it is in.
	RowUnreadable RowReason = "unreadable_row"
	// RowGarbled: the text was read in a wrong encoding before it came here ("NÃºÃ±ez").
	RowGarbled RowReason = "garbled_text"
	// RowNoIdentity: nothing tells whom the row means.
	RowNoIdentity RowReason = "no_identity"
	// RowBadEmail: what stands for the address is none, and nothing else names the person.
	RowBadEmail RowReason = "email_unreadable"
	// RowRoleAddress: the address belongs to a task, and nothing else names the person.
	RowRoleAddress RowReason = "role_address_only"
	// RowBadRecordID: what stands for the record's id is none of a contact or lead.
	RowBadRecordID RowReason = "record_id_unreadable"
	// RowErased: the person was erased, and is not brought back.
	RowErased RowReason = "erased_person"
	// RowUnknownRelationship: the row is of a relationship that there is not.
	RowUnknownRelationship RowReason = "unknown_relationship"
)

// RowProblem says which row was not taken, and why. It quotes no values: they are
// personal data.
type RowProblem struct {
	Row    int       `json:"row"`
	Reason RowReason `json:"reason"`
	// Text says it in words, with what to do.
	Text string `json:"text"`
}

// String gives a text such as "row 7: no_identity: needs an e-mail address, …".
func (p RowProblem) String() string { return fmt.Sprintf("row %d: %s: %s", p.Row, p.Reason, p.Text) }

// Check says why a row cannot be taken; nil when it can. One that has no address goes
// in with name and company.
func (r Row) Check() *RowProblem { return r.check(r.Person.Keys()) }

// check is Check for a person whose keys are known.
func (r Row) check(keys []string) *RowProblem {
	problem := func(reason RowReason, text string) *RowProblem {
		return &RowProblem{Row: r.Number, Reason: reason, Text: text}
	}
	if r.Problem != nil {
		return r.Problem
	}
	p := r.Person
	if p.RecordID != "" && !personRecord(p.RecordID) {
		return problem(RowBadRecordID, "the record id is not that of a contact (003…) or lead (00Q…) with 15 or 18 characters")
	}
	if len(keys) > 0 {
		return nil
	}
	given := strings.TrimSpace(strings.Join(p.Emails, ""))
	switch {
	case strings.Contains(given, "@") && (Person{Emails: p.Emails}).roleOnly():
		return problem(RowRoleAddress, "the e-mail address belongs to a task, such as info@, not to a person; add first name, last name and company")
	case given != "":
		return problem(RowBadEmail, "the e-mail address cannot be read; mend it, or give first name, last name and company")
	}
	return problem(RowNoIdentity, "needs an e-mail address, or first name, last name and company")
}
