package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/cmd/onward/show"
)

// inbox is what all of its commands share.
type inbox struct {
	*program
	server, tokenEnv, format string
}

func (p *program) inboxCommand() *cobra.Command {
	in := &inbox{program: p}
	c := &cobra.Command{
		Use: "inbox", Short: "See and decide what onward serve has taken in", Args: cobra.NoArgs,
		Long: `Asks a running onward serve, as an operator: the token is in the environment
variable ONWARD_OPERATOR_TOKEN. Every act is kept there with the operator's name.`,
		Example: `  onward inbox list --status parked
  onward inbox show flow/43c0ccb8-605b
  onward inbox approve flow/43c0ccb8-605b --account 001RM000003oLnnYAE
  onward inbox replay --reason refused_by_crm --keep-plan
  onward inbox replay --under new.yaml`,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	in.flags(c)
	c.AddCommand(in.listCommand(), in.queueCommand("reviews", "What waits for somebody's decision"),
		in.queueCommand("parked", "What cannot go on by itself"), in.showCommand(),
		in.approveCommand(), in.rejectCommand(), in.replayCommand(), in.statusCommand(),
		in.switchCommand("pause", "Stop the work; accepting goes on"), in.switchCommand("resume", "Go on with the work"),
		in.switchCommand("drain", "Work now on everything that is due"), in.refusedCommand(), in.readmitCommand(),
		in.actsCommand(), in.resendCommand(), in.exportCommand())
	return c
}

// flags say whom to ask, and how to show the answer.
func (in *inbox) flags(c *cobra.Command) {
	f := c.PersistentFlags()
	f.StringVar(&in.server, "server", "http://127.0.0.1:8080", "`URL` of onward serve")
	f.StringVar(&in.tokenEnv, "token-env", "ONWARD_OPERATOR_TOKEN", "environment `VARIABLE` that holds the operator's token")
	f.StringVar(&in.format, "format", show.FormatTable, "`FORMAT` of the answer: table or json")
}

// filterFlags select deliveries.
type filterFlags struct {
	status, outcome, reason, source, from, until, email, crmID, linkedIn string
	newest                                                               bool
	limit                                                                int
	after                                                                int64
}

func (f *filterFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.status, "status", "", "`LIST` of accepted, done, filtered, review, waiting, parked")
	c.Flags().StringVar(&f.outcome, "outcome", "", "`WORD`, such as lead_created")
	c.Flags().StringVar(&f.reason, "reason", "", "`WORD`, such as refused_by_crm")
	c.Flags().StringVar(&f.source, "source", "", "`NAME` of the sender")
	c.Flags().StringVar(&f.from, "from", "", "received at or after this `TIME`")
	c.Flags().StringVar(&f.until, "until", "", "received before this `TIME`")
	c.Flags().StringVar(&f.email, "email", "", "the person's `ADDRESS`")
	c.Flags().StringVar(&f.crmID, "crm-id", "", "`ID` of the person's record")
	c.Flags().StringVar(&f.linkedIn, "linkedin", "", "`URL` of the person's page")
	c.Flags().BoolVar(&f.newest, "newest", false, "youngest first")
	c.Flags().IntVar(&f.limit, "limit", 50, "at most `N`")
	c.Flags().Int64Var(&f.after, "after", 0, "go on after this `PLACE` (next of the list before)")
}

// body is the filter as the server reads it.
func (f *filterFlags) body() map[string]any {
	out := map[string]any{"limit": f.limit}
	for name, v := range map[string]string{
		"outcome": f.outcome, "reason": f.reason, "source": f.source, "from": f.from, "until": f.until, "email": f.email,
		"crmId": f.crmID, "linkedin": f.linkedIn,
	} {
		if v != "" {
			out[name] = v
		}
	}
	if f.status != "" {
		out["status"] = strings.Split(f.status, ",")
	}
	if f.newest {
		out["newest"] = true
	}
	if f.after != 0 {
		out["after"] = f.after
	}
	return out
}

func (in *inbox) listCommand() *cobra.Command {
	var f filterFlags
	c := &cobra.Command{
		Use: "list", Short: "List and search deliveries", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			// By body, so that an address stands in no log of a proxy.
			return in.list(cmd.Context(), http.MethodPost, "/operator/search", f.body())
		},
	}
	f.add(c)
	return c
}

func (in *inbox) queueCommand(name, short string) *cobra.Command {
	return &cobra.Command{
		Use: name, Short: short, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return in.list(cmd.Context(), http.MethodGet, "/operator/"+name, nil)
		},
	}
}

