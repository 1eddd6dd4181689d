// Package mailtest is an SMTP server for tests and examples: it listens on this
// machine, keeps what it takes, and fails as it is told.
package mailtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"sync"
	"time"
)

// Server is an SMTP server on this machine. Make one with New, and close it. Safe for
// concurrent use.
type Server struct {
	// Roots trust its certificate.
	Roots *x509.CertPool

	listener net.Listener
	script   Script
	tls      *tls.Config
	ended    chan struct{}
	work     sync.WaitGroup

	mu       sync.Mutex
	accepted []Envelope
}

// Script says how a server behaves; the zero Script takes everything, by STARTTLS.
type Script struct {
	// Implicit begins encrypted, Plain offers no STARTTLS.
	Implicit, Plain bool
	// Password is wanted of the user "onward"; "" wants no login.
	Password string
	// Replies replaces the answer to a verb: "CONNECT", "EHLO", "AUTH", "MAIL", "RCPT",
	// "DATA", "." (the end of the content), "RSET", "QUIT".
	Replies map[string]string
	// Drop ends the connection instead of answering a verb, Hang never answers it.
	Drop, Hang string
}

// Envelope is a message that was taken: what stood behind MAIL and RCPT, and the
// content as it came.
type Envelope struct {
	From, To, Content string
	// Encrypted tells that the connection was.
	Encrypted bool
}

// New starts a server on a free port.
func New(s Script) (*Server, error) {
	cert, roots, err := certificate()
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	srv := &Server{Roots: roots, listener: listener, script: s, tls: &tls.Config{Certificates: []tls.Certificate{cert}}, ended: make(chan struct{})}
	srv.work.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			srv.work.Go(func() { srv.serve(conn) })
		}
	})
	return srv, nil
}

// Close ends the server and its connections.
func (s *Server) Close() {
	_ = s.listener.Close() // nobody is to come any more; it cannot be closed twice
	close(s.ended)
	s.work.Wait()
}

// serve serves one connection, until it ends or the server does.
func (s *Server) serve(conn net.Conn) {
	done := make(chan struct{})
	s.work.Go(func() {
		select {
		case <-s.ended:
		case <-done:
		}
		_ = conn.Close()
	})
	defer close(done)
	(&session{Server: s, conn: conn}).run(s.script.Implicit)
}

// Port is where it listens, on 127.0.0.1.
func (s *Server) Port() int { return s.listener.Addr().(*net.TCPAddr).Port }

// Taken are the messages that it has taken.
func (s *Server) Taken() []Envelope {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Envelope(nil), s.accepted...)
}

// certificate makes one for localhost, and the roots that trust it.
func certificate() (tls.Certificate, *x509.CertPool, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	parsed, err := x509.ParseCertificate(raw)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: key}, roots, nil
}
