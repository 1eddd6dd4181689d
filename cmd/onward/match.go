package main

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/spf13/cobra"

	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/cmd/onward/show"
	"github.com/onward-crm/onward/matching"
)

// matchFlags are the flags of match.
type matchFlags struct {
	accounts, queries, out, profile, explain string
	prior                                    float64
	dedupe                                   bool
}

func (p *program) matchCommand() *cobra.Command {
	var f matchFlags
	c := &cobra.Command{
		Use: "match --accounts FILE --queries FILE", Short: "Find the account of each company of a list", Args: cobra.NoArgs,
		Long: `Finds for each company of a CSV file the account that it is, among the accounts of
another CSV file. No CRM is asked and nothing is written but the answer.

Accounts have the columns id and name, and any of website, country, city, phone and
parent_id, in any order. Queries have id and company, and any of email_domain (or
email), country and city. The headers of exports from Salesforce and HubSpot are
understood: of accounts and companies, and of leads and contacts as queries. Files
are UTF-8, parted by comma, semicolon or tab. A bad row is reported and left out.

The answer is a CSV file with one row for each query, in their order: the likeliest
account, the probability that it is the one, and the runner-up. Probabilities were
learned where three of four companies were in the list; --prior says what share of
these is expected there.

--dedupe looks for the accounts within their own list instead, and writes the pairs
that may be one company. --explain ID tells for one query (with --dedupe: for one
account) what was compared with what.`,
		Example: `  onward match --accounts accounts.csv --queries companies.csv --out answer.csv
  onward match --accounts accounts.csv --queries companies.csv --explain Q17
  onward match --accounts accounts.csv --dedupe --out pairs.csv`,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.match(cmd.Context(), f) },
	}
	c.Flags().StringVar(&f.accounts, "accounts", "", "`FILE` of accounts, - for standard input")
	c.Flags().StringVar(&f.queries, "queries", "", "`FILE` of companies to be found, - for standard input")
	c.Flags().StringVar(&f.out, "out", "-", "`FILE` for the answer, - for standard output")
	c.Flags().StringVar(&f.profile, "profile", matching.Balanced().Name, "how careful to be: `P` is balanced, strict or lenient")
	c.Flags().Float64Var(&f.prior, "prior", 0, "the expected `SHARE` of the companies that are in the list, between 0 and 1; 0 for three of four")
	c.Flags().StringVar(&f.explain, "explain", "", "tell about the query with this `ID` instead")
	c.Flags().BoolVar(&f.dedupe, "dedupe", false, "find accounts that stand in the list twice")
	_ = c.MarkFlagRequired("accounts") // fails only for a flag that does not exist
	return c
}

func (p *program) match(ctx context.Context, f matchFlags) error {
	profile, err := profileNamed(f.profile)
	if err != nil {
		return exit.Usage(err)
	}
	profile.Prior = f.prior
	if err := profile.Validate(); err != nil {
		return exit.Usage(err)
	}
	if err := f.check(); err != nil {
		return exit.Usage(err)
	}
	if err := f.checkOut(); err != nil {
		return exit.Usage(err)
	}
	// The header of the queries is looked at first: the accounts may take long.
	var asked *askedFile
	if !f.dedupe {
		asked, err = unlessInterrupted(ctx, func() (*askedFile, error) { return p.openQueries(f.queries) })
		if err != nil {
			return orInterrupted(ctx, err)
		}
		defer asked.close()
	}
	accounts, err := unlessInterrupted(ctx, func() (*accountList, error) { return p.readAccounts(ctx, f.accounts, f.dedupe) })
	if err != nil {
		return orInterrupted(ctx, err)
	}
	switch {
	case f.dedupe && f.explain != "":
		err = p.explainDuplicates(accounts, profile, f.explain)
	case f.dedupe:
		err = p.dedupe(ctx, accounts, profile, f.out)
	case f.explain != "":
		err = p.explainMatch(asked, accounts.index, profile, f.explain)
	default:
		err = p.matchAll(ctx, asked, matchJob{accounts.index, profile, f.out})
	}
	return orInterrupted(ctx, err)
}

// check refuses flags that do not go together.
func (f matchFlags) check() error {
	switch {
	case f.dedupe && f.queries != "":
		return errors.New("--dedupe compares the accounts with each other, want no --queries")
	case !f.dedupe && f.queries == "":
		return errors.New("which companies? want --queries FILE, or --dedupe")
	case f.accounts == "-" && f.queries == "-":
		return errors.New("--accounts and --queries cannot both be standard input")
	}
	return nil
}

