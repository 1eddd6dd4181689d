package main

import (
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/salesforce/sftest"
	"github.com/onward-crm/onward/internal/sqldb/pgtest"
)

// TestServeLocalOrg is the first try of a new user: one move, the same again, a list,
// a signed message, and what the platform asks.
func TestServeLocalOrg(t *testing.T) {
	running := goleak.IgnoreCurrent()
	s := startServing(t, nil, "--localorg")
	key := s.said["flow_key"]
	first := s.flow(key, "route", aMove(1, ""))
	if first.status != http.StatusOK || first.get("status") != "done" || first.get("outcome") != "lead_created" || first.get("replayed") != "false" {
		t.Errorf("first: %s", first)
	}
	if again := s.flow(key, "route", aMove(1, "")); again.get("leadId") != first.get("leadId") || again.get("replayed") != "true" {
		t.Errorf("again: %s", again)
	}
	list := s.flow(key, "route", `{"requestId":"list","items":[{"fullName":"Bo Reed","newCompany":"Acme Labs"},{"fullName":"Cy Poe"}]}`)
	if list.get("status") != "partial" || list.get("results", "0", "status") != "done" || list.get("results", "1", "status") != "rejected" {
		t.Errorf("list: %s", list)
	}
	const message = `{"person":{"full_name":"Di Moe"},"to":{"company":"Delta Labs"},"relationship":"User"}`
	if got := s.feed(s.said["feed_secret"], "/feeds/demo", "msg_1", message); got.status != http.StatusAccepted {
		t.Errorf("feed: %s", got)
	}
	if got := s.feed("whsec_bm90LXRoZS1zZWNyZXQtb2YtdGhlLWZlZWQh", "/feeds/demo", "msg_2", message); got.status != http.StatusUnauthorized {
		t.Errorf("forged: %s", got)
	}
	if got := s.flow("not-the-key-of-anybody", "route", aMove(2, "")); got.status != http.StatusUnauthorized {
		t.Errorf("with an unknown key: %s", got)
	}
	for path, want := range map[string]string{"/healthz": `"ok"`, "/readyz": `{"status":"ready"}`, "/openapi.json": `"3.0.3"`, "/metrics": "onward_accepted_total"} {
		if got := s.send("GET", path, ""); got.status != http.StatusOK || !strings.Contains(string(got.body), want) {
			t.Errorf("%s: %.300s", path, got)
		}
	}
	if code := s.stop(); code != exit.CodeDone {
		t.Errorf("exit code %d\n%s", code, s.stderr)
	}
	goleak.VerifyNone(t, running)
}

// TestServeOnItsOwnAddresses: metrics are at an address of their own and nowhere
// else, the database is where DATABASE_URL says, whatever the file says, and the work
// of one process is there for the next.
func TestServeOnItsOwnAddresses(t *testing.T) {
	databases := map[string]func(*testing.T) string{
		"SQLite":     func(t *testing.T) string { return filepath.Join(t.TempDir(), "other.db") },
		"PostgreSQL": func(t *testing.T) string { return pgtest.DSN(t) },
	}
	for name, database := range databases {
		t.Run(name, func(t *testing.T) {
			dsn := database(t)
			org, _ := faultyOrg(t, sftest.Options{})
			environ, args := org.serving(t, "", "  metrics: 127.0.0.1:0\n", "  database: "+filepath.Join(t.TempDir(), "nowhere", "no.db")+"\n")
			environ = append(environ, "DATABASE_URL="+dsn)
			args = args[:2] // without --database
			s := startServing(t, environ, args...)
			first := s.flow(testFlowKey, "route", aMove(1, ""))
			if first.get("status") != "done" {
				t.Fatalf("%s", first)
			}
			if got := s.send("GET", "/metrics", ""); got.status != http.StatusNotFound {
				t.Errorf("metrics among the others: %.200s", got)
			}
			metrics := &served{t: t, url: "http://" + s.said["metrics"], client: s.client}
			if got := metrics.send("GET", "/metrics", ""); !strings.Contains(string(got.body), `onward_accepted_total{source="flow"} 1`) {
				t.Errorf("metrics: %.2000s", got)
			}
			if got := metrics.send("GET", "/operator/status", "", "Authorization", "Bearer "+testOperator); got.status != http.StatusNotFound {
				t.Errorf("the address of metrics answers more: %s", got)
			}
			if code := s.stop(); code != exit.CodeDone {
				t.Fatalf("code %d\n%s", code, s.stderr)
			}
			next := startServing(t, environ, args...)
			if again := next.flow(testFlowKey, "route", aMove(1, "")); again.get("leadId") != first.get("leadId") || again.get("replayed") != "true" {
				t.Errorf("the next process: %s", again)
			}
		})
	}
}

