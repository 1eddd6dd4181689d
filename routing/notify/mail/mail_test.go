package mail_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	stdmail "net/mail"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/onward-crm/onward/dri/digest"
	"github.com/onward-crm/onward/routing/notify"
	"github.com/onward-crm/onward/routing/notify/mail"
	"github.com/onward-crm/onward/routing/notify/mail/mailtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const password = "canary-password-4711"

// serve starts a server, which ends with the test.
func serve(t *testing.T, s mailtest.Script) *mailtest.Server {
	t.Helper()
	srv, err := mailtest.New(s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(srv.Close)
	return srv
}

// send sends the message to a server that behaves so, with the options that fit it.
func send(t *testing.T, s mailtest.Script, change func(*mail.Options)) (*mailtest.Server, error) {
	t.Helper()
	srv := serve(t, s)
	return srv, sender(t, srv, s, change).Send(t.Context(), message())
}

// sender is one to a server, with the options that fit it.
func sender(t *testing.T, srv *mailtest.Server, s mailtest.Script, change func(*mail.Options)) *mail.Sender {
	t.Helper()
	o := mail.Options{
		Host: "127.0.0.1", Port: srv.Port(), TLSConfig: &tls.Config{RootCAs: srv.Roots, MinVersion: tls.VersionTLS12},
		From: "onward <onward@sender.example>", Timeout: 5 * time.Second,
		Now: func() time.Time { return time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC) },
	}
	if s.Implicit {
		o.TLS = mail.TLSImplicit
	}
	if s.Password != "" {
		o.Username, o.Password = "onward", password
	}
	if change != nil {
		change(&o)
	}
	out, err := mail.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// message is a digest for Una.
func message() notify.Message {
	return notify.Message{
		Key: "digest:005u1:2026-W48", To: notify.Recipient{UserID: "005u1", Name: "Una Müller", Email: "una.canary@example.com"},
		Content: digest.Message{
			Kind: digest.KindDigest, Subject: "1 joined · 16 – 22 Nov 2026", Title: "Your accounts", Foot: "Because.",
			Sections: []digest.Section{{Title: "Joined a customer", Total: 1, Rows: []digest.Row{{Person: digest.Party{Name: "Jörg Ångström"}}}}},
		},
	}
}

// parts reads a message: its header, and the decoded bodies by type.
func parts(t *testing.T, content string) (stdmail.Header, map[string]string) {
	t.Helper()
	m, err := stdmail.ReadMessage(strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("content type %s: %v", kind, err)
	}
	out := map[string]string{}
	for r := multipart.NewReader(m.Body, params["boundary"]); ; {
		p, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			return m.Header, out
		}
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Header.Get("Content-Transfer-Encoding"); got != "quoted-printable" {
			t.Errorf("a part in %s", got)
		}
		body, err := io.ReadAll(quotedprintable.NewReader(p))
		if err != nil {
			t.Fatal(err)
		}
		kind, _, _ := mime.ParseMediaType(p.Header.Get("Content-Type"))
		out[kind] = string(body)
	}
}

func TestSend(t *testing.T) {
	for _, row := range []struct {
		name      string
		script    mailtest.Script
		change    func(*mail.Options)
		encrypted bool
	}{
		{"STARTTLS", mailtest.Script{}, nil, true},
		{"STARTTLS with a login", mailtest.Script{Password: password}, nil, true},
		{"encrypted from the beginning", mailtest.Script{Implicit: true}, nil, true},
		{"encrypted from the beginning, with a login", mailtest.Script{Implicit: true, Password: password}, nil, true},
		{"opportunistic", mailtest.Script{}, func(o *mail.Options) { o.TLS = mail.TLSOpportunistic }, true},
		{"opportunistic, not offered", mailtest.Script{Plain: true}, func(o *mail.Options) { o.TLS = mail.TLSOpportunistic }, false},
		{"never", mailtest.Script{}, func(o *mail.Options) { o.TLS = mail.TLSNone }, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			srv, err := send(t, row.script, row.change)
			if err != nil {
				t.Fatal(err)
			}
			got := srv.Taken()
			if len(got) != 1 || got[0].Encrypted != row.encrypted {
				t.Fatalf("taken: %d, encrypted %v", len(got), len(got) > 0 && got[0].Encrypted)
			}
			if got[0].From != "FROM:<onward@sender.example>" || got[0].To != "TO:<una.canary@example.com>" {
				t.Errorf("envelope %s %s", got[0].From, got[0].To)
			}
		})
	}
}

