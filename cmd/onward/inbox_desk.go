package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/cmd/onward/show"
	"github.com/onward-crm/onward/crm"
)

func (in *inbox) statusCommand() *cobra.Command {
	return &cobra.Command{
		Use: "status", Short: "How much work waits, and whether it is paused", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var s struct {
				Paused bool   `json:"paused"`
				Config string `json:"config"`
				Queue  struct {
					Statuses map[string]int `json:"statuses"`
					Due      int            `json:"due"`
					Held     int            `json:"held"`
					Oldest   time.Time      `json:"oldest"`
					DRIDue   int            `json:"dri_due"`
				} `json:"queue"`
			}
			raw, err := in.ask(cmd.Context(), http.MethodGet, "/operator/status", nil, &s)
			if err != nil {
				return err
			}
			return in.tell(raw, func() {
				fmt.Fprintf(in.Stdout, "paused %t, configuration %s\n%d due, %d in hand, %d responsible people due\n", s.Paused, s.Config, s.Queue.Due, s.Queue.Held, s.Queue.DRIDue)
				if !s.Queue.Oldest.IsZero() {
					fmt.Fprintf(in.Stdout, "the oldest waits since %s\n", s.Queue.Oldest.Format(time.RFC3339))
				}
				for _, name := range []string{"accepted", "waiting", "review", "parked", "filtered", "done"} {
					fmt.Fprintf(in.Stdout, "  %-9s %d\n", name, s.Queue.Statuses[name])
				}
			})
		},
	}
}

// switchCommand is an act without anything to say.
func (in *inbox) switchCommand(name, short string) *cobra.Command {
	return &cobra.Command{
		Use: name, Short: short, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			raw, err := in.ask(cmd.Context(), http.MethodPost, "/operator/"+name, map[string]any{}, nil)
			if err != nil {
				return err
			}
			return in.tell(raw, func() { fmt.Fprintf(in.Stdout, "%s: done\n", name) })
		},
	}
}

func (in *inbox) refusedCommand() *cobra.Command {
	var source string
	c := &cobra.Command{
		Use: "refused", Short: "Requests whose signature did not fit, kept for 72 hours", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var kept struct {
				Items []struct {
					ID       string    `json:"id"`
					Source   string    `json:"source"`
					Code     string    `json:"code"`
					Path     string    `json:"path"`
					Bytes    int       `json:"bytes"`
					Received time.Time `json:"received"`
				} `json:"items"`
			}
			raw, err := in.ask(cmd.Context(), http.MethodGet, "/operator/refused?source="+url.QueryEscape(source), nil, &kept)
			if err != nil {
				return err
			}
			return in.tell(raw, func() {
				rows := make([][]string, len(kept.Items))
				for i, k := range kept.Items {
					rows[i] = []string{k.Received.Format(time.RFC3339), k.Source, k.Code, k.Path, fmt.Sprint(k.Bytes)}
				}
				show.Table(in.Stdout, []show.Column{{Title: "received", Most: 20}, {Title: "source", Most: 24}, {Title: "code", Most: 20}, {Title: "path", Most: 40}, {Title: "bytes", Most: 8}}, rows)
			})
		},
	}
	c.Flags().StringVar(&source, "source", "", "`NAME` of the sender")
	return c
}

func (in *inbox) readmitCommand() *cobra.Command {
	return &cobra.Command{
		Use: "readmit SOURCE", Short: "Verify the refused requests of a source again, with today's secrets", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			raw, err := in.ask(cmd.Context(), http.MethodPost, "/operator/refused/readmit", map[string]any{"source": args[0]}, nil)
			if err != nil {
				return err
			}
			return in.tell(raw, func() { fmt.Fprintf(in.Stdout, "%s\n", raw) })
		},
	}
}

