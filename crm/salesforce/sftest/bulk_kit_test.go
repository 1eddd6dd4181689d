package sftest

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
)

// wire sends one request with a good token and gives the answer, read to its end.
func wire(t *testing.T, s *Server, method, path, body string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.URL+"/services/data/v66.0/"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.Token())
	r.Header.Set("Content-Type", "application/json")
	if method == http.MethodPut {
		r.Header.Set("Content-Type", "text/csv")
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(b)
}

// wireJSON is wire for an answer of that status with a JSON body.
func wireJSON[T any](t *testing.T, s *Server, status int, method, path, body string) T {
	t.Helper()
	res, text := wire(t, s, method, path, body)
	var v T
	if err := json.Unmarshal([]byte(text), &v); err != nil || res.StatusCode != status {
		t.Fatalf("%s %s: status %d, want %d, body %s (%v)", method, path, res.StatusCode, status, text, err)
	}
	return v
}

// wireRefused asserts the status and the code of a refusal.
func wireRefused(t *testing.T, s *Server, status int, code, method, path, body string) {
	t.Helper()
	faults := wireJSON[[]fault](t, s, status, method, path, body)
	if len(faults) != 1 || faults[0].ErrorCode != code || faults[0].Message == "" {
		t.Errorf("%s %s: %+v, want %s with a message", method, path, faults, code)
	}
}

// rowsOf reads a CSV answer as one map a row.
func rowsOf(t *testing.T, text string) []map[string]string {
	t.Helper()
	all, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(all) == 0 {
		t.Fatalf("no CSV with a header row: %v: %q", err, text)
	}
	rows := []map[string]string{}
	for _, cells := range all[1:] {
		row := map[string]string{}
		for i, name := range all[0] {
			row[name] = cells[i]
		}
		rows = append(rows, row)
	}
	return rows
}
