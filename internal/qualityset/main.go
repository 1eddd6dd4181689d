// Command qualityset takes from a labelled set the part that may be in the
// repository, small enough to be a test:
//
//	go run ./internal/qualityset -data DIR -out matching/testdata/quality
//
// DIR holds accounts.csv, queries.csv and labels.csv; README.md of the result says
// what is taken. Nothing is random: the same set gives the same bytes.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	in := flag.String("data", "", "folder with the whole accounts.csv, queries.csv and labels.csv")
	out := flag.String("out", "", "folder for the part of them that may be published")
	flag.Parse()
	if err := run(*in, *out); err != nil {
		fmt.Fprintln(os.Stderr, "qualityset:", err)
		os.Exit(1)
	}
}

func run(in, out string) error {
	whole, err := readSet(in)
	if err != nil {
		return err
	}
	return writeSet(out, choose(whole))
}
