package adapter

import (
	"fmt"
	"net/http"
	"time"
)

// Refusal says why a request is not accepted, in the words of the answer. Field
// and Message never repeat a value.
type Refusal struct {
	// Status is the HTTP status.
	Status int
	// Code is the machine's word, such as "bad_signature".
	Code string
	// Field is the JSON path of the value at fault, "" for none.
	Field   string
	Message string
	// RetryAfter is when to come again; 0 says nothing.
	RetryAfter time.Duration
	// Keep asks for the request to be kept in the side store: its signature does not
	// fit, which may be our own fault.
	Keep bool
}

// Error names the code and what was expected.
func (r *Refusal) Error() string {
	if r.Field == "" {
		return fmt.Sprintf("adapter: %s: %s", r.Code, r.Message)
	}
	return fmt.Sprintf("adapter: %s: %s: %s", r.Code, r.Field, r.Message)
}

// The codes of refusals.
const (
	codeUnauthorized = "unauthorized"
	codeForbidden    = "forbidden"
	codeBadSignature = "bad_signature"
	codeStale        = "stale_request"
	codeBadJSON      = "bad_json"
	codeMediaType    = "unsupported_media_type"
	codeTooLarge     = "too_large"
	codeInvalidField = "invalid_field"
	codeLimited      = "rate_limited"
	codeUnavailable  = "unavailable"
	codeQuota        = "salesforce_limit"
	codeNotFound     = "not_found"
	codeConflict     = "conflict"
)

// retryUnavailable is when a sender shall come again after trouble of ours.
const retryUnavailable = 30 * time.Second

func invalid(field, message string) *Refusal {
	return &Refusal{Status: http.StatusUnprocessableEntity, Code: codeInvalidField, Field: field, Message: message}
}

func unavailable() *Refusal {
	return &Refusal{Status: http.StatusServiceUnavailable, Code: codeUnavailable, Message: "try again", RetryAfter: retryUnavailable}
}

// problem is the body of a refusal.
type problem struct {
	Error problemDetail `json:"error"`
}

type problemDetail struct {
	Code      string `json:"code"`
	Field     string `json:"field,omitempty"`
	Message   string `json:"message"`
	RequestID string `json:"requestId"`
}

// refuse is the usual response to a refused request; unit is what the sender
// counts Retry-After in.
func refuse(r Request, why *Refusal, unit time.Duration) Response {
	out := Response{
		Status: why.Status, Header: map[string]string{},
		Body: problem{problemDetail{Code: why.Code, Field: why.Field, Message: why.Message, RequestID: r.ID}},
	}
	if why.RetryAfter > 0 {
		out.Header["Retry-After"] = fmt.Sprint(int64((why.RetryAfter + unit - 1) / unit))
	}
	return out
}
