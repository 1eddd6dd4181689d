package hubspotlist

import (
	"errors"
	"fmt"
	"strings"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/tracking"
)

// explained is an error of HubSpot with what to do about it. A list that is not there
// and a property that is not are tracking.ErrConfig; every other error keeps its class.
func explained(list string, err error) error {
	var e *crm.Error
	if !errors.As(err, &e) {
		return fmt.Errorf("hubspotlist: list %s: %w", list, err)
	}
	if e.Object == crm.ObjectContact && errors.Is(err, crm.ErrInvalid) && len(e.Fields) > 0 {
		return &tracking.ConfigError{Field: "mapping", Text: "the account's contacts have no property " + strings.Join(e.Fields, ", ") +
			": write its internal name, which HubSpot shows in the property's settings"}
	}
	advice := ""
	switch {
	case errors.Is(err, crm.ErrNotFound):
		return &tracking.ConfigError{Field: "list", Text: fmt.Sprintf(
			"there is no list %s in this account, or it was deleted; open the list and copy the number from its address", list)}
	case errors.Is(err, crm.ErrDenied):
		advice = "give the app the scopes crm.lists.read and crm.objects.contacts.read"
	case errors.Is(err, crm.ErrAuth):
		advice = "HubSpot takes the token no more: copy it again from the app"
	case errors.Is(err, crm.ErrQuota):
		advice = "the account's calls of this day are used up: import it again tomorrow"
	case e.Code == "LIST_IS_BEING_BUILT":
		advice = "HubSpot is still building it: import it again when its number of contacts stands still"
	default:
		return fmt.Errorf("hubspotlist: list %s: %w", list, err)
	}
	return fmt.Errorf("hubspotlist: list %s: %s: %w", list, advice, err)
}
