package mail

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/onward-crm/onward/routing/notify"
	"github.com/onward-crm/onward/routing/notify/letter"
)

// TLS says how a connection is encrypted.
type TLS string

// The ways. The zero value means TLSRequired.
const (
	// TLSRequired asks for STARTTLS, and sends nothing without it.
	TLSRequired TLS = "required"
	// TLSImplicit begins encrypted, as on port 465.
	TLSImplicit TLS = "implicit"
	// TLSOpportunistic encrypts where the server offers it; TLSNone never does. Neither
	// goes with a password, but to this machine.
	TLSOpportunistic TLS = "opportunistic"
	TLSNone          TLS = "none"
)

// DefaultTimeout bounds a connection and each step on it.
const DefaultTimeout = 20 * time.Second

// Options say where mail is handed in. Host and From are needed.
type Options struct {
	// Host is the server; Port 0 means 587, and 465 with TLSImplicit.
	Host string
	Port int
	TLS  TLS
	// TLSConfig replaces the usual one (system roots, TLS 1.2 or later).
	TLSConfig *tls.Config
	// Username and Password log in; both or neither.
	Username string
	Password notify.Secret
	// From is the sender, "onward <onward@example.com>" or the address alone. ReplyTo
	// may be "".
	From, ReplyTo string
	// Timeout bounds a connection and each step on it (DefaultTimeout).
	Timeout time.Duration
	// Now is the clock of the Date header. Default: time.Now.
	Now func() time.Time
}

// Sender sends e-mail. Make one with New. Safe for concurrent use: each message has a
// connection of its own.
type Sender struct {
	opt     Options
	from    *mail.Address
	replyTo *mail.Address
	domain  string
}

var _ notify.Sender = (*Sender)(nil)

// New checks the options; the error names the field that is wrong. It does not connect.
func New(o Options) (*Sender, error) {
	s := &Sender{opt: o}
	if err := s.addresses(); err != nil {
		return nil, err
	}
	if o.Host == "" || strings.ContainsAny(o.Host, " /@") {
		return nil, errors.New("mail: Host: want the name of a server, such as smtp.example.com")
	}
	switch o.TLS {
	case "":
		s.opt.TLS = TLSRequired
	case TLSRequired, TLSImplicit, TLSOpportunistic, TLSNone:
	default:
		return nil, fmt.Errorf("mail: TLS: %q: want required, implicit, opportunistic or none", o.TLS)
	}
	if s.opt.Port == 0 {
		if s.opt.Port = 587; s.opt.TLS == TLSImplicit {
			s.opt.Port = 465
		}
	}
	if s.opt.Port < 1 || s.opt.Port > 65535 {
		return nil, fmt.Errorf("mail: Port: %d is no port", o.Port)
	}
	if (o.Username == "") != (o.Password == "") {
		return nil, errors.New("mail: Username and Password: want both or neither")
	}
	if plain := s.opt.TLS == TLSNone || s.opt.TLS == TLSOpportunistic; plain && o.Password != "" && !loopback(o.Host) {
		return nil, fmt.Errorf("mail: TLS: %s: a password wants required or implicit", s.opt.TLS)
	}
	if s.opt.Timeout <= 0 {
		s.opt.Timeout = DefaultTimeout
	}
	if s.opt.Now == nil {
		s.opt.Now = time.Now
	}
	return s, nil
}

func (s *Sender) addresses() (err error) {
	if s.from, err = mail.ParseAddress(s.opt.From); err != nil {
		return errors.New("mail: From: want an address, such as onward <onward@example.com>")
	}
	if s.opt.ReplyTo != "" {
		if s.replyTo, err = mail.ParseAddress(s.opt.ReplyTo); err != nil {
			return errors.New("mail: ReplyTo: want an address")
		}
	}
	s.domain = s.from.Address[strings.LastIndexByte(s.from.Address, '@')+1:]
	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// Name is "mail".
func (s *Sender) Name() string { return "mail" }

// Send sends one message to the recipient's address; see notify.Sender.
func (s *Sender) Send(ctx context.Context, m notify.Message) error {
	msg, err := s.message(m)
	if err != nil {
		return err
	}
	if err := s.hand(ctx, msg); err != nil {
		return judge(err)
	}
	return nil
}

// MessageID is the id of a message, without angle brackets: the same for the same key.
func (s *Sender) MessageID(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:16]) + "@" + s.domain
}

