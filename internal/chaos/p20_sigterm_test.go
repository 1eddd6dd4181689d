package chaos

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// serviceFile is the configuration of the program under test.
const serviceFile = `
crm: { driver: salesforce }
adapter:
  listen: 127.0.0.1:0
  public_url: https://onward.example
  feeds: [{ name: chaos, secrets: [{ id: current, env: FEED_SECRET }] }]
`

// program builds onward.
func program(t *testing.T) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "onward")
	if text, err := exec.CommandContext(t.Context(), "go", "build", "-o", out, "github.com/onward-crm/onward/cmd/onward").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return out
}

// serve starts onward serve over the family's ledger and waits until it is ready.
func (f *family) serve(t *testing.T, bin, config string) {
	t.Helper()
	c := exec.Command(bin, "serve", "--config", config, "--database", f.ledger)
	c.Env = append(os.Environ(), "FEED_SECRET="+feedSecret, "ONWARD_SECRET="+string(secret), "ONWARD_SALESFORCE_INSTANCE="+f.org.URL,
		"ONWARD_OWNERS_DEFAULT="+f.world.users[0], "ONWARD_DRI_DEFAULT="+f.world.users[0],
		"ONWARD_SALESFORCE_CLIENT_ID="+f.org.ClientID(), "ONWARD_SALESFORCE_CLIENT_SECRET="+f.org.ClientSecret())
	c.Stderr = &f.words
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	f.child = c
	lines := bufio.NewScanner(out)
	for lines.Scan() && lines.Text() != "ready" {
		if address, ok := strings.CutPrefix(lines.Text(), "listening="); ok {
			f.mu.Lock()
			f.url = "http://" + address
			f.mu.Unlock()
		}
	}
	go func() {
		for lines.Scan() { // so that the program never waits for a reader
		}
	}()
}

// terminate asks for the end and wants it in time and in order.
func (f *family) terminate(t *testing.T) time.Duration {
	t.Helper()
	begun := time.Now()
	if err := f.child.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := f.child.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v\n%s", err, f.words.String())
	}
	return time.Since(begun)
}

// TestP20TerminatedUnderLoad ends onward serve with SIGTERM while senders send, and
// starts it again: it ends within ten seconds, in order, and nothing that it has
// accepted is lost or done twice.
func TestP20TerminatedUnderLoad(t *testing.T) {
	bin := program(t)
	f := newFamily(t, 120)
	config := filepath.Join(t.TempDir(), "onward.yaml")
	if err := os.WriteFile(config, []byte(serviceFile), 0o600); err != nil {
		t.Fatal(err)
	}
	f.serve(t, bin, config)
	f.send(8)
	const terms = 3
	for n := range terms {
		for range len(f.world.events()) / terms {
			f.permits <- struct{}{}
		}
		<-time.After(time.Duration(200+100*n) * time.Millisecond)
		took := f.terminate(t)
		t.Logf("ended after %v", took.Round(time.Millisecond))
		if took > 10*time.Second {
			t.Errorf("SIGTERM took %v, want at most 10 s", took)
		}
		f.serve(t, bin, config)
	}
	close(f.permits)
	f.senders.Wait()
	for range 400 {
		if f.ended(t) {
			break
		}
		<-time.After(50 * time.Millisecond)
	}
	f.terminate(t)
	ledger, err := openLedger(t.Context(), f.ledger, &mortality{})
	if err != nil {
		t.Fatal(err)
	}
	defer ledger.Close()
	h := f.world.remains(t, ledger, f.attempts, nil)
	var found []violation
	for _, v := range check(h) {
		if v.Equation != eqNotice { // nobody is configured who could be told
			found = append(found, v)
		}
	}
	if len(found) > 0 {
		t.Errorf("%d violations, the first: %v", len(found), found[0])
	}
	if len(h.Records) != len(f.world.events()) {
		t.Errorf("%d records for %d deliveries", len(h.Records), len(f.world.events()))
	}
}

// ended reports whether the CRM's log has stopped growing for a while.
func (f *family) ended(t *testing.T) bool {
	t.Helper()
	before := len(f.world.db.Effects())
	<-time.After(700 * time.Millisecond)
	return before > 0 && len(f.world.db.Effects()) == before
}
