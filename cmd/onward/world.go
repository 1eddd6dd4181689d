package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	watched "github.com/onward-crm/onward/adapter/targets"
	"github.com/onward-crm/onward/cmd/onward/env"
	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/cmd/onward/targets"
	"github.com/onward-crm/onward/cmd/onward/track"
	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/crm/salesforce"
	"github.com/onward-crm/onward/internal/settings"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/memledger"
	"github.com/onward-crm/onward/routing/mirror"
)

// place says where everything is, as the flags give it.
type place struct {
	// crm is a folder, env.Memory for an empty CRM, or "" for what the
	// configuration says. It is read only, unless inPlace is set.
	crm string
	// out is the folder of the results; "" keeps nothing.
	out     string
	inPlace bool
	// writes tells that results will be saved there.
	writes bool
	config string
	// tracked tells that movers are stamped with what the lists say of them.
	tracked bool
	// strategy and now replace what would otherwise hold; "" leaves it.
	strategy string
	now      string
}

// world is a CRM, a ledger and the engine between them.
type world struct {
	settings settings.Settings
	// memory is the CRM of a folder, org the Salesforce org; one of them is nil.
	memory *memcrm.CRM
	org    *salesforce.Org
	// records and names are what people read names from.
	records lookup
	names   *directory
	client  *crm.Client
	ledger  *memledger.Ledger
	// kept is the ledger as the engine sees it; it may save itself.
	kept routing.Ledger
	// accounts finds candidates; mirror is the same where it is kept between runs.
	accounts routing.AccountFinder
	mirror   *mirror.Mirror
	// targets are the accounts that are watched, nil for none; reports where they come
	// from.
	targets routing.WatchList
	reports []watched.Report
	engine  *routing.Engine
	// roster is who is tracked; nil when nobody is asked.
	roster *track.Roster
	now    func() time.Time
	report *memcrm.LoadReport
	// out is where results are saved, "" for nowhere; ledgerPath the ledger's file.
	out, ledgerPath string
	// lock is held while this process works in out; madeOut tells that the folder
	// was not there before.
	lock    *os.File
	madeOut bool
	// continued tells that out held an earlier run's results.
	continued bool
}

// open loads a world. Its errors have exit codes. Whoever writes releases it in
// the end.
func (p *program) open(ctx context.Context, at place) (*world, error) {
	w := &world{now: p.Now, report: &memcrm.LoadReport{}}
	err := p.fill(ctx, w, at)
	if err != nil {
		w.release(false)
		return nil, err
	}
	return w, nil
}

// fill takes a world through all steps of loading.
func (p *program) fill(ctx context.Context, w *world, at place) error {
	if err := w.configure(at, p.Environ); err != nil {
		return exit.Usage(err)
	}
	from, err := w.locate(at)
	if err != nil {
		return err
	}
	if at.writes {
		if err := w.claimOut(); err != nil {
			return err
		}
		// Whoever had the folder before may have left a ledger meanwhile.
		if from, err = w.locate(at); err != nil {
			return err
		}
	}
	if from == env.Salesforce {
		err = w.dial(ctx, p.Log())
	} else {
		ctx = context.WithoutCancel(ctx) // files are read in no time
		err = w.load(from, at)
	}
	if err == nil {
		err = w.loadLedger()
	}
	if err != nil {
		return err
	}
	p.reportLoad(w)
	said, err := w.fillDefaults(ctx)
	if err != nil {
		return err
	}
	for _, line := range said {
		p.Say("%s", line)
	}
	if err := w.settings.Check(); err != nil {
		return exit.Usage(err)
	}
	if at.tracked {
		// What happens in files is no delivered change: it costs nothing.
		if w.roster, err = track.OpenRoster(ctx, p.Env, w.settings, at.writes && w.org != nil); err != nil {
			return err
		}
	}
	if w.kept = w.ledger; at.writes && w.org != nil {
		w.kept = &keeper{Ledger: w.ledger, path: w.ledgerPath, name: w.name}
	}
	if err := w.connect(ctx); err != nil {
		return err
	}
	for _, r := range w.reports {
		if r.Trouble != "" {
			p.Say("targets: report %s is left out: %s", r.ID, r.Trouble)
		}
	}
	p.sayHowFresh(w)
	return nil
}

// configure reads the settings and lays the flags over them.
func (w *world) configure(at place, environ []string) error {
	var err error
	if w.settings, err = settings.Load(at.config, environ); err != nil {
		return err
	}
	if at.strategy != "" {
		if w.settings.Strategy, err = routing.ParseStrategy(at.strategy); err != nil {
			return fmt.Errorf("--strategy %s: %w", at.strategy, err)
		}
	}
	if at.now != "" {
		fixed, err := time.Parse(time.RFC3339, at.now)
		if err != nil {
			return fmt.Errorf("--now %s: want a time such as 2026-11-21T09:00:00Z", at.now)
		}
		w.now = func() time.Time { return fixed }
	}
	return nil
}

