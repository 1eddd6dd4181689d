// Command train learns how likely a company that was reported is an account of the
// CRM, from a labelled set, and says how well it does on what it has not seen:
//
//	go run ./internal/train -data DIR                      cross-validate and report
//	go run ./internal/train -data DIR -write FILE          write the model as well
//	go run ./internal/train -data DIR -counts FILE         count the words of names
//
// DIR holds accounts.csv, queries.csv and labels.csv. Nothing is random: the same
// set gives the same bytes, on one kind of processor.
package main

import (
	"flag"
	"fmt"
	"os"
	"slices"

	"github.com/onward-crm/onward/matching"
)

func main() {
	dir := flag.String("data", "", "folder with accounts.csv, queries.csv and labels.csv")
	write := flag.String("write", "", "file for the model learned from the whole set")
	counts := flag.String("counts", "", "file for the counts of words, instead of learning")
	errors := flag.Int("errors", 0, "how many wrong and missed answers to print")
	flag.Parse()
	if err := run(*dir, *write, *counts, *errors); err != nil {
		fmt.Fprintln(os.Stderr, "train:", err)
		os.Exit(1)
	}
}

func run(dir, write, counts string, errors int) error {
	s, err := readSet(dir)
	if err != nil {
		return err
	}
	if counts != "" {
		return os.WriteFile(counts, countWords(s), 0o644)
	}
	items := measure(s, matching.NewIndex(slices.Values(s.accounts), nil))
	rank := validate(items)
	fmt.Fprint(os.Stdout, report(items), wrongAnswers(s, items, errors))
	if write == "" {
		return nil
	}
	out, err := os.Create(write)
	if err != nil {
		return err
	}
	if err := writeModel(out, rank, learnJudge(items, noFold)); err != nil {
		return err
	}
	return out.Close()
}
