package sponsors

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/onward-crm/onward/cmd/onward/env"
	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/cmd/onward/show"
	"github.com/onward-crm/onward/cmd/onward/targets"
	"github.com/onward-crm/onward/cmd/onward/track"
	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/internal/settings"
	"github.com/onward-crm/onward/routing/spotter"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/filefeed"
	"github.com/onward-crm/onward/tracking/sponsor"
)

// desk is what one command works with.
type desk struct {
	*sponsor.Desk
	env      env.Env
	format   string
	by       string
	settings settings.Settings
	db       *env.Database
	// from is what --crm says, crm the CRM once it was needed.
	from string
	crm  *env.CRM
}

// open reads the configuration and opens the database, and the providers for those who
// ask them. Its errors have exit codes.
func (t *commands) open(ctx context.Context, asks bool) (*desk, error) {
	s, err := t.env.Settings(t.config, t.database)
	if err != nil {
		return nil, err
	}
	if err := s.CheckSponsors(); err != nil {
		return nil, exit.Usage(err)
	}
	d := &desk{env: t.env, format: t.format, by: cmp.Or(t.by, userOf(t.env.Environ), "onward sponsors"), settings: s, from: t.crm}
	if d.db, err = t.env.OpenDatabase(ctx, s); err != nil {
		return nil, err
	}
	var sources []tracking.Provider
	if asks {
		if sources, err = t.sources(d); err != nil {
			return nil, errors.Join(err, d.db.Close())
		}
	}
	deps := sponsor.Deps{
		Store: d.db.Sponsors, Provider: sponsor.NewProvider(sources...), Erased: spotter.Erased(d.db.Ledger, []byte(s.Secret)),
	}
	if d.hasCRM() {
		deps.Records = records{d}
	}
	if d.Desk, err = sponsor.NewDesk(s.SponsorRules(), deps, &sponsor.Options{Logger: t.env.Log(), Now: t.env.Now}); err != nil {
		return nil, errors.Join(exit.Usage(err), d.close())
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

// hasCRM tells whether a CRM is configured, or named.
func (d *desk) hasCRM() bool {
	s := d.settings
	return env.Source(&s, d.from) != ""
}

// records reads what the CRM holds, which is opened only for those who ask.
type records struct{ desk *desk }

// Read reads the records of people.
func (r records) Read(ctx context.Context, ps []tracking.Person) ([]sponsor.Record, error) {
	client, err := r.desk.client(ctx)
	if err != nil {
		return nil, err
	}
	return sponsor.CRMRecords{Client: client, LocationField: r.desk.settings.Sponsors.Fields[sponsor.Location]}.Read(ctx, ps)
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

// sources are the files of --feed, and then the providers of the configuration.
func (t *commands) sources(d *desk) ([]tracking.Provider, error) {
	feeds, err := readFeeds(t.feeds)
	if err != nil {
		return nil, err
	}
	configured, err := targets.ServiceOptions{Settings: d.settings, Store: d.db.Rounds, Logger: t.env.Log(), Now: t.env.Now}.Providers()
	return append(feeds, configured...), err
}

// readFeeds reads the files that say where people are.
func readFeeds(paths []string) ([]tracking.Provider, error) {
	var out []tracking.Provider
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			return nil, exit.Usage(fmt.Errorf("--feed: %w", err))
		}
		feed, err := filefeed.Read(f, filefeed.Options{})
		_ = f.Close() // it was only read
		if err != nil {
			return nil, exit.Usage(fmt.Errorf("--feed %s: %w", path, err))
		}
		out = append(out, feed)
	}
	return out, nil
}

// userOf is the name that the environment gives whoever sits there.
func userOf(environ []string) string {
	for _, pair := range environ {
		if name, ok := strings.CutPrefix(pair, "USER="); ok {
			return name
		}
	}
	return ""
}

// tell shows a result: as JSON, or by table.
func (d *desk) tell(v any, table func()) error {
	if d.format == show.FormatJSON {
		return show.JSON(d.env.Stdout, v)
	}
	table()
	return nil
}

// The forms of a sponsor's id: whole, and a beginning that is long enough to be meant.
var (
	wholeID = regexp.MustCompile(`^s[0-9a-f]{32}$`)
	someID  = regexp.MustCompile(`^s[0-9a-f]{5,31}$`)
)

// find is the sponsor that a text names; see Command.
func (d *desk) find(ctx context.Context, text string) (sponsor.Sponsor, error) {
	text = strings.TrimSpace(text)
	var found []sponsor.Sponsor
	var err error
	switch {
	case wholeID.MatchString(text):
		var loaded map[string]sponsor.Sponsor
		loaded, err = d.db.Sponsors.Load(ctx, []string{text})
		for _, s := range loaded {
			found = append(found, s)
		}
	case someID.MatchString(text):
		found, err = d.beginningWith(ctx, text)
	default:
		found, err = d.named(ctx, text)
	}
	switch {
	case err != nil:
		return sponsor.Sponsor{}, err
	case len(found) == 0:
		return sponsor.Sponsor{}, exit.Usage(fmt.Errorf("%s: no such sponsor; see onward sponsors list", show.Printable(text)))
	case len(found) > 1:
		var ids []string
		for _, s := range found {
			ids = append(ids, s.ID)
		}
		return sponsor.Sponsor{}, exit.Usage(fmt.Errorf("%s: several sponsors: %s", show.Printable(text), strings.Join(ids, ", ")))
	}
	return found[0], nil
}

func (d *desk) beginningWith(ctx context.Context, text string) ([]sponsor.Sponsor, error) {
	var found []sponsor.Sponsor
	for s, err := range d.db.Sponsors.List(ctx, sponsor.Filter{}) {
		if err != nil {
			return nil, err
		}
		if strings.HasPrefix(s.ID, text) {
			found = append(found, s)
		}
	}
	return found, nil
}

// named are the sponsors who are a person, not those for whom the person was only
// suggested.
func (d *desk) named(ctx context.Context, text string) ([]sponsor.Sponsor, error) {
	p, err := track.Person(text)
	if err != nil {
		return nil, exit.Usage(errors.New(`SPONSOR: want an id of onward sponsors list or its beginning, an e-mail address, a LinkedIn page, the id of a lead or contact, or "First Last, Company"`))
	}
	known, err := d.db.Sponsors.Known(ctx, p.Keys())
	return slices.DeleteFunc(known, func(s sponsor.Sponsor) bool {
		return !slices.ContainsFunc(s.Person.Keys(), func(k string) bool { return slices.Contains(p.Keys(), k) })
	}), err
}

// findAll are the sponsors that texts name, in their order.
func (d *desk) findAll(ctx context.Context, texts []string) ([]sponsor.Sponsor, error) {
	out := make([]sponsor.Sponsor, len(texts))
	for i, text := range texts {
		var err error
		if out[i], err = d.find(ctx, text); err != nil {
			return nil, err
		}
	}
	return out, nil
}
