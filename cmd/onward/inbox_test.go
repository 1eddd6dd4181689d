package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/onward-crm/onward/cmd/onward/exit"
)

// reviewing starts a local org whose doubtful moves wait for a person, with three of
// them: there are two accounts by the name of Pfizer.
func reviewing(t *testing.T) (s *served, in func(args ...string) outcome) {
	t.Helper()
	config := filepath.Join(t.TempDir(), "onward.yaml")
	write(t, config, "on_review: { contact-or-lead: hold }\n")
	s = startServing(t, nil, "--localorg", "--config", config)
	for i, name := range []string{"Ada Quill", "Bo Reed", "Cy Poe"} {
		got := s.flow(s.said["flow_key"], "route", fmt.Sprintf(`{"requestId":"doubt-%d","fullName":"%s","newCompany":"Pfizer","newTitle":"VP"}`, i, name))
		if got.get("status") != "needs_review" {
			t.Fatalf("%s", got)
		}
	}
	return s, func(args ...string) outcome { return s.inbox(s.said["operator_token"], args...) }
}

// told checks an outcome of the inbox.
func told(t *testing.T, got outcome, code int, wants ...string) {
	t.Helper()
	if got.code != code {
		t.Errorf("exit code %d, want %d:\n%s%s", got.code, code, got.stdout, got.stderr)
	}
	for _, want := range wants {
		if !strings.Contains(got.stdout+got.stderr, want) {
			t.Errorf("%q is missing in\n%s%s", want, got.stdout, got.stderr)
		}
	}
}

// TestInbox is an operator's day: what waits, its story, the answers, and what was
// done by whom.
func TestInbox(t *testing.T) {
	_, in := reviewing(t)
	told(t, in("list"), exit.CodeDone, "flow/doubt-0", "flow/doubt-1", "flow/doubt-2")
	told(t, in("reviews"), exit.CodeDone, "flow/doubt-0", "review")
	told(t, in("list", "--status", "done"), exit.CodeDone)
	told(t, in("list", "--limit", "1"), exit.CodeDone, "flow/doubt-0", "more: --after 1")
	if got := in("list", "--limit", "2", "--after", "1"); strings.Contains(got.stdout, "doubt-0") || !strings.Contains(got.stdout, "doubt-1") {
		t.Errorf("the second page: %s", got.stdout)
	}
	told(t, in("show", "flow/doubt-0"), exit.CodeDone, "flow/doubt-0  review", "strategy contact-or-lead", "--account 001Lu0000000008IAA  Pfizer", "--account 001Lu0000000009IAA  Pfizer")
	// The work may be done by somebody else than the one who answers.
	comesTo := func(want string) {
		t.Helper()
		eventually(t, want, func() bool { return strings.Contains(in("show", "flow/"+strings.Fields(want)[0]).stdout, "flow/"+want) })
	}
	told(t, in("approve", "flow/doubt-0", "--account", "001Lu0000000008IAA"), exit.CodeDone, "flow/doubt-0")
	comesTo("doubt-0  done  contact_created")
	told(t, in("show", "flow/doubt-0"), exit.CodeDone, "create Contact 003", "by local at")
	told(t, in("approve", "flow/doubt-1", "--none"), exit.CodeDone, "flow/doubt-1")
	comesTo("doubt-1  done  lead_created")
	told(t, in("reject", "flow/doubt-2"), exit.CodeDone, "flow/doubt-2")
	comesTo("doubt-2  filtered")
	told(t, in("approve", "flow/doubt-2"), exit.CodeLeft, "overtaken")
	told(t, in("reviews", "--format", "json"), exit.CodeDone, `"items":[]`)
	told(t, in("status"), exit.CodeDone, "paused false", "review    0", "done      2")
	told(t, in("pause"), exit.CodeDone, "pause: done")
	told(t, in("status"), exit.CodeDone, "paused true")
	told(t, in("resume"), exit.CodeDone, "resume: done")
	told(t, in("drain"), exit.CodeDone, "drain: done")
	told(t, in("acts"), exit.CodeDone, "approve", "pick", "reject", "pause", "resume", "local", "stale_plan")
	told(t, in("export", "ledger"), exit.CodeDone, "seq,key,source,", "flow/doubt-1")
	told(t, in("export", "credits"), exit.CodeDone, "key,move,at,credits,", "flow/doubt-1")
	told(t, in("refused"), exit.CodeDone)
	told(t, in("parked"), exit.CodeDone)
}

// TestInboxFindsAPerson by an address that stands in no URL, and shows the answer of
// the server itself as JSON.
func TestInboxFindsAPerson(t *testing.T) {
	s, in := reviewing(t)
	if got := s.flow(s.said["flow_key"], "route", aMove(9, `,"newEmail":"ada9@beta9.example"`)); got.get("status") != "done" {
		t.Fatalf("%s", got)
	}
	got := in("list", "--email", "Ada9@beta9.example", "--format", "json")
	var page page
	if err := json.Unmarshal([]byte(got.stdout), &page); err != nil || len(page.Items) != 1 || page.Items[0].ID != "flow/move-9" {
		t.Errorf("%+v, %v", got, err)
	}
	if strings.Contains(s.stderr.String(), "beta9.example") {
		t.Error("the log holds the address")
	}
}

