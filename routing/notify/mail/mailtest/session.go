package mailtest

import (
	"bufio"
	"crypto/tls"
	"encoding/base64"
	"net"
	"strings"
)

// session is one connection.
type session struct {
	*Server
	conn      net.Conn
	lines     *bufio.Reader
	encrypted bool
	mail      Envelope
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
		if !s.script.Plain && !s.encrypted {
			lines = append(lines, "STARTTLS")
		}
		if s.script.Password != "" {
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
		want := base64.StdEncoding.EncodeToString([]byte("\x00onward\x00" + s.script.Password))
		if rest != "PLAIN "+want {
			return s.answer(verb, "535 5.7.8 wrong password for onward@example.com")
		}
		return s.answer(verb, "235 welcome")
	case "MAIL":
		s.mail = Envelope{From: rest, Encrypted: s.encrypted}
	case "RCPT":
		s.mail.To = rest
	case "DATA":
		if !s.answer(verb, "354 go on") {
			return false
		}
		if r := s.script.Replies["DATA"]; r != "" && r[0] != '3' {
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
	s.mail.Content = b.String()
	if r := s.script.Replies["."]; r == "" || r[0] == '2' {
		s.mu.Lock()
		s.accepted = append(s.accepted, s.mail)
		s.mu.Unlock()
	}
	return s.answer(".", "250 taken")
}

func (s *session) answer(verb, usual string) bool {
	switch verb {
	case s.script.Drop:
		_ = s.conn.Close()
		return false
	case s.script.Hang:
		_, err := s.lines.ReadString('\n') // until the other side gives up
		return err == nil
	}
	if reply := s.script.Replies[verb]; reply != "" {
		usual = reply
	}
	_, err := s.conn.Write([]byte(usual + "\r\n"))
	return err == nil
}
