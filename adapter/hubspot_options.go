package adapter

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// HubSpotOptions are the settings of one app of HubSpot's: its subscriptions, its
// workflows' webhooks and its custom action.
type HubSpotOptions struct {
	// Secrets are the app's client secrets: the current one first, then at most one
	// previous one with an end.
	Secrets []SigningKey
	// Portals are the accounts whose reports are taken; at least one. Apps are the
	// apps; empty takes any, since the secret tells already. What comes from others
	// is ignored.
	Portals []int64
	Apps    []int64
	// Properties of a contact whose change is news. Default:
	// DefaultHubSpotProperties.
	Properties []string
	// Legacy lets subscriptions be signed with versions 1 and 2 too, which carry no
	// time. V3Only refuses version 2 on the action and workflow routes, where HubSpot
	// documents it.
	Legacy, V3Only bool
	// Fetch tells that the engine's Completer can fetch contacts: a workflow's
	// report that says too little then points at its contact.
	Fetch bool
	// Deadline is how long a custom action is kept waiting for its outcome; HubSpot
	// gives up after 30 s. Default: DefaultActionDeadline.
	Deadline time.Duration
	// NoCallbacks tells that nobody can complete an action later, for want of a token: one
	// whose outcome is not known in time is answered 503, and HubSpot comes again.
	NoCallbacks bool
	// Expiry is how long a workflow waits for the callback after that, in whole
	// minutes. Default: DefaultActionExpiry.
	Expiry time.Duration
}

// The defaults of HubSpotOptions.
const (
	DefaultActionDeadline = 20 * time.Second
	DefaultActionExpiry   = 24 * time.Hour
	maxActionDeadline     = 29 * time.Second
)

// DefaultHubSpotProperties are the properties of a contact that tell of a move.
func DefaultHubSpotProperties() []string {
	return []string{"jobtitle", "company", "email", "associatedcompanyid", "hs_linkedin_url"}
}

// SigningKey is a secret, or a public key, that proves signatures.
type SigningKey struct {
	// ID names the key in logs and metrics; default "current" or "previous".
	ID string
	// Value is the key itself.
	Value Secret
	// Until is when it ends; zero means never, for the current one only.
	Until time.Time
}

// checkKeys checks a current and perhaps a previous key, and names them.
func checkKeys(what string, keys []SigningKey) ([]SigningKey, error) {
	if len(keys) == 0 || len(keys) > 2 {
		return nil, fmt.Errorf("adapter: %s: want one secret, or two while one replaces the other", what)
	}
	keys = slices.Clone(keys)
	for i := range keys {
		if keys[i].ID == "" {
			keys[i].ID = []string{"current", "previous"}[i]
		}
		switch k := keys[i]; {
		case len(k.Value.Reveal()) < minSecret:
			return nil, fmt.Errorf("adapter: %s: a secret has fewer than %d bytes", what, minSecret)
		case i > 0 && k.Until.IsZero():
			return nil, fmt.Errorf("adapter: %s: the previous secret needs an end", what)
		case i > 0 && k.Value.Is(keys[0].Value.Reveal()):
			return nil, fmt.Errorf("adapter: %s: the previous secret is the current one", what)
		case i > 0 && k.ID == keys[0].ID:
			return nil, fmt.Errorf("adapter: %s: two secrets have one id", what)
		}
	}
	return keys, nil
}

// withDefaults checks the options and fills in what is missing.
func (o HubSpotOptions) withDefaults() (HubSpotOptions, error) {
	keys, err := checkKeys("hubspot", o.Secrets)
	errs := []error{err}
	o.Secrets = keys
	if len(o.Portals) == 0 {
		errs = append(errs, errors.New("adapter: hubspot: portals: want at least one"))
	}
	if o.Properties == nil {
		o.Properties = DefaultHubSpotProperties()
	}
	if o.Deadline == 0 {
		o.Deadline = DefaultActionDeadline
	}
	if o.Deadline < 0 || o.Deadline > maxActionDeadline {
		errs = append(errs, fmt.Errorf("adapter: hubspot: deadline: want at most %s", maxActionDeadline))
	}
	if o.Expiry == 0 {
		o.Expiry = DefaultActionExpiry
	}
	if o.Expiry < time.Minute || o.Expiry%time.Minute != 0 {
		errs = append(errs, errors.New("adapter: hubspot: expiry: want whole minutes"))
	}
	return o, errors.Join(errs...)
}

// hubSpotTenant are the portals and apps that a secret speaks for.
type hubSpotTenant struct{ portals, apps []int64 }

// knows tells whether a portal, and an app where one is named, are ours.
func (t hubSpotTenant) knows(portal, app wholeNumber) bool {
	return slices.Contains(t.portals, int64(portal)) && (len(t.apps) == 0 || app == 0 || slices.Contains(t.apps, int64(app)))
}

// knowsText is knows for a portal as text.
func (t hubSpotTenant) knowsText(portal string) bool {
	n, err := strconv.ParseInt(portal, 10, 64)
	return err == nil && t.knows(wholeNumber(n), 0)
}

// or is the portal, or the only one there is, or "".
func (t hubSpotTenant) or(portal string) string {
	if portal == "" && len(t.portals) == 1 {
		return strconv.FormatInt(t.portals[0], 10)
	}
	return portal
}

// person names a contact. Ids of two portals mean nothing to each other, so that they
// bear the portal's where there are several.
func (t hubSpotTenant) person(portal, id string) string {
	if len(t.portals) < 2 || portal == "" || id == "" {
		return id
	}
	return portal + "-" + id
}

// hubSpotSources are the sources of one app.
type hubSpotSources struct {
	webhooks *hubSpotWebhooks
	workflow *hubSpotWorkflow
	action   *hubSpotAction
	options  hubSpotOptionsList
}

// newHubSpotSources makes the sources of an app. base is the public URL.
func newHubSpotSources(o HubSpotOptions, base string, limits Limits, strategies actionStrategies) (hubSpotSources, error) {
	o, err := o.withDefaults()
	if err != nil {
		return hubSpotSources{}, err
	}
	keys := make([]hubSpotKey, len(o.Secrets))
	for i, k := range o.Secrets {
		keys[i] = hubSpotKey{id: k.ID, value: []byte(k.Value.Reveal()), until: k.Until}
	}
	tenant := hubSpotTenant{portals: o.Portals, apps: o.Apps}
	subscribed := hubSpotVerifier{base: base, paths: []string{pathWebhooks}, keys: keys, allow: hubSpotVersions{v1: o.Legacy, v2: o.Legacy}}
	called := hubSpotVerifier{base: base, paths: []string{pathAction, pathOptions}, keys: keys, allow: hubSpotVersions{v2: !o.V3Only}}
	sent := called
	sent.paths = []string{pathWorkflow}
	action := &hubSpotAction{
		hubSpotVerifier: called, tenant: tenant, limits: limits, strategies: strategies, fetch: o.Fetch, wait: o.Deadline, expiry: o.Expiry,
		alone: o.NoCallbacks,
	}
	return hubSpotSources{
		webhooks: &hubSpotWebhooks{hubSpotVerifier: subscribed, tenant: tenant, limits: limits, properties: o.Properties},
		workflow: &hubSpotWorkflow{hubSpotVerifier: sent, tenant: tenant, limits: limits, fetch: o.Fetch},
		action:   action,
		options:  hubSpotOptionsList{hubSpotAction: action},
	}, nil
}
