// Command train learns how likely a company that was reported is an account of the
// CRM, from a labelled set, and says how well it does on what it has not seen:
//
//	go run ./internal/train -data DIR                      cross-validate and report
//	go run ./internal/train -data DIR -write FILE          write the model as well
//	go run ./internal/train -data DIR -counts FILE         count the words of names
//
// DIR holds accounts.csv, queries.csv and labels.csv. With -among LIST, the accounts
// of a longer list that has those of DIR too, each report is learned from twice: among
// the accounts of DIR, and with less weight among those of the longer list. Nothing is
// random: the same data gives the same bytes, on one kind of processor.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	dir := flag.String("data", "", "folder with accounts.csv, queries.csv and labels.csv")
	among := flag.String("among", "", "accounts.csv of a longer list to learn from as well")
	write := flag.String("write", "", "file for the model learned from the whole set")
	counts := flag.String("counts", "", "file for the counts of words, instead of learning")
	errors := flag.Int("errors", 0, "how many wrong and missed answers to print")
	flag.Parse()
	if err := run(*dir, *among, *write, *counts, *errors); err != nil {
		fmt.Fprintln(os.Stderr, "train:", err)
		os.Exit(1)
	}
}

func run(dir, among, write, counts string, errors int) error {
	s, err := readSet(dir)
	if err != nil {
		return err
	}
	if counts != "" {
		return os.WriteFile(counts, countWords(s), 0o644)
	}
	items, err := measureAll(s, among)
	if err != nil {
		return err
	}
	rank := validate(items)
	own := items[:len(s.queries)]
	fmt.Fprint(os.Stdout, report(own), wrongAnswers(s, own, errors))
	if among != "" {
		fmt.Fprint(os.Stdout, "\namong the longer list: ", report(items[len(own):]))
	}
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