func (in *inbox) showCommand() *cobra.Command {
	return &cobra.Command{
		Use: "show ID", Short: "The whole story of one delivery", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var s tale
			raw, err := in.ask(cmd.Context(), http.MethodGet, "/operator/delivery?key="+url.QueryEscape(args[0]), nil, &s)
			if err != nil {
				return err
			}
			return in.tell(raw, func() { s.write(in.Stdout) })
		},
	}
}

func (in *inbox) approveCommand() *cobra.Command {
	var account, person string
	var none bool
	c := &cobra.Command{
		Use: "approve ID", Short: "Answer a review: as proposed, or with another choice", Args: cobra.ExactArgs(1),
		Long: `Decides a reviewed move again on fresh facts, with your choice. What was deleted or
merged meanwhile is refused, and the move stays in review.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			way, body := "approve", map[string]any{}
			for name, v := range map[string]string{"accountId": account, "personId": person} {
				if v != "" {
					body[name] = v
				}
			}
			if none {
				body["none"] = true
			}
			if len(body) > 0 {
				way = "pick"
			}
			return in.act(cmd.Context(), "/operator/delivery/"+way+"?key="+url.QueryEscape(args[0]), body)
		},
	}
	c.Flags().StringVar(&account, "account", "", "`ID` of the account that the person moved to")
	c.Flags().StringVar(&person, "person", "", "`ID` of the lead or contact that is the person")
	c.Flags().BoolVar(&none, "none", false, "none of the candidates is right")
	return c
}

func (in *inbox) rejectCommand() *cobra.Command {
	return &cobra.Command{
		Use: "reject ID", Short: "End a review with nothing created", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return in.act(cmd.Context(), "/operator/delivery/reject?key="+url.QueryEscape(args[0]), map[string]any{})
		},
	}
}

func (in *inbox) replayCommand() *cobra.Command {
	var f filterFlags
	var keep bool
	var under string
	c := &cobra.Command{
		Use: "replay [ID...]", Short: "Work again on deliveries, or see what another configuration would decide",
		Long: `Takes up deliveries again, by id or by filter (parked ones when no status is named):
with --keep-plan from where they stopped, otherwise decided anew.

With --under FILE nothing is done: the stored events are decided under that
configuration on their stored facts, and what would differ is listed.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			body := map[string]any{"keepPlan": keep}
			if len(args) > 0 {
				body["keys"] = args
			} else {
				body["filter"] = f.body()
			}
			if under != "" {
				text, err := os.ReadFile(under)
				if err != nil {
					return exit.Usage(err)
				}
				body["configuration"], body["dryRun"] = string(text), true
			}
			var r replayed
			raw, err := in.ask(cmd.Context(), http.MethodPost, "/operator/replay", body, &r)
			if err != nil {
				return err
			}
			return in.tell(raw, func() { r.write(in.Stdout) })
		},
	}
	f.add(c)
	c.Flags().BoolVar(&keep, "keep-plan", false, "go on with the stored decision")
	c.Flags().StringVar(&under, "under", "", "configuration `FILE` to compare with; nothing is written")
	return c
}

func (in *inbox) exportCommand() *cobra.Command {
	return &cobra.Command{
		Use: "export ledger|credits", Short: "Write the ledger, or the credits used, as CSV", Args: cobra.ExactArgs(1),
		ValidArgs: []string{"ledger", "credits"},
		RunE: func(cmd *cobra.Command, args []string) error {
			return in.copy(cmd.Context(), "/operator/export?what="+url.QueryEscape(args[0]))
		},
	}
}

// token is the operator's, from the environment.
func (in *inbox) token() (string, error) {
	for _, pair := range in.Environ {
		if name, v, _ := strings.Cut(pair, "="); name == in.tokenEnv && v != "" {
			return v, nil
		}
	}
	return "", exit.Usage(fmt.Errorf("no operator's token: set %s", in.tokenEnv))
}

// list asks for a page of deliveries and shows it.
func (in *inbox) list(ctx context.Context, method, path string, body any) error {
	var page page
	raw, err := in.ask(ctx, method, path, body, &page)
	if err != nil {
		return err
	}
	return in.tell(raw, func() { page.write(in.Stdout) })
}

// act does something with one delivery and shows what became of it.
func (in *inbox) act(ctx context.Context, path string, body any) error {
	var d item
	raw, err := in.ask(ctx, http.MethodPost, path, body, &d)
	if err != nil {
		return err
	}
	return in.tell(raw, func() { d.write(in.Stdout) })
}

// tell writes the answer itself, or shows it.
func (in *inbox) tell(raw []byte, table func()) error {
	switch in.format {
	case show.FormatJSON:
		if _, err := in.Stdout.Write(append(raw, '\n')); err != nil {
			return exit.Trouble(err)
		}
	case show.FormatTable:
		table()
	default:
		return exit.Usage(errors.New("--format: want table or json"))
	}
	return nil
}
