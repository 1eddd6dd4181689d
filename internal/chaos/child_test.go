package chaos

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/salesforce"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/mirror"
)

// The environment of a child process.
const (
	envChild  = "ONWARD_CHAOS_CHILD"  // what kind of child this is; "" for the tests
	envLedger = "ONWARD_CHAOS_LEDGER" // where its ledger is
	envOrg    = "ONWARD_CHAOS_ORG"    // the address of the CRM, which outlives it
	envPost   = "ONWARD_CHAOS_POST"   // where its notices go
	envUsers  = "ONWARD_CHAOS_USERS"  // the users, separated by commas
	envLife   = "ONWARD_CHAOS_LIFE"   // which of its lives this is
	envKill   = "ONWARD_KILL"         // where it dies: "point:n"
)

// between is the time that passes between two lives: longer than a lease.
const between = 10 * time.Minute

// children are the programs that this test binary is when it is started again.
var children = map[string]func(context.Context) error{"server": serverChild, "worker": workerChild}

func TestMain(m *testing.M) {
	if child := children[os.Getenv(envChild)]; child != nil {
		if err := child(context.Background()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// life is the clock of one life of a process: real time, begun later each time.
func life() func() time.Time {
	n, _ := strconv.Atoi(os.Getenv(envLife))
	begun := time.Now()
	return func() time.Time { return start.Add(time.Duration(n) * between).Add(time.Since(begun)) }
}

// server is a process that accepts over HTTP and works things off.
type server struct {
	m      *mortality
	ledger routing.Ledger
	engine *routing.Engine
	wake   chan struct{}
	now    func() time.Time
}

// serverChild is the process that is killed.
func serverChild(ctx context.Context) error {
	m, err := parseMortality(os.Getenv(envKill))
	if err != nil {
		return err
	}
	s := &server{m: m, wake: make(chan struct{}, 1)}
	ledger, err := openLedger(ctx, os.Getenv(envLedger), m)
	if err != nil {
		return err
	}
	s.ledger = &mortalLedger{Ledger: ledger, m: m}
	org, err := salesforce.Open(ctx, salesforce.Options{
		Instance: os.Getenv(envOrg), Login: salesforce.ClientCredentials{ID: "local-client", Secret: "local-secret"},
	})
	if err != nil {
		return err
	}
	clock := life()
	lists, _, err := listsBeside(ctx, ledger)
	if err != nil {
		return err
	}
	if s.engine, err = childEngine(org, s.ledger, lists, m, clock); err != nil {
		return err
	}
	listener, err := net.FileListener(os.NewFile(3, "listener"))
	if err != nil {
		return err
	}
	handler, err := s.handler(clock)
	if err != nil {
		return err
	}
	go s.work(ctx)
	return http.Serve(listener, handler)
}

func childEngine(org crm.Driver, l routing.Ledger, lists routing.Relationships, m *mortality, clock func() time.Time) (*routing.Engine, error) {
	cfg, err := configFor(strings.Split(os.Getenv(envUsers), ","))
	if err != nil {
		return nil, err
	}
	policy, err := routing.NewPolicy(cfg)
	if err != nil {
		return nil, err
	}
	client := crm.NewClient(&mortalDriver{Driver: org, m: m}, nil)
	deps := routing.Deps{
		CRM: client, Ledger: l, Accounts: mirror.NewLive(client, policy),
		Notifier: mortalNotifier{postbox{os.Getenv(envPost)}, m}, Relationships: lists,
	}
	return routing.New(cfg, deps, &routing.Options{Now: clock, Secret: secret, BatchSize: 50, MaxAttempts: 100})
}

// work is the process's own work: whatever is due, again and again.
func (s *server) work(ctx context.Context) {
	for {
		if err := s.round(ctx); err != nil {
			fmt.Fprintln(os.Stderr, "work:", err)
		}
		select {
		case <-s.wake:
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (s *server) round(ctx context.Context) error {
	_, err := s.engine.Drain(ctx)
	s.m.inDRI.Store(true)
	_, errDRI := s.engine.AssignDRI(ctx)
	s.m.inDRI.Store(false)
	return errors.Join(err, errDRI)
}

// replay lets an operator try again what was parked, with its plan or anew.
func (s *server) replay(ctx context.Context, limit int, keepPlan bool) error {
	var keys []string
	for r, err := range s.ledger.Records(ctx, routing.Filter{Statuses: []routing.Status{routing.StatusParked}, Limit: limit}) {
		if err != nil {
			return err
		}
		keys = append(keys, r.Key)
	}
	if len(keys) == 0 {
		return nil
	}
	err := s.engine.Resume(ctx, keys, keepPlan, "operator")
	if errors.Is(err, routing.ErrStalePlan) {
		return nil // taken up meanwhile
	}
	return err
}

// control are the handles by which the parent moves a child.
func (s *server) control() *http.ServeMux {
	mux := http.NewServeMux()
	handle := func(pattern string, f func(r *http.Request) (any, error)) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			out, err := f(r)
			if err != nil {
				http.Error(w, err.Error(), http.StatusServiceUnavailable)
				return
			}
			_ = json.NewEncoder(w).Encode(out)
		})
	}
	handle("POST /control/replay", func(r *http.Request) (any, error) {
		limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
		return nil, s.replay(r.Context(), limit, r.URL.Query().Get("anew") == "")
	})
	handle("GET /control/depth", func(r *http.Request) (any, error) {
		return s.ledger.Depth(r.Context(), s.now())
	})
	return mux
}

// postbox is a notifier that hands notices to the parent.
type postbox struct{ url string }

// Notify posts the ids.
func (p postbox) Notify(ctx context.Context, ns []routing.Notice) ([]error, error) {
	ids := make([]string, len(ns))
	for i, n := range ns {
		ids[i] = n.ID
	}
	body, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("chaos: notices: status %d", answer.StatusCode)
	}
	return make([]error, len(ns)), nil
}
