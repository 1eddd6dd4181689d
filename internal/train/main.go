// Command train learns how likely a company that was reported is an account of the
// CRM, from a labelled set, and says how well it does on what it has not seen:
//
//	go run ./internal/train -data DIR                      cross-validate and report
//	go run ./internal/train -data DIR -write FILE          write the model as well
//	go run ./internal/train -data DIR -counts FILE         count the words of names
//
// DIR holds accounts.csv, queries.csv and labels.csv. With -among LIST, the accounts
// of a longer list that has those of DIR too, there are two models: one for lists such
// as that of DIR, one for lists as long as LIST. Without it the first is the second too.
// Nothing is random: the same data gives the same bytes, on one kind of processor.
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
	own, longer, err := measureAll(s, among)
	if err != nil {
		return err
	}
	short := learn(own)
	long := short
	fmt.Fprint(os.Stdout, report(own), wrongAnswers(s, own, errors))
	if among != "" {
		long = learn(longer)
		fmt.Fprint(os.Stdout, "\namong the longer list: ", report(longer))
	}
	if write == "" {
		return nil
	}
	out, err := os.Create(write)
	if err != nil {
		return err
	}
	if err := writeModel(out, short, long); err != nil {
		return err
	}
	return out.Close()
}