// locate decides where records and ledger are read from: an earlier run's
// results go before the CRM that they came from.
func (w *world) locate(at place) (from string, err error) {
	if from = env.Source(&w.settings, at.crm); from == "" {
		return "", exit.Usage(errors.New("which CRM? want --crm DIR, --crm memory, --crm salesforce, or crm in the configuration"))
	}
	if w.out = at.out; at.inPlace {
		if at.out != "" || from == env.Memory || from == env.Salesforce {
			return "", exit.Usage(errors.New("--in-place needs a folder as --crm, and no --out"))
		}
		w.out = from
	}
	if from == env.Salesforce && w.out == "" {
		w.out = defaultOut
	}
	if w.out == "" {
		return from, nil
	}
	if w.ledgerPath = w.settings.Ledger.Path; w.ledgerPath == "" {
		w.ledgerPath = filepath.Join(w.out, "ledger.json")
	}
	if from == env.Salesforce {
		if _, err := os.Stat(w.ledgerPath); err == nil {
			w.continued = true
			return from, w.belongs(w.orgName())
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", exit.Trouble(err)
		}
		return from, nil
	}
	records, err := hasRecords(w.out)
	if err != nil {
		return "", exit.Trouble(err)
	}
	switch _, err := os.Stat(w.ledgerPath); {
	case err == nil && !records:
		return "", exit.Usage(fmt.Errorf("%s knows of earlier moves, but %s holds no CRM files to go with it", w.ledgerPath, w.out))
	case err == nil:
		w.continued = true
		return w.out, w.belongs("")
	case !errors.Is(err, fs.ErrNotExist):
		return "", exit.Trouble(err)
	case records && !at.inPlace:
		return "", exit.Usage(fmt.Errorf("%s holds CRM files, but no ledger of an earlier run; choose an empty folder, or --in-place for the CRM itself", w.out))
	}
	return from, nil
}

func hasRecords(dir string) (bool, error) {
	for _, o := range crm.Objects() {
		switch _, err := os.Stat(filepath.Join(dir, string(o)+".csv")); {
		case err == nil:
			return true, nil
		case !errors.Is(err, fs.ErrNotExist):
			return false, err
		}
	}
	return false, nil
}

// load reads the records.
func (w *world) load(from string, at place) (err error) {
	if w.memory, w.report, err = env.LoadCRM(from, w.settings, w.now); err != nil {
		return err
	}
	if bad := w.report.Bad(); bad > 0 && at.inPlace {
		return exit.Usage(fmt.Errorf("%d rows of %s cannot be read and --in-place would lose them; correct them, or use --out", bad, from))
	}
	return nil
}

// loadLedger reads what earlier runs kept.
func (w *world) loadLedger() (err error) {
	w.ledger = memledger.New()
	if w.continued {
		if w.ledger, err = memledger.LoadFile(w.ledgerPath); err != nil {
			return exit.Trouble(err)
		}
	}
	return nil
}

// connect makes the engine and checks the configuration against the CRM.
func (w *world) connect(ctx context.Context) (err error) {
	if err := w.fit(ctx); err != nil {
		return err
	}
	if err := w.watch(ctx); err != nil {
		return err
	}
	w.engine, err = w.engineFor(w.settings.Config)
	return err
}

// watch reads the reports of watched accounts.
func (w *world) watch(ctx context.Context) error {
	profile, err := w.settings.Matching.AsProfile()
	if err != nil {
		return exit.Usage(err)
	}
	o := targets.ServiceOptions{Settings: w.settings, Accounts: w.accounts, Profile: profile, Now: w.now}
	if w.org != nil {
		o.Org = func(context.Context) (*salesforce.Org, error) { return w.org, nil }
	}
	w.targets, w.reports, err = targets.Book(ctx, o)
	return err
}

// fit checks the configuration against the CRM, and makes the accounts ready.
func (w *world) fit(ctx context.Context) error {
	policy, err := routing.NewPolicy(w.settings.Config)
	if err != nil {
		return exit.Usage(err)
	}
	found, err := routing.Check(ctx, policy, w.client, w.flows())
	if err != nil {
		return exit.Trouble(err)
	}
	if err := w.settings.Locate(found); err != nil {
		return exit.Usage(err)
	}
	if err := w.findAccounts(ctx, policy); err != nil {
		return exit.Trouble(err)
	}
	return nil
}

// findAccounts chooses where account candidates come from.
func (w *world) findAccounts(ctx context.Context, policy *routing.Policy) (err error) {
	s := w.settings.CRM.Salesforce
	switch {
	case w.memory != nil:
		w.accounts, err = mirror.Load(ctx, w.client, policy)
	case !s.Mirror:
		w.accounts = mirror.NewLive(w.client, policy)
	default:
		if w.mirror, err = mirror.Open(ctx, mirror.Options{Client: w.client, Policy: policy, Scan: w.org.Bulk, Path: s.MirrorPath, Source: w.orgName(), Now: w.now}); err == nil {
			w.accounts = w.mirror
		}
	}
	return err
}

// flows are the org's; a CRM in memory has none.
func (w *world) flows() routing.FlowInvoker {
	if w.org == nil {
		return nil
	}
	return w.org
}

// noSequences stands where no service sends: the action is kept as failed, and can
// be resumed once there is one.
type noSequences struct{}

// StartSequences takes none.
func (noSequences) StartSequences(_ context.Context, ss []routing.SequenceStart) []error {
	errs := make([]error, len(ss))
	for i := range errs {
		errs[i] = errors.New("sequences are told by onward serve")
	}
	return errs
}

// engineFor makes an engine with another policy on the same CRM and ledger.
func (w *world) engineFor(cfg routing.Config) (*routing.Engine, error) {
	deps := routing.Deps{CRM: w.client, Ledger: w.kept, Accounts: w.accounts, Flow: w.flows(), Sequences: noSequences{}, Targets: w.targets}
	if w.roster != nil {
		deps.Relationships = w.roster
	}
	e, err := routing.New(cfg, deps, &routing.Options{Now: w.now, Secret: []byte(w.settings.Secret)})
	if err != nil {
		return nil, exit.Usage(err)
	}
	return e, nil
}