// TestInboxReplays: under another configuration nothing is written and the difference
// is shown; a mended reason is taken up again.
func TestInboxReplays(t *testing.T) {
	_, in := reviewing(t)
	under := filepath.Join(t.TempDir(), "leads.yaml")
	write(t, under, "on_review: { contact-or-lead: lead }\nowners: { default: 005Lu0000000001IAA }\ndri: { default: 005Lu0000000001IAA }\n")
	told(t, in("replay", "--under", under, "--status", "review"), exit.CodeDone, "flow/doubt-0", "was review", "now done lead_created", "3 examined, 0 taken up, 3 would differ")
	told(t, in("reviews"), exit.CodeDone, "flow/doubt-0")
	told(t, in("replay", "flow/doubt-0"), exit.CodeDone, "flow/doubt-0", "1 examined")
	bad := filepath.Join(t.TempDir(), "bad.yaml")
	write(t, bad, "on_revue: {}\n")
	told(t, in("replay", "--under", bad), exit.CodeUsage, "on_revue")
	told(t, in("replay", "--under", "nowhere.yaml"), exit.CodeUsage, "nowhere.yaml")
}

// TestInboxReadmits what was refused while a secret was wrong.
func TestInboxReadmits(t *testing.T) {
	s, in := reviewing(t)
	if got := s.feed("whsec_bm90LXRoZS1zZWNyZXQtb2YtdGhlLWZlZWQh", "/feeds/demo", "msg_1", `{"person":{"full_name":"Di Moe"},"to":{"company":"Delta"}}`); got.status != http.StatusUnauthorized {
		t.Fatalf("%s", got)
	}
	told(t, in("refused"), exit.CodeDone, "feed:demo", "bad_signature")
	told(t, in("readmit", "feed:demo"), exit.CodeDone, "1")
	told(t, in("resend", "nothing"), exit.CodeUsage, "nothing has this id")
}

// TestInboxTellsWhatIsWrong with an exit code that tells whose fault it is.
func TestInboxTellsWhatIsWrong(t *testing.T) {
	s, in := reviewing(t)
	told(t, in("show", "flow/nothing"), exit.CodeUsage, "nothing has this id")
	told(t, in("list", "--status", "lost"), exit.CodeUsage, "status")
	told(t, in("list", "--format", "xml"), exit.CodeUsage, "--format: want table or json")
	told(t, in("export", "secrets"), exit.CodeUsage)
	told(t, in("show"), exit.CodeUsage)
	told(t, s.inbox("not-the-token-of-anybody", "list"), exit.CodeUsage, "an operator's token is needed")
	told(t, s.inbox("", "list"), exit.CodeUsage, "set ONWARD_OPERATOR_TOKEN")
	s.stop()
	told(t, in("list"), exit.CodeTrouble, "cannot be reached")
}

// TestUndo takes a decision back over the wire, twice, and is refused where somebody has
// nothing to take back.
func TestUndo(t *testing.T) {
	s, in := reviewing(t)
	if got := s.flow(s.said["flow_key"], "route", aMove(9, `,"newEmail":"ada9@beta9.example"`)); got.get("status") != "done" {
		t.Fatalf("%s", got)
	}
	token := s.said["operator_token"]
	for range 2 {
		told(t, s.operator(token, "undo", "flow/move-9"), exit.CodeDone, "flow/move-9  done  undone  undone", "credits returned: 1", "left: ", "(created)")
	}
	told(t, s.operator(token, "undo", "flow/move-9", "--format", "json"), exit.CodeDone, `"outcome":"undone"`, `"creditsReturned":1`)
	told(t, s.operator(token, "undo", "flow/doubt-0"), exit.CodeLeft, "nothing_written: nothing written; nothing was undone")
	told(t, s.operator(token, "undo", "flow/nothing"), exit.CodeUsage, "nothing has this id")
	told(t, s.operator(token, "undo"), exit.CodeUsage)
	told(t, in("show", "flow/move-9"), exit.CodeDone, "undo by local at")
	told(t, in("export", "credits"), exit.CodeDone, ",-1,undone,")
	told(t, in("acts"), exit.CodeDone, "undo")
}

// TestErase forgets a person over the wire.
func TestErase(t *testing.T) {
	s, in := reviewing(t)
	if got := s.flow(s.said["flow_key"], "route", aMove(9, `,"newEmail":"ada9@beta9.example"`)); got.get("status") != "done" {
		t.Fatalf("%s", got)
	}
	token := s.said["operator_token"]
	told(t, s.operator(token, "erase", "ada9@beta9.example"), exit.CodeUsage, "say --yes")
	told(t, s.operator(token, "erase", "--yes", "Ada"), exit.CodeUsage, "PERSON: want an e-mail address")
	told(t, s.operator(token, "erase", "--yes", "ada9@beta9.example"), exit.CodeDone, "erased")
	if got := in("show", "flow/move-9", "--format", "json"); strings.Contains(got.stdout, "beta9.example") {
		t.Errorf("the address is still there: %s", got.stdout)
	}
	told(t, s.operator(token, "undo", "flow/move-9"), exit.CodeLeft, "erased")
	told(t, in("acts"), exit.CodeDone, "erase")
}

func TestPersonMember(t *testing.T) {
	for text, want := range map[string]string{
		"jane@old.example": "email", "https://www.LinkedIn.com/in/jane@home": "linkedin", "003000000000001": "crmId", "00Q000000000001EAA": "crmId",
		"001000000000001": "", "Jane Doe": "", "": "",
	} {
		if got := personMember(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
