package durable

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/onward-crm/onward/routing"
)

func TestPackedValuesComeBack(t *testing.T) {
	var p press
	var group sync.WaitGroup
	for i := range 8 { // compressors are shared
		group.Go(func() {
			for _, n := range []int{0, 1, packFrom, 100_000} {
				want := routing.Facts{Now: start, Own: []string{strings.Repeat(string(rune('a'+i)), n)}}
				stored, err := p.pack(want)
				if err != nil {
					t.Error(err)
					return
				}
				if n >= packFrom && len(stored) > n/10 {
					t.Errorf("%d bytes are stored as %d", n, len(stored))
				}
				got, err := unpacked[routing.Facts](stored)
				if err != nil {
					t.Error(err)
					return
				}
				same(t, got, want)
			}
		})
	}
	group.Wait()
}

func TestDamagedValuesAreNotQuoted(t *testing.T) {
	var p press
	whole, err := p.pack(routing.Facts{Own: []string{strings.Repeat("Ada", packFrom)}})
	if err != nil {
		t.Fatal(err)
	}
	for _, stored := range [][]byte{whole[:len(whole)/2], []byte(`{"own": "Ada"}`), []byte("Ada"), append([]byte{packed}, "Ada"...)} {
		if _, err := unpacked[routing.Facts](stored); err == nil || strings.Contains(err.Error(), "Ada") {
			t.Errorf("error %v", err)
		}
	}
}

func TestStoredTimes(t *testing.T) {
	for _, at := range []time.Time{{}, start, start.Add(123456 * time.Microsecond), time.Date(1899, 12, 31, 0, 0, 0, 0, time.UTC)} {
		if got := moment(micros(at)); !got.Equal(at) || got.IsZero() != at.IsZero() {
			t.Errorf("%v came back as %v", at, got)
		}
	}
	if micros(start) >= micros(start.Add(time.Microsecond)) || ceiling(start.Add(1)) != micros(start)+1 || ceiling(start) != micros(start) {
		t.Error("times are out of order")
	}
}

func TestBulkStatements(t *testing.T) {
	s := bulk{head: "INSERT ", kinds: []string{"BIGINT", "TEXT"}, tail: " END"}
	if got, want := s.text(2, 2), "INSERT (CAST(? AS BIGINT),CAST(? AS TEXT)),(?,?) END"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	rows, taken, n := make([][]any, 64+16+4+3), 0, 0
	for i := range rows {
		rows[i] = []any{i, "x"}
	}
	err := s.parts(rows, func(_ string, args []any) error {
		for ; len(args) > 0; args = args[2:] {
			if args[0] != taken {
				t.Errorf("row %v instead of %d", args[0], taken)
			}
			taken++
		}
		n++
		return nil
	})
	if err != nil || n != 6 || taken != len(rows) {
		t.Errorf("%d rows in %d statements, %v", taken, n, err)
	}
}
