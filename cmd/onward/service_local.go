package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/onward-crm/onward/adapter"
	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/crm/salesforce/sftest"
	"github.com/onward-crm/onward/internal/settings"
)

// localService is the org of serve --localorg: the demo's records, on a free port.
type localService struct {
	server *http.Server
	// dir holds the database when none is named: it goes with the org, whose records
	// a ledger that outlives them would take for done.
	dir string
	// keys are the lines that tell which of its credentials are good.
	keys []string
}

// The credentials of serve --localorg. They are good for one process on one machine.
const (
	localFlowKey  = "local-flow-key"
	localFeed     = "demo"
	localFeedKey  = "whsec_b253YXJkLWxvY2FsLWZlZWQta2V5LW9ubHk="
	localOperator = "local-operator-token"
	localHubSpot  = "local-hubspot-secret"
	localPortal   = 62515
)

// startLocalOrg serves an org with the demo's records, and fills in whatever the
// configuration leaves open.
func (s *service) startLocalOrg(ctx context.Context) error {
	db, err := s.demoRecords()
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return exit.Trouble(err)
	}
	org := sftest.New(&sftest.Options{CRM: db, Now: s.Now, Sandbox: true})
	s.local = &localService{server: &http.Server{Handler: org, ReadHeaderTimeout: 10 * time.Second}}
	go func() {
		if err := s.local.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("the local org has ended", "error", err)
		}
	}()
	if s.settings.Adapter.Database == settings.Default().Adapter.Database {
		if s.local.dir, err = os.MkdirTemp("", "onward-localorg-"); err != nil {
			return exit.Trouble(err)
		}
		s.settings.Adapter.Database = filepath.Join(s.local.dir, "onward.db")
	}
	s.settings.CRM.Driver = settings.DriverSalesforce
	sf := &s.settings.CRM.Salesforce
	sf.Instance, sf.ClientID, sf.ClientSecret, sf.AccessToken = "http://"+listener.Addr().String(), sftest.DefaultClientID, settings.Secret(sftest.DefaultClientSecret), ""
	sf.Username, sf.PrivateKeyFile, sf.Sandbox, sf.MirrorPath = "", "", true, ""
	return nil
}

// demoRecords are those of onward demo.
func (s *service) demoRecords() (*memcrm.CRM, error) {
	dir, err := os.MkdirTemp("", "onward-localorg-")
	if err != nil {
		return nil, exit.Trouble(err)
	}
	defer os.RemoveAll(dir)
	if err := os.CopyFS(dir, demoFiles); err != nil {
		return nil, exit.Trouble(err)
	}
	db, _, err := memcrm.Load(filepath.Join(dir, "demo", "crm"), &memcrm.Options{Now: s.Now, Schemas: sftest.Schemas(crm.DefaultNames())})
	if err != nil {
		return nil, exit.Trouble(err)
	}
	return db, nil
}

// sayHowToTry prints what a curl needs.
func (s *service) sayHowToTry(address string) {
	if s.local == nil {
		return
	}
	for _, line := range s.local.keys {
		fmt.Fprintln(s.Stdout, strings.ReplaceAll(line, "ADDRESS", address))
	}
	fmt.Fprintf(s.Stdout, "salesforce=%s\n", s.settings.CRM.Salesforce.Instance)
}

// localSources let everybody in who has the keys that are printed at the start. A
// source that the configuration has keys for keeps those alone.
func (s *service) localSources(o *adapter.Options, operators []adapter.Operator) ([]adapter.Operator, error) {
	secrets := map[string]adapter.Secret{}
	for _, text := range []string{localFlowKey, localFeedKey, localOperator, localHubSpot} {
		secret, err := adapter.NewKey(text)
		if err != nil {
			return nil, err
		}
		secrets[text] = secret
	}
	say := func(lines ...string) { s.local.keys = append(s.local.keys, lines...) }
	if o.Flow == nil {
		o.Flow = &adapter.FlowOptions{
			Deadline: seconds(s.settings.Adapter.Flow.DeadlineSeconds),
			Keys:     []adapter.APIKey{{ID: "local", Current: secrets[localFlowKey], Scopes: adapter.Scopes()}},
		}
		say("flow_key=" + localFlowKey)
	}
	if len(o.Feeds) == 0 {
		o.Feeds = []adapter.FeedOptions{{Name: localFeed, Keys: []adapter.SigningKey{{Value: secrets[localFeedKey]}}}}
		say("feed=http://ADDRESS/feeds/"+localFeed, "feed_secret="+localFeedKey)
	}
	if o.HubSpot == nil {
		o.HubSpot = &adapter.HubSpotOptions{Secrets: []adapter.SigningKey{{Value: secrets[localHubSpot]}}, Portals: []int64{localPortal}}
		say("hubspot_secret="+localHubSpot, fmt.Sprintf("hubspot_portal=%d", localPortal))
	}
	say("operator_token=" + localOperator)
	return append(operators, adapter.Operator{Name: "local", Token: secrets[localOperator]}), nil
}
