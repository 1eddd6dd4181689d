package routing_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/internal/golden"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/memledger"
	"github.com/onward-crm/onward/routing/mirror"
	"github.com/onward-crm/onward/tracking/contacts"
	"github.com/onward-crm/onward/tracking/memstore"
)

// start is "now" of all scenarios.
var start = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// world is the CRM, the ledger and the engine of one scenario.
type world struct {
	t     testing.TB
	parts golden.Archive
	now   time.Time
	batch int
	db    *memcrm.CRM
	// driver is what the engine talks to: the CRM itself unless overTheWire.
	driver  crm.Driver
	ledger  *memledger.Ledger
	mirror  *mirror.Mirror
	engine  *routing.Engine
	events  []routing.Event
	keys    []string
	plans   map[int]routing.Plan
	replays []routing.Difference
	// labels names the ids of the scenario, and of what was created.
	labels map[string]string
	// sequences are the messages that engagement tools took.
	sequences sequenceBox
	// roster is who is tracked, nil without a part tracked.jsonl.
	roster      *contacts.Service
	rosterStore *memstore.Store
	// mended tells that the org's validation rule on an object was switched off.
	mended map[crm.Object]bool
}

// newWorld prepares a scenario. batch is the engine's batch size, 0 its default.
func newWorld(t testing.TB, parts golden.Archive, batch int) *world {
	t.Helper()
	w := &world{
		t: t, now: start, batch: batch, ledger: memledger.New(), plans: map[int]routing.Plan{},
		labels: map[string]string{memcrm.DefaultUser: "@onward", "": ""}, mended: map[crm.Object]bool{},
	}
	w.parts.Comment = parts.Comment
	for _, f := range parts.Files {
		if f.Name != "then" && f.Name != "want" {
			f.Text = w.expand(f.Text)
		}
		w.parts.Files = append(w.parts.Files, f)
	}
	w.load()
	w.standardUsers()
	w.readRoster()
	w.readEvents()
	setup, _ := w.parts.Get("setup")
	for line := range strings.Lines(setup) {
		if !strings.HasPrefix(line, "lead-rule ") {
			w.do(strings.TrimSpace(line))
		}
	}
	w.configure("config.json")
	return w
}

// prefixes are the key prefixes of the ids in scenarios.
var prefixes = map[byte]string{'U': "005", 'A': "001", 'C': "003", 'L': "00Q", 'O': "006", 'R': "00K", 'G': "00G", 'J': "a00", 'T': "01M", 'P': "00O", 'K': "701"}

var handle = regexp.MustCompile(`@([UACLORGJTPK])(\d{1,3})\b`)

// id is the record id that a handle such as A1 or @A1 stands for.
func id(handle string) string {
	handle = strings.TrimPrefix(handle, "@")
	wide, err := crm.WidenID(prefixes[handle[0]] + strings.Repeat("0", 12-len(handle)) + handle)
	if err != nil {
		panic(err)
	}
	return wide
}

// expand puts ids in the place of handles.
func (w *world) expand(text string) string {
	return handle.ReplaceAllStringFunc(text, func(h string) string {
		w.labels[id(h)] = h
		return id(h)
	})
}

// load fills the CRM from the CSV parts.
func (w *world) load() {
	dir := w.t.TempDir()
	for _, f := range w.parts.Files {
		if strings.HasSuffix(f.Name, ".csv") {
			if err := os.WriteFile(filepath.Join(dir, f.Name), []byte(f.Text), 0o600); err != nil {
				w.t.Fatal(err)
			}
		}
	}
	o := &memcrm.Options{Now: func() time.Time { return w.now }}
	setup, _ := w.parts.Get("setup")
	for line := range strings.Lines(setup) {
		if to, ok := strings.CutPrefix(line, "lead-rule "); ok {
			o.LeadAssignTo = strings.TrimSpace(to)
		}
	}
	db, report, err := memcrm.Load(dir, o)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, p := range report.Problems {
		w.t.Fatal(p)
	}
	w.db, w.driver = db, db
}

