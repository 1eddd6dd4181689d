package memledger_test

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/memledger"
)

// FuzzLoad: any text is a ledger or an error; a ledger is usable, and what it
// saves is what it loads. The target closes the text with a fitting trailer, so
// that the checksum does not hide the rest.
func FuzzLoad(f *testing.F) {
	seeds, err := filepath.Glob("testdata/load/*.jsonl")
	if err != nil || len(seeds) == 0 {
		f.Fatalf("%d seeds: %v", len(seeds), err)
	}
	for _, path := range seeds {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if l, err := memledger.Load(bytes.NewReader(text)); err == nil {
			settled(t, l)
		}
		if l, err := memledger.Load(strings.NewReader(closed(text))); err == nil {
			settled(t, l)
		}
	})
}

// closed adds a header and a trailer to the entries of a text.
func closed(text []byte) string {
	entries := bytes.SplitAfter(text, []byte("\n"))
	body := "{\"format\":\"onward-ledger\",\"version\":1}\n"
	for _, e := range entries {
		if bytes.HasSuffix(e, []byte("\n")) && !bytes.Contains(e, []byte(`"format"`)) && !bytes.Contains(e, []byte(`"end"`)) {
			body += string(e)
		}
	}
	sum := crc32.Checksum([]byte(body), crc32.MakeTable(crc32.Castagnoli))
	return body + fmt.Sprintf("{\"end\":{\"sum\":%d}}\n", sum)
}

func settled(t *testing.T, l *memledger.Ledger) {
	t.Helper()
	first := saved(t, l)
	again, err := memledger.Load(strings.NewReader(first))
	if err != nil {
		t.Fatalf("what was saved cannot be loaded: %v", err)
	}
	if second := saved(t, again); second != first {
		t.Fatalf("a round trip changed the ledger:\n%s\n%s", first, second)
	}
	for _, c := range claim(t, again, at(0)) {
		must(again.Finish(t.Context(), []routing.Finish{{Fence: c.Fence, Result: routing.Outcome{Status: routing.StatusDone}}}))
	}
}
