package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/salesforce/sftest"
)

// TestServeTellsSequences: a configuration's handoff reaches an engagement tool as a
// signed message, and the task stands in the org.
func TestServeTellsSequences(t *testing.T) {
	type message struct{ id, signature, body string }
	told := make(chan message, 10)
	tool := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		told <- message{r.Header.Get("Webhook-Id"), r.Header.Get("Webhook-Signature"), string(body)}
	}))
	t.Cleanup(tool.Close)
	org, server := faultyOrg(t, sftest.Options{})
	environ, args := org.serving(t, filepath.Join(t.TempDir(), "onward.db"),
		"  sequences: [{ name: welcome, url: '"+tool.URL+"/enrol', secrets: [{ id: current, env: SEQUENCE_KEY }] }]\n",
		"  endpoint_networks: [127.0.0.0/8]\n",
		"configurations: [{ name: everybody, handoff: { sequence: welcome, task: { subject: Say hello } } }]\n")
	s := startServing(t, append(environ, "SEQUENCE_KEY="+testFeedKey), args...)
	first := s.flow(testFlowKey, "route", aMove(1, ""))
	if first.get("status") != "done" {
		t.Fatalf("%s\n%s", first, s.stderr)
	}
	select {
	case got := <-told:
		var said struct {
			Type string
			Data map[string]string
		}
		if err := json.Unmarshal([]byte(got.body), &said); err != nil || said.Type != "sequence.start" || said.Data["leadId"] != first.get("leadId") ||
			said.Data["sequence"] != "welcome" || said.Data["lastName"] != "Quill1" || !strings.HasPrefix(got.signature, "v1,") || got.id == "" {
			t.Errorf("told %+v, %v", got, err)
		}
	case <-time.After(time.Minute):
		t.Fatalf("nobody was told\n%s", s.stderr)
	}
	tasks := server.CRM().Records(crm.ObjectTask)
	if len(tasks) != 1 || tasks[0].Fields["WhoId"] != first.get("leadId") || tasks[0].Fields["Subject"] != "Say hello" {
		t.Errorf("tasks %+v", tasks)
		for _, r := range server.CRM().Records(crm.ObjectJobChange) {
			t.Log(r.Fields["Explanation__c"])
		}
	}
}
