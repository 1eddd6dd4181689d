package settings

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/onward-crm/onward/routing"
)

// HubSpotSource is what HubSpot's webhooks, workflows and actions use, and how its API
// is called: for contacts and lists, to complete actions, and to write back.
type HubSpotSource struct {
	// Secrets are the app's client secrets: the current one first.
	Secrets []Credential `yaml:"secrets"`
	// Portals and Apps are those that events are taken from. The API is called for the
	// first of the portals.
	Portals []int `yaml:"portals"`
	Apps    []int `yaml:"apps"`
	// Properties of a contact whose change is news; absent means the usual ones.
	Properties []string `yaml:"properties"`
	// Legacy takes the older signatures, which carry no time, on the webhook route
	// too; V3Only refuses them on the action and workflow routes.
	Legacy bool `yaml:"legacy_signatures"`
	V3Only bool `yaml:"v3_only"`
	// DeadlineSeconds is how long a workflow action waits for the result (1 to 25).
	DeadlineSeconds int `yaml:"deadline_seconds"`
	// TokenEnv is the variable that holds the private app's token, with which the API is
	// called; OAuth are the credentials of a public app in its place. Without either
	// nothing is fetched.
	TokenEnv string       `yaml:"token_env"`
	OAuth    HubSpotOAuth `yaml:"oauth"`
	// Plan is the account's subscription, which says how many calls a private app may
	// make; APIVersion is v3, or the date of a dated version such as 2026-03.
	Plan       HubSpotPlan `yaml:"plan"`
	APIVersion string      `yaml:"api_version"`
	// APIURL is where the API is: https://api.hubapi.com, or another host of hubapi.com.
	APIURL string `yaml:"api_url"`
	// WriteBack tells contacts what became of their moves.
	WriteBack HubSpotWriteBack `yaml:"write_back"`
}

// HubSpotOAuth are the credentials of a public app that was installed in the account.
type HubSpotOAuth struct {
	ClientID string `yaml:"client_id"`
	// ClientSecretEnv and RefreshTokenEnv are the variables that hold the app's client
	// secret, and the refresh token that the installation gave.
	ClientSecretEnv string `yaml:"client_secret_env"`
	RefreshTokenEnv string `yaml:"refresh_token_env"`
	// RefreshTokenFile keeps a refresh token that HubSpot gave in place of that one; ""
	// keeps none, so that after a restart the first one is used again.
	RefreshTokenFile string `yaml:"refresh_token_file"`
}

// Given reports whether anything was said of OAuth.
func (o HubSpotOAuth) Given() bool { return o != HubSpotOAuth{} }

// HubSpotPlan is a subscription of HubSpot.
type HubSpotPlan string

// The plans, by the calls that a private app may make in ten seconds: 100, 190, 250.
const (
	HubSpotStarter      HubSpotPlan = "starter"
	HubSpotProfessional HubSpotPlan = "professional"
	HubSpotAddOn        HubSpotPlan = "add-on"
)

// HubSpotWriteBack says whether what became of a contact's move is written to the
// contact, and to which of its properties; a property of "" is not written.
type HubSpotWriteBack struct {
	Enabled bool `yaml:"enabled"`
	// Outcome is the result in one word, the ids are Salesforce's, DRI names the
	// directly responsible person.
	Outcome   string `yaml:"outcome"`
	LeadID    string `yaml:"lead_id"`
	ContactID string `yaml:"contact_id"`
	AccountID string `yaml:"account_id"`
	DRI       string `yaml:"dri"`
}

func defaultHubSpot() HubSpotSource {
	return HubSpotSource{
		DeadlineSeconds: 20, Plan: HubSpotStarter, APIVersion: "v3", APIURL: "https://api.hubapi.com",
		WriteBack: HubSpotWriteBack{
			Outcome: "onward_outcome", LeadID: "onward_salesforce_lead_id", ContactID: "onward_salesforce_contact_id",
			AccountID: "onward_salesforce_account_id", DRI: "onward_dri",
		},
	}
}

var (
	hubSpotVersion  = regexp.MustCompile(`^(v3|20[0-9]{2}-[0-9]{2})$`)
	hubSpotProperty = regexp.MustCompile(`^[a-z][a-z0-9_]{0,99}$`)
)

// Reads reports whether there are credentials by which HubSpot's API is called.
func (h HubSpotSource) Reads() bool { return h.TokenEnv != "" || h.OAuth.Given() }

// CheckHubSpot judges only how HubSpot's API is called; CheckAdapter does so too. The
// error is an *Error that names every problem with its line.
func (s Settings) CheckHubSpot() error {
	var out []routing.Problem
	s.Adapter.HubSpot.check(func(path, format string, args ...any) {
		out = append(out, routing.Problem{Path: "adapter." + path, Message: fmt.Sprintf(format, args...)})
	})
	return s.Locate(out)
}

// check judges how HubSpot's API is called.
func (h HubSpotSource) check(add func(path, format string, args ...any)) {
	if o := h.OAuth; o.Given() {
		for _, want := range []struct{ key, value string }{
			{"client_id", o.ClientID}, {"client_secret_env", o.ClientSecretEnv}, {"refresh_token_env", o.RefreshTokenEnv},
		} {
			if want.value == "" {
				add("hubspot.oauth."+want.key, "missing: OAuth needs client_id, client_secret_env and refresh_token_env")
			}
		}
		if h.TokenEnv != "" {
			add("hubspot.oauth", "more than one login: want token_env of a private app, or oauth of a public one")
		}
	}
	if !hubSpotVersion.MatchString(h.APIVersion) {
		add("hubspot.api_version", "%q is no API version, want v3, or a date such as 2026-03", h.APIVersion)
	}
	if !hubSpotHost(h.APIURL) {
		add("hubspot.api_url", "want https://api.hubapi.com, or another host of hubapi.com: tokens are sent there")
	}
	h.WriteBack.check(h.Reads(), add)
}

// hubSpotHost reports whether an address is one of HubSpot's API, or of this machine.
func hubSpotHost(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return false
	}
	host := strings.ToLower(u.Hostname())
	hubspots := u.Scheme == "https" && u.Port() == "" && (host == "hubapi.com" || strings.HasSuffix(host, ".hubapi.com"))
	return hubspots || isLoopback(host) && (u.Scheme == "http" || u.Scheme == "https")
}

// check judges where results are written.
func (w HubSpotWriteBack) check(reads bool, add func(path, format string, args ...any)) {
	if !w.Enabled {
		return
	}
	if !reads {
		add("hubspot.write_back.enabled", "nothing can be written without a login: want token_env or oauth")
	}
	used := map[string]string{}
	for _, p := range []struct{ key, name string }{
		{"outcome", w.Outcome}, {"lead_id", w.LeadID}, {"contact_id", w.ContactID}, {"account_id", w.AccountID}, {"dri", w.DRI},
	} {
		path := "hubspot.write_back." + p.key
		switch {
		case p.name == "":
		case !hubSpotProperty.MatchString(p.name):
			add(path, "%q is no internal name of a property: want small letters, digits and _", p.name)
		case used[p.name] != "":
			add(path, "%q holds %s already", p.name, used[p.name])
		default:
			used[p.name] = p.key
		}
	}
	if len(used) == 0 {
		add("hubspot.write_back.enabled", "every property is \"\", so that nothing would be written")
	}
}
