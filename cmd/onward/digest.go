package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/onward-crm/onward/cmd/onward/env"
	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/cmd/onward/notices"
	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/dri/digest"
	"github.com/onward-crm/onward/internal/settings"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/dispatch"
	"github.com/onward-crm/onward/routing/durable"
	"github.com/onward-crm/onward/routing/notify"
	"github.com/onward-crm/onward/routing/notify/sqlstore"
	tracked "github.com/onward-crm/onward/tracking/sqlstore"
)

// digestFlags are the flags of digest.
type digestFlags struct {
	place
	preview, send, demo               bool
	database, week, user, format, url string
	file                              string
}

func (p *program) digestCommand() *cobra.Command {
	var f digestFlags
	c := &cobra.Command{
		Use: "digest --preview|--send", Short: "Show or send the weekly digests", Args: cobra.NoArgs,
		Long: `Makes the digest of the week for each responsible user, and the summary for each
manager, from what the ledger knows.

--preview shows them and sends nothing. The ledger is that of onward serve
(--database), of an earlier run (--crm DIR --results DIR), or that of the
demo (--demo). The week is the latest whose Monday has come; --week names another,
also one that is still to come.

--send sends what is due and was not sent yet: once for each user and week, however
often it is called. It needs --database, where what was sent is remembered, and a
channel, from the environment: ` + notices.EnvSMTP + ` with ` + notices.EnvMailFrom + `,
` + notices.EnvSlackToken + ` (and ` + notices.EnvSlackChannel + `), or ` + notices.EnvWebhook + `.`,
		Example: `  onward digest --preview --demo
  onward digest --preview --demo --user "Jonas Keller" --format html --out digest.html
  onward digest --preview --database onward.db --config onward.yaml --week 2026-W48
  onward digest --send --database onward.db --config onward.yaml`,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.digest(cmd.Context(), f) },
	}
	c.Flags().BoolVar(&f.preview, "preview", false, "show what would be sent")
	c.Flags().BoolVar(&f.send, "send", false, "send what is due")
	c.Flags().BoolVar(&f.demo, "demo", false, "on the demo's moves")
	c.Flags().StringVar(&f.crm, "crm", "", "`DIR` of CRM files, or salesforce")
	c.Flags().StringVar(&f.out, "results", "", "`DIR` of an earlier run's results")
	c.Flags().StringVar(&f.database, "database", "", "SQLite `FILE` or PostgreSQL URL of onward serve")
	c.Flags().StringVar(&f.config, "config", "", "configuration `FILE` (default: built-in defaults)")
	c.Flags().StringVar(&f.user, "user", "", "only the messages of `USER`, by id or name")
	c.Flags().StringVar(&f.week, "week", "", "preview the digest of `WEEK`, such as 2026-W48")
	c.Flags().StringVar(&f.now, "now", "", "take this RFC 3339 `TIME` for now")
	c.Flags().StringVar(&f.url, "url", "", "`URL` that record ids are added to (default: the org's)")
	c.Flags().StringVar(&f.format, "format", notices.FormatText, "`FORMAT`: text, html, slack or json")
	c.Flags().StringVar(&f.file, "out", "", "`FILE` to write; a folder for several messages in html or slack")
	return c
}

// check judges what the flags say together.
func (f digestFlags) check() error {
	sources := 0
	for _, given := range []bool{f.demo, f.database != "", f.out != ""} {
		if given {
			sources++
		}
	}
	switch {
	case f.preview == f.send:
		return errors.New("want --preview or --send")
	case !slices.Contains(notices.Formats(), f.format):
		return fmt.Errorf("--format %s: want text, html, slack or json", f.format)
	case sources != 1:
		return errors.New("which ledger? want one of --database, --results and --demo")
	case f.send && f.database == "":
		return errors.New("--send needs --database: what was sent is remembered there")
	case f.send && (f.week != "" || f.user != "" || f.file != ""):
		return errors.New("--week, --user and --out go with --preview")
	case f.send && f.now != "":
		return errors.New("--now goes with --preview: a digest is sent when it is due")
	case f.demo && (f.crm != "" || f.config != ""):
		return errors.New("--demo has a CRM and a configuration of its own")
	}
	return nil
}

func (p *program) digest(ctx context.Context, f digestFlags) error {
	if err := f.check(); err != nil {
		return exit.Usage(err)
	}
	desk, err := p.digestDesk(ctx, f)
	if err != nil {
		return err
	}
	defer desk.close()
	if f.send {
		return p.sendDigests(ctx, desk)
	}
	now, err := desk.moment(f.week)
	if err != nil {
		return exit.Usage(err)
	}
	all, err := desk.digests.Preview(ctx, now, "")
	if err != nil {
		return exit.Trouble(err)
	}
	ms := slices.DeleteFunc(slices.Clone(all), func(m digest.Message) bool { return !f.means(m) })
	if f.user != "" && len(ms) == 0 {
		return exit.Usage(fmt.Errorf("--user %s: has nothing to hear; %s", f.user, whoHears(all)))
	}
	if len(ms) == 0 {
		p.Say("nobody has anything to hear in week %s", desk.schedule.Due(now))
		return nil
	}
	said, err := notices.Write(p.Stdout, ms, f.format, f.file)
	if errors.Is(err, notices.ErrSeveral) {
		return exit.Usage(err)
	}
	if err != nil {
		return exit.Trouble(err)
	}
	if said != "" {
		p.Say("%s", said)
	}
	return nil
}

