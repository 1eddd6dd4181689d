package accept

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/onward-crm/onward/adapter"
	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/internal/bench/openloop"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/durable"
	"github.com/onward-crm/onward/routing/memledger"
	"github.com/onward-crm/onward/routing/mirror"
)

// The environment of child processes.
const (
	envChild = "ONWARD_ACCEPT_CHILD"
	envFile  = "ONWARD_ACCEPT_FILE" // the ledger's file; "" keeps everything in memory
	envLoad  = "ONWARD_ACCEPT_LOAD" // what the client sends, as JSON
)

// loadSecret signs the feed.
const loadSecret = "whsec_bG9hZCBsb2FkIGxvYWQgbG9hZCBsb2FkIGxvYWQ="

func TestMain(m *testing.M) {
	children := map[string]func() error{"server": serve, "client": send}
	if child := children[os.Getenv(envChild)]; child != nil {
		if err := child(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// serve accepts until it is killed. Nothing is worked off.
func serve() error {
	var ledger routing.Ledger = memledger.New()
	if file := os.Getenv(envFile); file != "" {
		durableLedger, err := durable.Open(context.Background(), file, nil)
		if err != nil {
			return err
		}
		ledger = durableLedger
	}
	handler, err := handlerOver(ledger)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("http://%s/feeds/load\n", l.Addr())
	return http.Serve(l, handler)
}

func handlerOver(ledger routing.Ledger) (http.Handler, error) {
	db := memcrm.New(nil)
	cfg := routing.DefaultConfig()
	cfg.Owners.Default, cfg.DRI.Default = db.User(), db.User()
	policy, err := routing.NewPolicy(cfg)
	if err != nil {
		return nil, err
	}
	client := crm.NewClient(db, nil)
	e, err := routing.New(cfg, routing.Deps{CRM: client, Ledger: ledger, Accounts: mirror.NewLive(client, policy)},
		&routing.Options{Secret: []byte("a secret of the tests, 32 bytes..")})
	if err != nil {
		return nil, err
	}
	key, err := adapter.NewSecret(loadSecret)
	if err != nil {
		return nil, err
	}
	s, err := adapter.New(adapter.Options{
		Engine: e, Ledger: ledger, Store: adapter.NewMemoryStore(adapter.SideLimits{}), PublicURL: "http://127.0.0.1",
		Feeds:  []adapter.FeedOptions{{Name: "load", Keys: []adapter.SigningKey{{Value: key}}}},
		Limits: adapter.Limits{Rate: 1e6, Burst: 1e6},
	})
	if err != nil {
		return nil, err
	}
	return s.Handler(), nil
}

// load is what a client sends.
type load struct {
	URL     string
	Run     string
	Rate    float64
	Seconds float64
	Conns   int
	Batch   int
}

// send makes a load and prints the report.
func send() error {
	var l load
	if err := json.Unmarshal([]byte(os.Getenv(envLoad)), &l); err != nil {
		return err
	}
	report := openloop.Run(context.Background(), openloop.Options{
		Rate: l.Rate, For: time.Duration(l.Seconds * float64(time.Second)), Conns: l.Conns,
		Make: openloop.Feed(l.URL, loadSecret, l.Run, l.Batch),
	})
	return json.NewEncoder(os.Stdout).Encode(report)
}

// full tells that the figures of the promises are asked for.
func full() bool { return os.Getenv("ONWARD_LOAD") == "full" }

// processors is what each process gets.
var processors = "GOMAXPROCS=" + strconv.Itoa(1)
