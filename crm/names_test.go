package crm_test

import (
	"slices"
	"testing"

	"github.com/onward-crm/onward/crm"
)

func TestNamesDecodePeople(t *testing.T) {
	names := crm.DefaultNames()
	names.OtherEmails = []string{"Private_Email__c"}
	contact := names.Person(crm.Record{
		Object: crm.ObjectContact, ID: "003", Version: "7", MasterID: "004", Deleted: true,
		Fields: crm.Fields{
			"FirstName": "Ann", "LastName": "Lee", "Email": " ann@example.com ", "Private_Email__c": "a@example.org",
			"MailingCountry": "DE", "Country": "not a contact's", "Left_Company__c": "true", "HasOptedOutOfEmail": "1",
			"AccountId": "001", "CreatedDate": "2026-03-01", "IsConverted": "true",
		},
	})
	if contact.Country != "DE" || !contact.Left || !contact.OptedOut || contact.Converted || contact.AccountID != "001" {
		t.Errorf("contact %+v", contact)
	}
	if want := []string{"ann@example.com", "a@example.org"}; !slices.Equal(contact.Emails, want) {
		t.Errorf("e-mails %v, want %v", contact.Emails, want)
	}
	if contact.Version != "7" || contact.MasterID != "004" || !contact.Deleted || contact.CreatedAt.IsZero() {
		t.Errorf("contact %+v", contact)
	}
	lead := names.Person(crm.Record{Object: crm.ObjectLead, Fields: crm.Fields{
		"Company": "Acme", "Country": "FR", "IsConverted": "true", "ConvertedContactId": "003", "ConvertedAccountId": "001",
	}})
	if lead.Country != "FR" || !lead.Converted || lead.ConvertedContactID != "003" || lead.ConvertedAccountID != "001" {
		t.Errorf("lead %+v", lead)
	}
	names.Left = ""
	if names.Person(crm.Record{Fields: crm.Fields{"": "true"}}).Left {
		t.Error("a field without a name was read")
	}
}

// TestSeveralAddressesInOneField: each is one of the person's, once.
func TestSeveralAddressesInOneField(t *testing.T) {
	names := crm.DefaultNames()
	names.OtherEmails = []string{"Private_Emails__c", "Old_Email__c"}
	for _, c := range []struct {
		email, private, old string
		want                []string
	}{
		{"a@acme.com", "b@home.example; c@home.example ;", "d@old.example", []string{"a@acme.com", "b@home.example", "c@home.example", "d@old.example"}},
		{"a@acme.com", "a@acme.com;b@home.example", "b@home.example", []string{"a@acme.com", "b@home.example"}},
		{"", " ; ", "", nil},
	} {
		p := names.Person(crm.Record{Fields: crm.Fields{"Email": c.email, "Private_Emails__c": c.private, "Old_Email__c": c.old}})
		if !slices.Equal(p.Emails, c.want) {
			t.Errorf("%q and %q: %q, want %q", c.private, c.old, p.Emails, c.want)
		}
	}
}

func TestNamesDecodeOthers(t *testing.T) {
	names := crm.DefaultNames()
	a := names.Account(crm.Record{ID: "001", Fields: crm.Fields{
		"Name": "Acme", "Additional_Domains__c": "acme.de", "LinkedIn_URL__c": "acme", "BillingCountry": "DE",
	}})
	if a.Name != "Acme" || a.Domains != "acme.de" || a.LinkedIn != "acme" || a.Country != "DE" {
		t.Errorf("account %+v", a)
	}
	u := names.User(crm.Record{ID: "005", Fields: crm.Fields{"IsActive": "true", "DelegatedApproverId": "006"}})
	if !u.Active || u.Queue || u.BackupID != "006" {
		t.Errorf("user %+v", u)
	}
	if q := names.Queue(crm.Record{ID: "00G", Fields: crm.Fields{"Name": "Movers"}}); !q.Queue || !q.Active || q.Name != "Movers" {
		t.Errorf("queue %+v", q)
	}
	o := names.Opportunity(crm.Record{Fields: crm.Fields{"Amount": "12.5", "IsWon": "true", "CloseDate": "2026-03-01"}})
	if o.Amount != 12.5 || !o.Won || o.Closed || o.CloseDate.IsZero() {
		t.Errorf("opportunity %+v", o)
	}
	if o := names.Opportunity(crm.Record{Fields: crm.Fields{"Amount": "a lot"}}); o.Amount != 0 {
		t.Errorf("amount %v of a text that is no number", o.Amount)
	}
	if r := names.Role(crm.Record{Fields: crm.Fields{"IsPrimary": "true", "ContactId": "003"}}); !r.Primary || r.ContactID != "003" {
		t.Errorf("role %+v", r)
	}
}

func TestNamesListFields(t *testing.T) {
	names := crm.DefaultNames()
	names.Left, names.OtherEmails = "", []string{"Private_Email__c", "Email"}
	for object, fields := range map[crm.Object][]string{
		crm.ObjectAccount:     names.AccountFields("CSM__c"),
		crm.ObjectContact:     names.ContactFields("Email"),
		crm.ObjectLead:        names.LeadFields(),
		crm.ObjectUser:        names.UserFields(),
		crm.ObjectGroup:       names.QueueFields(),
		crm.ObjectOpportunity: names.OpportunityFields(),
	} {
		once := slices.Compact(slices.Sorted(slices.Values(fields)))
		if !slices.Equal(fields, once) || slices.Contains(fields, "") {
			t.Errorf("%s: %v is not sorted, or has names twice, or blank ones", object, fields)
		}
	}
	if !slices.Contains(names.AccountFields("CSM__c"), "CSM__c") || !slices.Contains(names.ContactFields(), "Private_Email__c") {
		t.Error("fields of the organisation's own are not read")
	}
	for object, want := range map[crm.Object]string{
		crm.ObjectContact: "Onward_Key__c", crm.ObjectJobChange: "External_Id__c", crm.ObjectUser: "",
	} {
		if got := names.KeyField(object); got != want {
			t.Errorf("key field of %s is %q, want %q", object, got, want)
		}
	}
}