// TestServeWhileTheOrgIsAway: reports are accepted and wait, /readyz says what for,
// and are worked on as soon as the org is there.
func TestServeWhileTheOrgIsAway(t *testing.T) {
	running := goleak.IgnoreCurrent()
	_, server := faultyOrg(t, sftest.Options{})
	// The default owner is named: an org that is away cannot lend one.
	user := server.CRM().Records(crm.ObjectUser)[0].ID
	place, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := place.Addr().String()
	place.Close()
	org := servedOrg{said: map[string]string{"instance_url": "http://" + address, "client_id": server.ClientID(), "client_secret": server.ClientSecret()}}
	environ, args := org.serving(t, filepath.Join(t.TempDir(), "onward.db"))
	s := startServing(t, append(environ, "ONWARD_OWNERS_DEFAULT="+user, "ONWARD_DRI_DEFAULT="+user), args...)
	if got := s.send("GET", "/readyz", ""); got.status != http.StatusOK || got.get("waiting") != "crm" {
		t.Errorf("readyz: %s", got)
	}
	if got := s.feed(testFeedKey, "/feeds/vendor", "msg_1", `{"person":{"full_name":"Ada Quill"},"to":{"company":"Beta Labs"},"relationship":"User"}`); got.status != http.StatusAccepted {
		t.Errorf("feed: %s", got)
	}
	if got := s.inbox(testOperator, "status", "--format", "json"); !strings.Contains(got.stdout, `"org_reached":false`) || !strings.Contains(got.stdout, `"accepted":1`) {
		t.Errorf("%+v", got)
	}
	back, err := net.Listen("tcp", address)
	if err != nil {
		t.Skip("the port was taken meanwhile: " + err.Error())
	}
	web := &http.Server{Handler: server, ReadHeaderTimeout: time.Second}
	go func() { _ = web.Serve(back) }()
	t.Cleanup(func() { web.Close() })
	eventually(t, "the message is worked on", func() bool { return len(server.CRM().Records(crm.ObjectLead)) == 1 })
	if got := s.send("GET", "/readyz", ""); string(got.body) != `{"status":"ready"}` {
		t.Errorf("readyz: %s", got)
	}
	if got := s.flow(testFlowKey, "route", aMove(1, "")); got.get("status") != "done" {
		t.Errorf("flow: %s", got)
	}
	if code := s.stop(); code != exit.CodeDone {
		t.Errorf("code %d\n%s", code, s.stderr)
	}
	web.Close()
	server.ClearFaults()
	goleak.VerifyNone(t, running, goleak.IgnoreAnyFunction("net/http/httptest.(*Server).goServe.func1"))
}

// TestPauseSurvivesARestart: what an operator has stopped stays stopped until an
// operator goes on with it; accepting never stops.
func TestPauseSurvivesARestart(t *testing.T) {
	org, server := faultyOrg(t, sftest.Options{})
	environ, args := org.serving(t, filepath.Join(t.TempDir(), "onward.db"), "  limits: { in_flight: 8 }\n")
	first := startServing(t, environ, args...)
	if got := first.inbox(testOperator, "pause"); got.code != exit.CodeDone {
		t.Fatalf("%+v", got)
	}
	first.stop()
	s := startServing(t, environ, args...)
	message := `{"person":{"full_name":"Ada Quill"},"to":{"company":"Beta Labs"},"relationship":"User"}`
	if got := s.feed(testFeedKey, "/feeds/vendor", "msg_1", message); got.status != http.StatusAccepted {
		t.Fatalf("%s", got)
	}
	status := func() string { return s.inbox(testOperator, "status", "--format", "json").stdout }
	if got := status(); !strings.Contains(got, `"paused":true`) || !strings.Contains(got, `"due":1`) {
		t.Errorf("%s", got)
	}
	if got := s.inbox(testOperator, "drain"); got.code != exit.CodeLeft || !strings.Contains(got.stderr, "paused") {
		t.Errorf("drain: %+v", got)
	}
	if n := len(server.CRM().Records(crm.ObjectLead)); n != 0 {
		t.Errorf("%d leads while paused", n)
	}
	if got := s.inbox(testOperator, "resume"); got.code != exit.CodeDone {
		t.Fatalf("%+v", got)
	}
	eventually(t, "the work goes on", func() bool { return len(server.CRM().Records(crm.ObjectLead)) == 1 })
}

// TestPauseHoldsForEveryProcess on the same database, whichever was told.
func TestPauseHoldsForEveryProcess(t *testing.T) {
	dsn := pgtest.DSN(t)
	org, _ := faultyOrg(t, sftest.Options{})
	environ, args := org.serving(t, dsn)
	both := []*served{startServing(t, environ, args...), startServing(t, environ, args...)}
	paused := func(want string) func() bool {
		return func() bool {
			return !slices.ContainsFunc(both, func(s *served) bool {
				return s.send("GET", "/operator/status", "", "Authorization", "Bearer "+testOperator).get("runner", "paused") != want
			})
		}
	}
	both[0].inbox(testOperator, "pause")
	eventually(t, "both are paused", paused("true"))
	both[1].inbox(testOperator, "resume")
	eventually(t, "both go on", paused("false"))
}
