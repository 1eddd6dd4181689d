package matching

import "time"

// Account is what matching knows of one account of the CRM. Only ID and Name
// are needed; every other fact makes the answer better. Values are kept as the
// CRM gives them: matching normalises them itself.
type Account struct {
	// ID is the CRM's id, compared byte by byte.
	ID string `json:"id"`
	// Name is the account name, Aliases are other names it is known by.
	Name    string   `json:"name"`
	Aliases []string `json:"aliases,omitempty"`
	// Website is the website field as people typed it; it may hold several
	// domains, an e-mail address, or nonsense. Domains are additional domains,
	// in the same loose form (HubSpot's hs_additional_domains, a custom field).
	Website string `json:"website,omitempty"`
	Domains string `json:"domains,omitempty"`
	// LinkedIn is the company page's URL.
	LinkedIn string `json:"linkedin,omitempty"`
	// Country is an ISO 3166 two-letter code or a country's name.
	Country string `json:"country,omitempty"`
	State   string `json:"state,omitempty"`
	City    string `json:"city,omitempty"`
	Phone   string `json:"phone,omitempty"`
	// ParentID is the next account up in the hierarchy.
	ParentID string `json:"parent_id,omitempty"`
	// MasterID is the account this one was merged into; Deleted tells that it
	// is in the recycle bin. Neither is ever an answer (MA39).
	MasterID string `json:"master_id,omitempty"`
	Deleted  bool   `json:"deleted,omitempty"`
	// ContactDomains counts the e-mail domains of the account's contacts.
	ContactDomains []DomainCount `json:"contact_domains,omitempty"`
	// Contacts is the number of the account's contacts.
	Contacts int `json:"contacts,omitempty"`
	// OpenOpportunities, Customer, Target and ActiveOwner feed the tie-breakers;
	// OwnerID tells whether tied accounts share an owner (MA35).
	OpenOpportunities int       `json:"open_opportunities,omitempty"`
	Customer          bool      `json:"customer,omitempty"`
	Target            bool      `json:"target,omitempty"`
	ActiveOwner       bool      `json:"active_owner,omitempty"`
	OwnerID           string    `json:"owner_id,omitempty"`
	LastActivity      time.Time `json:"last_activity,omitzero"`
	CreatedAt         time.Time `json:"created_at,omitzero"`
}

// DomainCount says how many contacts of an account have an e-mail address in
// a registrable domain.
type DomainCount struct {
	Domain string `json:"domain"`
	Count  int    `json:"count"`
}

// Company is what a report says of the company to be found. All fields are
// optional; a zero Company matches nothing.
type Company struct {
	// AccountID is the account named by the caller (tier 1).
	AccountID string `json:"account_id,omitempty"`
	Name      string `json:"name,omitempty"`
	// Domain is the company's own domain, Email an address of the person there.
	Domain   string `json:"domain,omitempty"`
	Email    string `json:"email,omitempty"`
	LinkedIn string `json:"linkedin,omitempty"`
	Country  string `json:"country,omitempty"`
	State    string `json:"state,omitempty"`
	City     string `json:"city,omitempty"`
	Phone    string `json:"phone,omitempty"`
	// Since is when the person began there: dated acquisitions are judged by it.
	Since time.Time `json:"since,omitzero"`
}
