package main

import (
	"fmt"
	"maps"
	"os"
	"slices"

	"github.com/onward-crm/onward/adapter"
	"github.com/onward-crm/onward/adapter/outbox"
	"github.com/onward-crm/onward/internal/settings"
)

// secretBook turns the environment variables that the configuration names into
// secrets, and remembers which were missing or refused.
type secretBook struct {
	settings settings.Settings
	problems []error
}

// of is the secret in a variable.
func (b *secretBook) of(path, variable string) adapter.Secret {
	return b.take(path, variable, adapter.NewSecret)
}

// key is the API key in a variable; it may be shorter.
func (b *secretBook) key(path, variable string) adapter.Secret {
	return b.take(path, variable, adapter.NewKey)
}

func (b *secretBook) take(path, variable string, make func(string) (adapter.Secret, error)) adapter.Secret {
	held := string(b.settings.Held(variable))
	if held == "" {
		b.problems = append(b.problems, fmt.Errorf("adapter.%s: %s is not set", path, variable))
		return adapter.Secret{}
	}
	secret, err := make(held)
	if err != nil {
		b.problems = append(b.problems, fmt.Errorf("adapter.%s: %s: %w", path, variable, err))
	}
	return secret
}

// signing are the secrets of one sender, the current one first.
func (b *secretBook) signing(path string, cs []settings.Credential) []adapter.SigningKey {
	out := make([]adapter.SigningKey, len(cs))
	for i, c := range cs {
		out[i] = adapter.SigningKey{ID: c.ID, Value: b.of(fmt.Sprintf("%s[%d]", path, i), c.Env), Until: c.Until}
	}
	return out
}

// endpoints are the receivers of a list of the settings, with their secrets.
func (b *secretBook) endpoints(key string, list []settings.EndpointRef) []outbox.Endpoint {
	var out []outbox.Endpoint
	for i, e := range list {
		end := outbox.Endpoint{Name: e.Name, URL: e.URL}
		for _, k := range b.signing(fmt.Sprintf("%s[%d].secrets", key, i), e.Secrets) {
			end.Secrets = append(end.Secrets, k.Value)
		}
		out = append(out, end)
	}
	return out
}

// flow are the settings of Flows; nil when nobody may call.
func (b *secretBook) flow() (*adapter.FlowOptions, error) {
	f := b.settings.Adapter.Flow
	if len(f.Keys) == 0 && f.JWT.Issuer == "" {
		return nil, nil
	}
	out := &adapter.FlowOptions{Deadline: seconds(f.DeadlineSeconds)}
	for i, k := range f.Keys {
		path := fmt.Sprintf("flow.keys[%d]", i)
		key := adapter.APIKey{ID: k.ID, Current: b.key(path, k.Env), Scopes: scopes(k.Scopes)}
		if k.PreviousEnv != "" {
			key.Previous, key.PreviousUntil = b.key(path, k.PreviousEnv), k.PreviousUntil
		}
		out.Keys = append(out.Keys, key)
	}
	if f.JWT.Issuer == "" {
		return out, nil
	}
	out.JWT = &adapter.JWTOptions{Issuer: f.JWT.Issuer, Audience: f.JWT.Audience, Subject: f.JWT.Subject, Scopes: scopes(f.JWT.Scopes)}
	for _, id := range slices.Sorted(maps.Keys(f.JWT.KeyFiles)) {
		pem, err := os.ReadFile(f.JWT.KeyFiles[id])
		if err != nil {
			return nil, fmt.Errorf("adapter.flow.jwt.key_files.%s: %w", id, err)
		}
		out.JWT.Keys = append(out.JWT.Keys, adapter.JWTKey{ID: id, PEM: pem})
	}
	return out, nil
}

func scopes(names []string) []adapter.Scope {
	out := make([]adapter.Scope, len(names))
	for i, n := range names {
		out[i] = adapter.Scope(n)
	}
	return out
}

// hubspot are the settings of HubSpot's app; nil when it has no secret.
func (b *secretBook) hubspot(fetch bool) *adapter.HubSpotOptions {
	h := b.settings.Adapter.HubSpot
	if len(h.Secrets) == 0 {
		return nil
	}
	return &adapter.HubSpotOptions{
		Secrets: b.signing("hubspot.secrets", h.Secrets), Portals: wide(h.Portals), Apps: wide(h.Apps), Properties: h.Properties,
		Legacy: h.Legacy, V3Only: h.V3Only, Fetch: fetch, NoCallbacks: !fetch, Deadline: seconds(h.DeadlineSeconds),
	}
}

func wide(ids []int) []int64 {
	out := make([]int64, len(ids))
	for i, id := range ids {
		out[i] = int64(id)
	}
	return out
}

// feeds are the settings of the signed feeds.
func (b *secretBook) feeds() []adapter.FeedOptions {
	var out []adapter.FeedOptions
	for i, f := range b.settings.Adapter.Feeds {
		out = append(out, adapter.FeedOptions{Name: f.Name, Keys: b.signing(fmt.Sprintf("feeds[%d].secrets", i), f.Secrets)})
	}
	return out
}

// operators are the people who may look and decide.
func (b *secretBook) operators() []adapter.Operator {
	var out []adapter.Operator
	for i, c := range b.settings.Adapter.Operators {
		out = append(out, adapter.Operator{Name: c.ID, Token: b.of(fmt.Sprintf("operators[%d]", i), c.Env)})
	}
	return out
}
