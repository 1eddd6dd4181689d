package salesforce

import (
	"errors"
	"strings"

	"github.com/onward-crm/onward/crm"
)

// advices says, by code, what a person can do. Codes in lower case are those of
// OAuth, sharpened by oauthReason.
var advices = map[string]string{
	"INVALID_SESSION_ID":   "the session has expired or was never valid; give a new access token, or log in by client credentials or JWT, which renew themselves",
	"INVALID_AUTH_HEADER":  "the access token is not one; give the token alone, without \"Bearer\"",
	"INSTANCE_NOT_ALLOWED": "the login leads to a host that may not be called; check the instance, the sandbox setting and the allowed hosts",
	"REDIRECTED":           "the host sends callers elsewhere; give the org's My Domain as instance",
	"API_DISABLED_FOR_ORG": "the org or its user has no API access; give the integration user the permission \"API Enabled\" and check the edition",

	"API_CURRENTLY_DISABLED":      "the integration user may not use the API; give it the permission \"API Enabled\"",
	"HTTP_403":                    "the org refuses every call without saying why; check IP restrictions, \"API Enabled\" and the app's policies",
	"TXN_SECURITY_METERING_ERROR": "a transaction security policy of the org takes too long; exempt the integration user from it",
	"LIMIT_EXCEEDED":              "the org's allowance of bulk jobs for a day is used up; work goes on when it is renewed",

	"invalid_client_id":      "the consumer key is unknown; copy it again from the External Client App, and wait ten minutes after creating it",
	"invalid_client":         "the consumer key or the consumer secret is wrong; copy both again from the External Client App",
	"invalid_client_secret":  "the consumer secret is wrong; copy it again from the External Client App",
	"invalid_grant":          "Salesforce refuses this login; see the login history of the integration user",
	"invalid_app_access":     "the user may not use the app; assign its permission set, or set \"Admin approved users are pre-authorized\"",
	"invalid_assertion":      "the signature does not fit; upload the certificate of this private key to the app, and check the clock of this machine",
	"audience_is_invalid":    "the audience of the JWT is wrong; use https://login.salesforce.com, for sandboxes https://test.salesforce.com",
	"user_not_approved":      "the user has not approved the app; set \"Admin approved users are pre-authorized\" and assign a permission set of the user to it",
	"no_run_as_user":         "the app names no user to run as; set one in the client credentials flow of the app's policies",
	"flow_not_enabled":       "the app does not allow this login; enable the client credentials flow, or JWT bearer, in its OAuth settings",
	"inactive_user":          "the integration user is inactive or frozen; activate it",
	"inactive_org":           "the org is locked, closed or suspended",
	"ip_restricted":          "logins from this address are not allowed; relax the IP restrictions of the app or add the address",
	"unsupported_grant_type": "this host does not know this login; give the org's My Domain as instance",
	"unauthorized_client":    "the app does not allow this login; enable the flow in its OAuth settings",

	"REQUEST_LIMIT_EXCEEDED": "the org's daily allowance of API calls is used up; work goes on when it is renewed",
	"API_BUDGET":             "the share of the daily allowance that was given to onward is used up; work goes on when usage falls, or raise the share",
	"STORAGE_LIMIT_EXCEEDED": "the org's storage is full; free some, or buy more",

	"INSUFFICIENT_ACCESS":                           "the integration user lacks a permission; assign the permission set of onward",
	"INSUFFICIENT_ACCESS_OR_READONLY":               "the integration user may not write this object; assign the permission set of onward, which grants create and edit",
	"INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": "the integration user does not see or may not edit a record; widen its sharing, or give it a role above the owners",
	"INVALID_TYPE":                                  "the object does not exist or the integration user may not read it; deploy it, and assign the permission set of onward",
	"INVALID_FIELD":                                 "a field does not exist or the integration user may not read it; deploy it, and grant it in the permission set",
	"INVALID_FIELD_FOR_INSERT_UPDATE":               "a field is read-only for the integration user; grant edit in the permission set, or take it out of the mapping",
	"FUNCTIONALITY_NOT_ENABLED":                     "the org has not switched this feature on",
	"UNSUPPORTED_API_VERSION":                       "the org does not have this API version; set another",
	"ENTITY_IS_LOCKED":                              "the record is locked by an approval; finish it, or let the integration user edit locked records",
	"INACTIVE_OWNER_OR_USER":                        "the owner is inactive; name another, or a queue",
	"REQUIRED_FIELD_MISSING":                        "the org requires fields that nothing fills; give them defaults in the configuration",
	"STRING_TOO_LONG":                               "a text is longer than its field; widen the field, or let texts be cut",
	"DUPLICATES_DETECTED":                           "a duplicate rule of the org refuses the record",
	"FIELD_CUSTOM_VALIDATION_EXCEPTION":             "a validation rule of the org refuses the record; exempt the integration user from it, or fill what it asks for",
	"CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY":          "a trigger or flow of the org fails on the record; its owner must see to it",
	"CANNOT_EXECUTE_FLOW_TRIGGER":                   "a flow of the org fails on the record; its owner must see to it",
}

// advice says what a person can do about an error code; "" when there is nothing
// to say.
func advice(code string) string { return advices[code] }

// oauthReasons are the descriptions that Salesforce gives with invalid_grant and
// its like, and codes of ours that say the same without names.
var oauthReasons = []struct{ text, code string }{
	{"hasn't approved", "user_not_approved"},
	{"hasn\u2019t approved", "user_not_approved"},
	{"not approved", "user_not_approved"},
	{"not admin approved", "invalid_app_access"},
	{"audience", "audience_is_invalid"},
	{"invalid assertion", "invalid_assertion"},
	{"expired authorization", "invalid_assertion"},
	{"no client credentials user", "no_run_as_user"},
	{"client credentials flow is not enabled", "flow_not_enabled"},
	{"not supported on this domain", "unsupported_grant_type"},
	{"ip restricted", "ip_restricted"},
	{"inactive user", "inactive_user"},
	{"invalid client credentials", "invalid_client"},
}

// oauthReason returns the code for a description; "" when it says nothing known.
func oauthReason(description string) string {
	description = strings.ToLower(description)
	for _, r := range oauthReasons {
		if strings.Contains(description, r.text) {
			return r.code
		}
	}
	return ""
}

// Advice says in one sentence what to do about an error of an Org; "" when there
// is nothing to say.
func Advice(err error) string {
	var e *crm.Error
	if !errors.As(err, &e) {
		return ""
	}
	return advice(e.Code)
}
