package mail_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// server is an SMTP server on this machine that does as it is told.
type server struct {
	listener net.Listener
	script   script
	tls      *tls.Config
	roots    *x509.CertPool

	mu       sync.Mutex
	accepted []envelope
	verbs    []string
	work     sync.WaitGroup
}

// script says how a server behaves; the zero script takes everything, by STARTTLS.
type script struct {
	// implicit begins encrypted, plain offers no STARTTLS.
	implicit, plain bool
	// password is wanted of the user "onward"; "" wants no login.
	password string
	// replies replaces the answer to a verb: "CONNECT", "EHLO", "AUTH", "MAIL", "RCPT",
	// "DATA", "." (the end of the content), "RSET", "QUIT".
	replies map[string]string
	// drop ends the connection instead of answering a verb, hang never answers it.
	drop, hang string
}

// envelope is a message that was taken.
type envelope struct {
	from, to, content string
	encrypted         bool
}

// serve starts a server, which ends with the test.
func serve(t *testing.T, s script) *server {
	t.Helper()
	cert, roots := certificate(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &server{listener: listener, script: s, tls: &tls.Config{Certificates: []tls.Certificate{cert}}, roots: roots}
	ended := make(chan struct{})
	srv.work.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			srv.work.Go(func() {
				stop := make(chan struct{})
				srv.work.Go(func() {
					select {
					case <-ended:
					case <-stop:
					}
					_ = conn.Close()
				})
				defer close(stop)
				(&session{server: srv, conn: conn}).run(s.implicit)
			})
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		close(ended)
		srv.work.Wait()
	})
	return srv
}

func (s *server) port() int { return s.listener.Addr().(*net.TCPAddr).Port }

func (s *server) taken() []envelope {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]envelope(nil), s.accepted...)
}

// session is one connection.
type session struct {
	*server
	conn      net.Conn
	lines     *bufio.Reader
	encrypted bool
	mail      envelope
}

func (s *session) run(implicit bool) {
	if implicit {
		s.secure()
	}
	s.lines = bufio.NewReader(s.conn)
	if !s.answer("CONNECT", "220 here") {
		return
	}
	for {
		line, err := s.lines.ReadString('\n')
		if err != nil {
			return
		}
		verb, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if !s.obey(strings.ToUpper(verb), rest) {
			return
		}
	}
}

func (s *session) secure() {
	s.conn = tls.Server(s.conn, s.tls)
	s.lines, s.encrypted = bufio.NewReader(s.conn), true
}

// obey answers one command; false ends the connection.
func (s *session) obey(verb, rest string) bool {
	switch verb {
	case "EHLO":
		lines := []string{"here"}
		if !s.script.plain && !s.encrypted {
			lines = append(lines, "STARTTLS")
		}
		if s.script.password != "" {
			lines = append(lines, "AUTH PLAIN LOGIN")
		}
		text := ""
		for i, line := range lines {
			text += "250" + map[bool]string{true: " ", false: "-"}[i == len(lines)-1] + line + "\r\n"
		}
		return s.answer(verb, strings.TrimSuffix(text, "\r\n"))
	case "STARTTLS":
		if !s.answer(verb, "220 go on") {
			return false
		}
		s.secure()
		return true
	case "AUTH":
		want := base64.StdEncoding.EncodeToString([]byte("\x00onward\x00" + s.script.password))
		if rest != "PLAIN "+want {
			return s.answer(verb, "535 5.7.8 wrong password for onward@example.com")
		}
		return s.answer(verb, "235 welcome")
	case "MAIL":
		s.mail = envelope{from: rest, encrypted: s.encrypted}
	case "RCPT":
		s.mail.to = rest
	case "DATA":
		if !s.answer(verb, "354 go on") {
			return false
		}
		if r := s.script.replies["DATA"]; r != "" && r[0] != '3' {
			return true
		}
		return s.content()
	case "QUIT":
		_ = s.answer(verb, "221 bye")
		return false
	}
	return s.answer(verb, "250 ok")
}

func (s *session) content() bool {
	var b strings.Builder
	for {
		line, err := s.lines.ReadString('\n')
		if err != nil {
			return false
		}
		if line == ".\r\n" {
			break
		}
		b.WriteString(strings.TrimPrefix(line, "."))
	}
	s.mail.content = b.String()
	if r := s.script.replies["."]; r == "" || r[0] == '2' {
		s.mu.Lock()
		s.accepted = append(s.accepted, s.mail)
		s.mu.Unlock()
	}
	return s.answer(".", "250 taken")
}

func (s *session) answer(verb, usual string) bool {
	s.mu.Lock()
	s.verbs = append(s.verbs, verb)
	s.mu.Unlock()
	switch verb {
	case s.script.drop:
		_ = s.conn.Close()
		return false
	case s.script.hang:
		_, err := s.lines.ReadString('\n') // until the other side gives up
		return err == nil
	}
	if reply := s.script.replies[verb]; reply != "" {
		usual = reply
	}
	_, err := s.conn.Write([]byte(usual + "\r\n"))
	return err == nil
}

// certificate makes one for localhost, and the roots that trust it.
func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: key}, roots
}
