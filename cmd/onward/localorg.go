package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/crm/salesforce/sftest"
)

// localOrg are the flags of localorg.
type localOrg struct{ listen, data, clientID, clientSecret string }

func (p *program) localOrgCommand() *cobra.Command {
	var f localOrg
	c := &cobra.Command{
		Use: "localorg", Short: "Serve a Salesforce org on this machine, to try things without one", Args: cobra.NoArgs,
		Long: `Serves an org that speaks Salesforce's REST API, with the standard objects that
matter here and the fields of onward's own package. Its records live in memory;
--data reads them from a folder of CSV files and writes them back at the end.

It prints instance_url, client_id, client_secret and a good access_token, one a
line, then "ready", and serves until it is interrupted. It is a means to try and
to test things: it knows no users but its own, and is not made for a network.`,
		Example: `  onward localorg --listen 127.0.0.1:8090
  onward localorg --listen 127.0.0.1:0 --data ./export`,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.localOrg(cmd.Context(), f) },
	}
	c.Flags().StringVar(&f.listen, "listen", "127.0.0.1:8090", "`ADDRESS` to listen on; port 0 takes a free one")
	c.Flags().StringVar(&f.data, "data", "", "`DIR` of CRM files to serve, and to save to at the end")
	c.Flags().StringVar(&f.clientID, "client-id", sftest.DefaultClientID, "client `ID` of the login")
	c.Flags().StringVar(&f.clientSecret, "client-secret", sftest.DefaultClientSecret, "client `SECRET` of the login")
	return c
}

func (p *program) localOrg(ctx context.Context, f localOrg) error {
	db, err := p.localRecords(f.data)
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", f.listen)
	if err != nil {
		return exit.Usage(err)
	}
	if at, ok := listener.Addr().(*net.TCPAddr); ok && !at.IP.IsLoopback() {
		p.Say("warning: %s can be reached from other machines, over a line that is not encrypted", at)
	}
	org := sftest.New(&sftest.Options{CRM: db, Now: p.Now, ClientID: f.clientID, ClientSecret: f.clientSecret, Sandbox: true})
	server := &http.Server{Handler: org, ReadHeaderTimeout: 10 * time.Second}
	fmt.Fprintf(p.Stdout, "instance_url=http://%s\nclient_id=%s\nclient_secret=%s\naccess_token=%s\nready\n",
		listener.Addr(), f.clientID, f.clientSecret, org.Token())
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case err = <-served:
	case <-ctx.Done():
		grace, stop := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer stop()
		err = server.Shutdown(grace)
		<-served
	}
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	if f.data != "" {
		err = errors.Join(err, db.Save(f.data, savedObjects()...))
	}
	if err != nil {
		return exit.Trouble(err)
	}
	return nil
}

// savedObjects are those of a CRM. What the org says of itself is made anew at
// every start.
func savedObjects() []crm.Object {
	var out []crm.Object
	for _, s := range memcrm.DefaultSchemas(crm.DefaultNames()) {
		out = append(out, s.Object)
	}
	return out
}

// localRecords are those of a folder, or nothing but the integration user.
func (p *program) localRecords(dir string) (*memcrm.CRM, error) {
	o := &memcrm.Options{Now: p.Now, Schemas: sftest.Schemas(crm.DefaultNames())}
	if dir == "" {
		return memcrm.New(o), nil
	}
	db, report, err := memcrm.Load(dir, o)
	if err != nil {
		return nil, exit.Trouble(err)
	}
	if bad := report.Bad(); bad > 0 {
		p.reportLoad(&world{report: report})
		return nil, exit.Usage(fmt.Errorf("%d rows of %s cannot be read and saving would lose them; correct them first", bad, dir))
	}
	return db, nil
}
