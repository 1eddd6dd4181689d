package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/textproto"
	"os"

	gomail "github.com/wneessen/go-mail"

	"github.com/onward-crm/onward/routing/notify"
)

// judge gives an error its class. Its own text, in which servers quote addresses, is
// left behind.
//
//	where          answer                     class
//	-------------  -------------------------  ------------
//	anywhere       4xx                        away
//	login          5xx                        denied
//	MAIL FROM      5xx                        denied
//	RCPT TO        550 551 553 501 555        unreachable
//	RCPT TO, DATA  530                        denied
//	RCPT TO, DATA  any other 5xx              refused
//	TLS            certificate, not offered   denied
//	anywhere       connection, time           away
func judge(err error) *notify.SendError {
	if known, ok := errors.AsType[*notify.SendError](err); ok {
		return known
	}
	if send, ok := errors.AsType[*gomail.SendError](err); ok {
		if code := send.ErrorCode(); code >= 400 {
			return judgeCode(code, send.Reason)
		}
	} else if answer, ok := errors.AsType[*textproto.Error](err); ok {
		if answer.Code >= 400 && answer.Code < 500 {
			return smtp(notify.ErrAway, answer.Code)
		}
		return smtp(notify.ErrDenied, answer.Code)
	}
	return judgeConnection(err)
}

func judgeCode(code int, at gomail.SendErrReason) *notify.SendError {
	switch {
	case code < 500:
		return smtp(notify.ErrAway, code)
	case code == 530, at == gomail.ErrSMTPMailFrom:
		return smtp(notify.ErrDenied, code)
	case at == gomail.ErrSMTPRcptTo && (code == 550 || code == 551 || code == 553 || code == 501 || code == 555):
		return smtp(notify.ErrUnreachable, code)
	}
	return smtp(notify.ErrRefused, code)
}

// judgeConnection tells what is worth another try from what somebody has to mend.
func judgeConnection(err error) *notify.SendError {
	var network net.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return failed(notify.ErrAway, "timeout")
	case errors.Is(err, context.Canceled):
		return failed(notify.ErrAway, "stopped")
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return failed(notify.ErrDenied, "tls_certificate")
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return failed(notify.ErrDenied, "tls_not_spoken")
	}
	if _, ok := errors.AsType[*gomail.SendError](err); ok || errors.As(err, &network) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) {
		return failed(notify.ErrAway, "connection")
	}
	return failed(notify.ErrDenied, "tls_or_login_not_offered")
}
