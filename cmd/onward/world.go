package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/internal/settings"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/memledger"
	"github.com/onward-crm/onward/routing/mirror"
)

// place says where everything is, as the flags give it.
type place struct {
	// crm is a folder, crmMemory for an empty CRM, or "" for what the
	// configuration says. It is read only, unless inPlace is set.
	crm string
	// out is the folder of the results; "" keeps nothing.
	out     string
	inPlace bool
	config  string
	// strategy and now replace what would otherwise hold; "" leaves it.
	strategy string
	now      string
}

// crmMemory is the word for an embedded CRM without records.
const crmMemory = "memory"

// world is a CRM, a ledger and the engine between them.
type world struct {
	settings settings.Settings
	crm      *memcrm.CRM
	client   *crm.Client
	ledger   *memledger.Ledger
	finder   *mirror.Mirror
	engine   *routing.Engine
	now      func() time.Time
	report   *memcrm.LoadReport
	// out is where results are saved, "" for nowhere; ledgerPath the ledger's file.
	out, ledgerPath string
	// continued tells that out held an earlier run's results.
	continued bool
}

// open loads a world. Its errors have exit codes.
func (p *program) open(ctx context.Context, at place) (*world, error) {
	w := &world{now: p.now}
	if err := w.configure(at, p.environ); err != nil {
		return nil, usage(err)
	}
	from, err := w.locate(at)
	if err != nil {
		return nil, err
	}
	if err := w.load(from, at); err != nil {
		return nil, err
	}
	p.reportLoad(w)
	for _, line := range w.fillDefaults() {
		p.say("%s", line)
	}
	if err := w.settings.Check(); err != nil {
		return nil, usage(err)
	}
	return w, w.connect(ctx)
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
	from = at.crm
	if from == "" {
		from = w.settings.CRM.Dir
	}
	if from == "" {
		return "", usage(errors.New("which CRM? want --crm DIR, --crm memory, or crm.dir in the configuration"))
	}
	if w.out = at.out; at.inPlace {
		if at.out != "" || from == crmMemory {
			return "", usage(errors.New("--in-place needs a folder as --crm, and no --out"))
		}
		w.out = from
	}
	if w.out == "" {
		return from, nil
	}
	if w.ledgerPath = w.settings.Ledger.Path; w.ledgerPath == "" {
		w.ledgerPath = filepath.Join(w.out, "ledger.json")
	}
	records, err := hasRecords(w.out)
	if err != nil {
		return "", trouble(err)
	}
	switch _, err := os.Stat(w.ledgerPath); {
	case err == nil && !records:
		return "", usage(fmt.Errorf("%s knows of earlier moves, but %s holds no CRM files to go with it", w.ledgerPath, w.out))
	case err == nil:
		w.continued = true
		return w.out, nil
	case !errors.Is(err, fs.ErrNotExist):
		return "", trouble(err)
	case records && !at.inPlace:
		return "", usage(fmt.Errorf("%s holds CRM files, but no ledger of an earlier run; choose an empty folder, or --in-place for the CRM itself", w.out))
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

// load reads the records and the ledger.
func (w *world) load(from string, at place) (err error) {
	o := &memcrm.Options{Names: w.settings.Names, Now: w.now, User: w.settings.Owners.Integration}
	if from == crmMemory {
		w.crm, w.report = memcrm.New(o), &memcrm.LoadReport{}
		if _, err := w.crm.Add(crm.ObjectUser, crm.Fields{"LastName": "Owner", "FirstName": "Default", "Name": "Default Owner", "IsActive": "true"}); err != nil {
			return trouble(err)
		}
	} else if w.crm, w.report, err = memcrm.Load(from, o); err != nil {
		return trouble(err)
	}
	if len(w.report.Files) == 0 && from != crmMemory {
		return usage(fmt.Errorf("%s holds no CRM files, want Account.csv, Contact.csv, Lead.csv, User.csv …", from))
	}
	if bad := w.report.Bad(); bad > 0 && at.inPlace {
		return usage(fmt.Errorf("%d rows of %s cannot be read and --in-place would lose them; correct them, or use --out", bad, from))
	}
	w.ledger = memledger.New()
	if w.continued {
		if w.ledger, err = memledger.LoadFile(w.ledgerPath); err != nil {
			return trouble(err)
		}
	}
	return nil
}

// fillDefaults names a default owner and a default DRI where the configuration
// has none, and says whom it took.
func (w *world) fillDefaults() (said []string) {
	for _, r := range w.crm.Records(crm.ObjectUser) {
		if r.ID == w.crm.User() || !crm.IsTrue(r.Fields["IsActive"]) {
			continue
		}
		for _, d := range []struct {
			key string
			id  *string
		}{{"owners.default", &w.settings.Owners.Default}, {"dri.default", &w.settings.DRI.Default}} {
			if *d.id == "" {
				*d.id = r.ID
				said = append(said, fmt.Sprintf("%s is not configured: taking the first active user, %s (%s)", d.key, printable(r.Fields["Name"]), r.ID))
			}
		}
		break
	}
	return said
}

// connect makes the engine and checks the configuration against the CRM.
func (w *world) connect(ctx context.Context) (err error) {
	w.client = crm.NewClient(w.crm, nil)
	policy, err := routing.NewPolicy(w.settings.Config)
	if err != nil {
		return usage(err)
	}
	found, err := routing.Check(ctx, policy, w.client, nil)
	if err != nil {
		return trouble(err)
	}
	if err := w.settings.Locate(found); err != nil {
		return usage(err)
	}
	if w.finder, err = mirror.Load(ctx, w.client, policy); err != nil {
		return trouble(err)
	}
	w.engine, err = w.engineFor(w.settings.Config)
	return err
}

// engineFor makes an engine with another policy on the same CRM and ledger.
func (w *world) engineFor(cfg routing.Config) (*routing.Engine, error) {
	deps := routing.Deps{CRM: w.client, Ledger: w.ledger, Accounts: w.finder}
	e, err := routing.New(cfg, deps, &routing.Options{Now: w.now, Secret: []byte(w.settings.Secret)})
	if err != nil {
		return nil, usage(err)
	}
	return e, nil
}
