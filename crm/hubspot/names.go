package hubspot

import "github.com/onward-crm/onward/crm"

// The kinds of records as paths name them.
const (
	kindContacts  = "contacts"
	kindCompanies = "companies"
)

// kindOf is what paths call the records of an object; "" for an object that HubSpot
// has not.
func kindOf(o crm.Object) string {
	switch o {
	case crm.ObjectContact:
		return kindContacts
	case crm.ObjectAccount:
		return kindCompanies
	}
	return ""
}

const (
	fieldID      = "Id"
	fieldAccount = "AccountId"
	propID       = "hs_object_id"
	propCompany  = "associatedcompanyid"
	propEmail    = "email"
)

// standard is one field that both systems have.
type standard struct {
	field, property string
	// refersTo is the object of a reference.
	refersTo crm.Object
}

// standards lists the fields that have Salesforce's name beside HubSpot's.
func standards(o crm.Object) []standard {
	if o == crm.ObjectAccount {
		return []standard{
			{field: fieldID, property: propID},
			{field: "Name", property: "name"},
			{field: "Website", property: "domain"},
			{field: "Phone", property: "phone"},
			{field: "BillingCountry", property: "country"},
			{field: "BillingState", property: "state"},
			{field: "BillingCity", property: "city"},
			{field: "Type", property: "type"},
			{field: "OwnerId", property: "hubspot_owner_id", refersTo: crm.ObjectUser},
			{field: "ParentId", property: "hs_parent_company_id", refersTo: crm.ObjectAccount},
			{field: "CreatedDate", property: "createdate"},
			{field: "LastModifiedDate", property: "hs_lastmodifieddate"},
			{field: "LastActivityDate", property: "notes_last_updated"},
		}
	}
	return []standard{
		{field: fieldID, property: propID},
		{field: "FirstName", property: "firstname"},
		{field: "LastName", property: "lastname"},
		{field: "Email", property: propEmail},
		{field: "Title", property: "jobtitle"},
		{field: "Phone", property: "phone"},
		{field: fieldAccount, property: propCompany, refersTo: crm.ObjectAccount},
		{field: "OwnerId", property: "hubspot_owner_id", refersTo: crm.ObjectUser},
		{field: "MailingCountry", property: "country"},
		{field: "HasOptedOutOfEmail", property: "hs_email_optout"},
		{field: "CreatedDate", property: "createdate"},
		{field: "LastModifiedDate", property: "lastmodifieddate"},
	}
}

// Names says which of HubSpot's properties hold what crm.Names lets an org call as it
// likes. There is no key, because nothing is created, and no mark on past records.
func Names() crm.Names {
	return crm.Names{
		AccountLinkedIn: "linkedin_company_page",
		AccountDomains:  "hs_additional_domains",
		PersonLinkedIn:  "hs_linkedin_url",
		OtherEmails:     []string{"hs_additional_emails"},
	}
}
