package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"
)

// serveFlags are the flags of serve.
type serveFlags struct {
	config, listen, database string
	localOrg                 bool
}

// The time that serve takes to stop: what is not finished by then is given back, or
// falls back when its lease ends.
const (
	stopAccepting = 3 * time.Second
	stopWorking   = 9 * time.Second
)

func (p *program) serveCommand() *cobra.Command {
	var f serveFlags
	c := &cobra.Command{
		Use: "serve", Short: "Take reports over HTTP and work on them", Args: cobra.NoArgs,
		Long: `Takes reports of moves from Salesforce Flows, HubSpot and signed feeds, stores
them, answers, and works on them with the Salesforce org that is configured. What was
answered with success is in the database, whatever dies afterwards.

It prints listening= with its address, then ready. SIGTERM stops the accepting, and
finishes or gives back what is in hand within 10 seconds. While the org is away
reports are accepted and wait.

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
	if err := s.configure(f); err != nil {
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
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", s.settings.Adapter.Listen)
	if err != nil {
		return usage(err)
	}
	if err := s.begin(ctx, listener.Addr().String()); err != nil {
		return errors.Join(err, listener.Close())
	}
	fmt.Fprintf(p.stdout, "listening=%s\n", listener.Addr())
	s.sayHowToTry(listener.Addr().String())
	fmt.Fprintln(p.stdout, "ready")
	return s.run(ctx, listener)
}

// run serves until the context ends, and then stops everything in the order in which
// nothing gets lost: no new requests, those in hand, the work behind them.
func (s *service) run(ctx context.Context, listener net.Listener) error {
	served := make(chan error, 1)
	go func() { served <- s.http.Serve(listener) }()
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
	if err := s.server.Close(grace); err != nil {
		s.log.Warn("work begun by requests was given back", "error", err)
	}
	if err := s.runner.Stop(grace); err != nil {
		s.log.Warn("work was given back", "error", err)
	}
	if err := s.outbox.Close(grace); err != nil {
		s.log.Warn("messages were cut off and will be sent again", "error", err)
	}
	if broken != nil && !errors.Is(broken, http.ErrServerClosed) {
		return trouble(broken)
	}
	return nil
}
