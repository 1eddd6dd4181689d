package hubspot

import (
	"encoding/json"
	"net/http"
	"regexp"
	"time"

	"github.com/onward-crm/onward/crm"
)

// The codes of errors that are not HubSpot's own.
const (
	codeNotMade  = "NOT_MADE"
	codeNotJSON  = "NOT_JSON"
	codeNoAnswer = "NO_ANSWER"
	codeBadID    = "BAD_ID"
	codePartial  = "PARTIAL"
	// codeMalformed is an answer that has not the form that was promised.
	codeMalformed = "MALFORMED_ANSWER"
)

const (
	// statusMigrating is HubSpot's own: the account is being moved.
	statusMigrating = 477
	// policyDaily names the allowance of a day in the body of a 429.
	policyDaily = "DAILY"
)

// problem is the body of an error. All of it is optional.
type problem struct {
	Category   string        `json:"category"`
	ErrorType  string        `json:"errorType"`
	PolicyName string        `json:"policyName"`
	Message    string        `json:"message"`
	Context    problemPlaces `json:"context"`
	Errors     []problemPart `json:"errors"`
	Status     text          `json:"status"`
}

type problemPart struct {
	Code    string        `json:"code"`
	Message string        `json:"message"`
	Context problemPlaces `json:"context"`
}

// judge turns a status into an error; nil when the call succeeded.
func (c *Client) judge(k call, r *reply) error {
	if r.status >= 200 && r.status < 300 {
		return nil
	}
	var p problem
	_ = json.Unmarshal(r.body, &p) // a body that is no JSON says nothing
	return &crm.Error{
		Op: k.op, Object: k.object, Class: classOf(k, r), Code: codeOf(p, r.status), Fields: fieldsOf(p),
		RetryAfter: c.retryAfter(r, p),
	}
}

// classOf names the class of a refusal. An answer of a gateway does not tell whether
// a call that must not be repeated was carried out behind it.
func classOf(k call, r *reply) error {
	switch r.status {
	case http.StatusUnauthorized:
		return crm.ErrAuth
	case http.StatusForbidden:
		return crm.ErrDenied
	case http.StatusNotFound, http.StatusGone:
		return crm.ErrNotFound
	case http.StatusConflict:
		return crm.ErrStale
	case http.StatusLocked:
		return crm.ErrLocked
	case http.StatusTooManyRequests:
		if dailyLimit(r) {
			return crm.ErrQuota
		}
		return crm.ErrThrottled
	case statusMigrating, http.StatusServiceUnavailable:
		return crm.ErrUnavailable
	}
	switch {
	case r.status >= 500 && k.repeat, r.status == http.StatusRequestTimeout:
		return crm.ErrUnavailable
	case r.status >= 500:
		return crm.ErrUnknownOutcome
	case r.status < 400:
		return crm.ErrUnavailable // a redirect: not HubSpot's API
	}
	return crm.ErrInvalid
}

// passing reports whether a status says that it will be over in a while.
func passing(status int) bool {
	switch status {
	case http.StatusLocked, http.StatusTooManyRequests, statusMigrating, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout, 521, 522, 523, 524:
		return true
	}
	return false
}

// dailyLimit reports whether an answer says that the day's allowance is used up.
func dailyLimit(r *reply) bool {
	var p problem
	return r.status == http.StatusTooManyRequests && json.Unmarshal(r.body, &p) == nil && p.PolicyName == policyDaily
}

// retryAfter is what the answer asks for, else what its policy means.
func (c *Client) retryAfter(r *reply, p problem) time.Duration {
	if wait := waitOf(r.status, r.header, c.opt.Now()); wait > 0 || r.status != http.StatusTooManyRequests {
		return wait
	}
	switch p.PolicyName {
	case "TEN_SECONDLY_ROLLING":
		return 10 * time.Second
	case "SECONDLY":
		return time.Second
	}
	return 0
}

// codeForm is what a code may look like: nothing else of a body is repeated.
var codeForm = regexp.MustCompile(`^[A-Z][A-Z0-9_]{0,63}$`)

// codeOf is the most particular code that a body tells: what is wrong with a value
// rather than that something is.
func codeOf(p problem, status int) string {
	codes := []string{p.PolicyName}
	for _, part := range p.Errors {
		codes = append(codes, part.Code)
	}
	for _, v := range invalidValues(p.Message) {
		codes = append(codes, v.Error)
	}
	for _, code := range append(codes, p.Category, p.ErrorType, string(p.Status)) {
		if codeForm.MatchString(code) {
			return code
		}
	}
	if text := http.StatusText(status); text != "" {
		return text
	}
	return "status"
}
