package track

import (
	"context"
	"errors"
	"slices"

	"github.com/onward-crm/onward/cmd/onward/env"
	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/cmd/onward/show"
	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/hubspot"
	"github.com/onward-crm/onward/crm/salesforce"
	"github.com/onward-crm/onward/internal/settings"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/contacts"
)

// desk is what one command works with.
type desk struct {
	*contacts.Service
	env      env.Env
	format   string
	settings settings.Settings
	db       *env.Database
	sources  Sources
	// from is what --crm says, crm the CRM once it was needed.
	from string
	crm  *env.CRM
	// left tells that something is left for a person: rows were left out.
	left bool
}

var errNoSecret = errors.New("ONWARD_SECRET is not set: want the key of the database's hashes, the same that onward serve has (openssl rand -hex 32)")

// open reads the configuration and opens the database. Its errors have exit codes.
func (t *commands) open(ctx context.Context) (*desk, error) {
	s, err := t.env.Settings(t.config, t.database)
	if err != nil {
		return nil, err
	}
	if err := s.CheckTracking(); err != nil {
		return nil, exit.Usage(err)
	}
	if s.Secret == "" {
		return nil, exit.Usage(errNoSecret)
	}
	d := &desk{env: t.env, format: t.format, settings: s, from: t.crm}
	d.sources = Sources{Names: s.Names, Portal: Portal(s), CRM: d.reader, Org: d.org, HubSpot: d.hubspot}
	if d.db, err = t.env.OpenDatabase(ctx, s); err != nil {
		return nil, err
	}
	d.Service, err = NewService(ServiceOptions{Store: d.db.Contacts, Open: d.sources.Open, Secret: string(s.Secret), Logger: t.env.Log(), Now: t.env.Now})
	if err != nil {
		return nil, errors.Join(err, d.db.Close())
	}
	return d, nil
}

func (d *desk) close() error {
	var err error
	if d.crm != nil {
		err = d.crm.Close()
	}
	return errors.Join(err, d.db.Close())
}

// client is the CRM, opened when it is asked for the first time.
func (d *desk) client(ctx context.Context) (*crm.Client, error) {
	if d.crm == nil {
		opened, err := d.env.OpenCRM(ctx, d.settings, d.from)
		if err != nil {
			return nil, err
		}
		d.crm = opened
	}
	return d.crm.Client, nil
}

// reader is client for Sources.
func (d *desk) reader(ctx context.Context) (Reader, error) {
	c, err := d.client(ctx)
	if err != nil {
		return nil, err
	}
	return c, nil
}

// org is the Salesforce org that reports are read from.
func (d *desk) org(ctx context.Context) (*salesforce.Org, error) {
	if _, err := d.client(ctx); err != nil {
		return nil, err
	}
	if d.crm.Org == nil {
		return nil, exit.Usage(errors.New("reports are read from Salesforce: want --crm salesforce, or crm.driver salesforce in the configuration"))
	}
	return d.crm.Org, nil
}

// hubspot is the HubSpot account that lists are read from.
func (d *desk) hubspot(ctx context.Context) (*hubspot.Client, error) {
	client, err := env.OpenHubSpot(ctx, d.settings, &env.Dialing{Now: d.env.Now, Logger: d.env.Log()})
	if err == nil && client == nil {
		err = exit.Usage(errors.New("lists are read from HubSpot: want adapter.hubspot.token_env or adapter.hubspot.oauth in the configuration"))
	}
	return client, err
}

// tell shows a result: as JSON, or by table.
func (d *desk) tell(v any, table func()) error {
	if d.format == show.FormatJSON {
		return show.JSON(d.env.Stdout, v)
	}
	table()
	return nil
}

// align brings the ranking of the database in line with the configuration's.
func (d *desk) align(ctx context.Context) error {
	changed, err := Align(ctx, d.Service, d.db.Contacts, d.settings.Tracking)
	if err == nil && changed {
		d.env.Say("the relationships are now those of the configuration")
	}
	return err
}

// Align ranks relationships as the configuration does, where it does; it reports whether
// that changed anything.
func Align(ctx context.Context, s *contacts.Service, store contacts.Store, t settings.Tracking) (bool, error) {
	if len(t.Relationships) == 0 {
		return false, nil
	}
	state, err := store.State(ctx)
	if err != nil || slices.EqualFunc(state.Relationships, t.Relationships, sameRelationship) {
		return false, err
	}
	_, err = s.SetRelationships(ctx, t.Relationships)
	return err == nil, err
}

// sameRelationship compares what is set up: no cycle is the weekly one.
func sameRelationship(a, b tracking.Relationship) bool {
	if a.Cycle == "" {
		a.Cycle = tracking.Weekly
	}
	if b.Cycle == "" {
		b.Cycle = tracking.Weekly
	}
	return a == b
}
