package accountfile_test

import (
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/internal/accountfile"
)

// FuzzAccounts: whatever the file holds, good rows are good, lines only grow, no
// id comes twice, and it does not matter in which pieces the file arrives.
func FuzzAccounts(f *testing.F) {
	for _, seed := range []string{
		"id,name\n1,Acme\n", "\ufeffId;Name\r\n1;\"a;\"\"b\"\"\n\"\r\n", "sep=;\nid;name\n1;a", "id\tname\r1\t\"x\r\n2\ty",
		"id,name,website\n1,\"a\"b,\n1,Acme,\x00\n1,Acme,,\n", "id,name\n1,\xfa\n", "\xff\xfei\x00", "id,name,name\n", "\n\nid,name\n\n,\n\"", "id,name\n\"\"\"\",é\n\"1\n\",b",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, file string) {
		all, tally, failed := everything(accountfile.Accounts("f.csv", strings.NewReader(file)))
		pieces, other, failedToo := everything(accountfile.Accounts("f.csv", iotest.OneByteReader(strings.NewReader(file))))
		if diff := cmp.Diff(all, pieces) + cmp.Diff(tally, other) + cmp.Diff(failed, failedToo); diff != "" {
			t.Errorf("at once and byte by byte (-at once +in pieces):\n%s", diff)
		}
		last, seen := 0, map[string]bool{}
		for _, a := range all {
			if a.Line <= last || a.ID == "" || a.Name == "" || seen[a.ID] || !utf8.ValidString(a.ID+a.Name+a.Website) {
				t.Errorf("%+v comes after line %d", a, last)
			}
			last, seen[a.ID] = a.Line, true
		}
		if tally.Good != len(all) || len(tally.Problems) > accountfile.MaxProblems || tally.Total < tally.Bad {
			t.Errorf("%d accounts, %+v", len(all), tally)
		}
	})
}

func everything(r *accountfile.Reader[accountfile.Account], err error) (all []accountfile.Account, tally accountfile.Tally, failed string) {
	if err != nil {
		return nil, tally, err.Error()
	}
	for a, err := range r.All() {
		if err != nil {
			return all, r.Tally(), err.Error()
		}
		all = append(all, a)
	}
	return all, r.Tally(), ""
}
