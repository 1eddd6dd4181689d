package salesforce

import (
	"net/http"
	"strconv"

	"github.com/onward-crm/onward/crm"
)

// codeClass is the class of every error code that Salesforce is known to give.
// A code says more than the status that it comes with.
var codeClass = map[string]error{
	// the session and the login
	"INVALID_SESSION_ID":                      crm.ErrAuth,
	"INVALID_AUTH_HEADER":                     crm.ErrAuth,
	"INVALID_LOGIN":                           crm.ErrAuth,
	"INVALID_OPERATION_WITH_EXPIRED_PASSWORD": crm.ErrAuth,
	"API_DISABLED_FOR_ORG":                    crm.ErrAuth, // no call of the user works
	"API_CURRENTLY_DISABLED":                  crm.ErrAuth,

	// allowances
	"REQUEST_LIMIT_EXCEEDED": crm.ErrQuota,
	"STORAGE_LIMIT_EXCEEDED": crm.ErrQuota,
	"LIMIT_EXCEEDED":         crm.ErrQuota, // of bulk jobs a day

	// rights of the integration user
	"FUNCTIONALITY_NOT_ENABLED":       crm.ErrDenied,
	"FORBIDDEN":                       crm.ErrDenied,
	"INSUFFICIENT_ACCESS":             crm.ErrDenied,
	"INSUFFICIENT_ACCESS_OR_READONLY": crm.ErrDenied,

	// rights on the record
	"INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": crm.ErrNotVisible,
	"ENTITY_IS_LOCKED": crm.ErrNotVisible, // by an approval, not by a transaction

	// what is asked for is not there
	"NOT_FOUND":                   crm.ErrNotFound,
	"INVALID_TYPE":                crm.ErrNotFound,
	"UNSUPPORTED_API_VERSION":     crm.ErrNotFound,
	"INVALID_CROSS_REFERENCE_KEY": crm.ErrInvalid,

	// the record changed meanwhile
	"ENTITY_IS_DELETED":            crm.ErrStale,
	"CANNOT_UPDATE_CONVERTED_LEAD": crm.ErrStale,
	"ENTITY_IS_CHANGED":            crm.ErrStale,
	"PRECONDITION_FAILED":          crm.ErrStale,

	// others are at work
	"UNABLE_TO_LOCK_ROW": crm.ErrLocked,

	// duplicates and owners
	"DUPLICATES_DETECTED":                 crm.ErrDuplicate,
	"INACTIVE_OWNER_OR_USER":              crm.ErrInactiveOwner,
	"OP_WITH_INVALID_USER_TYPE_EXCEPTION": crm.ErrInactiveOwner,
	"TRANSFER_REQUIRES_READ":              crm.ErrInactiveOwner,

	// the values
	"DUPLICATE_VALUE":                         crm.ErrInvalid,
	"DUPLICATE_EXTERNAL_ID":                   crm.ErrInvalid,
	"FIELD_CUSTOM_VALIDATION_EXCEPTION":       crm.ErrInvalid,
	"REQUIRED_FIELD_MISSING":                  crm.ErrInvalid,
	"STRING_TOO_LONG":                         crm.ErrInvalid,
	"INVALID_EMAIL_ADDRESS":                   crm.ErrInvalid,
	"INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": crm.ErrInvalid,
	"INVALID_FIELD_FOR_INSERT_UPDATE":         crm.ErrInvalid,
	"NUMBER_OUTSIDE_VALID_RANGE":              crm.ErrInvalid,
	"FIELD_INTEGRITY_EXCEPTION":               crm.ErrInvalid,
	"FIELD_FILTER_VALIDATION_EXCEPTION":       crm.ErrInvalid,
	"CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY":    crm.ErrInvalid,
	"CANNOT_EXECUTE_FLOW_TRIGGER":             crm.ErrInvalid,
	"INVALID_FIELD":                           crm.ErrInvalid,
	"MALFORMED_ID":                            crm.ErrInvalid,
	"MALFORMED_QUERY":                         crm.ErrInvalid,
	"MALFORMED_SEARCH":                        crm.ErrInvalid,
	"JSON_PARSER_ERROR":                       crm.ErrInvalid,
	"MISSING_ARGUMENT":                        crm.ErrInvalid,
	"EXCEEDED_ID_LIMIT":                       crm.ErrInvalid,
	"METHOD_NOT_ALLOWED":                      crm.ErrInvalid,
	"URI_TOO_LONG":                            crm.ErrInvalid,
	"CIRCULAR_DEPENDENCY":                     crm.ErrInvalid,

	// the server is not able to; nothing was written. A cursor that has run out
	// cannot be followed, but the query can be asked again from its beginning.
	"INVALID_QUERY_LOCATOR":             crm.ErrUnavailable,
	"TXN_SECURITY_METERING_ERROR":       crm.ErrUnavailable,
	"SERVER_UNAVAILABLE":                crm.ErrUnavailable,
	"QUERY_TIMEOUT":                     crm.ErrUnavailable,
	"UNKNOWN_EXCEPTION":                 crm.ErrUnavailable,
	"ALL_OR_NONE_OPERATION_ROLLED_BACK": crm.ErrUnavailable,
	"PROCESSING_HALTED":                 crm.ErrUnavailable,

	// OAuth
	"rate_limit_exceeded":     crm.ErrThrottled,
	"temporarily_unavailable": crm.ErrUnavailable,
}

// classify is the class of every answer, by its code or, where that is missing or
// unknown, by its status:
//
//	0          no answer          unavailable
//	2xx        done               nil, unless a code says otherwise
//	300, 304   a result, too      nil
//	3xx        redirected         unavailable: nothing is followed
//	401        no session         not authenticated
//	403        no right           denied; without a code, for nobody knows which
//	                              right, not authenticated: the whole set-up is wrong
//	404, 410   no such thing      not found
//	408, 420   not received       unavailable
//	412        changed            stale
//	429        too many at once   throttled
//	4xx        a wrong request    invalid
//	5xx, other out of order       unavailable
//
// Whether a call that must not be repeated may have landed is not decided here.
func classify(status int, code string) error {
	if class, ok := codeClass[code]; ok {
		return class
	}
	if status >= 200 && status < 300 && code == "" || status == http.StatusMultipleChoices || status == http.StatusNotModified {
		return nil
	}
	switch status {
	case http.StatusUnauthorized:
		return crm.ErrAuth
	case http.StatusForbidden:
		if code == "" {
			return crm.ErrAuth
		}
		return crm.ErrDenied
	case http.StatusNotFound, http.StatusGone:
		return crm.ErrNotFound
	case http.StatusRequestTimeout, 420: // 420: the edge knows no way to the org
		return crm.ErrUnavailable
	case http.StatusPreconditionFailed:
		return crm.ErrStale
	case http.StatusTooManyRequests:
		return crm.ErrThrottled
	}
	if status >= 400 && status < 500 || status >= 200 && status < 300 {
		return crm.ErrInvalid
	}
	return crm.ErrUnavailable
}

func statusText(status int) string { return strconv.Itoa(status) }
