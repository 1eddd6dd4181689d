package env_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/onward-crm/onward/cmd/onward/env"
	"github.com/onward-crm/onward/crm/hubspot"
	"github.com/onward-crm/onward/crm/hubspot/hstest"
	"github.com/onward-crm/onward/internal/settings"
)

// hubSpotSettings are the settings of an account, with the environment laid over them.
func hubSpotSettings(t *testing.T, keys string, environ ...string) settings.Settings {
	t.Helper()
	s, err := settings.Parse("onward.yaml", []byte("adapter: { hubspot: { "+keys+" } }\n"), environ)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestOpenHubSpot(t *testing.T) {
	const oauth = "oauth: { client_id: app-1, client_secret_env: SECRET, refresh_token_env: REFRESH }"
	for name, tt := range map[string]struct {
		keys    string
		environ []string
		says    string
		none    bool
	}{
		"nothing":              {none: true},
		"a token":              {keys: "token_env: TOKEN, plan: add-on, api_version: 2026-03", environ: []string{"TOKEN=pat-eu1-11111111"}},
		"no token":             {keys: "token_env: TOKEN", says: "adapter.hubspot.token_env: TOKEN is not set"},
		"a token that is none": {keys: "token_env: TOKEN", environ: []string{"TOKEN=pat"}, says: "adapter.hubspot: hubspot: no token"},
		"two logins":           {keys: "token_env: TOKEN, " + oauth, environ: []string{"TOKEN=pat-eu1-11111111"}, says: "adapter.hubspot.oauth: more than one login"},
		"somebody's host":      {keys: "token_env: TOKEN, api_url: 'https://evil.example'", environ: []string{"TOKEN=pat-eu1-11111111"}, says: "adapter.hubspot.api_url: want https://api.hubapi.com"},
		"OAuth":                {keys: oauth, environ: []string{"SECRET=s", "REFRESH=refresh-token-0"}},
		"OAuth without secret": {keys: oauth, environ: []string{"REFRESH=refresh-token-0"}, says: "adapter.hubspot.oauth.client_secret_env: SECRET is not set"},
		"OAuth without token":  {keys: oauth, environ: []string{"SECRET=s"}, says: "adapter.hubspot.oauth.refresh_token_env: REFRESH is not set"},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := env.OpenHubSpot(t.Context(), hubSpotSettings(t, tt.keys, tt.environ...), &env.Dialing{Now: time.Now})
			if tt.says != "" {
				if err == nil || !strings.Contains(err.Error(), tt.says) {
					t.Errorf("%v, want %s", err, tt.says)
				}
				return
			}
			if err != nil || (c == nil) != tt.none {
				t.Errorf("%v, %v", c, err)
			}
		})
	}
}

// TestRefreshTokenOutlastsTheProgram: HubSpot gives another one at each exchange, and
// after a restart the latest is used; a new installation goes before the file.
func TestRefreshTokenOutlastsTheProgram(t *testing.T) {
	s := hstest.New()
	t.Cleanup(s.Close)
	path := filepath.Join(t.TempDir(), "refresh")
	first := s.InstallApp("app-1", "client-secret", true)
	reads := func(refresh string) error {
		keys := fmt.Sprintf("oauth: { client_id: app-1, client_secret_env: SECRET, refresh_token_env: REFRESH, refresh_token_file: '%s' }, api_url: '%s'", path, s.URL())
		c, err := env.OpenHubSpot(t.Context(), hubSpotSettings(t, keys, "SECRET=client-secret", "REFRESH="+refresh), &env.Dialing{Now: time.Now})
		if err == nil {
			_, err = c.Contacts(t.Context(), []int64{1}, []string{"lastname"})
		}
		return err
	}
	for start := range 3 {
		if err := reads(first); err != nil {
			t.Fatalf("start %d: %v", start+1, err)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if err := reads(s.InstallApp("app-1", "client-secret", true)); err != nil {
		t.Errorf("installed again: %v", err)
	}
	if err := os.WriteFile(path, []byte("shopping list"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := reads(first); err == nil || !strings.Contains(err.Error(), "refresh_token_file") || !strings.Contains(err.Error(), "no file that onward wrote") {
		t.Errorf("somebody else's file: %v", err)
	}
}

// TestWriteBackDefaults are those of the driver, and the plans are its plans.
func TestWriteBackDefaults(t *testing.T) {
	w := settings.Default().Adapter.HubSpot.WriteBack
	got := hubspot.Properties{Outcome: w.Outcome, LeadID: w.LeadID, ContactID: w.ContactID, AccountID: w.AccountID, DRI: w.DRI}
	if got != hubspot.DefaultProperties() {
		t.Errorf("%+v", got)
	}
	for _, plan := range []settings.HubSpotPlan{settings.HubSpotStarter, settings.HubSpotProfessional, settings.HubSpotAddOn} {
		if _, err := hubspot.Open(t.Context(), hubspot.Options{Token: hstest.Token, Plan: hubspot.Plan(plan)}); err != nil {
			t.Error(err)
		}
	}
	if base := settings.Default().Adapter.HubSpot.APIURL; base != hubspot.DefaultBaseURL {
		t.Errorf("%s", base)
	}
}