func TestContent(t *testing.T) {
	srv := serve(t, mailtest.Script{})
	s := sender(t, srv, mailtest.Script{}, func(o *mail.Options) { o.ReplyTo = "Sales Ops <ops@sender.example>" })
	for range 2 { // a message that is sent again bears the same id
		if err := s.Send(t.Context(), message()); err != nil {
			t.Fatal(err)
		}
	}
	got := srv.Taken()
	header, bodies := parts(t, got[0].Content)
	again, _ := parts(t, got[1].Content)
	decoded := map[string]string{}
	for _, name := range []string{"From", "To", "Reply-To", "Subject", "Date", "Message-Id", "Auto-Submitted", "User-Agent", "X-Mailer"} {
		text, err := new(mime.WordDecoder).DecodeHeader(header.Get(name))
		if err != nil {
			t.Fatal(err)
		}
		decoded[name] = text
	}
	want := map[string]string{
		"From": `"onward" <onward@sender.example>`, "To": `Una Müller <una.canary@example.com>`, "Reply-To": `"Sales Ops" <ops@sender.example>`,
		"Subject": "1 joined · 16 – 22 Nov 2026", "Date": "Mon, 23 Nov 2026 07:00:00 +0000",
		"Message-Id": "<" + s.MessageID("digest:005u1:2026-W48") + ">", "Auto-Submitted": "auto-generated", "User-Agent": "", "X-Mailer": "",
	}
	if d := cmp.Diff(want, decoded); d != "" {
		t.Errorf("header (-want +got):\n%s", d)
	}
	if again.Get("Message-Id") != header.Get("Message-Id") || s.MessageID("digest:005u1:2026-W49") == s.MessageID("digest:005u1:2026-W48") {
		t.Errorf("Message-ID %s, then %s", header.Get("Message-Id"), again.Get("Message-Id"))
	}
	if !strings.Contains(bodies["text/plain"], "* Jörg Ångström") || !strings.Contains(bodies["text/html"], "Jörg Ångström</span>") {
		t.Errorf("bodies %q", bodies)
	}
}

// TestFailures: what the server says, and the class and reason that come of it.
func TestFailures(t *testing.T) {
	replies := func(verb, text string) mailtest.Script {
		return mailtest.Script{Replies: map[string]string{verb: text}}
	}
	login := mailtest.Script{Password: "another"}
	for _, row := range []struct {
		name   string
		script mailtest.Script
		change func(*mail.Options)
		class  error
		reason string
	}{
		{"busy at the door", replies("CONNECT", "421 4.3.2 later"), nil, notify.ErrAway, "smtp_421"},
		{"not for us", replies("CONNECT", "554 5.7.1 no"), nil, notify.ErrDenied, "smtp_554"},
		{"wrong password", login, nil, notify.ErrDenied, "smtp_535"},
		{"login is busy", mailtest.Script{Password: password, Replies: map[string]string{"AUTH": "454 4.7.0 later"}}, nil, notify.ErrAway, "smtp_454"},
		{"no login offered", mailtest.Script{}, func(o *mail.Options) { o.Username, o.Password = "onward", password }, notify.ErrDenied, "tls_or_login_not_offered"},
		{"no STARTTLS offered", mailtest.Script{Plain: true}, nil, notify.ErrDenied, "tls_or_login_not_offered"},
		{"a certificate that nobody knows", mailtest.Script{}, func(o *mail.Options) { o.TLSConfig = nil }, notify.ErrDenied, "tls_certificate"},
		{"no TLS at that port", mailtest.Script{}, func(o *mail.Options) { o.TLS = mail.TLSImplicit }, notify.ErrDenied, "tls_not_spoken"},
		{"sender refused", replies("MAIL", "553 5.7.1 <onward@sender.example> not yours"), nil, notify.ErrDenied, "smtp_553"},
		{"login wanted", replies("MAIL", "530 5.7.0 login first"), nil, notify.ErrDenied, "smtp_530"},
		{"sender slowed down", replies("MAIL", "451 4.7.1 later"), nil, notify.ErrAway, "smtp_451"},
		{"no such person", replies("RCPT", "550 5.1.1 <una.canary@example.com> unknown"), nil, notify.ErrUnreachable, "smtp_550"},
		{"bad address", replies("RCPT", "501 5.1.3 <una.canary@example.com>"), nil, notify.ErrUnreachable, "smtp_501"},
		{"mailbox full", replies("RCPT", "552 5.2.2 full"), nil, notify.ErrRefused, "smtp_552"},
		{"greylisted", replies("RCPT", "450 4.2.0 later"), nil, notify.ErrAway, "smtp_450"},
		{"content refused", replies(".", "554 5.7.1 spam"), nil, notify.ErrRefused, "smtp_554"},
		{"content delayed", replies(".", "451 4.3.0 later"), nil, notify.ErrAway, "smtp_451"},
		{"no content wanted", replies("DATA", "554 5.5.1 no"), nil, notify.ErrRefused, "smtp_554"},
		{"gone at the door", mailtest.Script{Drop: "CONNECT"}, nil, notify.ErrAway, "connection"},
		{"gone at the recipient", mailtest.Script{Drop: "RCPT"}, nil, notify.ErrAway, "connection"},
		{"gone at the end of the content", mailtest.Script{Drop: "."}, nil, notify.ErrAway, "connection"},
		{"silent", mailtest.Script{Hang: "RCPT"}, func(o *mail.Options) { o.Timeout = 50 * time.Millisecond }, notify.ErrAway, "timeout"},
		{"silent at the door", mailtest.Script{Hang: "CONNECT"}, func(o *mail.Options) { o.Timeout = 50 * time.Millisecond }, notify.ErrAway, "timeout"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := send(t, row.script, row.change)
			checkFailure(t, err, row.class, row.reason)
		})
	}
}

