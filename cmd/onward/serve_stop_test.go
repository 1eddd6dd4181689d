package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/salesforce/sftest"
	"github.com/onward-crm/onward/internal/sqldb/pgtest"
)

// The load of a shutdown: so many moves by so many senders, and the answer after which
// the service is told to stop.
const (
	loadMoves   = 200
	loadSenders = 16
	loadStop    = 70
)

// TestAD12P20ShutdownUnderLoad stops the service in the middle of a load of Flows and
// of a signed feed, and starts it again on the same database and org: it stops within
// 10 seconds, everything that was answered with success is done, and nothing is done
// twice.
func TestAD12P20ShutdownUnderLoad(t *testing.T) {
	file := func(t *testing.T) string { return filepath.Join(t.TempDir(), "onward.db") }
	for name, c := range map[string]struct {
		database func(*testing.T) string
		// hangs tells that the org answers no write any more from the tenth on. What was
		// sent then lands, long after nobody waits for it.
		hangs bool
	}{
		"SQLite":                         {database: file},
		"PostgreSQL":                     {database: func(t *testing.T) string { return pgtest.DSN(t) }},
		"SQLite, with an org that hangs": {database: file, hangs: true},
	} {
		t.Run(name, func(t *testing.T) {
			dsn := c.database(t)
			org, server := faultyOrg(t, sftest.Options{})
			answers := make(chan struct{})
			if c.hangs {
				server.Inject(sftest.Fault{Kind: sftest.Hooked, Resource: "composite/sobjects", N: 10, Times: sftest.Always, Hook: func() { <-answers }})
			}
			environ, args := org.serving(t, dsn)
			running := goleak.IgnoreCurrent()
			first := startServing(t, environ, args...)
			answered, took := loadUntilStopped(t, first)
			if took > 10*time.Second {
				t.Errorf("it took %s to stop", took)
			}
			if len(answered) < loadStop || len(answered) == loadMoves {
				t.Fatalf("%d of %d answered: the load was not in the middle", len(answered), loadMoves)
			}
			server.ClearFaults()
			close(answers)
			goleak.VerifyNone(t, running, goleak.IgnoreAnyFunction("net/http.(*conn).serve"), goleak.IgnoreAnyFunction("net/http.(*connReader).backgroundRead"))
			before := len(server.CRM().Records(crm.ObjectLead))
			next := startServing(t, environ, args...)
			eventually(t, "the next process has done the rest", func() bool {
				s := next.send("GET", "/operator/status", "", "Authorization", "Bearer "+testOperator)
				return s.status == http.StatusOK && s.get("queue", "statuses", "accepted") == ""
			})
			leads := map[string]int{}
			for _, r := range server.CRM().Records(crm.ObjectLead) {
				leads[r.Fields["LastName"]]++
			}
			for _, n := range answered {
				if leads[fmt.Sprintf("Quill%d", n)] == 0 {
					t.Errorf("move %d was answered with success, and is lost", n)
				}
			}
			for name, n := range leads {
				if n > 1 {
					t.Errorf("%s was created %d times", name, n)
				}
			}
			t.Logf("%d answered, %d done before the stop, %d in all, stopped in %s", len(answered), before, len(leads), took.Round(time.Millisecond))
		})
	}
}

// loadUntilStopped sends moves until the service is gone, and tells which were
// answered with success and how long it took to stop.
func loadUntilStopped(t *testing.T, s *served) (answered []int, took time.Duration) {
	t.Helper()
	var mu sync.Mutex
	var next atomic.Int64
	var senders sync.WaitGroup
	stop := make(chan struct{})
	for range loadSenders {
		senders.Go(func() {
			for n := int(next.Add(1)); n <= loadMoves; n = int(next.Add(1)) {
				got := sendOne(s, n)
				if got.status/100 != 2 {
					continue
				}
				mu.Lock()
				if answered = append(answered, n); len(answered) == loadStop {
					close(stop)
				}
				mu.Unlock()
			}
		})
	}
	<-stop
	began := time.Now()
	if code := s.stop(); code != exit.CodeDone {
		t.Errorf("code %d\n%s", code, s.stderr)
	}
	took = time.Since(began)
	senders.Wait()
	slices.Sort(answered)
	return answered, took
}

// sendOne sends a move: every other one is a Flow's, which waits for the outcome.
func sendOne(s *served, n int) answer {
	if n%2 == 0 {
		return s.flow(testFlowKey, "route", aMove(n, ""))
	}
	return s.feed(testFeedKey, "/feeds/vendor", fmt.Sprintf("msg_%d", n),
		fmt.Sprintf(`{"person":{"first_name":"Ada%d","last_name":"Quill%d"},"to":{"company":"Beta%d Labs"},"relationship":"User"}`, n, n, n))
}

// envProgram makes this test binary the program itself.
const envProgram = "ONWARD_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(envProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

// TestSignals of a real process: the first SIGTERM ends it in order, a second one at
// once, even while a request holds it up.
func TestSignals(t *testing.T) {
	for name, c := range map[string]struct{ second bool }{"one": {false}, "two": {true}} {
		t.Run(name, func(t *testing.T) {
			stdout, stderr := &notebook{}, &notebook{}
			cmd := exec.Command(os.Args[0], "serve", "--localorg", "--listen", "127.0.0.1:0")
			cmd.Env, cmd.Stdout, cmd.Stderr = append(os.Environ(), envProgram+"=1"), stdout, stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = cmd.Process.Kill() })
			eventually(t, "it is ready", func() bool { return strings.HasSuffix(stdout.String(), "ready\n") })
			address, _, _ := strings.Cut(strings.TrimPrefix(stdout.String(), "listening="), "\n")
			if c.second {
				holdUp(t, address)
			}
			began := time.Now()
			if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			if c.second {
				eventually(t, "it is stopping", func() bool { return strings.Contains(stderr.String(), `"stopping"`) })
				if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
					t.Fatal(err)
				}
			}
			err := cmd.Wait()
			status, _ := cmd.ProcessState.Sys().(syscall.WaitStatus)
			if took := time.Since(began); took > 10*time.Second || c.second && took > 2*time.Second {
				t.Errorf("it ended after %s", took)
			}
			if !c.second && err != nil || c.second && !(status.Signaled() && status.Signal() == syscall.SIGTERM) {
				t.Errorf("it ended with %v\n%s", err, stderr)
			}
		})
	}
}

// holdUp begins a request and never ends it.
func holdUp(t *testing.T, address string) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if _, err := conn.Write([]byte("POST /salesforce/flow/route HTTP/1.1\r\nHost: x\r\nX-API-Key: local-flow-key\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")); err != nil {
		t.Fatal(err)
	}
}