// means reports whether a message is for the user that was asked for.
func (f digestFlags) means(m digest.Message) bool {
	return f.user == "" || m.To.ID == f.user || strings.EqualFold(m.To.Name, f.user) || len(f.user) == 15 && strings.HasPrefix(m.To.ID, f.user)
}

// whoHears names those who have something to hear.
func whoHears(ms []digest.Message) string {
	var names []string
	for _, m := range ms {
		if !slices.Contains(names, m.To.Name) {
			names = append(names, m.To.Name)
		}
	}
	if len(names) == 0 {
		return "neither has anybody else"
	}
	return "others have: " + strings.Join(names, ", ")
}

// moment is when the digest of a week was due, or is to be: any time on its Tuesday.
func (d *digestDesk) moment(week string) (time.Time, error) {
	if week == "" {
		return d.now(), nil
	}
	w, err := digest.ParseWeek(week)
	if err != nil {
		return time.Time{}, fmt.Errorf("--week %s: want a week such as 2026-W48", week)
	}
	return w.Begin(d.schedule.Zone).AddDate(0, 0, 1), nil
}

func (p *program) sendDigests(ctx context.Context, d *digestDesk) error {
	r, err := d.digests.Run(ctx, p.Now())
	if err != nil {
		return exit.Trouble(err)
	}
	switch {
	case r.Done:
		fmt.Fprintf(p.Stdout, "week %s: everything was sent before\n", r.Week)
	case r.Waiting:
		fmt.Fprintf(p.Stdout, "week %s: what could not be sent is not due again yet\n", r.Week)
	default:
		fmt.Fprintf(p.Stdout, "week %s: %s\n", r.Week, reportWords(r))
	}
	if r.Delayed > 0 || r.Failed > 0 || r.Waiting {
		return exit.Left(nil)
	}
	return nil
}

func reportWords(r notify.Report) string {
	texts := []string{fmt.Sprintf("%d sent", r.Sent)}
	for _, one := range []struct {
		n    int
		word string
	}{
		{r.Before, "sent before"}, {r.Delayed, "delayed"}, {r.Failed, "failed"}, {r.Empty, "with nothing to hear"}, {r.Unknown, "not active users"},
	} {
		if one.n > 0 {
			texts = append(texts, fmt.Sprintf("%d %s", one.n, one.word))
		}
	}
	return strings.Join(texts, ", ")
}

// digestHour is when on a Monday digests are due, on the clock of dri.time_zone.
const digestHour = 7

// demoMonday is the Monday after the demo's day, when its digests are due.
const demoMonday = "2026-11-23T09:00:00Z"

// demoOrg is the address of the demo's org. It is invented, and nothing is there.
const demoOrg = "https://lumenassay.example"

// digestDesk is everything that digests are made with.
type digestDesk struct {
	digests  *notify.Digests
	schedule digest.Schedule
	now      func() time.Time
	closers  []func() error
}

func (d *digestDesk) close() {
	for i := len(d.closers) - 1; i >= 0; i-- {
		_ = d.closers[i]() // only read from, or committed already
	}
}

// digestDesk opens the ledger that the flags name. Its errors have exit codes.
func (p *program) digestDesk(ctx context.Context, f digestFlags) (*digestDesk, error) {
	d := &digestDesk{now: p.Now}
	o, err := p.fillDesk(ctx, d, f)
	if err == nil {
		if d.digests, err = notify.NewDigests(o); err != nil {
			err = exit.Usage(err)
		}
	}
	if err != nil {
		d.close()
		return nil, err
	}
	return d, nil
}

