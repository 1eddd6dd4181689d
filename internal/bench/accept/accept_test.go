package accept

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/onward-crm/onward/internal/bench/openloop"
)

// process is a server that runs beside the test.
type process struct {
	cmd *exec.Cmd
	url string
	n   int
}

// startServer starts a server over a file, or over memory alone.
func startServer(t *testing.T, inFile bool) *process {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), envChild+"=server", processors)
	if inFile {
		c.Env = append(c.Env, envFile+"="+filepath.Join(t.TempDir(), "onward.db"))
	}
	c.Stderr = os.Stderr
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{cmd: c}
	t.Cleanup(p.end)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the server did not start: %v", err)
	}
	p.url = strings.TrimSpace(line)
	return p
}

// end kills a server; a second call does nothing.
func (p *process) end() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

// under puts a load on a server from a process of its own.
func (p *process) under(t *testing.T, l load) openloop.Report {
	t.Helper()
	p.n++
	l.URL, l.Run = p.url, fmt.Sprint("r", p.n)
	text, err := json.Marshal(l)
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), envChild+"=client", envLoad+"="+string(text), processors)
	c.Stderr = os.Stderr
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	var r openloop.Report
	if err := json.Unmarshal(out, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// peakMiB is the most memory that the server has had, 0 where the system does not
// tell.
func (p *process) peakMiB() int {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	var kib int
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			_, _ = fmt.Sscan(rest, &kib)
		}
	}
	return kib / 1024
}

func median(list []float64) float64 {
	list = slices.Sorted(slices.Values(list))
	return list[len(list)/2]
}

// capacity is how many requests a second a server answers to 32 connections that
// wait for each answer.
func capacity(t *testing.T, inFile bool, seconds float64) float64 {
	t.Helper()
	p := startServer(t, inFile)
	defer p.end()
	p.under(t, load{Seconds: 0.3, Conns: 8})
	return p.under(t, load{Seconds: seconds, Conns: 32}).Good
}

// pair is durable accepting between two runs in memory.
type pair struct{ durable, before, after float64 }

func (p pair) memory() float64 { return (p.before + p.after) / 2 }

// quiet reports whether the machine was the same before and after, within 30 %.
func (p pair) quiet() bool {
	return max(p.before, p.after) <= 1.3*min(p.before, p.after)
}

// TestP14Ratio measures with and without durability in turns. Pairs during which the
// machine itself changed are left out. Durable accepting reaches at least 40 % of
// accepting into memory.
func TestP14Ratio(t *testing.T) {
	pairs, seconds, least := 2, 1.0, 0.4
	if full() {
		pairs, seconds, least = 5, 10, 0.4
	}
	var durable, memory, ratios []float64
	before := capacity(t, false, seconds)
	for tries := 0; len(ratios) < pairs && tries < 2*pairs; tries++ {
		p := pair{before: before, durable: capacity(t, true, seconds), after: capacity(t, false, seconds)}
		before = p.after
		if p.quiet() {
			durable, memory, ratios = append(durable, p.durable), append(memory, p.memory()), append(ratios, p.durable/p.memory())
		}
	}
	if len(ratios) == 0 {
		t.Skip("the machine is too busy to compare anything")
	}
	t.Logf("durable %.0f/s, in memory %.0f/s, ratio %.0f %% (medians of %d pairs)", median(durable), median(memory), 100*median(ratios), len(ratios))
	if median(ratios) < least {
		t.Errorf("durable accepting reaches %.0f %% of the same handler without durability, want %.0f %%", 100*median(ratios), 100*least)
	}
}

// TestP14ThousandASecond sends a thousand requests a second, in time whether or not
// the earlier ones were answered: all are accepted, and soon. Then it brings events in
// batches of a hundred over ten connections, as HubSpot does: as many as are taken,
// and a thousand events a second, none of which waits for more than a second.
func TestP14ThousandASecond(t *testing.T) {
	l := load{Rate: 300, Seconds: 2, Conns: 256, Batch: 1}
	if full() {
		l.Rate, l.Seconds = 1000, 60
	}
	p := startServer(t, true)
	p.under(t, load{Seconds: 0.3, Conns: 8})
	r := p.under(t, l)
	t.Logf("%.0f requests a second: %v, p50 %.1f, p99 %.1f, p99.9 %.1f, most %.1f ms", l.Rate, r.Status, r.P50, r.P99, r.P999, r.Max)
	if r.Status["202"] != r.Sent || r.Unsent > 0 {
		t.Errorf("%v of %d requests, %d never sent", r.Status, r.Sent, r.Unsent)
	}
	if full() && (r.P99 > 100 || r.P999 > 250) {
		t.Errorf("p99 %.1f ms, p99.9 %.1f ms, want 100 and 250", r.P99, r.P999)
	}
	seconds := 1.0
	if full() {
		seconds = 20
	}
	r = p.under(t, load{Seconds: seconds, Conns: 10, Batch: 100})
	t.Logf("batches of 100 as fast as they are answered: %.0f events a second", 100*r.Good)
	r = p.under(t, load{Rate: 10, Seconds: seconds, Conns: 10, Batch: 100})
	t.Logf("10 requests a second of 100 events each: %v, p99 %.1f, most %.1f ms", r.Status, r.P99, r.Max)
	if r.Status["202"] != r.Sent {
		t.Errorf("%v of %d requests", r.Status, r.Sent)
	}
	if full() && r.Max > 1000 {
		t.Errorf("a batch took %.0f ms, want at most 1,000", r.Max)
	}
}

// TestP15Overload offers four times of what the server can take, over 1,024
// connections: it goes on accepting at least 70 % of what it can, refuses the rest
// with 503 and a time, keeps its memory, and is itself again soon after.
func TestP15Overload(t *testing.T) {
	if !full() {
		t.Skip("a load test: ONWARD_LOAD=full")
	}
	p := startServer(t, true)
	most := p.under(t, load{Seconds: 10, Conns: 32}).Good
	r := p.under(t, load{Rate: 4 * most, Seconds: 60, Conns: 1024})
	good := float64(r.Status["202"]) / r.Seconds
	t.Logf("capacity %.0f/s, offered %.0f/s: %.0f/s accepted (%.0f %%), %v, peak %d MiB", most, 4*most, good, 100*good/most, r.Status, p.peakMiB())
	if good < 0.7*most {
		t.Errorf("%.0f/s accepted under overload, want 70 %% of %.0f", good, most)
	}
	for status, n := range r.Status {
		if status != "202" && status != "503" {
			t.Errorf("%d answers of status %s", n, status)
		}
	}
	if r.NoRetryAfter > 0 {
		t.Errorf("%d refusals do not say when to come again", r.NoRetryAfter)
	}
	if mib := p.peakMiB(); mib > 300 {
		t.Errorf("%d MiB, want at most 300", mib)
	}
	<-time.After(10 * time.Second)
	if r := p.under(t, load{Rate: 500, Seconds: 10, Conns: 64}); r.P99 > 100 {
		t.Errorf("p99 %.1f ms ten seconds after", r.P99)
	}
}
