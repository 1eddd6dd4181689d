package salesforce

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/onward-crm/onward/crm"
)

const (
	tokenPath = "/services/oauth2/token"
	// loginTimeout bounds a token call. It has its own, because many calls may
	// wait for one login.
	loginTimeout = 30 * time.Second
	// maxTokenAnswer bounds what is read of a token answer, in bytes.
	maxTokenAnswer = 64 << 10
)

// ticket is what a login gives.
type ticket struct {
	token    string
	instance *url.URL
	userID   string // "" when the answer does not tell
}

// tokenAnswer is the body of a token call, both good and bad.
type tokenAnswer struct {
	AccessToken string `json:"access_token"`
	InstanceURL string `json:"instance_url"`
	ID          string `json:"id"`
	Error       string `json:"error"`
	Description string `json:"error_description"`
}

// exchange asks for a token. It is sent once: a login that failed is tried again
// by whoever needs it next.
func (g *Org) exchange(ctx context.Context) (*ticket, error) {
	at := g.session.login()
	if token := g.opt.Login.token(); token != "" {
		return &ticket{token: token, instance: at}, nil
	}
	form, err := g.opt.Login.form(at, g.opt.Now())
	if err != nil {
		return nil, &crm.Error{Op: "login", Class: crm.ErrAuth, Code: "INVALID_CREDENTIALS", Err: err}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, at.String()+tokenPath, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, &crm.Error{Op: "login", Class: crm.ErrUnavailable, Err: err}
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", userAgent)
	resp, err := g.base.Do(req)
	if err != nil {
		return nil, &crm.Error{Op: "login", Class: crm.ErrUnavailable, Code: lossCode(context.Cause(ctx), err), Err: plainCause(err)}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxTokenAnswer))
	if err != nil {
		return nil, &crm.Error{Op: "login", Class: crm.ErrUnavailable, Code: lossCode(context.Cause(ctx), err), Err: plainCause(err)}
	}
	return g.admit(resp, body, at)
}

// admit judges a token answer.
func (g *Org) admit(resp *http.Response, body []byte, at *url.URL) (*ticket, error) {
	var a tokenAnswer
	malformed := json.Unmarshal(body, &a) != nil
	switch {
	case resp.StatusCode != http.StatusOK:
		return nil, refusal(resp, a, g.opt.Now())
	case malformed || a.AccessToken == "":
		return nil, &crm.Error{Op: "login", Class: crm.ErrUnavailable, Code: codeMalformed}
	case a.InstanceURL == "":
		return &ticket{token: a.AccessToken, instance: at, userID: userOf(a.ID)}, nil
	}
	instance, err := g.hosts.check(a.InstanceURL)
	if err != nil {
		return nil, &crm.Error{Op: "login", Class: crm.ErrAuth, Code: "INSTANCE_NOT_ALLOWED", Err: err}
	}
	return &ticket{token: a.AccessToken, instance: instance, userID: userOf(a.ID)}, nil
}

var oauthCode = regexp.MustCompile(`^[a-z][a-z_]{0,39}$`)

// refusal is the error of a login that was refused. The description is not
// passed on, for it may hold a user's name; what it says is looked up.
func refusal(resp *http.Response, a tokenAnswer, now time.Time) *crm.Error {
	e := &crm.Error{Op: "login", Class: crm.ErrAuth, Code: a.Error, RetryAfter: retryAfter(resp.Header, now)}
	if !oauthCode.MatchString(a.Error) {
		e.Code = ""
	}
	switch {
	case resp.StatusCode == http.StatusTooManyRequests || e.Code == "rate_limit_exceeded":
		e.Class = crm.ErrThrottled
	case e.Code == "" && resp.StatusCode >= 300 && resp.StatusCode < 400:
		e.Class, e.Code = crm.ErrAuth, "REDIRECTED"
	case resp.StatusCode >= 500 || e.Code == "server_error" || e.Code == "temporarily_unavailable":
		e.Class = crm.ErrUnavailable
	case e.Code == "":
		e.Code = "login_refused"
	}
	if hint := oauthReason(a.Description); hint != "" && e.Class == crm.ErrAuth {
		e.Code = hint
	}
	return e
}

// userOf takes the user's id out of an identity URL
// (https://login.salesforce.com/id/00D…/005…).
func userOf(identity string) string {
	id := identity[strings.LastIndexByte(identity, '/')+1:]
	if wide, err := crm.WidenID(id); err == nil && strings.HasPrefix(wide, "005") {
		return wide
	}
	return ""
}