// standardUsers are in every scenario that does not bring users of those ids:
// U1 to U3 report to U8, U9 is the default user.
func (w *world) standardUsers() {
	for _, h := range []string{"@U1", "@U2", "@U3", "@U8", "@U9"} {
		w.labels[id(h)] = h
		if _, ok := w.db.Record(id(h)); ok {
			continue
		}
		f := crm.Fields{"Name": "User " + h[1:], "IsActive": "true", "Email": h[1:] + "@ours.example"}
		if h < "@U8" {
			f["ManagerId"] = id("U8")
		}
		if err := w.db.Put(crm.Record{Object: crm.ObjectUser, ID: id(h), Fields: f}); err != nil {
			w.t.Fatal(err)
		}
	}
}

// config is the default configuration with the standard users, and a part of
// the scenario laid over it.
func (w *world) config(part string) routing.Config {
	cfg := routing.DefaultConfig()
	cfg.Owners.Default, cfg.DRI.Default, cfg.Owners.Integration = id("U9"), id("U9"), memcrm.DefaultUser
	if text, ok := w.parts.Get(part); ok {
		decodeStrict(w.t, text, &cfg)
	} else if part != "config.json" {
		w.t.Fatalf("the scenario has no part %s", part)
	}
	return cfg
}

// configure makes an engine over the world's CRM and ledger.
func (w *world) configure(part string) {
	cfg := w.config(part)
	p, err := routing.NewPolicy(cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	client := crm.NewClient(w.db, noPauses())
	if w.mirror, err = mirror.Load(w.t.Context(), client, p); err != nil {
		w.t.Fatal(err)
	}
	w.engine, err = routing.New(cfg, w.deps(), w.options())
	if err != nil {
		w.t.Fatal(err)
	}
}

// deps are the parts of an engine, with a client of its own.
func (w *world) deps() routing.Deps {
	return routing.Deps{
		CRM: crm.NewClient(w.driver, noPauses()), Ledger: w.ledger, Accounts: w.mirror, Targets: w.watchList(), Sequences: &w.sequences,
		Relationships: w.relationships(), Forgetters: w.forgetters(),
	}
}

func (w *world) options() *routing.Options {
	return &routing.Options{Now: func() time.Time { return w.now }, BatchSize: w.batch, Secret: []byte("test")}
}

// readEvents reads events.jsonl; events without id and source get them.
func (w *world) readEvents() {
	text, _ := w.parts.Get("events.jsonl")
	for line := range strings.Lines(text) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		var ev routing.Event
		decodeStrict(w.t, line, &ev)
		if ev.ID == "" {
			ev.ID = strconv.Itoa(len(w.events) + 1)
		}
		if ev.Source == "" {
			ev.Source = "file:test"
		}
		w.events = append(w.events, ev)
		w.keys = append(w.keys, routing.DeliveryKey(ev))
	}
}

func decodeStrict(t testing.TB, text string, into any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewBufferString(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
}

// record is the stored record of a delivery; the zero Record when there is none.
func (w *world) record(key string) routing.Record {
	w.t.Helper()
	found, err := w.ledger.Fetch(w.t.Context(), []string{key})
	if err != nil {
		w.t.Fatal(err)
	}
	return found[key]
}

// label names an id: by its handle, or, if onward created the record, by its
// object and its place in the order of the events.
func (w *world) label(id string) string {
	if l, ok := w.labels[id]; ok {
		return l
	}
	w.nameCreated()
	if l, ok := w.labels[id]; ok {
		return l
	}
	return id
}

func (w *world) nameCreated() {
	created := map[string]crm.Object{}
	var order []string
	for _, e := range w.db.Effects() {
		if e.Verb == crm.VerbCreate {
			created[e.ID] = e.Object
			order = append(order, e.ID)
		}
	}
	var ids []string
	for _, key := range w.keys {
		o := w.record(key).Outcome
		ids = append(ids, o.AccountID, o.ContactID, o.LeadID, o.EventRecordID)
		for _, a := range o.Actions {
			ids = append(ids, a.ID)
		}
	}
	n := map[crm.Object]int{}
	for _, id := range slices.Concat(ids, order) {
		o, ok := created[id]
		if !ok {
			continue
		}
		delete(created, id)
		n[o]++
		w.labels[id] = fmt.Sprintf("+%s%d", strings.TrimSuffix(string(o), "__c"), n[o])
	}
}

func (w *world) allLabels(ids []string) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = w.label(id)
	}
	return out
}

// saved is the whole ledger as text.
func (w *world) saved() string {
	var buf bytes.Buffer
	if err := w.ledger.Save(&buf); err != nil {
		w.t.Fatal(err)
	}
	return buf.String()
}
