// Command matching measures account matching side by side with what one would
// write or take instead, on a labelled set, and prints one Markdown table.
//
//	go run ./internal/bench/matching -data DIR [-quick] [-scale 100000,1000000] [-out table.md]
//
// DIR holds accounts.csv (id, name, website, country, city, phone, parent_id),
// queries.csv (id, company, email_domain, country, city) and labels.csv (query_id,
// account_id, ok_ids, source, kind, mode, tag). Other columns are not read. Lists
// larger than the real one are made from it, see grow.
package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// quickQueries is how many queries a quick run asks.
const quickQueries = 1000

// options say what is measured.
type options struct {
	data, out string
	list      string
	scale     []int
	by, only  []string
	quick     bool
	// budget bounds the timed look-ups of one row, limit those for the quality.
	budget, limit time.Duration
	log           io.Writer
}

func main() {
	o, err := parse(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	text, err := run(o)
	if err == nil {
		_, err = io.WriteString(os.Stdout, text)
	}
	if err == nil && o.out != "" {
		err = os.WriteFile(o.out, []byte(text), 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// parse reads the flags.
func parse(args []string) (options, error) {
	o := options{log: os.Stderr}
	f := flag.NewFlagSet("matching", flag.ContinueOnError)
	f.StringVar(&o.data, "data", "", "folder with accounts.csv, queries.csv and labels.csv")
	f.StringVar(&o.out, "out", "", "file that gets the table too")
	f.BoolVar(&o.quick, "quick", false, "ask 1,000 queries and measure no made list unless -scale names one")
	f.DurationVar(&o.budget, "budget", 30*time.Second, "time for the timed look-ups of one row")
	f.DurationVar(&o.limit, "limit", 4*time.Minute, "time for the quality of one matcher, above which it is asked 2,000 queries only")
	scale := f.String("scale", "100000,1000000", "sizes of made lists, with commas; empty for none")
	by := f.String("by", "", "also count by these columns of labels.csv, with commas: kind, mode, tag, source")
	only := f.String("only", "", "measure only the matchers whose names hold one of these words, with commas")
	f.StringVar(&o.list, "list", "", "only write the accounts of the longest made list to this file, for internal/train")
	dsn := f.String("dsn", "", "URL of a PostgreSQL server whose user may create databases; default "+serverVariable+", then an installed one")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if o.data == "" {
		return o, errors.New("-data: name a folder with accounts.csv, queries.csv and labels.csv")
	}
	given := false
	f.Visit(func(one *flag.Flag) { given = given || one.Name == "scale" })
	if o.quick && !given {
		*scale = ""
	}
	for _, s := range list(*scale) {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			return o, fmt.Errorf("-scale: %q is no number of accounts", s)
		}
		o.scale = append(o.scale, n)
	}
	slices.Sort(o.scale)
	o.by, o.only = list(*by), list(*only)
	for _, column := range o.by {
		if _, ok := (label{}).column(column); !ok {
			return o, fmt.Errorf("-by: there is no column %q", column)
		}
	}
	if *dsn != "" {
		return o, os.Setenv(serverVariable, *dsn)
	}
	return o, nil
}

// list parts a flag's value at its commas.
func list(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' })
}

// run measures everything and writes the text.
func run(o options) (string, error) {
	d, err := load(o.data)
	if err != nil {
		return "", err
	}
	if o.list != "" {
		if len(o.scale) == 0 {
			return "", errors.New("-list: -scale names no size")
		}
		return "", writeAccounts(o.list, grow(d, slices.Max(o.scale)))
	}
	sample := shuffled(d.queries)
	if o.quick {
		sample = sample[:min(quickQueries, len(sample))]
	}
	warm()
	b := bench{o, d.labels, sample}
	var rows []row
	for _, c := range competitors {
		if b.wanted(c) {
			rows = append(rows, b.row(c, d.accounts, true))
		}
	}
	if len(o.scale) > 0 {
		grown := grow(d, slices.Max(o.scale))
		for _, n := range o.scale {
			for _, c := range competitors {
				if c.scales && b.wanted(c) {
					rows = append(rows, b.row(c, grown[:min(n, len(grown))], false))
				}
			}
		}
	}
	slices.SortStableFunc(rows, func(a, b row) int { return cmp.Compare(a.accounts, b.accounts) })
	return b.text(rows), nil
}
