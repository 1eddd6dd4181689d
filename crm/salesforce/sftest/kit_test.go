package sftest_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/salesforce/sftest"
)

// client talks to an org as any HTTP client does.
type client struct {
	*testing.T
	org    *sftest.Server
	http   *http.Client
	token  string
	header map[string]string
}

// reply is an answer with its body as JSON values; text when it is not JSON.
type reply struct {
	status int
	head   http.Header
	body   any
	text   string
}

func start(t *testing.T, o *sftest.Options) *client {
	t.Helper()
	org := sftest.Start(t, o)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &client{T: t, org: org, http: &http.Client{Transport: transport}, token: org.Token(), header: map[string]string{}}
}

// with gives a client that sends one more header.
func (c client) with(name, value string) *client {
	head := map[string]string{name: value}
	for n, v := range c.header {
		head[n] = v
	}
	c.header = head
	return &c
}

// data is a path below the version.
func data(path string) string { return "/services/data/v66.0/" + path }

func (c *client) try(method, path, body string) (reply, error) {
	c.Helper()
	req, err := http.NewRequestWithContext(c.Context(), method, c.org.URL+path, strings.NewReader(body))
	if err != nil {
		c.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	req.Header.Set("Content-Type", "application/json")
	for n, v := range c.header {
		req.Header.Set(n, v)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	out := reply{status: res.StatusCode, head: res.Header, text: string(raw)}
	if json.NewDecoder(bytes.NewReader(raw)).Decode(&out.body) != nil {
		out.body = nil
	}
	return out, err
}

// call sends a request and asks for a status; 0 means any.
func (c *client) call(method, path, body string, status int) reply {
	c.Helper()
	r, err := c.try(method, path, body)
	if err != nil {
		c.Fatal(err)
	}
	if status != 0 && r.status != status {
		c.Fatalf("%s %s: status %d, want %d: %s", method, path, r.status, status, r.text)
	}
	return r
}

// at follows a path such as "0.errorCode" through a body.
func (r reply) at(path string) any { return follow(r.body, path) }

func follow(v any, path string) any {
	for step := range strings.SplitSeq(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[step]
		case []any:
			n := 0
			for _, digit := range step {
				n = n*10 + int(digit-'0')
			}
			if n >= len(x) {
				return nil
			}
			v = x[n]
		default:
			return nil
		}
	}
	return v
}

// want compares one place of a body.
func (c *client) want(r reply, path string, want any) {
	c.Helper()
	if got := r.at(path); got != want {
		c.Errorf("%s: got %v, want %v in %s", path, got, want, r.text)
	}
}

// create makes a record over the wire and returns its id.
func (c *client) create(o crm.Object, body string) string {
	c.Helper()
	id, _ := c.call(http.MethodPost, data("sobjects/"+string(o)), body, http.StatusCreated).at("id").(string)
	return id
}

// seed stores a record past the rules.
func (c *client) seed(o crm.Object, f crm.Fields) string {
	c.Helper()
	id, err := c.org.CRM().Add(o, f)
	if err != nil {
		c.Fatal(err)
	}
	return id
}

func (c *client) must(err error) {
	c.Helper()
	if err != nil {
		c.Fatal(err)
	}
}

func (c *client) count(o crm.Object) int { return len(c.org.CRM().Records(o)) }
