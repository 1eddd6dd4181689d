package adapter

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/routing"
)

// sourceHubSpot is the Source of events of all HubSpot routes: one report that
// comes in twice, by two routes, has two ids but one sender.
const sourceHubSpot = "hubspot"

// wholeNumber is an int64 that may be written as a number or as text: HubSpot does
// both, and neither may pass through a float.
type wholeNumber int64

// UnmarshalJSON reads digits, quoted or not; null and "" are 0.
func (n *wholeNumber) UnmarshalJSON(text []byte) error {
	s := strings.Trim(string(text), `"`)
	if s == "null" || s == "" {
		*n = 0
		return nil
	}
	v, err := strconv.ParseInt(s, 10, 64)
	*n = wholeNumber(v)
	return err
}

// text writes the number, "" for 0.
func (n wholeNumber) text() string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(int64(n), 10)
}

// senderTime tells whether a flat name stands for a time, and whether for one with
// its time of day.
func senderTime(name string) (wanted, whole bool) {
	return name == "occurred_at" || name == "started_on" || name == "left_on", name == "occurred_at"
}

// senderValue writes a value as HubSpot, Salesforce or a form sends it in the one
// text form of that flat name: numbers and truth values as text, null as nothing,
// {"value": …} as its value, times in epoch milliseconds or in Salesforce's own
// spelling as RFC 3339 or as a day. ok is false for lists and other objects.
func senderValue(name string, v any) (text string, ok bool) {
	switch v := v.(type) {
	case nil:
		return "", true
	case string:
		return senderText(name, strings.TrimSpace(v)), true
	case json.Number:
		return senderText(name, v.String()), true
	case bool:
		return strconv.FormatBool(v), true
	case map[string]any:
		inner, there := v["value"]
		if _, nested := inner.(map[string]any); !there || nested {
			return "", false
		}
		return senderValue(name, inner)
	}
	return "", false
}

// offsetTime is how Salesforce writes a time of day: no colon in the offset.
const offsetTime = "2006-01-02T15:04:05.999-0700"

func senderText(name, s string) string {
	wanted, whole := senderTime(name)
	if !wanted || s == "" {
		return s
	}
	at, err := time.Parse(offsetTime, s)
	if t, ok := unixDigits(s, time.Millisecond); ok {
		at, err = t, nil
	}
	switch {
	case err != nil:
		return s
	case whole:
		return at.UTC().Format(time.RFC3339Nano)
	}
	return at.UTC().Format(time.DateOnly)
}

// senderNames leads from the names of a workflow's parameters to flat names:
// without more words, what is told of is the new position.
func senderNames(name string) string {
	switch name {
	case "email", "company", "domain", "title", "country", "state", "city", "phone":
		return "new_" + name
	}
	return name
}

// wireName leads back from a flat name, or a path inside an event, to the name
// that the sender of a workflow used.
func wireName(field string) string {
	if flat := routing.FlatName(field); flat != "" {
		field = flat
	}
	if short := strings.TrimPrefix(field, "new_"); senderNames(short) == field {
		return short
	}
	return field
}

// hubSpotNames leads from HubSpot's names of contact properties to flat names.
// Properties that are none of ours have none.
func hubSpotNames(property string) string {
	switch property {
	case "firstname":
		return "first_name"
	case "lastname":
		return "last_name"
	case "email":
		return "email"
	case "company", "domain", "phone", "country", "state", "city":
		return "new_" + property
	case "website":
		return "new_domain"
	case "jobtitle":
		return "new_title"
	case "hs_linkedin_url":
		return "linkedin_url"
	case "hs_object_id":
		return "hubspot_id"
	}
	if slices.Contains(routing.FlatNames(), property) {
		return property
	}
	return ""
}

// hubSpotContact reads the properties of a contact as flat values. The history of
// a property, where it is sent, gives the position before.
func hubSpotContact(id string, properties map[string]any) map[string]string {
	values := map[string]string{}
	for _, property := range slices.Sorted(maps.Keys(properties)) { // domain before website
		name := hubSpotNames(property)
		if text, ok := senderValue(name, properties[property]); ok && name != "" {
			setIfMissing(values, name, text)
		}
	}
	setIfMissing(values, "hubspot_id", id)
	setIfMissing(values, "past_company", previous(properties["company"]))
	setIfMissing(values, "past_title", previous(properties["jobtitle"]))
	delete(values, "id") // a property of that name is not the sender's key
	delete(values, "source")
	return values
}

func setIfMissing(values map[string]string, name, v string) {
	if values[name] == "" && v != "" {
		values[name] = v
	}
}

// previous is the last value of a property that differs from the present one, ""
// when the history does not tell.
func previous(property any) string {
	object, _ := property.(map[string]any)
	versions, _ := object["versions"].([]any)
	now, _ := senderValue("", object["value"])
	var best string
	var at int64
	for _, v := range versions {
		version, _ := v.(map[string]any)
		text, _ := senderValue("", version["value"])
		stamp, _ := senderValue("", version["timestamp"])
		ms, _ := strconv.ParseInt(stamp, 10, 64)
		if text != "" && text != now && (best == "" || ms > at) {
			best, at = text, ms
		}
	}
	return best
}

// placeEmail decides whose address a contact's e-mail is: the new one when it is at
// the new company, or when nothing else tells of the company; a known one otherwise.
func placeEmail(values map[string]string) {
	email := values["email"]
	if email == "" || values["new_email"] != "" {
		return
	}
	e, ok := matching.ParseEmail(email)
	host, _ := matching.ParseDomain(e.Host)
	site, _ := matching.ParseDomain(values["new_domain"])
	alone := values["new_company"] == "" && values["new_domain"] == ""
	if alone || ok && host.Registrable != "" && host.Registrable == site.Registrable {
		values["new_email"] = email
		delete(values, "email")
	}
}

// flatEvent builds an event of HubSpot's from flat values.
func flatEvent(values map[string]string, received time.Time) (routing.Event, error) {
	ev, err := routing.FlatEvent(values)
	if err != nil {
		return routing.Event{}, err
	}
	ev.Source, ev.RecordID = sourceHubSpot, ""
	return routing.Normalize(ev, received)
}

// eventRefusal puts an event's first problem into the sender's words.
func eventRefusal(err error) *Refusal {
	var bad *routing.EventError
	if !errors.As(err, &bad) || len(bad.Problems) == 0 {
		return invalid("", "is no event")
	}
	return invalid(wireName(bad.Problems[0].Field), bad.Problems[0].Message)
}

// hubSpotRefusal answers a refused request: HubSpot reads the Retry-After of a 429
// in milliseconds, all others in seconds.
func hubSpotRefusal(r Request, why *Refusal) Response {
	if why.Status == http.StatusTooManyRequests {
		return refuse(r, why, time.Millisecond)
	}
	return refuse(r, why, time.Second)
}
