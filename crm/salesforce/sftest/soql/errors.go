package soql

import "fmt"

// The codes of the errors of this package; they are the platform's.
const (
	MalformedQuery  = "MALFORMED_QUERY"
	MalformedSearch = "MALFORMED_SEARCH"
	InvalidField    = "INVALID_FIELD"
	InvalidType     = "INVALID_TYPE"
	InvalidFilter   = "INVALID_QUERY_FILTER_OPERATOR"
	OutsideRange    = "NUMBER_OUTSIDE_VALID_RANGE"
	TooManyGroups   = "EXCEEDED_ID_LIMIT"
)

// Error says why a statement was refused.
type Error struct {
	// Code is one of the constants of this package.
	Code string
	// Message is for people. Like the platform's, it may quote the statement.
	Message string
}

// Error gives code and message.
func (e *Error) Error() string { return "soql: " + e.Code + ": " + e.Message }

func refuse(code, format string, args ...any) error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

func malformed(format string, args ...any) error { return refuse(MalformedQuery, format, args...) }
