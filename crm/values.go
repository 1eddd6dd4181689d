package crm

import "time"

// Account is a company in the CRM.
type Account struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Website  string `json:"website,omitempty"`
	Domains  string `json:"domains,omitempty"`
	LinkedIn string `json:"linkedin,omitempty"`
	Phone    string `json:"phone,omitempty"`
	Country  string `json:"country,omitempty"`
	State    string `json:"state,omitempty"`
	City     string `json:"city,omitempty"`
	Type     string `json:"type,omitempty"`
	OwnerID  string `json:"owner_id,omitempty"`
	ParentID string `json:"parent_id,omitempty"`
	// MasterID and Deleted are set on merged and deleted accounts.
	MasterID     string    `json:"master_id,omitempty"`
	Deleted      bool      `json:"deleted,omitempty"`
	CreatedAt    time.Time `json:"created_at,omitzero"`
	LastActivity time.Time `json:"last_activity,omitzero"`
	Version      Version   `json:"version,omitempty"`
	// Fields holds everything that was read, user fields such as CSM__c included.
	Fields Fields `json:"fields,omitempty"`
}

// Person is a lead or a contact.
type Person struct {
	// Object is ObjectLead or ObjectContact.
	Object    Object   `json:"object"`
	ID        string   `json:"id"`
	FirstName string   `json:"first_name,omitempty"`
	LastName  string   `json:"last_name,omitempty"`
	Emails    []string `json:"emails,omitempty"`
	Title     string   `json:"title,omitempty"`
	Phone     string   `json:"phone,omitempty"`
	LinkedIn  string   `json:"linkedin,omitempty"`
	// AccountID is a contact's account, Company a lead's company name.
	AccountID string `json:"account_id,omitempty"`
	Company   string `json:"company,omitempty"`
	Website   string `json:"website,omitempty"`
	Country   string `json:"country,omitempty"`
	OwnerID   string `json:"owner_id,omitempty"`
	OptedOut  bool   `json:"opted_out,omitempty"`
	// Left tells that onward marked the record: the person has left.
	Left bool `json:"left,omitempty"`
	// Converted, ConvertedContactID and ConvertedAccountID belong to leads.
	Converted          bool      `json:"converted,omitempty"`
	ConvertedContactID string    `json:"converted_contact_id,omitempty"`
	ConvertedAccountID string    `json:"converted_account_id,omitempty"`
	MasterID           string    `json:"master_id,omitempty"`
	Deleted            bool      `json:"deleted,omitempty"`
	CreatedAt          time.Time `json:"created_at,omitzero"`
	Version            Version   `json:"version,omitempty"`
	Fields             Fields    `json:"fields,omitempty"`
}

// User is a person who works in the CRM, or a queue (Salesforce: a Group of
// type Queue), which can own leads but never accounts or contacts.
type User struct {
	ID     string `json:"id"`
	Name   string `json:"name,omitempty"`
	Email  string `json:"email,omitempty"`
	Active bool   `json:"active"`
	Queue  bool   `json:"queue,omitempty"`
	// ManagerID is the user's manager, BackupID the user who stands in.
	ManagerID string `json:"manager_id,omitempty"`
	BackupID  string `json:"backup_id,omitempty"`
	Fields    Fields `json:"fields,omitempty"`
}

// Opportunity is a deal of an account.
type Opportunity struct {
	ID        string `json:"id"`
	Name      string `json:"name,omitempty"`
	AccountID string `json:"account_id"`
	OwnerID   string `json:"owner_id,omitempty"`
	Closed    bool   `json:"closed"`
	Won       bool   `json:"won"`
	// Probability is in per cent, 0 to 100.
	Probability float64   `json:"probability,omitempty"`
	Amount      float64   `json:"amount,omitempty"`
	CloseDate   time.Time `json:"close_date,omitzero"`
	CreatedAt   time.Time `json:"created_at,omitzero"`
	Fields      Fields    `json:"fields,omitempty"`
}

// OpportunityRole says that a contact had a part in a deal.
type OpportunityRole struct {
	ID            string `json:"id"`
	OpportunityID string `json:"opportunity_id"`
	ContactID     string `json:"contact_id"`
	Role          string `json:"role,omitempty"`
	Primary       bool   `json:"primary,omitempty"`
}
