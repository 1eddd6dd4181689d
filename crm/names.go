package crm

import (
	"slices"
	"strings"
	"time"
)

// Names says which API fields hold what is not a standard field, so that an
// org may call them as it likes. Standard fields keep Salesforce's names.
// An empty name switches the use of that field off.
type Names struct {
	// Key is the unique external id on Account, Contact and Lead; EventKey the
	// one on the event record.
	Key      string `json:"key" yaml:"key"`
	EventKey string `json:"event_key" yaml:"event_key"`
	// TaskKey is such a field on Task (a custom field of Activity); empty for none,
	// which is the weaker mode of tasks.
	TaskKey string `json:"task_key,omitempty" yaml:"task_key"`
	// Keyless lists the objects in which the org has no such field: the weaker
	// mode, in which a create whose answer was lost is parked for a person.
	Keyless []Object `json:"keyless,omitempty" yaml:"keyless"`
	// AccountLinkedIn, AccountDomains: company page and additional domains.
	AccountLinkedIn string `json:"account_linkedin" yaml:"account_linkedin"`
	AccountDomains  string `json:"account_domains" yaml:"account_domains"`
	// PersonLinkedIn and OtherEmails are read on leads and contacts. A field of
	// OtherEmails may hold several addresses with ";" between.
	PersonLinkedIn string   `json:"person_linkedin" yaml:"person_linkedin"`
	OtherEmails    []string `json:"other_emails" yaml:"other_emails"`
	// Left (checkbox) and LeftOn (date) mark the past record.
	Left   string `json:"left" yaml:"left"`
	LeftOn string `json:"left_on" yaml:"left_on"`
	// UserBackup is the user who stands in for another. The default is
	// Salesforce's own delegated approver.
	UserBackup string `json:"user_backup" yaml:"user_backup"`
}

// DefaultNames are the names of the fields that onward's own package deploys.
func DefaultNames() Names {
	return Names{
		Key:             "Onward_Key__c",
		EventKey:        "External_Id__c",
		AccountLinkedIn: "LinkedIn_URL__c",
		AccountDomains:  "Additional_Domains__c",
		PersonLinkedIn:  "LinkedIn_URL__c",
		Left:            "Left_Company__c",
		LeftOn:          "Left_Company_On__c",
		UserBackup:      "DelegatedApproverId",
	}
}

// KeyField returns the name of the unique external-id field of an object, or
// "" when the object has none.
func (n Names) KeyField(o Object) string {
	if slices.Contains(n.Keyless, o) {
		return ""
	}
	switch o {
	case ObjectAccount, ObjectContact, ObjectLead:
		return n.Key
	case ObjectJobChange:
		return n.EventKey
	case ObjectTask:
		return n.TaskKey
	default:
		return ""
	}
}

// AccountFields lists the fields that Account reads, extra ones added; sorted.
func (n Names) AccountFields(extra ...string) []string {
	return fieldList(extra, "Name", "Website", "Phone", "BillingCountry", "BillingState", "BillingCity",
		"Type", "OwnerId", "ParentId", "CreatedDate", "LastActivityDate", n.AccountLinkedIn, n.AccountDomains)
}

// ContactFields lists the fields that Person reads on a contact; sorted.
func (n Names) ContactFields(extra ...string) []string {
	return fieldList(append(slices.Clone(extra), n.OtherEmails...), "FirstName", "LastName", "Email", "Title", "Phone",
		"AccountId", "OwnerId", "MailingCountry", "HasOptedOutOfEmail", "CreatedDate", n.PersonLinkedIn, n.Left, n.LeftOn)
}

// LeadFields lists the fields that Person reads on a lead; sorted.
func (n Names) LeadFields(extra ...string) []string {
	return fieldList(append(slices.Clone(extra), n.OtherEmails...), "FirstName", "LastName", "Email", "Title", "Phone",
		"Company", "Website", "OwnerId", "Country", "HasOptedOutOfEmail", "CreatedDate", "IsConverted",
		"ConvertedContactId", "ConvertedAccountId", n.PersonLinkedIn, n.Left, n.LeftOn)
}

// UserFields lists the fields that User reads; sorted.
func (n Names) UserFields(extra ...string) []string {
	return fieldList(extra, "Name", "Email", "IsActive", "ManagerId", n.UserBackup)
}

// QueueFields lists the fields that Queue reads; sorted.
func (n Names) QueueFields() []string { return []string{"Name", "Type"} }

