package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"strings"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/dri/digest"
	"github.com/onward-crm/onward/routing/notify"
	"github.com/onward-crm/onward/routing/notify/mail"
)

// weekly sends the digest of the week on Monday morning. A service calls Run every
// quarter of an hour: each person gets one message a week all the same.
func (o *onwardHere) weekly(ctx context.Context, w io.Writer) error {
	o.move(time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC))
	post, err := mail.New(mail.Options{
		Host: "127.0.0.1", Port: o.mailbox.Port(), TLSConfig: &tls.Config{RootCAs: o.mailbox.Roots, MinVersion: tls.VersionTLS12},
		From: "onward <onward@example.com>", Now: o.Now,
	})
	if err != nil {
		return err
	}
	courier, err := notify.NewCourier([]notify.Sender{post}, nil)
	if err != nil {
		return err
	}
	digests, err := notify.NewDigests(notify.DigestsOptions{
		Records: o.ledger, Directory: notify.CRMDirectory{Client: o.crm, Names: crm.DefaultNames()},
		Sent: notify.NewMemSent(), Courier: courier, Schedule: digest.Schedule{Zone: time.UTC, Hour: 7}, NoSummaries: true,
	})
	if err != nil {
		return err
	}
	for range 2 {
		report, err := digests.Run(ctx, o.Now())
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s: %d sent\n", o.Now().Format("Monday 15:04"), report.Sent)
	}
	for _, e := range o.mailbox.Taken() {
		if err := printMail(w, e.Content); err != nil {
			return err
		}
	}
	return nil
}

// printMail prints the header and the text part of a message, indented.
func printMail(w io.Writer, content string) error {
	m, err := netmail.ReadMessage(strings.NewReader(content))
	if err != nil {
		return err
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "  To: %s\n  Subject: %s\n", m.Header.Get("To"), subject)
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		return err
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for {
		p, err := parts.NextRawPart()
		if err != nil {
			return err // io.EOF too: there was no text
		}
		if !strings.HasPrefix(p.Header.Get("Content-Type"), "text/plain") {
			continue
		}
		lines := bufio.NewScanner(quotedprintable.NewReader(p))
		for lines.Scan() {
			fmt.Fprintln(w, strings.TrimRight("  "+lines.Text(), " "))
		}
		return lines.Err()
	}
}
