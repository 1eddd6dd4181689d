package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/onward-crm/onward/cmd/onward/exit"
)

// serveFlags are the flags of serve.
type serveFlags struct {
	config, listen, database string
	localOrg                 bool
}

// The time that serve takes to stop: what is not finished by then is given back, or
// falls back when its lease ends. Together with the second that giving back may take
// it is less than the 10 that are promised.
const (
	stopAccepting = 3 * time.Second
	stopWorking   = 8 * time.Second
)

func (p *program) serveCommand() *cobra.Command {
	var f serveFlags
	c := &cobra.Command{
		Use: "serve", Short: "Take reports over HTTP and work on them", Args: cobra.NoArgs,
		Long: `Takes reports of moves from Salesforce Flows, HubSpot and signed feeds, stores
them, answers, and works on them with the Salesforce org that is configured. What was
answered with success is in the database, whatever dies afterwards.

It prints listening= with its address, then ready. SIGTERM stops the accepting, and
finishes or gives back what is in hand within 10 seconds; a second one ends it at
once. While the org is away reports are accepted and wait.

Secrets come from the environment: those that the configuration names, and
ONWARD_SECRET, the key of the ledger's hashes. DATABASE_URL goes before
adapter.database of the configuration, and flags before both.

--localorg starts with a Salesforce of its own on this machine, with sample records,
and keys to try it with: for trying, not for a network.`,
		Example: `  onward serve --localorg
  onward serve --config onward.yaml --listen 0.0.0.0:8080
  DATABASE_URL=postgres://onward@db/onward onward serve --config onward.yaml`,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.serve(cmd.Context(), f) },
	}
	c.Flags().StringVar(&f.config, "config", "", "configuration `FILE` (default: built-in defaults)")
	c.Flags().StringVar(&f.listen, "listen", "", "`HOST:PORT` to listen on (adapter.listen); port 0 takes a free one")
	c.Flags().StringVar(&f.database, "database", "", "SQLite `FILE` or PostgreSQL URL (adapter.database)")
	c.Flags().BoolVar(&f.localOrg, "localorg", false, "with a Salesforce of its own and sample records, to try it")
	return c
}

func (p *program) serve(ctx context.Context, f serveFlags) (err error) {
	s := &service{program: p, log: p.serviceLog()}
	defer func() { err = errors.Join(err, s.close()) }()
	if err := s.prepare(ctx, f); err != nil {
		if ctx.Err() != nil {
			s.log.Info("stopped before it was ready")
			return nil
		}
		return err
	}
	s.sayWhere()
	fmt.Fprintln(p.Stdout, "ready")
	return s.run(ctx)
}

// prepare does everything that comes before the first request. The addresses are
// taken first: a port that is in use is found out before the org is asked anything.
func (s *service) prepare(ctx context.Context, f serveFlags) error {
	if err := s.configure(f); err != nil {
		return err
	}
	if err := s.listen(ctx); err != nil {
		return err
	}
	if f.localOrg {
		if err := s.startLocalOrg(ctx); err != nil {
			return err
		}
	}
	if err := s.open(ctx); err != nil {
		return err
	}
	return s.begin(ctx)
}

// listen takes the addresses that are configured.
func (s *service) listen(ctx context.Context) (err error) {
	a := s.settings.Adapter
	if s.listener, err = take(ctx, "adapter.listen", a.Listen); err != nil {
		return err
	}
	if a.Metrics != "" {
		s.metricsListener, err = take(ctx, "adapter.metrics", a.Metrics)
	}
	return err
}

func take(ctx context.Context, path, address string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, exit.Usage(fmt.Errorf("%s: %w", path, err))
	}
	return l, nil
}

// sayWhere prints the addresses, and for a local org what a curl needs.
func (s *service) sayWhere() {
	fmt.Fprintf(s.Stdout, "listening=%s\n", s.listener.Addr())
	if s.metricsListener != nil {
		fmt.Fprintf(s.Stdout, "metrics=%s\n", s.metricsListener.Addr())
	}
	s.sayHowToTry(s.listener.Addr().String())
}

// run serves until the context ends, and then stops everything in the order in which
// nothing gets lost: no new requests, those in hand, the work behind them.
func (s *service) run(ctx context.Context) error {
	served := make(chan error, 1)
	go func() { served <- s.http.Serve(s.listener) }()
	var broken error
	select {
	case broken = <-served:
	case <-ctx.Done():
	}
	s.log.Info("stopping")
	grace, stop := context.WithTimeout(context.WithoutCancel(ctx), stopWorking)
	defer stop()
	accepting, stopped := context.WithTimeout(grace, stopAccepting)
	defer stopped()
	if err := s.http.Shutdown(accepting); err != nil {
		s.log.Warn("requests were cut off", "error", err)
		broken = errors.Join(broken, s.http.Close())
	}
	s.stopAll(grace)
	if broken != nil && !errors.Is(broken, http.ErrServerClosed) {
		return exit.Trouble(broken)
	}
	return nil
}

// stopAll ends the work of requests, of the queue and of the outbox, side by side: one
// that hangs takes no time from the others.
func (s *service) stopAll(grace context.Context) {
	var all sync.WaitGroup
	for _, part := range []struct {
		stop func(context.Context) error
		says string
	}{
		{s.server.Close, "work begun by requests was given back"},
		{s.runner.Stop, "work was given back"},
		{s.outbox.Close, "messages were cut off and will be sent again"},
	} {
		all.Go(func() {
			if err := part.stop(grace); err != nil {
				s.log.Warn(part.says, "error", err)
			}
		})
	}
	all.Wait()
}