func (in *inbox) actsCommand() *cobra.Command {
	return &cobra.Command{
		Use: "acts", Short: "What operators did, youngest first", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var done struct {
				Items []struct {
					At     time.Time `json:"at"`
					By     string    `json:"by"`
					What   string    `json:"what"`
					About  string    `json:"about"`
					Result string    `json:"result"`
				} `json:"items"`
			}
			raw, err := in.ask(cmd.Context(), http.MethodGet, "/operator/acts", nil, &done)
			if err != nil {
				return err
			}
			return in.tell(raw, func() {
				rows := make([][]string, len(done.Items))
				for i, a := range done.Items {
					rows[i] = []string{a.At.Format(time.RFC3339), a.By, a.What, a.About, a.Result}
				}
				show.Table(in.Stdout, []show.Column{{Title: "at", Most: 20}, {Title: "by", Most: 16}, {Title: "what", Most: 16}, {Title: "about", Most: 44}, {Title: "result", Most: 24}}, rows)
			})
		},
	}
}

func (in *inbox) resendCommand() *cobra.Command {
	return &cobra.Command{
		Use: "resend MESSAGE", Short: "Send a message about a decision once more", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			raw, err := in.ask(cmd.Context(), http.MethodPost, "/operator/messages/"+url.PathEscape(args[0])+"/replay", map[string]any{}, nil)
			if err != nil {
				return err
			}
			return in.tell(raw, func() { fmt.Fprintln(in.Stdout, "it will be sent again") })
		},
	}
}

// undoCommand takes a decision back, as an operator of onward serve.
func (p *program) undoCommand() *cobra.Command {
	in := &inbox{program: p}
	c := &cobra.Command{
		Use: "undo DECISION", Short: "Take a decision back: previous values, credits, event record", Args: cobra.ExactArgs(1),
		Long: `Asks a running onward serve to take back what a decision has written: changed fields
get their previous values, credits are given back, and the event record says so.
DECISION is the delivery's id, as onward inbox list shows it.

Where somebody has changed a record since, nothing is undone, and the record and its
field are named. Records that were created are not deleted: they are listed, with the
fields that were changed since. Undone once, a decision stays undone.`,
		Example: `  onward undo flow/43c0ccb8-605b`,
		RunE: func(cmd *cobra.Command, args []string) error {
			var u undone
			raw, err := in.ask(cmd.Context(), http.MethodPost, "/operator/delivery/undo?key="+url.QueryEscape(args[0]), map[string]any{}, &u)
			if err != nil {
				return err
			}
			if err := in.tell(raw, func() { u.write(in.Stdout) }); err != nil || u.Outcome == "undone" {
				return err
			}
			return exit.Left(nil) // it was said: the queue goes on, or a person has to
		},
	}
	in.flags(c)
	return c
}

// eraseCommand forgets a person, as an operator of onward serve.
func (p *program) eraseCommand() *cobra.Command {
	in := &inbox{program: p}
	var yes bool
	c := &cobra.Command{
		Use: "erase PERSON", Short: "Forget a person for good", Args: cobra.ExactArgs(1),
		Long: `Asks a running onward serve to forget a person: reports, plans, facts and previous
values of all their deliveries are removed, and so are their places in lists and as a
sponsor. Whatever reports them later is suppressed, and no list brings them back.
Records in the CRM are not touched. PERSON is an e-mail address, a LinkedIn
page, or the id of a lead or contact. It cannot be taken back, and --yes says so.`,
		Example: `  onward erase --yes jane@old.example
  onward erase --yes https://www.linkedin.com/in/janedoe
  onward erase --yes 003RM000006AbCdYAK`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if !yes {
				return exit.Usage(errors.New("it cannot be taken back: say --yes"))
			}
			member := personMember(args[0])
			if member == "" {
				return exit.Usage(errors.New("PERSON: want an e-mail address, a LinkedIn page, or the id of a lead or contact"))
			}
			raw, err := in.ask(cmd.Context(), http.MethodPost, "/operator/erase", map[string]any{member: args[0]}, nil)
			if err != nil {
				return err
			}
			return in.tell(raw, func() { fmt.Fprintln(in.Stdout, "erased") })
		},
	}
	in.flags(c)
	c.Flags().BoolVar(&yes, "yes", false, "forget them for good")
	return c
}

// personMember tells which kind of identifier a text is, "" for none.
func personMember(text string) string {
	_, err := crm.WidenID(text)
	switch {
	case strings.Contains(strings.ToLower(text), "linkedin.com/"):
		return "linkedin"
	case strings.Contains(text, "@"):
		return "email"
	case err == nil && (strings.HasPrefix(text, "003") || strings.HasPrefix(text, "00Q")):
		return "crmId"
	}
	return ""
}
