package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/onward-crm/onward/adapter"
	"github.com/onward-crm/onward/cmd/onward/env"
)

// served is an onward serve that runs until the test ends, or stop is called.
type served struct {
	t *testing.T
	// said is what it printed before it was ready.
	said map[string]string
	url  string
	// stop ends it as a signal would, and gives the exit code.
	stop   func() int
	stderr *notebook
	client *http.Client
}

// notebook is a buffer that several may write to.
type notebook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write adds to the text.
func (n *notebook) Write(b []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.Write(b)
}

// String is the text so far.
func (n *notebook) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.String()
}

// startServing runs onward serve at a free port, and waits until it is ready.
func startServing(t *testing.T, environ []string, args ...string) *served {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	out, in := io.Pipe()
	s := &served{t: t, said: map[string]string{}, stderr: &notebook{}, client: &http.Client{Transport: &http.Transport{}}}
	p := &program{env.Env{Stdin: strings.NewReader(""), Stdout: in, Stderr: s.stderr, Environ: environ, Now: time.Now}}
	code := make(chan int, 1)
	go func() {
		code <- p.execute(ctx, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...))
		in.Close()
	}()
	s.stop = sync.OnceValue(func() int {
		s.client.CloseIdleConnections()
		cancel()
		return <-code
	})
	t.Cleanup(func() { s.stop() })
	lines := bufio.NewScanner(out)
	for lines.Scan() && lines.Text() != "ready" {
		name, value, _ := strings.Cut(lines.Text(), "=")
		s.said[name] = value
	}
	if s.said["listening"] == "" {
		t.Fatalf("serve ended with %d:\n%s", s.stop(), s.stderr)
	}
	s.url = "http://" + s.said["listening"]
	return s
}

// answer is what a request came to.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// get reads a value of a JSON answer by its keys, "" when it is not there.
func (a answer) get(keys ...string) string {
	var v any
	if json.Unmarshal(a.body, &v) != nil {
		return ""
	}
	for _, k := range keys {
		switch at := v.(type) {
		case map[string]any:
			v = at[k]
		case []any:
			i, err := strconv.Atoi(k)
			if err != nil || i >= len(at) {
				return ""
			}
			v = at[i]
		}
	}
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

// String is the status and the body.
func (a answer) String() string { return fmt.Sprintf("%d %s", a.status, a.body) }

// send sends a request; pairs are header names and values. A request that gets no
// answer has the status 0.
func (s *served) send(method, path, body string, pairs ...string) answer {
	s.t.Helper()
	r, err := http.NewRequest(method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		r.Header.Set(pairs[i], pairs[i+1])
	}
	got, err := s.client.Do(r)
	if err != nil {
		return answer{}
	}
	defer got.Body.Close()
	raw, err := io.ReadAll(got.Body)
	if err != nil {
		return answer{}
	}
	return answer{got.StatusCode, got.Header, raw}
}

// flow sends a Flow's request with a key.
func (s *served) flow(key, path, body string) answer {
	s.t.Helper()
	return s.send("POST", "/salesforce/flow/"+path, body, "X-API-Key", key)
}

// feed sends a message of the local feed, signed now.
func (s *served) feed(secret, path, id, body string) answer {
	s.t.Helper()
	now := time.Now()
	signature, err := adapter.Sign(secret, id, now, []byte(body))
	if err != nil {
		s.t.Fatal(err)
	}
	return s.send("POST", path, body, adapter.HeaderWebhookID, id, adapter.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10), adapter.HeaderWebhookSignature, signature)
}

// inbox runs onward inbox against it.
func (s *served) inbox(token string, args ...string) outcome {
	s.t.Helper()
	return s.operator(token, append([]string{"inbox"}, args...)...)
}

// operator runs a command that asks the server.
func (s *served) operator(token string, args ...string) outcome {
	s.t.Helper()
	var stdout, stderr bytes.Buffer
	p := &program{env.Env{Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, Now: time.Now, Environ: []string{"ONWARD_OPERATOR_TOKEN=" + token}}}
	code := p.execute(s.t.Context(), append(args, "--server", s.url))
	return outcome{code, stdout.String(), stderr.String()}
}

// eventually waits until something holds; it looks every 20 ms, for half a minute.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for over := time.Now().Add(30 * time.Second); !holds(); <-ticker.C {
		if time.Now().After(over) {
			t.Fatalf("it never happened: %s", what)
		}
	}
}

// The secrets of a service of a test's own org.
const (
	testFlowKey  = "flow-key-of-the-test"
	testFeedKey  = "whsec_dGVzdC1vZi10aGUtZmVlZC1rZXktZm9yLXRlc3Rz"
	testOperator = "operator-token-of-the-test"
	testSecret   = "secret-of-the-test-ledger-0123456"
)

// servingFile is a configuration with a sender of each kind and an operator.
const servingFile = `
crm: { driver: salesforce }
adapter:
  mirror_minutes: 1
  flow: { deadline_seconds: 5, keys: [{ id: org, env: FLOW_KEY, scopes: [route, match, decide, complete, dri] }] }
  feeds: [{ name: vendor, secrets: [{ id: current, env: FEED_KEY }] }]
  operators: [{ id: ann, env: OPERATOR_ANN }]
`

// serving are the environment and the arguments of a service with a test's own org
// and a database, and more settings under adapter.
func (o servedOrg) serving(t *testing.T, database string, more ...string) (environ, args []string) {
	t.Helper()
	config := filepath.Join(t.TempDir(), "onward.yaml")
	write(t, config, servingFile+strings.Join(more, ""))
	return append(o.credentials(), "ONWARD_SALESFORCE_INSTANCE="+o.said["instance_url"], "ONWARD_SECRET="+testSecret,
		"FLOW_KEY="+testFlowKey, "FEED_KEY="+testFeedKey, "OPERATOR_ANN="+testOperator), []string{"--config", config, "--database", database}
}

// aMove is the body of a Flow's request about one new person.
func aMove(n int, more string) string {
	return fmt.Sprintf(`{"requestId":"move-%d","firstName":"Ada%d","lastName":"Quill%d","newCompany":"Beta%d Labs","newTitle":"CTO"%s}`, n, n, n, n, more)
}
