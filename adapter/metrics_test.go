package adapter

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/onward-crm/onward/routing"
)

// scrape is what Prometheus reads.
func scrape(t testing.TB, tel *Telemetry) string {
	t.Helper()
	w := httptest.NewRecorder()
	tel.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != 200 {
		t.Fatalf("metrics: %d %s", w.Code, w.Body)
	}
	return w.Body.String()
}

// wantLines checks that a scrape has these lines.
func wantLines(t testing.TB, text string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains("\n"+text, "\n"+line+"\n") {
			t.Errorf("no line %q in\n%s", line, text)
		}
	}
}

// TestMetricsOfAWorkingServer goes through the doors and reads what was counted.
func TestMetricsOfAWorkingServer(t *testing.T) {
	o := newOffice(t, withEverySource, func(o *office) {
		o.figures = TelemetryOptions{
			Limits:    func() (int, int) { return 18, 15000 },
			MirrorAge: func() time.Duration { return 90 * time.Second },
			Outbox:    func() (int, time.Time) { return 3, o.now.Add(-time.Minute) },
			Now:       func() time.Time { return o.now },
		}
	})
	o.toReview("r1")
	o.askFlow(flowPath+"/route", `{"requestId":"q1","fullName":"Ida Lee","newCompany":"Acme Inc","newEmail":"ida@acme.com"}`).want(200)
	o.askFlow(flowPath+"/route", `{"requestId":"q1","fullName":"Ida Lee","newCompany":"Acme Inc","newEmail":"ida@acme.com"}`).want(200)
	o.askAs("", "POST", "/feeds/"+testFeed, `{}`).want(401)
	accepted, err := o.engine.Accept(t.Context(), []routing.Event{{ID: "w", Source: "flow", Person: routing.Person{FullName: "Ada Poe"}, To: &routing.Place{Company: "Zed"}}})
	if err != nil || !accepted[0].New {
		t.Fatal(err)
	}
	o.now = o.now.Add(30 * time.Second)
	text := scrape(t, o.tel)
	wantLines(t, text,
		`onward_requests_total{outcome="ok",source="flow"} 2`,
		`onward_requests_total{outcome="rejected",source="feed:acme"} 1`,
		`onward_refused_total{reason="bad_signature",source="feed:acme"} 1`,
		`onward_accepted_total{source="flow"} 1`,
		`onward_repeated_total{source="flow"} 1`,
		`onward_moves_finished_total{outcome="held",reason="account_review",source="flow",status="review"} 1`,
		`onward_queue_due 1`, `onward_queue_age_seconds 30`, `onward_review 1`, `onward_parked 0`, `onward_held 0`,
		`onward_crm_limit_used 18`, `onward_crm_limit_max 15000`, `onward_mirror_age_seconds 90`,
		`onward_outbox_owed 3`, `onward_outbox_age_seconds 60`, `onward_inflight 0`, `onward_waiting 0`, `onward_ledger_up 1`,
	)
	if !regexp.MustCompile(`onward_crm_calls_total\{op="find"\} [1-9]`).MatchString(text) || !strings.Contains(text, "onward_move_seconds_count 2") {
		t.Errorf("no CRM calls, or no moves timed, in\n%s", text)
	}
	if got := o.askAs("", "GET", "/metrics", "").want(200); !strings.Contains(got.body, "onward_queue_due 1") {
		t.Error("the server tells other figures")
	}
}

func TestLedgerThatIsAwayIsTold(t *testing.T) {
	tel, err := NewTelemetry(nil)
	if err != nil {
		t.Fatal(err)
	}
	tel.Watch(&tiredLedger{err: errors.New("away")})
	text := scrape(t, tel)
	wantLines(t, text, "onward_ledger_up 0")
	if strings.Contains(text, "onward_queue_due") {
		t.Error("a depth that nobody knows is told")
	}
}

