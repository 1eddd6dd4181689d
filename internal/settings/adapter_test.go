package settings_test

import (
	"strings"
	"testing"

	"github.com/onward-crm/onward/internal/settings"
)

// TestAdapterIsJudged: what onward serve cannot use is named with its place.
func TestAdapterIsJudged(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"defaults":              {"", ""},
		"all is well":           {"listen: '[::1]:8080', metrics: ':9090', public_url: 'https://hooks.example.com/', endpoint_networks: [10.0.0.0/8]", ""},
		"local name":            {"public_url: 'http://localhost:8080'", ""},
		"retention for ever":    {"retention: { facts_days: 0, deliveries_days: 0, moves_days: 0 }", ""},
		"no port":               {"listen: localhost", "adapter.listen: want HOST:PORT"},
		"port of letters":       {"listen: 'localhost:http'", "adapter.listen: want HOST:PORT"},
		"port too large":        {"listen: 'localhost:65536'", "adapter.listen: want HOST:PORT"},
		"IPv6 without brackets": {"listen: '::1:8080'", "adapter.listen: want HOST:PORT"},
		"metrics without port":  {"metrics: localhost", "adapter.metrics: want HOST:PORT"},
		"name in the open":      {"public_url: 'http://hooks.example.com'", "adapter.public_url: want https"},
		"name with a path":      {"public_url: 'https://hooks.example.com/in'", "adapter.public_url: want an address without a path"},
		"name with a query":     {"public_url: 'https://hooks.example.com?a=b'", "adapter.public_url: want an address without a path"},
		"name with a password":  {"public_url: 'https://a:b@hooks.example.com'", "adapter.public_url: want an address without a path"},
		"no workers":            {"workers: 0", "adapter.workers: 0 is not within 1 and 64"},
		"mirror never":          {"mirror_minutes: 0", "adapter.mirror_minutes: 0 is not within 1 and 1440"},
		"Flow waits too long":   {"flow: { deadline_seconds: 111 }", "adapter.flow.deadline_seconds: 111 is not within 1 and 110"},
		"action waits too long": {"hubspot: { deadline_seconds: 26 }", "adapter.hubspot.deadline_seconds: 26 is not within 1 and 25"},
		"no room":               {"limits: { in_flight: 0 }", "adapter.limits.in_flight: 0 is not within 1 and 10000"},
		"negative rate":         {"limits: { per_second: -1 }", "adapter.limits.per_second: -1 is less than 0"},
		"negative retention":    {"retention: { facts_days: -1 }", "adapter.retention.facts_days: -1 is less than 0"},
		"keys too short":        {"retention: { deliveries_days: 29 }", "adapter.retention.deliveries_days: 29 days"},
		"moves too short":       {"retention: { moves_days: 89 }", "adapter.retention.moves_days: 89 days"},
		"no network":            {"endpoint_networks: [10.0.0.0/8, 10.0.0.1]", "adapter.endpoint_networks[1]: want a network"},
		"key without a name":    {"flow: { keys: [{ env: KEY, scopes: [route] }] }", "adapter.flow.keys[0].id: want a name"},
		"key without an end":    {"flow: { keys: [{ id: a, env: KEY, previous_env: OLD, scopes: [route] }] }", "adapter.flow.keys[0].previous_until: want the day"},
		"secret of nowhere":     {"hubspot: { secrets: [{ id: a }] }", "adapter.hubspot.secrets[0].env: want the environment variable"},
		"HubSpot by OAuth":      {"hubspot: { oauth: { client_id: a, client_secret_env: S, refresh_token_env: R }, plan: add-on, api_version: 2026-03, api_url: 'https://api-eu1.hubapi.com' }", ""},
		"half of OAuth":         {"hubspot: { oauth: { client_id: a, client_secret_env: S } }", "adapter.hubspot.oauth.refresh_token_env: missing: OAuth needs"},
		"two logins":            {"hubspot: { token_env: T, oauth: { client_id: a, client_secret_env: S, refresh_token_env: R } }", "adapter.hubspot.oauth: more than one login"},
		"API of the future":     {"hubspot: { api_version: v9 }", `adapter.hubspot.api_version: "v9" is no API version`},
		"API of nobody":         {"hubspot: { api_url: 'https://hubapi.com.example.com' }", "adapter.hubspot.api_url: want https://api.hubapi.com"},
		"API in the open":       {"hubspot: { api_url: 'http://api.hubapi.com' }", "adapter.hubspot.api_url: want https://api.hubapi.com"},
		"writes back":           {"hubspot: { token_env: T, write_back: { enabled: true, dri: '' } }", ""},
		"writes without login":  {"hubspot: { write_back: { enabled: true } }", "adapter.hubspot.write_back.enabled: nothing can be written without a login"},
		"writes to a label":     {"hubspot: { token_env: T, write_back: { enabled: true, dri: Responsible } }", `adapter.hubspot.write_back.dri: "Responsible" is no internal name`},
		"writes twice to one":   {"hubspot: { token_env: T, write_back: { enabled: true, dri: onward_outcome } }", `adapter.hubspot.write_back.dri: "onward_outcome" holds outcome already`},
		"writes nothing":        {"hubspot: { token_env: T, write_back: { enabled: true, outcome: '', lead_id: '', contact_id: '', account_id: '', dri: '' } }", "adapter.hubspot.write_back.enabled: every property is"},
		"operator of nowhere":   {"operators: [{ id: ann }]", "adapter.operators[0].env: want the environment variable"},
		"feed with a slash":     {"feeds: [{ name: a/b, secrets: [{ id: a, env: KEY }] }]", "adapter.feeds[0].name: want a name of its own"},
		"two feeds of a name":   {"feeds: [{ name: a, secrets: [{ id: a, env: KEY }] }, { name: a, secrets: [{ id: a, env: KEY }] }]", "adapter.feeds[1].name: want a name of its own"},
		"sequence of nowhere":   {"sequences: [{ name: a, secrets: [{ id: a, env: KEY }] }]", "adapter.sequences[0].url: want a name and an address"},
		"endpoint of nowhere":   {"endpoints: [{ name: a, secrets: [{ id: a, env: KEY }] }]", "adapter.endpoints[0].url: want a name and an address"},
	} {
		t.Run(name, func(t *testing.T) {
			err := parse(t, "adapter: { "+c.text+" }\n").CheckAdapter()
			if c.want == "" {
				if err != nil {
					t.Error(err)
				}
			} else if err == nil || !strings.Contains(err.Error(), "onward.yaml:1:") || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
}

// TestDatabaseURLGoesBeforeTheFile, and so do the address and the public URL.
func TestDatabaseURLGoesBeforeTheFile(t *testing.T) {
	s, err := settings.Parse("onward.yaml", []byte("adapter: { database: a.db, listen: 'localhost:1', public_url: 'https://a.example' }\n"),
		[]string{"DATABASE_URL=postgres://u:hush@h/d", "ONWARD_LISTEN=localhost:2", "ONWARD_PUBLIC_URL=https://b.example"})
	if err != nil {
		t.Fatal(err)
	}
	if a := s.Adapter; a.Database != "postgres://u:hush@h/d" || a.Listen != "localhost:2" || a.PublicURL != "https://b.example" {
		t.Errorf("%+v", a)
	}
}
