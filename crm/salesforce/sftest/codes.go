package sftest

import (
	"errors"
	"net/http"
	"strings"

	"github.com/onward-crm/onward/crm"
)

// codeStatus gives the HTTP status of the error codes that do not come with
// 400.
var codeStatus = map[string]int{
	"NOT_FOUND": http.StatusNotFound, "ENTITY_IS_DELETED": http.StatusNotFound,
	"INSUFFICIENT_ACCESS":                           http.StatusForbidden,
	"INSUFFICIENT_ACCESS_OR_READONLY":               http.StatusForbidden,
	"INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": http.StatusForbidden,
	"INVALID_TYPE":                                  http.StatusBadRequest,
}

func statusOf(code string) int {
	if status := codeStatus[code]; status != 0 {
		return status
	}
	return http.StatusBadRequest
}

// refused answers with an error of the CRM.
func (s *Server) refused(err error) *response {
	var e *crm.Error
	if !errors.As(err, &e) {
		return failed(http.StatusInternalServerError, "UNKNOWN_EXCEPTION", "An unexpected error occurred")
	}
	code := wireCode(e)
	return failed(statusOf(code), code, messageOf(e), e.Fields...)
}

// wireCode is the code on the wire. An object that is not there is not found as
// a resource.
func wireCode(e *crm.Error) string {
	switch {
	case e.Code == "NOT_FOUND" || e.Op == "describe":
		return "NOT_FOUND"
	default:
		return e.Code
	}
}

// wording is a message that was made for one error.
type wording string

// Error gives the message.
func (w wording) Error() string { return string(w) }

// messages are the wordings; %F stands for the fields, %O for the object, %M for
// the records that the error names.
var messages = map[string]string{
	"NOT_FOUND":                                     "The requested resource does not exist",
	"REQUIRED_FIELD_MISSING":                        "Required fields are missing: [%F]",
	"STRING_TOO_LONG":                               "%F: data value too large",
	"INVALID_EMAIL_ADDRESS":                         "%F: invalid email address",
	"INVALID_FIELD":                                 "No such column '%F' on sobject of type %O",
	"INVALID_FIELD_FOR_INSERT_UPDATE":               "Unable to create/update fields: %F. Please check the security settings of this field and verify that it is read/write for your profile or permission set.",
	"INVALID_TYPE_ON_FIELD_IN_RECORD":               "%F: value not of required type",
	"MALFORMED_ID":                                  "%F: id value of incorrect type",
	"INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST":       "%F: bad value for restricted picklist field",
	"INVALID_CROSS_REFERENCE_KEY":                   "invalid cross reference id",
	"INSUFFICIENT_ACCESS_OR_READONLY":               "insufficient access rights on object id",
	"INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": "insufficient access rights on cross-reference id",
	"INACTIVE_OWNER_OR_USER":                        "operation performed with inactive user as owner",
	"UNABLE_TO_LOCK_ROW":                            "unable to obtain exclusive access to this record or 1 records",
	"ENTITY_IS_DELETED":                             "entity is deleted",
	"CANNOT_UPDATE_CONVERTED_LEAD":                  "cannot reference converted lead",
	"DUPLICATES_DETECTED":                           "Use one of these records?",
	"DUPLICATE_VALUE":                               "duplicate value found: %F duplicates value on record with id: %M",
	"INVALID_TYPE":                                  "sObject type is not supported.",
	"MALFORMED_QUERY":                               "unexpected token",
}

func messageOf(e *crm.Error) string {
	var own wording
	if errors.As(e.Err, &own) {
		return string(own)
	}
	if e.Code == "FIELD_CUSTOM_VALIDATION_EXCEPTION" {
		return "Validation rule " + e.Rule + " refuses the record"
	}
	text, ok := messages[e.Code]
	if !ok {
		text = "The record cannot be saved"
	}
	text = strings.ReplaceAll(text, "%O", string(e.Object))
	text = strings.ReplaceAll(text, "%F", strings.Join(e.Fields, ", "))
	return strings.ReplaceAll(text, "%M", strings.Join(e.Matches, ", "))
}
