package main

import (
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/hubspot"
	"github.com/onward-crm/onward/crm/hubspot/hstest"
	"github.com/onward-crm/onward/crm/memcrm"
)

// The contacts in HubSpot: Ada and Bo are on the list of won deals, Eve is on none.
const (
	ada, bo, eve int64 = 123, 124, 125

	wonList = "17"
)

// users is a file of people who use the product. Ada is among them too, and one row
// names nobody.
const users = "First Name,Last Name,Company,Email\n" +
	"Ada,Okafor,Fabrikam,ada@fabrikam.com\n" +
	"Cy,Moss,Fabrikam,cy@fabrikam.com\n" +
	"Dee,,,\n"

// fillPortal puts people and companies into HubSpot, a year before the play, and the
// properties that onward writes back to.
func fillPortal(portal *hstest.Server, now time.Time) {
	lastYear := now.AddDate(-1, 0, 0)
	for id, name := range map[int64][3]string{
		ada: {"Ada", "Okafor", "ada@fabrikam.com"}, bo: {"Bo", "Lind", "bo@fabrikam.com"}, eve: {"Eve", "Stone", "eve@fabrikam.com"},
	} {
		portal.PutContactAt(id, lastYear, map[string]string{"firstname": name[0], "lastname": name[1], "email": name[2], "company": "Fabrikam"})
	}
	portal.PutCompany(901, map[string]string{"name": "Contoso", "domain": "contoso.com"})
	portal.PutList(hstest.List{ID: wonList, Name: "Won deals", Members: []int64{ada, bo}})
	for _, name := range hubspot.DefaultProperties().Names() {
		portal.Define(hstest.Contacts, hstest.Property{Name: name})
	}
}

// moveInPortal is what somebody does in HubSpot when a contact has a new job.
func moveInPortal(portal *hstest.Server, now time.Time, id int64) {
	portal.PutContactAt(id, now, map[string]string{"company": "Contoso", "jobtitle": "CTO"})
	portal.Associate(id, 901, now)
}

// fillOrg puts two accounts with their owners, and Ada as she was, into Salesforce. It
// returns the manager of the owners.
func fillOrg(db *memcrm.CRM) (manager string, err error) {
	if manager, err = db.Add(crm.ObjectUser, crm.Fields{"Name": "Mia Long", "Email": "mia@example.com", "IsActive": "true"}); err != nil {
		return "", err
	}
	ids := map[string]string{}
	for _, a := range []struct{ company, domain, kind, owner, email string }{
		{"Contoso", "contoso.com", "Prospect", "Una Berg", "una@example.com"},
		{"Fabrikam", "fabrikam.com", "Customer", "Ben Roth", "ben@example.com"},
	} {
		ids[a.owner], err = db.Add(crm.ObjectUser, crm.Fields{"Name": a.owner, "Email": a.email, "IsActive": "true", "ManagerId": manager})
		if err != nil {
			return "", err
		}
		ids[a.company], err = db.Add(crm.ObjectAccount, crm.Fields{"Name": a.company, "Website": a.domain, "Type": a.kind, "OwnerId": ids[a.owner]})
		if err != nil {
			return "", err
		}
	}
	_, err = db.Add(crm.ObjectContact, crm.Fields{
		"FirstName": "Ada", "LastName": "Okafor", "Email": "ada@fabrikam.com", "AccountId": ids["Fabrikam"], "OwnerId": ids["Ben Roth"],
	})
	return manager, err
}
