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
)

const (
	// statusMigrating is HubSpot's own: the account is being moved.
	statusMigrating = 477
	// policyDaily names the allowance of a day in the body of a 429.
	policyDaily = "DAILY"
)

// problem is the body of an error. All of it is optional.
type problem struct {
	Category   string `json:"category"`
	ErrorType  string `json:"errorType"`
	PolicyName string `json:"policyName"`
}

// judge turns a status into an error; nil when the call succeeded.
func (c *Client) judge(k call, r *reply) error {
	if r.status >= 200 && r.status < 300 {
		return nil
	}
	var p problem
	_ = json.Unmarshal(r.body, &p) // a body that is no JSON says nothing
	return &crm.Error{
		Op: k.op, Object: k.object, Class: classOf(k, r), Code: codeOf(p, r.status), RetryAfter: c.retryAfter(r, p),
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

func codeOf(p problem, status int) string {
	for _, code := range []string{p.PolicyName, p.Category, p.ErrorType} {
		if codeForm.MatchString(code) {
			return code
		}
	}
	if text := http.StatusText(status); text != "" {
		return text
	}
	return "status"
}

// batchError is what a 207 says about some of the records.
type batchError struct {
	Category string `json:"category"`
}

// inBatch judges the errors within an answer. Records that are not there, and
// contacts without a company, come in this way and are no failure; with any other
// the answer is not to be relied on.
func inBatch(k call, errs []batchError) error {
	for _, e := range errs {
		if e.Category != categoryMissing {
			return &crm.Error{Op: k.op, Object: k.object, Class: crm.ErrUnavailable, Code: codePartial}
		}
	}
	return nil
}
