package dri_test

import (
	"fmt"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/dri"
)

func ExampleResolve() {
	customers, err := dri.ParseChain("account.CSM__c", "account.owner")
	if err != nil {
		fmt.Println(err)
		return
	}
	matrix := dri.Matrix{
		Joins:   map[dri.Class]dri.Cell{dri.Customer: {Contact: customers}},
		Default: "005xx0000012345AAA",
	}
	facts := dri.Facts{
		New: dri.Side{
			Account: &crm.Account{ID: "001", OwnerID: "anna", Fields: crm.Fields{"CSM__c": "ben"}},
			Classes: []dri.Class{dri.Customer},
		},
		Users: []crm.User{
			{ID: "anna", Active: true, ManagerID: "carla"},
			{ID: "ben"}, // has left
			{ID: "carla", Active: true},
		},
	}
	a := dri.Resolve(matrix, dri.Joins, facts)
	fmt.Println(a.UserID, "reports to", a.ManagerID, "-", a.Reason, a.Choice)
	for _, step := range a.Steps {
		fmt.Println(step.Finder, step.UserID, step.Reason)
	}
	// Output:
	// anna reports to carla - fallback 2
	// account.CSM__c ben inactive
	// account.owner anna found
}

func ExampleOwner() {
	chain, err := dri.ParseChain("account.owner", "round_robin(sdr)")
	if err != nil {
		fmt.Println(err)
		return
	}
	facts := dri.Facts{
		New:         dri.Side{Account: &crm.Account{ID: "001", OwnerID: "robot"}},
		Users:       []crm.User{{ID: "robot", Active: true}, {ID: "anna", Active: true}, {ID: "ben", Active: true}},
		Integration: "robot",
		Rota:        dri.Rota{Pools: []dri.Pool{{Name: "sdr", Users: []string{"anna", "ben"}, Next: 1}}},
	}
	a := dri.Owner(chain, crm.ObjectContact, "005xx0000012345AAA", facts)
	fmt.Println(a.UserID, a.Reason, a.Rota)
	fmt.Println(a.Steps[0].Finder, a.Steps[0].Reason)
	// Output:
	// ben fallback [{sdr 1 0}]
	// account.owner integration_user
}