// checkFailure checks class and reason, and that the error gives nothing away.
func checkFailure(t *testing.T, err, class error, reason string) {
	t.Helper()
	failure, ok := errors.AsType[*notify.SendError](err)
	if !ok || !errors.Is(err, class) || failure.Reason != reason || failure.Channel != "mail" {
		t.Fatalf("%v, want %v: mail: %s", err, class, reason)
	}
	for _, text := range []string{err.Error(), fmt.Sprintf("%+v", failure), fmt.Sprintf("%#v", *failure)} {
		for _, secret := range []string{password, "canary", "Una", "example.com", "another"} {
			if strings.Contains(text, secret) {
				t.Errorf("%q gives away %q", text, secret)
			}
		}
	}
}

// TestTakenIsTaken: what goes wrong after the server has taken a message does not make
// it sent again.
func TestTakenIsTaken(t *testing.T) {
	for name, s := range map[string]mailtest.Script{
		"gone afterwards": {Drop: "RSET"}, "gone at goodbye": {Drop: "QUIT"},
		"confused afterwards": {Replies: map[string]string{"RSET": "500 what"}}, "rude goodbye": {Replies: map[string]string{"QUIT": "421 out"}},
	} {
		t.Run(name, func(t *testing.T) {
			srv, err := send(t, s, nil)
			if err != nil || len(srv.Taken()) != 1 {
				t.Errorf("%v, %d taken", err, len(srv.Taken()))
			}
		})
	}
}

// TestSendEndsWithTheContext: a server that says nothing does not hold us.
func TestSendEndsWithTheContext(t *testing.T) {
	hangs := mailtest.Script{Hang: "."}
	srv := serve(t, hangs)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	began := time.Now()
	err := sender(t, srv, hangs, func(o *mail.Options) { o.Timeout = time.Minute }).Send(ctx, message())
	checkFailure(t, err, notify.ErrAway, "timeout")
	if waited := time.Since(began); waited > 10*time.Second {
		t.Errorf("it took %s", waited)
	}
}

func TestNobodyThere(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	_ = l.Close()
	s, err := mail.New(mail.Options{Host: "127.0.0.1", Port: port, From: "a@b.example"})
	if err != nil {
		t.Fatal(err)
	}
	checkFailure(t, s.Send(t.Context(), message()), notify.ErrAway, "connection")
}

// TestAddresses: what is no address is never put on the wire.
func TestAddresses(t *testing.T) {
	srv := serve(t, mailtest.Script{})
	s := sender(t, srv, mailtest.Script{}, nil)
	for address, reason := range map[string]string{
		"": "no_address", "una": "bad_address", "una@example.com, eve@example.com": "bad_address", "a@b.example\r\nRCPT TO:<eve@example.com>": "bad_address",
		"Una <una@example.com>": "", "<una@example.com>": "", "una@example.com": "",
	} {
		m := message()
		m.To.Email = address
		m.To.Name = "Una\r\nBcc: eve@example.com"
		err := s.Send(t.Context(), m)
		if reason != "" {
			checkFailure(t, err, notify.ErrUnreachable, reason)
		} else if err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
	for _, e := range srv.Taken() {
		header, _ := parts(t, e.Content)
		if e.To != "TO:<una@example.com>" || header.Get("Bcc") != "" {
			t.Errorf("%s, Bcc %q", e.To, header.Get("Bcc"))
		}
	}
}

func TestNew(t *testing.T) {
	good := mail.Options{Host: "smtp.example.com", From: "onward@example.com"}
	for field, change := range map[string]func(*mail.Options){
		"Host":      func(o *mail.Options) { o.Host = "" },
		"From":      func(o *mail.Options) { o.From = "onward" },
		"ReplyTo":   func(o *mail.Options) { o.ReplyTo = "x" },
		"TLS":       func(o *mail.Options) { o.TLS = "maybe" },
		"Port":      func(o *mail.Options) { o.Port = 70000 },
		"Password:": func(o *mail.Options) { o.Username = "onward" },
		"TLS: none": func(o *mail.Options) { o.TLS, o.Username, o.Password = mail.TLSNone, "onward", password },
		"TLS: opp":  func(o *mail.Options) { o.TLS, o.Username, o.Password = mail.TLSOpportunistic, "onward", password },
	} {
		o := good
		change(&o)
		if _, err := mail.New(o); err == nil || !strings.Contains(err.Error(), field) || strings.Contains(err.Error(), password) {
			t.Errorf("%s: %v", field, err)
		}
	}
	if s, err := mail.New(good); err != nil || s.Name() != "mail" {
		t.Errorf("good options: %v", err)
	}
	if text := fmt.Sprintf("%v %+v %#v", mail.Options{Password: password}, mail.Options{Password: password}, mail.Options{Password: password}); strings.Contains(text, password) {
		t.Errorf("options print the password: %s", text)
	}
}
