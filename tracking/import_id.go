package tracking

import (
	"regexp"
	"strings"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/matching"
)

// The first three characters of a Salesforce id tell its object. Source: Salesforce,
// "Standard Field Record ID Prefix Decoder".
const (
	prefixReport  = "00O"
	prefixContact = "003"
	prefixLead    = "00Q"
	prefixAccount = "001"
)

// otherPrefixes are ids that people paste instead of a report's.
var otherPrefixes = map[string]string{
	"001": "an account", "003": "a contact", "00Q": "a lead", "005": "a user", "006": "an opportunity",
	"00B": "a list view", "00G": "a group or queue", "00l": "a folder", "01Z": "a dashboard", "701": "a campaign",
}

var reportInURL = regexp.MustCompile(`(?:/|=|%2F)(00O[0-9A-Za-z]{12}(?:[0-9A-Za-z]{3})?)(?:$|[/?#&%])`)

// ReportID reads the id of a Salesforce report: 15 characters are widened to 18, and
// a report's address in the browser will do. The error says what it is instead and
// what to give; it is an ErrConfig.
func ReportID(s string) (string, error) {
	id := strings.TrimSpace(s)
	if m := reportInURL.FindStringSubmatch(id); m != nil {
		id = m[1]
	}
	const advice = "open the report and copy the 15 or 18 characters that begin with 00O from its address"
	switch {
	case id == "":
		return "", configError("report", "no id; %s", advice)
	case allDigits(id):
		return "", configError("report", "%q is a number, as HubSpot lists have; %s, or import a HubSpot list", clip(id), advice)
	case len(id) >= 3 && id[:3] != prefixReport && otherPrefixes[id[:3]] != "":
		return "", configError("report", "%q is the id of %s; %s", clip(id), otherPrefixes[id[:3]], advice)
	case len(id) != 15 && len(id) != 18:
		return "", configError("report", "%q has %d characters, a report's id 15 or 18; %s", clip(id), len(id), advice)
	case !strings.HasPrefix(id, prefixReport):
		return "", configError("report", "%q does not begin with 00O; %s", clip(id), advice)
	}
	wide, err := crm.WidenID(id)
	if err != nil {
		return "", configError("report", "%q is no id (%s); %s", clip(id), strings.TrimPrefix(err.Error(), "crm: "), advice)
	}
	return wide, nil
}

var listInURL = regexp.MustCompile(`/(?:lists|objectLists)/([0-9]+)(?:$|[/?#])`)

// HubSpotListID reads the id of a HubSpot list, which is a number; the list's address
// in the browser will do. The error is an ErrConfig.
func HubSpotListID(s string) (string, error) {
	id := strings.TrimSpace(s)
	if m := listInURL.FindStringSubmatch(id); m != nil {
		id = m[1]
	}
	const advice = "open the list and copy the number from its address"
	switch {
	case id == "":
		return "", configError("list", "no id; %s", advice)
	case strings.HasPrefix(id, prefixReport):
		return "", configError("list", "%q is the id of a Salesforce report; import it as a report, or %s", clip(id), advice)
	case !allDigits(id):
		return "", configError("list", "%q is not a number; %s", clip(id), advice)
	case len(id) > 18:
		return "", configError("list", "%q is too long for a list's id; %s", clip(id), advice)
	}
	if id = strings.TrimLeft(id, "0"); id == "" {
		return "", configError("list", "0 is no list; %s", advice)
	}
	return id, nil
}

// hubSpotObjects are the objects of HubSpot that lists are made of, by type id.
// Source: HubSpot, "Understanding the CRM", object type IDs.
var hubSpotObjects = map[string]string{
	"0-1": "contacts", "0-2": "companies", "0-3": "deals", "0-5": "tickets",
}

// CheckHubSpotList refuses a list that is not made of contacts, by the object type
// that HubSpot tells of it. The error is an ErrConfig.
func CheckHubSpotList(id, objectTypeID string) error {
	if objectTypeID == "0-1" {
		return nil
	}
	what := hubSpotObjects[objectTypeID]
	if what == "" {
		what = "objects of type " + clip(objectTypeID)
	}
	return configError("list", "list %s holds %s; choose a list of contacts", clip(id), what)
}

// AccountID reads the id of a Salesforce account. The error is an ErrConfig.
func AccountID(s string) (string, error) {
	wide, err := crm.WidenID(strings.TrimSpace(s))
	if err != nil || wide[:3] != prefixAccount {
		return "", configError("accounts", "%q: want the id of an account: 15 or 18 characters that begin with 001", clip(s))
	}
	return wide, nil
}

// personRecord reports whether an id is that of a contact or lead. One that is no
// Salesforce id may be that of another CRM.
func personRecord(id string) bool {
	wide, err := crm.WidenID(id)
	return err == nil && (wide[:3] == prefixContact || wide[:3] == prefixLead)
}

// roleOnly reports whether all addresses that can be read belong to a task.
func (p Person) roleOnly() bool {
	found := false
	for _, address := range p.Emails {
		e, ok := matching.ParseEmail(address)
		if ok && !e.Role {
			return false
		}
		found = found || ok
	}
	return found
}

func allDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
