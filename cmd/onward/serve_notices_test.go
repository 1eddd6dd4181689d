package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/routing/notify/mail/mailtest"
)

// TestServeTells: a move that comes over HTTP is told of by e-mail, once.
func TestServeTells(t *testing.T) {
	srv, err := mailtest.New(mailtest.Script{})
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	environ := []string{fmt.Sprintf("ONWARD_SMTP_URL=smtp://127.0.0.1:%d?tls=none", srv.Port()), "ONWARD_MAIL_FROM=onward <onward@lumenassay.example>"}
	s := startServing(t, environ, "--localorg")
	for range 2 {
		if got := s.flow(s.said["flow_key"], "route", aMove(1, "")); got.get("status") != "done" {
			t.Fatalf("%s", got)
		}
	}
	eventually(t, "somebody is told", func() bool { return len(srv.Taken()) > 0 })
	if code := s.stop(); code != exit.CodeDone {
		t.Errorf("exit code %d\n%s", code, s.stderr)
	}
	taken := srv.Taken()
	if len(taken) != 1 || !strings.Contains(taken[0].Content, "Ada1 Quill1 joined Beta1 Labs") || !strings.HasSuffix(taken[0].To, "@lumenassay.example>") {
		t.Errorf("mail: %+v", taken)
	}
	if text := s.stderr.String(); strings.Contains(text, "Quill1") || strings.Contains(text, "@lumenassay.example") {
		t.Errorf("the log names people:\n%s", text)
	}
}
