package salesforce

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/go-retryablehttp"
	gosalesforce "github.com/k-capehart/go-salesforce/v2"

	"github.com/onward-crm/onward/crm"
)

// Org is a connection to one Salesforce org. It is safe for concurrent use. Make
// it with Open, release it with Close.
type Org struct {
	opt   Options // filled
	hosts hosts

	session session
	meter   meter

	// base makes one attempt, again makes a few; own is the connection pool when
	// it is ours.
	base  *http.Client
	again *retryablehttp.Client
	own   *http.Transport
	// through is go-salesforce's client; nil when calls go directly.
	through *gosalesforce.Salesforce

	// logins are those under way; Close waits for them.
	logins sync.WaitGroup

	// schemas holds the descriptions read so far, by object.
	schemas sync.Map
}

// Open logs in to the org and checks that it has the API version. What is wrong
// with the options is told before anything is sent. Failed logins are
// crm.ErrAuth, and the message says what to do about it.
func Open(ctx context.Context, o Options) (*Org, error) {
	opt, err := o.filled()
	if err != nil {
		return nil, err
	}
	g := &Org{opt: opt, hosts: hosts{extra: opt.AllowHosts, sandbox: opt.Sandbox}}
	instance, err := g.hosts.instance(opt.Instance)
	if err != nil {
		return nil, fmt.Errorf("salesforce: instance: %w", err)
	}
	g.hosts.loopback = isLoopback(instance)
	if err := opt.Login.check(instance); err != nil {
		return nil, fmt.Errorf("salesforce: login: %w", err)
	}
	g.session.instance = instance
	g.connect()
	if err := g.start(ctx); err != nil {
		_ = g.Close()
		return nil, err
	}
	return g, nil
}

// start logs in and asks for the versions.
func (g *Org) start(ctx context.Context) error {
	if err := g.renew(ctx, ""); err != nil {
		return advised("log in", err)
	}
	k := call{op: "open", name: "versions", method: http.MethodGet, path: "/services/data", repeat: true, free: true}
	r, err := g.do(ctx, k)
	if err != nil {
		return advised("read the API versions", err)
	}
	var has []struct {
		Version string `json:"version"`
	}
	if err := g.decode(k, r, &has); err != nil {
		return advised("read the API versions", err)
	}
	names := make([]string, len(has))
	for i, v := range has {
		names[i] = "v" + v.Version
	}
	if !slices.Contains(names, g.opt.Version) {
		return fmt.Errorf("salesforce: the org has no API version %s; it has %s", g.opt.Version, strings.Join(names, ", "))
	}
	return nil
}

// Close releases the connections and ends a login under way. Calls after it fail
// with crm.ErrUnavailable. It never fails.
func (g *Org) Close() error {
	g.session.close()
	g.logins.Wait()
	if g.own != nil {
		g.own.CloseIdleConnections()
	}
	return nil
}

// advised adds to an error of the set-up what to do about it.
func advised(doing string, err error) error {
	var e *crm.Error
	if errors.As(err, &e) {
		if hint := advice(e.Code); hint != "" {
			return fmt.Errorf("salesforce: %s: %w: %s", doing, err, hint)
		}
	}
	return fmt.Errorf("salesforce: %s: %w", doing, err)
}
