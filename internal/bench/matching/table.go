package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"
)

// text writes the table with what one must know to read it.
func (b bench) text(rows []row) string {
	var t strings.Builder
	fmt.Fprintf(&t, "%s, %d cores, %s/%s, %s.\n", processor(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())
	fmt.Fprintf(&t, "Command: `go run ./internal/bench/matching %s`\n\n", strings.Join(os.Args[1:], " "))
	t.WriteString("| matcher | accounts | queries | precision | recall | F1 | at score | R at P ≥ .97 | R at P ≥ .99 | R at P ≥ .995 " +
		"| timed | look-ups/s | p50 | p99 | build | bytes/account |\n")
	t.WriteString("|---|" + strings.Repeat("--:|", 15) + "\n")
	for _, r := range rows {
		t.WriteString(r.line())
	}
	t.WriteString(`
Precision, recall and F1 are those at the score that is best for F1; an answer is right when it names the account of the label or
another that the label allows; recall counts over the queries that have an account. Up to the real size the quality is that of all
queries, or of a fixed sample; on longer lists, which are made, it is that of the timed look-ups. Look-ups run one after the other
on one core, but PostgreSQL is a process of its own and its bytes are those of table and indexes; builds may use all cores.
Every matcher but onward compares cleaned names (no accents, case, punctuation, legal form). "Domain first": the most similar name
among the accounts with the query's registrable domain, free mail and shared hosts left out, scored from .95 to 1.
`)
	for _, column := range b.by {
		b.breakdown(&t, rows, column)
	}
	return t.String()
}

// line is a row in Markdown.
func (r row) line() string {
	if r.err != nil {
		why := strings.NewReplacer("\n", "; ", "|", "/").Replace(r.err.Error())
		return fmt.Sprintf("| %s | %s | not measured: %s |%s\n", r.name, thousands(r.accounts), why, strings.Repeat(" |", 13))
	}
	cells := []string{r.name, thousands(r.accounts), thousands(r.quality.queries)}
	if q := r.quality; q.queries < fewest {
		cells = append(cells, "–", "–", "–", "–", "–", "–", "–")
	} else {
		for _, x := range []float64{q.precision, q.recall, q.f1, q.best.threshold, q.recallAt[0], q.recallAt[1], q.recallAt[2]} {
			cells = append(cells, fmt.Sprintf("%.4f", x))
		}
	}
	cells = append(cells, thousands(r.timed), figure(r.rate), short(r.p50), short(r.p99), short(r.build), thousands(int(r.bytes)))
	return "| " + strings.Join(cells, " | ") + " |\n"
}

// breakdown counts by a column on the real list: right, wrong and all of the
// queries, at the score that is best for F1.
func (b bench) breakdown(t *strings.Builder, rows []row, column string) {
	fmt.Fprintf(t, "\n| %s | account | matcher | queries | right | wrong |\n|---|---|---|--:|--:|--:|\n", column)
	real := 0
	for _, r := range rows {
		if r.err != nil || real != 0 && r.accounts != real {
			continue
		}
		real = r.accounts // rows are sorted: the first are of the real list
		for _, g := range groups(r.labels, r.found, r.quality.best.threshold, column) {
			has := "none"
			if g.having {
				has = "has one"
			}
			fmt.Fprintf(t, "| %s | %s | %s | %d | %d | %d |\n", g.value, has, r.name, g.count, g.right, g.wrong)
		}
	}
}

// processor is the name of the machine's processor, where the system tells it.
func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err == nil {
		for line := range strings.Lines(string(text)) {
			if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
				return strings.TrimSpace(value)
			}
		}
	}
	return "Processor unknown"
}

// thousands writes a count with commas.
func thousands(n int) string {
	s := fmt.Sprint(max(n, 0))
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// figure writes a rate: small ones with a digit behind the point.
func figure(x float64) string {
	if x < 100 {
		return fmt.Sprintf("%.1f", x)
	}
	return thousands(int(x + 0.5))
}

// short writes a duration with three digits.
func short(d time.Duration) string {
	switch {
	case d >= time.Second:
		return fmt.Sprintf("%.3g s", d.Seconds())
	case d >= time.Millisecond:
		return fmt.Sprintf("%.3g ms", float64(d.Microseconds())/1000)
	}
	return fmt.Sprintf("%d µs", d.Microseconds())
}
