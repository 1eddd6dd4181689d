package chaos

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/onward-crm/onward/adapter"
	"github.com/onward-crm/onward/crm/salesforce/sftest"
	"github.com/onward-crm/onward/routing"
)

// family is a process with many lives, and what outlives it: the CRM with its log,
// the senders with theirs, the one who is told, and the socket.
type family struct {
	tb     testing.TB
	world  *world
	org    *sftest.Server
	post   *httptest.Server
	socket *os.File
	url    string
	ledger string
	client *http.Client

	lives int
	child *exec.Cmd
	words bytes.Buffer // what the children said, to be read when none lives

	mu       sync.Mutex
	attempts []attempt
	tried    map[string]bool
	notices  []string
	// permits let the senders send one delivery each.
	permits chan struct{}
	sent    int
	senders sync.WaitGroup
	// enough ends the repeating.
	enough chan struct{}
	echo   sync.WaitGroup
}

func newFamily(tb testing.TB, people int) *family {
	tb.Helper()
	f := &family{tb: tb, tried: map[string]bool{}, world: newWorld(tb, people, at(start)), ledger: filepath.Join(tb.TempDir(), "onward.db")}
	f.org = sftest.Start(tb, &sftest.Options{CRM: f.world.db, DailyLimit: 10_000_000})
	f.post = httptest.NewServer(http.HandlerFunc(f.told))
	tb.Cleanup(f.post.Close)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	f.url = "http://" + l.Addr().String()
	if f.socket, err = l.(*net.TCPListener).File(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _, _ = l.Close(), f.socket.Close() })
	f.client = &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 16}}
	f.permits, f.enough = make(chan struct{}, 1_000_000), make(chan struct{})
	return f
}

// told is the address of all notices.
func (f *family) told(w http.ResponseWriter, r *http.Request) {
	var ids []string
	if err := json.NewDecoder(r.Body).Decode(&ids); err != nil {
		http.Error(w, "no list", http.StatusBadRequest)
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.notices = append(f.notices, ids...)
}

// born begins another life; kill says where it ends by itself, "" for nowhere.
func (f *family) born(kill string) {
	f.tb.Helper()
	f.lives++
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), envChild+"=server", envLedger+"="+f.ledger, envOrg+"="+f.org.URL, envPost+"="+f.post.URL,
		envUsers+"="+strings.Join(f.world.users, ","), fmt.Sprintf("%s=%d", envLife, f.lives), envKill+"="+kill)
	c.ExtraFiles = []*os.File{f.socket}
	c.Stderr = &f.words
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := c.Start(); err != nil {
		f.tb.Fatal(err)
	}
	f.child = c
}

// killed ends a life and reports whether it was by its own hand.
func (f *family) killed(patience time.Duration) (itself bool) {
	f.tb.Helper()
	done := make(chan error, 1)
	go func() { done <- f.child.Wait() }()
	select {
	case <-done:
		itself = true
	case <-time.After(patience):
		_ = f.child.Process.Kill()
		<-done
	}
	if status, ok := f.child.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGKILL {
		f.tb.Fatalf("life %d ended as %v:\n%s", f.lives, f.child.ProcessState, f.words.String())
	}
	return itself
}

// send begins n senders over all lanes of the world. What one person does is sent
// in order; one delivery in eight is sent once more.
func (f *family) send(n int) {
	for s := range n {
		dice := rand.New(rand.NewPCG(uint64(s), 21))
		f.senders.Go(func() {
			for i := s; i < len(f.world.lanes); i += n {
				for _, ev := range f.world.lanes[i] {
					<-f.permits
					f.deliver(ev)
					if dice.IntN(8) == 0 {
						f.deliver(ev)
					}
					f.mu.Lock()
					f.sent++
					f.mu.Unlock()
				}
			}
		})
	}
}

// repeat sends something that was sent before, now and then, until it is enough.
func (f *family) repeat() {
	dice := rand.New(rand.NewPCG(77, 21))
	f.echo.Go(func() {
		for {
			select {
			case <-f.enough:
				return
			case <-time.After(20 * time.Millisecond):
			}
			if lane := f.world.lanes[dice.IntN(len(f.world.lanes))]; f.began(lane[0]) {
				f.attempt(lane[0])
			}
		}
	})
}

// began reports whether a delivery was sent before.
func (f *family) began(ev routing.Event) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.tried[routing.DeliveryKey(ev)]
}

// attempt sends one report once.
func (f *family) attempt(ev routing.Event) ending {
	a := f.try(ev)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.attempts = append(f.attempts, a)
	f.tried[a.Key] = true
	return a.End
}

// deliver sends one report until it is accepted.
func (f *family) deliver(ev routing.Event) {
	for f.attempt(ev) != endOK {
		<-time.After(2 * time.Millisecond)
	}
}

// try makes one attempt.
func (f *family) try(ev routing.Event) attempt {
	a := attempt{Key: routing.DeliveryKey(ev), End: endInfo}
	body, err := json.Marshal(ev)
	if err != nil {
		panic(err)
	}
	f.mu.Lock()
	url := f.url + feedPath
	f.mu.Unlock()
	r, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		panic(err)
	}
	now := time.Now()
	signature, err := adapter.Sign(feedSecret, "msg_"+ev.ID, now, body)
	if err != nil {
		panic(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(adapter.HeaderWebhookID, "msg_"+ev.ID)
	r.Header.Set(adapter.HeaderWebhookTimestamp, fmt.Sprint(now.Unix()))
	r.Header.Set(adapter.HeaderWebhookSignature, signature)
	answer, err := f.client.Do(r)
	if err != nil {
		return a
	}
	defer answer.Body.Close()
	var out struct {
		Status     string
		Deliveries []struct{ ID, StatusURL string }
	}
	err = json.NewDecoder(answer.Body).Decode(&out)
	switch {
	case answer.StatusCode/100 != 2:
		a.End = endFail
	case err == nil && len(out.Deliveries) == 1:
		a.End, a.Receipt = endOK, out.Deliveries[0].ID+" "+out.Deliveries[0].StatusURL
	default:
		a.End, a.Receipt = endOK, "unread"
	}
	return a
}

// control asks the living child to do something, and reads its answer into out.
func (f *family) control(method, path string, out any) error {
	r, err := http.NewRequest(method, f.url+"/control/"+path, nil)
	if err != nil {
		return err
	}
	answer, err := f.client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("chaos: %s: status %d", path, answer.StatusCode)
	}
	return json.NewDecoder(answer.Body).Decode(out)
}
