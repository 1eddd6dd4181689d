package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/hubspot"
	"github.com/onward-crm/onward/crm/hubspot/hstest"
	"github.com/onward-crm/onward/crm/salesforce/sftest"
)

// testHubSpotSecret is the client secret of the app of the tests.
const testHubSpotSecret = "hubspot-client-secret-of-the-test"

// aPortal is a HubSpot account in which contact 123 has moved from Old Works to a
// company, and the settings that reach it.
func aPortal(t *testing.T, company string) (*hstest.Server, string) {
	t.Helper()
	s := hstest.New()
	t.Cleanup(s.Close)
	now := time.Now()
	for company, at := range map[string]time.Time{"Old Works": now.AddDate(0, -6, 0), company: now.Add(-time.Minute)} {
		s.PutContactAt(123, at, map[string]string{"firstname": "Ada", "lastname": "Quill", "email": "ada@old-works.example", "company": company})
	}
	return s, "api_url: '" + s.URL() + "', secrets: [{ id: app, env: HUBSPOT_SECRET }], portals: [62515]"
}

// changed tells of a change of company of contact 123, as HubSpot does.
func (s *served) changed(event int, company string) answer {
	s.t.Helper()
	at := time.Now().UnixMilli()
	body := fmt.Sprintf(`[{"eventId":%d,"subscriptionId":1,"portalId":62515,"appId":1,"occurredAt":%d,"subscriptionType":"contact.propertyChange",`+
		`"attemptNumber":0,"objectId":123,"propertyName":"company","propertyValue":%q,"changeSource":"CRM"}]`, event, at, company)
	mac := hmac.New(sha256.New, []byte(testHubSpotSecret))
	fmt.Fprintf(mac, "POST%s/hubspot/webhooks%s%d", s.url, body, at)
	return s.send("POST", "/hubspot/webhooks", body, "X-HubSpot-Request-Timestamp", fmt.Sprint(at),
		"X-HubSpot-Signature-v3", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
}

// TestServeWritesBackToHubSpot: a webhook, a contact that is fetched by OAuth, a lead in
// the org, and the result on the contact; the properties are created while it waits.
func TestServeWritesBackToHubSpot(t *testing.T) {
	portal, settings := aPortal(t, "Beta Labs")
	refresh := portal.InstallApp("app-1", testHubSpotSecret, true)
	org, server := faultyOrg(t, sftest.Options{})
	environ, args := org.serving(t, filepath.Join(t.TempDir(), "onward.db"),
		"  hubspot: { "+settings+", oauth: { client_id: app-1, client_secret_env: HUBSPOT_SECRET, refresh_token_env: HUBSPOT_REFRESH }, "+
			"plan: professional, write_back: { enabled: true, dri: responsible } }\n")
	environ = append(environ, "HUBSPOT_SECRET="+testHubSpotSecret, "HUBSPOT_REFRESH="+refresh)
	s := startServing(t, environ, args...)
	eventually(t, "it says what is missing", func() bool {
		return strings.Contains(s.stderr.String(), "create the contact properties onward_outcome, onward_salesforce_account_id, onward_salesforce_contact_id, onward_salesforce_lead_id, responsible in HubSpot")
	})
	for _, name := range append(hubspot.DefaultProperties().Names(), "responsible") {
		portal.Define(hstest.Contacts, hstest.Property{Name: name})
	}
	if got := s.changed(100, "Beta Labs"); got.status != http.StatusOK {
		t.Fatalf("%s\n%s", got, s.stderr)
	}
	told := func() map[string]string { return portal.Properties(hstest.Contacts, 123) }
	eventually(t, "the contact is told", func() bool { return told()["onward_outcome"] != "" })
	leads := server.CRM().Records(crm.ObjectLead)
	if len(leads) != 1 || leads[0].Fields["LastName"] != "Quill" {
		t.Fatalf("leads %+v\n%s", leads, s.stderr)
	}
	if got := told(); got["onward_outcome"] != "lead_created" || got["onward_salesforce_lead_id"] != leads[0].ID {
		t.Errorf("told %v", got)
	}
	if code := s.stop(); code != exit.CodeDone {
		t.Errorf("code %d\n%s", code, s.stderr)
	}
	for _, secret := range []string{refresh, testHubSpotSecret, "access-token-"} {
		if strings.Contains(s.stderr.String(), secret) {
			t.Errorf("the log holds %s", secret)
		}
	}
}

// TestServeWithoutWriteBack: nothing is written to HubSpot unless it is switched on, and
// nothing in shadow mode.
func TestServeWithoutWriteBack(t *testing.T) {
	for name, more := range map[string][]string{
		"off":    {""},
		"shadow": {", write_back: { enabled: true }", "mode: shadow\n"},
	} {
		t.Run(name, func(t *testing.T) {
			portal, settings := aPortal(t, "Beta Labs")
			for _, property := range hubspot.DefaultProperties().Names() {
				portal.Define(hstest.Contacts, hstest.Property{Name: property})
			}
			org, _ := faultyOrg(t, sftest.Options{})
			environ, args := org.serving(t, filepath.Join(t.TempDir(), "onward.db"),
				append([]string{"  hubspot: { " + settings + ", token_env: HUBSPOT_TOKEN" + more[0] + " }\n"}, more[1:]...)...)
			s := startServing(t, append(environ, "HUBSPOT_SECRET="+testHubSpotSecret, "HUBSPOT_TOKEN="+hstest.Token), args...)
			if got := s.changed(100, "Beta Labs"); got.status != http.StatusOK {
				t.Fatalf("%s\n%s", got, s.stderr)
			}
			eventually(t, "the move is decided", func() bool {
				q := s.send("GET", "/operator/status", "", "Authorization", "Bearer "+testOperator)
				return q.get("queue", "statuses", "done") == "1" && q.get("queue", "held") == "0"
			})
			if code := s.stop(); code != exit.CodeDone {
				t.Errorf("code %d\n%s", code, s.stderr)
			}
			if n := len(portal.CallsTo("/batch/update")); n != 0 {
				t.Errorf("%d writes", n)
			}
		})
	}
}

// TestDoctorAndHubSpot: what the account lacks is told, with what to do.
func TestDoctorAndHubSpot(t *testing.T) {
	org := serveOrg(t)
	config := filepath.Join(t.TempDir(), "onward.yaml")
	doctor := func(t *testing.T, portal *hstest.Server, token string) outcome {
		write(t, config, "adapter: { hubspot: { api_url: '"+portal.URL()+"', token_env: HUBSPOT_TOKEN, write_back: { enabled: true, outcome: lastmodifieddate } } }\n")
		return org.on(t, append(org.credentials(), "HUBSPOT_TOKEN="+token), "doctor", "--config", config)
	}
	properties := []string{"onward_salesforce_lead_id", "onward_salesforce_contact_id", "onward_salesforce_account_id", "onward_dri"}
	for _, tt := range []struct {
		name   string
		token  string
		change func(*hstest.Server)
		says   []string
	}{
		{"properties", hstest.Token, func(*hstest.Server) {}, []string{
			"ok       hubspot       the account takes the login", "create the contact properties onward_dri, onward_salesforce_account_id",
			"HubSpot lets nobody write lastmodifieddate: name other properties", "calls are left of the day's"}},
		{"token", "pat-eu1-of-somebody", func(*hstest.Server) {}, []string{"problem  hubspot", "copy the token of the private app again"}},
		{"no token", "", func(*hstest.Server) {}, []string{"problem  hubspot       adapter.hubspot.token_env: HUBSPOT_TOKEN is not set"}},
		{"lists", hstest.Token, func(s *hstest.Server) {
			for _, name := range properties {
				s.Define(hstest.Contacts, hstest.Property{Name: name})
			}
			s.Inject(hstest.Fault{Path: "/lists/", Status: 403, Body: `{"category":"MISSING_SCOPES"}`})
		}, []string{"warning  hubspot       lists, which imports may name, cannot be read", "crm.lists.read"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			portal := hstest.New()
			t.Cleanup(portal.Close)
			tt.change(portal)
			got := doctor(t, portal, tt.token)
			for _, want := range tt.says {
				if !strings.Contains(got.stdout, want) {
					t.Errorf("it does not say %q:\n%s", want, got.stdout)
				}
			}
			if got.code != exit.CodeLeft || strings.Contains(got.stdout+got.stderr, hstest.Token) {
				t.Errorf("code %d\n%s", got.code, got.stderr)
			}
		})
	}
}