// TestLabelsAreBounded: no sender can fill the memory, or put a person into a
// figure.
func TestLabelsAreBounded(t *testing.T) {
	tel, err := NewTelemetry(nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 10_000 {
		tel.requested(fmt.Sprintf("source%d", i), "ok")
		tel.previousKey(fmt.Sprintf("key%d", i))
		tel.Finished(routing.Delivery{Event: routing.Event{Source: "flow"}}, routing.Outcome{Reason: routing.Reason(fmt.Sprintf("r%d", i))}, 0)
	}
	tel.refused("jane@example.com", "Jane Doe")
	text := scrape(t, tel)
	wantLines(t, text, `onward_refused_total{reason="other",source="other"} 1`)
	if n := strings.Count(text, "\n"); n > 1000 {
		t.Errorf("%d lines", n)
	}
}

// TestARegistryOfTheHost gets the same figures.
func TestARegistryOfTheHost(t *testing.T) {
	registry := prometheus.NewRegistry()
	tel, err := NewTelemetry(&TelemetryOptions{Registerer: registry})
	if err != nil {
		t.Fatal(err)
	}
	tel.requested("flow", "ok")
	families, err := registry.Gather()
	if err != nil || len(families) == 0 {
		t.Errorf("%d families, %v", len(families), err)
	}
	if _, err := NewTelemetry(&TelemetryOptions{Registerer: refusing{}}); err == nil {
		t.Error("a registry that refuses is not noticed")
	}
}

type refusing struct{ prometheus.Registerer }

func (refusing) Register(prometheus.Collector) error { return errors.New("taken") }

// TestNilTelemetryDoesNothing: a server without it works all the same.
func TestNilTelemetryDoesNothing(t *testing.T) {
	var tel *Telemetry
	tel.Watch(nil)
	tel.room(nil, nil)
	tel.requested("a", "ok")
	tel.refused("a", "b")
	tel.accepted("a", 1, 1)
	tel.previousKey("a")
	tel.Finished(routing.Delivery{}, routing.Outcome{}, 0)
	ctx, end := tel.Work(context.Background(), nil)
	end(nil)
	if tel.Trace(ctx) != "" {
		t.Error("a trace from nowhere")
	}
	w := httptest.NewRecorder()
	tel.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != 404 {
		t.Errorf("metrics: %d", w.Code)
	}
}

// TestAlertRules: the shipped rules can be read, and every figure that they name is
// one that a server tells.
func TestAlertRules(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "docs", "deploy", "alerts.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Groups []struct {
			Name  string
			Rules []struct {
				Alert, Expr, For string
				Labels           map[string]string
				Annotations      map[string]string
			}
		}
	}
	if err := yaml.UnmarshalWithOptions(text, &file, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	tel, err := NewTelemetry(&TelemetryOptions{
		Limits: func() (int, int) { return 1, 2 }, MirrorAge: func() time.Duration { return 0 }, Outbox: func() (int, time.Time) { return 0, time.Time{} },
	})
	if err != nil {
		t.Fatal(err)
	}
	tel.Watch(newOffice(t).ledger)
	tel.room(func() int { return 0 }, func() int { return 0 })
	tel.requested("flow", "failed")
	tel.refused("flow", codeBadSignature)
	tel.previousKey("k")
	_, end := tel.call(t.Context(), "find", 1)
	end(errors.New("away"))
	told := scrape(t, tel)
	names := regexp.MustCompile(`onward_[a-z_]+`)
	for _, g := range file.Groups {
		for _, r := range g.Rules {
			if r.Alert == "" || r.Annotations["summary"] == "" || r.Labels["severity"] == "" || len(names.FindAllString(r.Expr, -1)) == 0 {
				t.Errorf("%s: incomplete", r.Alert)
			}
			for _, name := range names.FindAllString(r.Expr+" "+r.Annotations["description"], -1) {
				if !strings.Contains(told, "\n"+name+"{") && !strings.Contains(told, "\n"+name+" ") {
					t.Errorf("%s: nothing tells %s", r.Alert, name)
				}
			}
		}
	}
}
