package salesforce

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"time"
)

// Login proves who calls. It is one of ClientCredentials, JWT and AccessToken;
// all of them print as nothing but their kind.
type Login interface {
	// check says what is missing.
	check(instance *url.URL) error
	// token is one that is there already; "" when it must be asked for.
	token() string
	// form is the request for a token.
	form(instance *url.URL, now time.Time) (url.Values, error)
}

// ClientCredentials is the OAuth 2.0 client credentials flow of an External
// Client App, run as the user that the app names. Both fields are required.
type ClientCredentials struct {
	// ID and Secret are the consumer key and the consumer secret.
	ID, Secret string
}

func (c ClientCredentials) check(instance *url.URL) error {
	if c.ID == "" || c.Secret == "" {
		return errors.New("client credentials need the consumer key and the consumer secret")
	}
	if host := instance.Hostname(); host == "login.salesforce.com" || host == "test.salesforce.com" {
		return fmt.Errorf("client credentials do not work at %s; give the org's own address", host)
	}
	return nil
}

func (c ClientCredentials) token() string { return "" }

func (c ClientCredentials) form(*url.URL, time.Time) (url.Values, error) {
	return url.Values{"grant_type": {"client_credentials"}, "client_id": {c.ID}, "client_secret": {c.Secret}}, nil
}

// AccessToken is a session that somebody else opened. It cannot be renewed: when
// it has expired, calls fail with crm.ErrAuth.
type AccessToken struct {
	// Token is sent as the bearer token.
	Token string
}

func (a AccessToken) check(instance *url.URL) error {
	if a.Token == "" {
		return errors.New("the access token is empty")
	}
	if host := instance.Hostname(); host == "login.salesforce.com" || host == "test.salesforce.com" {
		return fmt.Errorf("an access token belongs to one org, %s is none; give the org's own address", host)
	}
	return nil
}

func (a AccessToken) token() string { return a.Token }

func (a AccessToken) form(*url.URL, time.Time) (url.Values, error) {
	return nil, errors.New("an access token cannot be renewed")
}

// Password is the flow with a user's password. Open refuses it always: without
// the security token Salesforce does not accept it, and with it the flow is
// closed for new apps. The type is there so that the refusal can say so.
type Password struct {
	// Username, Password and SecurityToken of the user.
	Username, Password, SecurityToken string
}

func (p Password) check(*url.URL) error {
	if p.SecurityToken == "" {
		return errors.New("a password without security token is refused; use client credentials or a JWT")
	}
	return errors.New("logins by password are refused; use client credentials or a JWT")
}

func (p Password) token() string { return "" }

func (p Password) form(instance *url.URL, _ time.Time) (url.Values, error) {
	return nil, p.check(instance)
}

// What follows keeps secrets out of prints of every kind, logs and files.

// Format writes the kind of login, whatever the verb.
func (c ClientCredentials) Format(f fmt.State, _ rune) { hide(f, "client credentials") }

// Format writes the kind of login, whatever the verb.
func (j JWT) Format(f fmt.State, _ rune) { hide(f, "jwt") }

// Format writes the kind of login, whatever the verb.
func (a AccessToken) Format(f fmt.State, _ rune) { hide(f, "access token") }

// Format writes the kind of login, whatever the verb.
func (p Password) Format(f fmt.State, _ rune) { hide(f, "password") }

func hide(f fmt.State, kind string) { _, _ = f.Write([]byte(kind + " ***")) }

// LogValue is the kind of login.
func (c ClientCredentials) LogValue() slog.Value { return hidden(c) }

// LogValue is the kind of login.
func (j JWT) LogValue() slog.Value { return hidden(j) }

// LogValue is the kind of login.
func (a AccessToken) LogValue() slog.Value { return hidden(a) }

// LogValue is the kind of login.
func (p Password) LogValue() slog.Value { return hidden(p) }

func hidden(l Login) slog.Value { return slog.StringValue(fmt.Sprint(l)) }

// MarshalText gives the kind of login.
func (c ClientCredentials) MarshalText() ([]byte, error) { return fmt.Append(nil, c), nil }

// MarshalText gives the kind of login.
func (j JWT) MarshalText() ([]byte, error) { return fmt.Append(nil, j), nil }

// MarshalText gives the kind of login.
func (a AccessToken) MarshalText() ([]byte, error) { return fmt.Append(nil, a), nil }

// MarshalText gives the kind of login.
func (p Password) MarshalText() ([]byte, error) { return fmt.Append(nil, p), nil }