func (p *program) fillDesk(ctx context.Context, d *digestDesk, f digestFlags) (notify.DigestsOptions, error) {
	o := notify.DigestsOptions{Sent: notify.NewMemSent(), BaseURL: f.url, Logger: p.Log()}
	var w *world
	var err error
	switch {
	case f.demo:
		w, err = p.demoWorld(ctx, d, f)
		if o.BaseURL == "" {
			o.BaseURL = demoOrg
		}
	case f.database != "":
		w, err = p.servedWorld(ctx, d, f, &o)
	default:
		w, err = p.resultsWorld(ctx, f)
	}
	if err != nil {
		return o, err
	}
	zone, err := time.LoadLocation(w.settings.DRI.TimeZone)
	if err != nil {
		return o, exit.Usage(err)
	}
	d.now = w.now
	d.schedule = digest.Schedule{Zone: zone, Hour: digestHour}
	o.Schedule, o.Directory = d.schedule, notify.CRMDirectory{Client: w.client, Names: w.settings.Names}
	if o.Records == nil {
		o.Records = w.ledger
	}
	if o.BaseURL == "" && w.settings.CRM.Driver == settings.DriverSalesforce {
		o.BaseURL = w.settings.CRM.Salesforce.Instance
	}
	if f.send {
		if o.Courier, err = notices.Courier(p.Environ, &notify.CourierOptions{Logger: p.Log()}); err != nil {
			err = exit.Usage(err)
		}
	}
	return o, err
}

// demoWorld works on the demo's moves, in memory, and goes on to the Monday after.
func (p *program) demoWorld(ctx context.Context, d *digestDesk, f digestFlags) (*world, error) {
	dir, err := os.MkdirTemp("", "onward-demo-")
	if err != nil {
		return nil, exit.Trouble(err)
	}
	d.closers = append(d.closers, func() error { return os.RemoveAll(dir) })
	if err := os.CopyFS(dir, demoFiles); err != nil {
		return nil, exit.Trouble(err)
	}
	quiet := *p
	quiet.Environ, quiet.Terminal = nil, false // the demo is the same everywhere
	dir = filepath.Join(dir, "demo")
	w, err := quiet.open(ctx, place{crm: filepath.Join(dir, "crm"), config: filepath.Join(dir, "onward.yaml"), now: demoNow})
	if err != nil {
		return nil, err
	}
	file, err := p.readEvents(filepath.Join(dir, "moves.jsonl"))
	if err != nil {
		return nil, err
	}
	evs, err := eventsOf(file)
	if err == nil {
		_, err = quiet.work(ctx, w, evs)
	}
	if err != nil {
		return nil, exit.Trouble(err)
	}
	monday := demoMonday
	if f.now != "" {
		monday = f.now
	}
	at, err := time.Parse(time.RFC3339, monday)
	if err != nil {
		return nil, exit.Usage(errors.New("--now: want a time such as " + demoMonday))
	}
	w.now = func() time.Time { return at }
	return w, nil
}

// resultsWorld opens what an earlier run left.
func (p *program) resultsWorld(ctx context.Context, f digestFlags) (*world, error) {
	w, err := p.open(ctx, f.place)
	if err == nil && !w.continued {
		err = exit.Usage(errors.New("--results: " + f.out + " holds no ledger of an earlier run"))
	}
	return w, err
}

// servedWorld opens the ledger of onward serve, and the CRM for the names.
func (p *program) servedWorld(ctx context.Context, d *digestDesk, f digestFlags, o *notify.DigestsOptions) (*world, error) {
	w := &world{now: p.Now}
	if err := w.configure(f.place, p.Environ); err != nil {
		return nil, exit.Usage(err)
	}
	ledger, err := durable.Open(ctx, f.database, &durable.Options{NoMigrate: true, Logger: p.Log(), Now: p.Now})
	if err != nil {
		return nil, exit.Database(err)
	}
	d.closers = append(d.closers, ledger.Close)
	o.Records = ledger
	// A preview makes no table; without one nothing was sent yet.
	sent, err := sqlstore.New(ctx, ledger.DB(), ledger.Dialect(), &sqlstore.Options{NoMigrate: f.preview || !w.settings.Adapter.Migrate})
	switch {
	case err == nil:
		o.Sent = sent
	case f.send || !errors.Is(err, sqlstore.ErrNotMigrated):
		return nil, exit.Database(err)
	}
	stores, err := env.OpenStores(ctx, ledger, false)
	switch {
	case err == nil && w.settings.Mode == routing.ModeLive:
		o.Updates = dispatch.Updates(stores.Sponsors)
	case err == nil: // nobody is told of sponsors in other modes
	case !errors.Is(err, tracked.ErrNotMigrated): // before there were sponsors, there is no news of them
		return nil, err
	}
	return w, p.reachCRM(ctx, d, w, f.place)
}

// reachCRM opens the CRM of a world for reading names, without an engine.
func (p *program) reachCRM(ctx context.Context, d *digestDesk, w *world, at place) error {
	from := env.Source(&w.settings, at.crm)
	if from == "" {
		return exit.Usage(errors.New("which CRM? want --crm DIR, --crm salesforce, or crm in the configuration"))
	}
	if from != env.Salesforce {
		if err := w.load(from, at); err != nil {
			return err
		}
		w.client = crm.NewClient(w.memory, nil)
		return nil
	}
	if err := w.dial(ctx, p.Log()); err != nil {
		return err
	}
	d.closers = append(d.closers, w.org.Close)
	w.client = crm.NewClient(w.org, &crm.ClientOptions{Logger: p.Log()})
	return nil
}
