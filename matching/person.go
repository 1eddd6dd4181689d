package matching

import "time"

// PersonRecord is what matching knows of one lead or contact of the CRM.
type PersonRecord struct {
	ID string `json:"id"`
	// Lead tells a lead from a contact.
	Lead      bool     `json:"lead,omitempty"`
	FirstName string   `json:"first_name,omitempty"`
	LastName  string   `json:"last_name,omitempty"`
	Emails    []string `json:"emails,omitempty"`
	LinkedIn  string   `json:"linkedin,omitempty"`
	// Company is the lead's company or the name of the contact's account;
	// CompanyDomains are that account's domains, loosely typed.
	Company        string `json:"company,omitempty"`
	CompanyDomains string `json:"company_domains,omitempty"`
	AccountID      string `json:"account_id,omitempty"`
	// ConvertedContactID is set on a converted lead; Converted alone means that
	// the contact is gone (MP08).
	Converted          bool      `json:"converted,omitempty"`
	ConvertedContactID string    `json:"converted_contact_id,omitempty"`
	CreatedAt          time.Time `json:"created_at,omitzero"`
}

// Person is the mover as the report describes them, at the new company.
type Person struct {
	FirstName string `json:"first_name,omitempty"`
	LastName  string `json:"last_name,omitempty"`
	// Emails are all known addresses, NewEmail the one at the new company.
	Emails   []string `json:"emails,omitempty"`
	NewEmail string   `json:"new_email,omitempty"`
	LinkedIn string   `json:"linkedin,omitempty"`
	// To is the new company; ToAccountID the account it was matched to, if any.
	To          Company `json:"to"`
	ToAccountID string  `json:"to_account_id,omitempty"`
	// PastIDs are the records of the mover at the old company: past records, not
	// duplicates (MP09). FromAccountID is the account the person leaves.
	PastIDs       []string `json:"past_ids,omitempty"`
	FromAccountID string   `json:"from_account_id,omitempty"`
}

// PersonRule names the rule of the duplicate scan that found a record.
type PersonRule string

// The rules of the scan, in the order in which they are tried.
const (
	RuleNone        PersonRule = ""
	RuleLinkedIn    PersonRule = "linkedin"           // same LinkedIn profile, already at the new company
	RuleEmail       PersonRule = "email"              // e-mail equal
	RuleNameDomain  PersonRule = "name_domain"        // name, and an e-mail address in the new company's domain
	RuleNameCompany PersonRule = "name_company_fuzzy" // name and fuzzy company name
)

// PersonMatch is the answer to "is this person already there?".
type PersonMatch struct {
	// Verdict is VerdictAuto (enrich ID), VerdictReview (hold) or VerdictNone.
	Verdict Verdict `json:"verdict"`
	// ID is the record to enrich, for a converted lead its contact.
	ID       string     `json:"id,omitempty"`
	Lead     bool       `json:"lead,omitempty"`
	Rule     PersonRule `json:"rule,omitempty"`
	Decisive Reason     `json:"decisive"`
	Reasons  []Reason   `json:"reasons,omitempty"`
	// Others are further records that matched, best first: duplicates to report.
	Others []PersonHit `json:"others,omitempty"`
	// Namesakes are records of other people with the same name (MP10).
	Namesakes []PersonHit `json:"namesakes,omitempty"`
}

// PersonHit is one record that the scan saw, with the rule and reason.
type PersonHit struct {
	ID     string     `json:"id"`
	Lead   bool       `json:"lead,omitempty"`
	Rule   PersonRule `json:"rule,omitempty"`
	Reason Reason     `json:"reason"`
}