// message makes what goes over the wire.
func (s *Sender) message(m notify.Message) (*gomail.Msg, error) {
	if m.To.Email == "" {
		return nil, failed(notify.ErrUnreachable, "no_address")
	}
	to, err := mail.ParseAddress(m.To.Email)
	if err != nil || to.Address != m.To.Email && to.Name == "" && "<"+to.Address+">" != m.To.Email {
		return nil, failed(notify.ErrUnreachable, "bad_address")
	}
	page, err := letter.Write(m.Content)
	if err != nil {
		return nil, failed(notify.ErrRefused, "not_rendered")
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(s.from)
	msg.ToMailAddress(&mail.Address{Name: oneLine(m.To.Name), Address: to.Address})
	if s.replyTo != nil {
		if err := msg.ReplyTo(s.replyTo.String()); err != nil {
			return nil, failed(notify.ErrDenied, "bad_reply_to")
		}
	}
	msg.Subject(page.Subject)
	msg.SetDateWithValue(s.opt.Now())
	msg.SetMessageIDWithValue(s.MessageID(m.Key))
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: nobody's absence answers it
	msg.SetGenHeader("X-Auto-Response-Suppress", "All")
	msg.SetBodyString(gomail.TypeTextPlain, page.Text)
	msg.AddAlternativeString(gomail.TypeTextHTML, page.HTML)
	return msg, nil
}

// oneLine keeps names out of other headers.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }), " ")
}

// hand hands a message in, on a connection of its own that ends with the context.
// go-mail looks at the context only while it dials, and leaves a connection open that
// fails before it is ready.
func (s *Sender) hand(ctx context.Context, msg *gomail.Msg) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	client, err := s.client(ctx)
	if err != nil {
		return failed(notify.ErrDenied, "bad_options")
	}
	err = client.DialAndSendWithContext(ctx, msg)
	switch {
	case msg.IsDelivered(): // what went wrong afterwards, in saying goodbye, is no matter
		return nil
	case err != nil && ctx.Err() != nil:
		return ctx.Err()
	}
	return err
}

func (s *Sender) client(ctx context.Context) (*gomail.Client, error) {
	o := s.opt
	policy := gomail.TLSMandatory
	switch o.TLS {
	case TLSNone:
		policy = gomail.NoTLS
	case TLSOpportunistic, TLSImplicit: // on a connection that is encrypted already there is nothing to start
		policy = gomail.TLSOpportunistic
	}
	options := []gomail.Option{
		gomail.WithPort(o.Port), gomail.WithTimeout(o.Timeout), gomail.WithTLSPolicy(policy), gomail.WithTLSConfig(s.tls()),
		gomail.WithHELO(s.domain),
		gomail.WithDialContextFunc(func(dialling context.Context, network, address string) (net.Conn, error) {
			conn, err := (&net.Dialer{Timeout: o.Timeout}).DialContext(dialling, network, address)
			if err != nil {
				return nil, err
			}
			context.AfterFunc(ctx, func() { _ = conn.Close() })
			if o.TLS != TLSImplicit {
				return conn, nil
			}
			secure := tls.Client(conn, s.tls())
			return secure, secure.HandshakeContext(dialling)
		}),
	}
	if o.Username != "" {
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(o.Username), gomail.WithPassword(o.Password.Reveal()))
	}
	return gomail.NewClient(o.Host, options...)
}

func (s *Sender) tls() *tls.Config {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if s.opt.TLSConfig != nil {
		c = s.opt.TLSConfig.Clone()
	}
	if c.ServerName == "" {
		c.ServerName = s.opt.Host
	}
	return c
}

// failed is an error of this channel.
func failed(class error, reason string) *notify.SendError {
	return &notify.SendError{Channel: "mail", Class: class, Reason: reason}
}

func smtp(class error, code int) *notify.SendError { return failed(class, "smtp_"+strconv.Itoa(code)) }