// OpportunityFields lists the fields that Opportunity reads; sorted.
func (n Names) OpportunityFields() []string {
	return fieldList(nil, "Name", "AccountId", "OwnerId", "IsClosed", "IsWon", "Probability", "Amount", "CloseDate", "CreatedDate")
}

func fieldList(extra []string, names ...string) []string {
	all := append(slices.Clone(names), extra...)
	all = slices.DeleteFunc(all, func(s string) bool { return s == "" })
	slices.Sort(all)
	return slices.Compact(all)
}

// Account decodes an account.
func (n Names) Account(r Record) Account {
	f := r.Fields
	return Account{
		ID: r.ID, Name: f["Name"], Website: f["Website"], Domains: f[n.AccountDomains],
		LinkedIn: f[n.AccountLinkedIn], Phone: f["Phone"], Country: f["BillingCountry"],
		State: f["BillingState"], City: f["BillingCity"], Type: f["Type"], OwnerID: f["OwnerId"],
		ParentID: f["ParentId"], MasterID: r.MasterID, Deleted: r.Deleted,
		CreatedAt: ParseTime(f["CreatedDate"]), LastActivity: ParseTime(f["LastActivityDate"]),
		Version: r.Version, Fields: f,
	}
}

// Person decodes a lead or a contact.
func (n Names) Person(r Record) Person {
	f := r.Fields
	p := Person{
		Object: r.Object, ID: r.ID, FirstName: f["FirstName"], LastName: f["LastName"],
		Title: f["Title"], Phone: f["Phone"], LinkedIn: f[n.PersonLinkedIn],
		AccountID: f["AccountId"], Company: f["Company"], Website: f["Website"],
		Country: f["MailingCountry"], OwnerID: f["OwnerId"], OptedOut: IsTrue(f["HasOptedOutOfEmail"]),
		Left: n.Left != "" && IsTrue(f[n.Left]), MasterID: r.MasterID, Deleted: r.Deleted,
		CreatedAt: ParseTime(f["CreatedDate"]), Version: r.Version, Fields: f,
	}
	if r.Object == ObjectLead {
		p.Country = f["Country"]
		p.Converted = IsTrue(f["IsConverted"])
		p.ConvertedContactID, p.ConvertedAccountID = f["ConvertedContactId"], f["ConvertedAccountId"]
	}
	p.Emails = emails(nil, f["Email"])
	for _, name := range n.OtherEmails {
		p.Emails = emails(p.Emails, strings.Split(f[name], ";")...)
	}
	return p
}

// emails adds addresses that are not there yet.
func emails(list []string, more ...string) []string {
	for _, e := range more {
		if e = strings.TrimSpace(e); e != "" && !slices.Contains(list, e) {
			list = append(list, e)
		}
	}
	return list
}

// User decodes a user.
func (n Names) User(r Record) User {
	f := r.Fields
	return User{
		ID: r.ID, Name: f["Name"], Email: f["Email"], Active: IsTrue(f["IsActive"]),
		ManagerID: f["ManagerId"], BackupID: f[n.UserBackup], Fields: f,
	}
}

// Queue decodes a group into a User that is a queue.
func (n Names) Queue(r Record) User {
	return User{ID: r.ID, Name: r.Fields["Name"], Active: true, Queue: true, Fields: r.Fields}
}

// Opportunity decodes an opportunity.
func (n Names) Opportunity(r Record) Opportunity {
	f := r.Fields
	return Opportunity{
		ID: r.ID, Name: f["Name"], AccountID: f["AccountId"], OwnerID: f["OwnerId"],
		Closed: IsTrue(f["IsClosed"]), Won: IsTrue(f["IsWon"]), Amount: parseNumber(f["Amount"]), Probability: parseNumber(f["Probability"]),
		CloseDate: ParseTime(f["CloseDate"]), CreatedAt: ParseTime(f["CreatedDate"]), Fields: f,
	}
}

// Role decodes an opportunity contact role.
func (n Names) Role(r Record) OpportunityRole {
	f := r.Fields
	return OpportunityRole{
		ID: r.ID, OpportunityID: f["OpportunityId"], ContactID: f["ContactId"],
		Role: f["Role"], Primary: IsTrue(f["IsPrimary"]),
	}
}

// timeForms are the forms in which exports and REST answers give times.
var timeForms = [...]string{time.RFC3339Nano, "2006-01-02T15:04:05.000-0700", "2006-01-02 15:04:05", time.DateOnly}

// ParseTime reads a date or time in text form; the zero time when it is none.
func ParseTime(s string) time.Time {
	for _, form := range timeForms {
		if t, err := time.Parse(form, s); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}
