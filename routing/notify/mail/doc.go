// Package mail is a [notify.Sender] that sends e-mail over SMTP, with go-mail.
//
// Connections are encrypted, by STARTTLS unless the options say otherwise. A message
// has an HTML and a text part and bears the same Message-ID each time it is sent, made
// of its key: mail programs and servers drop the second copy that a crash between
// sending and remembering may cause.
package mail