func profileNamed(name string) (matching.Profile, error) {
	all := []matching.Profile{matching.Balanced(), matching.Strict(), matching.Lenient()}
	for _, p := range all {
		if p.Name == name {
			return p, nil
		}
	}
	return matching.Profile{}, fmt.Errorf("--profile %s: want balanced, strict or lenient", name)
}

// orInterrupted is the error, but that whoever interrupts is told only that.
func orInterrupted(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return exit.Left(errors.New("interrupted; no file was written"))
	}
	return err
}

// matchJob is what all queries have in common.
type matchJob struct {
	index   *matching.Index
	profile matching.Profile
	out     string
}

// answerColumns are the columns of the answer.
var answerColumns = []string{"query_id", "account_id", "score", "verdict", "tier", "reason", "runner_up_id", "runner_up_score"}

// matchAll answers all queries of a file. They are read as they are worked on:
// the file may be larger than memory.
func (p *program) matchAll(ctx context.Context, asked *askedFile, job matchJob) error {
	out, err := p.openSink(job.out)
	if err != nil {
		return exit.Trouble(err)
	}
	defer out.drop()
	if err := out.write(answerColumns); err != nil {
		return exit.Trouble(err)
	}
	verdicts, capped := map[matching.Verdict]int{}, 0
	bar := p.meter(-1, "queries")
	err = inOrder(ctx, asked.all(), job.answer, func(answers []looked) error {
		for _, a := range answers {
			verdicts[a.verdict]++
			if a.capped {
				capped++
			}
			if err := out.write(a.cells); err != nil {
				return exit.Trouble(err)
			}
		}
		_ = bar.Add(len(answers)) // a progress bar that cannot be drawn is no reason to stop
		return nil
	})
	_ = bar.Finish()
	if err != nil {
		return err
	}
	if err := p.tell(asked.name, asked.rows.Tally()); err != nil {
		return err
	}
	if err := out.keep(); err != nil {
		return exit.Trouble(err)
	}
	n := verdicts[matching.VerdictAuto] + verdicts[matching.VerdictReview] + verdicts[matching.VerdictNone]
	p.Say("%d looked up: %d auto, %d review, %d none", n, verdicts[matching.VerdictAuto], verdicts[matching.VerdictReview], verdicts[matching.VerdictNone])
	p.sayCapped(capped)
	return nil
}

// sayCapped says how often candidates were left out: a better one may be among them.
func (p *program) sayCapped(n int) {
	if n > 0 {
		p.Say("%s had more candidates than are compared", show.Count(n, "look-up"))
	}
}

// looked is one row of the answer.
type looked struct {
	verdict matching.Verdict
	capped  bool
	cells   []string
}

// answer looks up a chunk of queries. Lists often name one company many times in
// a row; it is looked up once.
func (j matchJob) answer(chunk []query) []looked {
	known := map[matching.Company]matching.AccountMatch{}
	out := make([]looked, len(chunk))
	for i, q := range chunk {
		m, ok := known[q.company]
		if !ok {
			m = j.index.Match(j.profile, q.company)
			known[q.company] = m
		}
		out[i] = looked{m.Verdict, m.Capped, answerCells(q.id, m)}
	}
	return out
}

// answerCells names an account even when none is likely enough to be chosen: whoever
// reads the list can see how near it came.
func answerCells(id string, m matching.AccountMatch) []string {
	cells := []string{id, "", score(m.Confidence), string(m.Verdict), string(m.Tier), string(m.Decisive), "", ""}
	if len(m.Ranked) > 0 {
		cells[1] = m.Ranked[0].ID
	}
	if len(m.Ranked) > 1 {
		cells[6], cells[7] = m.Ranked[1].ID, score(m.Ranked[1].Confidence)
	}
	return cells
}

func score(confidence float64) string { return fmt.Sprintf("%.5f", confidence) }

// query is one company to be found.
type query struct {
	id      string
	company matching.Company
}

// find reads queries up to the one with an id.
func find(all iter.Seq2[query, error], id string) (q query, ok bool, err error) {
	for q, err := range all {
		if err != nil || q.id == id {
			return q, err == nil, err
		}
	}
	return query{}, false, nil
}
