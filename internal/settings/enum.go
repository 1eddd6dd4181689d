package settings

import (
	"fmt"
	"reflect"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/dri"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/sponsor"
	"github.com/onward-crm/onward/tracking/target"
)

// enums lists the values of the closed sets that the file knows. They are the
// constants themselves; a test finds constants that are missing here.
var enums = []any{
	[]Driver{DriverMemory, DriverSalesforce},
	[]HubSpotPlan{HubSpotStarter, HubSpotProfessional, HubSpotAddOn},
	[]routing.Mode{routing.ModeLive, routing.ModeShadow, routing.ModeDry},
	routing.Strategies(),
	[]routing.ReviewAction{routing.ReviewLead, routing.ReviewHold},
	[]routing.FieldPolicy{routing.FieldFill, routing.FieldSet, routing.FieldNever},
	[]routing.Handling{routing.HandleProcess, routing.HandleFilter, routing.HandleHold, routing.HandleUpdate},
	[]routing.FlowDirection{routing.FlowCallout, routing.FlowInvoke},
	[]routing.Bookkeeper{routing.BookkeepingOnward, routing.BookkeepingFlow},
	[]matching.TieBreaker{
		matching.TieExactName, matching.TieOpenOpportunity, matching.TieCustomer, matching.TieTarget, matching.TieActiveOwner,
		matching.TieLatestActivity, matching.TieMostContacts, matching.TieSameCountry, matching.TieOldest, matching.TieLowestID,
	},
	[]matching.Hierarchy{
		matching.HierarchyAmbiguous, matching.HierarchyUltimateParent, matching.HierarchyClosestChild, matching.HierarchyKeepListed,
	},
	[]dri.Class{dri.OpenOpportunity, dri.Customer, dri.Target, dri.Other},
	crm.Objects(),
	tracking.Seniorities(),
	tracking.Departments(),
	[]tracking.Cycle{tracking.Weekly, tracking.Monthly},
	[]tracking.ImportKind{tracking.ImportAutomatic, tracking.ImportReport, tracking.ImportList, tracking.ImportCSV},
	[]tracking.Preset{tracking.PresetProbability, tracking.PresetIsWon},
	[]tracking.Field{
		tracking.FieldFirstName, tracking.FieldLastName, tracking.FieldFullName, tracking.FieldCompany, tracking.FieldEmail,
		tracking.FieldOtherEmails, tracking.FieldTitle, tracking.FieldLinkedIn, tracking.FieldDomain, tracking.FieldRecordID,
		tracking.FieldHubSpotID, tracking.FieldAccountID,
	},
	target.Signals(),
	target.Categories(),
	sponsor.Attributes(),
}

// named are closed sets of plain texts, by type and key.
var named = map[string][]string{
	"routing.Matching.profile": {matching.Balanced().Name, matching.Strict().Name, matching.Lenient().Name},
}

// enum returns the values of a closed set in their documented order, nil when
// the type is none.
func enum(t reflect.Type) []string {
	for _, list := range enums {
		values := reflect.ValueOf(list)
		if values.Type().Elem() != t {
			continue
		}
		out := make([]string, values.Len())
		for i := range out {
			out[i] = fmt.Sprint(values.Index(i))
		}
		return out
	}
	return nil
}
