package adapter

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// The codes of refusals that no source makes.
const (
	codeMethod   = "method_not_allowed"
	codeInternal = "internal_error"
)

// exchange is one request on its way through the pipeline:
//
//	method and path → size → key in the header → body → place → signature over the
//	raw bytes → rate → media type → JSON and schema → dedupe and queue → answer
//
// Nothing of a body is looked at before its sender is known; where a key says who
// it is, not even read. A body is read before there is a place, so that strangers
// who send theirs slowly keep nobody out.
type exchange struct {
	route  route
	w      http.ResponseWriter
	r      *http.Request
	params map[string]string
	req    Request
	caller Caller
	// began is when the sender began to wait.
	began time.Time
	// leave gives the place in the waiting room back, drop the room that the body took
	// before there was a place; more than once does no harm.
	leave, drop func()
	// notes go into the log line.
	notes []any
}

// serve answers a request and says so in the log.
func (s *Server) serve(x *exchange) {
	x.began = time.Now()
	x.leave, x.drop = func() {}, func() {}
	x.req = Request{
		ID: s.newID(), Method: x.r.Method, URI: x.r.RequestURI, Header: x.r.Header,
		Received: s.opt.Now().UTC(),
	}
	defer func() { x.leave(); x.drop() }()
	out, err := s.respond(x)
	name, code := x.route.name(), ""
	if err != nil {
		why := s.refusalOf(x, err)
		code, out = why.Code, x.route.refusal(x.req, why)
		s.telemetry.refused(name, code)
	}
	if out.Status != 0 { // Raw has answered by itself
		write(x.w, out)
	}
	s.telemetry.requested(name, outcomeOf(out.Status))
	s.log.Info("request", append([]any{
		"request", x.req.ID, "source", name, "route", x.route.Path, "status", out.Status, "code", code,
		"key", x.caller.KeyID, "ms", time.Since(x.began).Milliseconds(),
	}, x.notes...)...)
}

// refusalOf says how an error is answered. Trouble of ours is not the sender's to
// know; the log has its class.
func (s *Server) refusalOf(x *exchange, err error) *Refusal {
	var why *Refusal
	if errors.As(err, &why) {
		return why
	}
	s.log.Warn("trouble", "request", x.req.ID, "source", x.route.name(), "class", classWord(err))
	return unavailable()
}

// respond goes through the steps in their order.
func (s *Server) respond(x *exchange) (Response, error) {
	if err := s.size(x.r); err != nil {
		return Response{}, err
	}
	if err := s.identify(x); err != nil {
		return Response{}, err
	}
	if x.caller.Previous {
		s.telemetry.previousKey(x.caller.KeyID)
	}
	if err := s.allowed(x); err != nil {
		return Response{}, err
	}
	if err := mediaType(x.req.Header, x.route.Media); err != nil {
		return Response{}, err
	}
	c := call{Request: x.req, Caller: x.caller, Params: x.params, leave: x.leave}
	switch {
	case x.route.Take != nil:
		return s.take(x.r.Context(), x)
	case x.route.Raw != nil:
		x.route.Raw(x.w, x.r, c)
		return Response{}, nil
	}
	return x.route.Serve(x.r.Context(), c)
}

// size refuses what says of itself that it is too large, and what is packed: how
// large that is would only be known after unpacking.
func (s *Server) size(r *http.Request) error {
	if r.ContentLength > s.opt.Limits.BodyBytes {
		return s.tooLarge()
	}
	if e := strings.ToLower(r.Header.Get("Content-Encoding")); e != "" && e != "identity" {
		return &Refusal{Status: http.StatusUnsupportedMediaType, Code: codeMediaType, Message: "no Content-Encoding expected"}
	}
	return nil
}

func (s *Server) tooLarge() *Refusal {
	return &Refusal{Status: http.StatusRequestEntityTooLarge, Code: codeTooLarge, Message: fmt.Sprintf("limit %d bytes", s.opt.Limits.BodyBytes)}
}

// enter waits for a place in the room.
func (s *Server) enter(x *exchange) error {
	if x.route.Free {
		return nil
	}
	if !s.room.enter(x.r.Context()) {
		return unavailable()
	}
	x.leave = sync.OnceFunc(s.room.leave)
	x.drop() // from here on the places bound what bodies take
	return nil
}

// identify finds out who sent the request, and reads its body on the way: before,
// where the signature covers it, afterwards where a key in the header says all.
func (s *Server) identify(x *exchange) (err error) {
	verify := x.route.Verify
	if x.route.Take != nil {
		verify = x.route.Take.Verify
	}
	early := x.route.Early || x.route.Take == nil
	if early && verify != nil {
		if x.caller, err = verify(x.req, x.req.Received); err != nil {
			return err
		}
	}
	if x.req.Body, err = s.read(x); err != nil {
		return err
	}
	if err = s.enter(x); err != nil {
		return err
	}
	if early {
		return nil
	}
	if x.caller, err = verify(x.req, x.req.Received); err != nil {
		s.keep(x, err)
	}
	return err
}

// read reads the body, within the limit, a time, and the room that all bodies have
// together. The time starts before the first byte and is lifted after the last: a
// connection that is only waited on must not be taken for a dead one. What answers
// under overload too has no body.
func (s *Server) read(x *exchange) ([]byte, error) {
	clock := http.NewResponseController(x.w)
	if x.r.Body == nil || x.r.Body == http.NoBody || x.route.Free {
		_ = clock.SetReadDeadline(time.Time{}) // not every writer can
		return nil, nil
	}
	_ = clock.SetReadDeadline(time.Now().Add(bodyTime))
	part := s.bodies.part(http.MaxBytesReader(x.w, x.r.Body, s.opt.Limits.BodyBytes))
	x.drop = sync.OnceFunc(part.drop)
	body, err := io.ReadAll(part)
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, s.tooLarge()
	case errors.Is(err, errNoRoom), errors.Is(err, os.ErrDeadlineExceeded):
		return nil, unavailable() // nothing is wrong with the report, and a 4xx may be final
	case err != nil:
		return nil, &Refusal{Status: http.StatusBadRequest, Code: codeBadJSON, Message: "the body could not be read"}
	}
	_ = clock.SetReadDeadline(time.Time{})
	return body, nil
}

// allowed takes a token of the caller's.
func (s *Server) allowed(x *exchange) error {
	if x.route.Free {
		return nil
	}
	rate, burst, bucket := s.opt.Limits.Rate, s.opt.Limits.Burst, x.route.name()
	if x.route.Rate > 0 {
		rate, burst, bucket = x.route.Rate, x.route.Burst, x.route.Path
	}
	if wait := s.rates.take(bucket+" "+x.caller.KeyID, rate, burst); wait > 0 {
		return &Refusal{Status: http.StatusTooManyRequests, Code: codeLimited, Message: "too many requests", RetryAfter: wait}
	}
	return nil
}

// mediaType checks the type of a body, whose text must be UTF-8.
func mediaType(h http.Header, want []string) error {
	if len(want) == 0 {
		return nil
	}
	got, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	charset := strings.ToLower(params["charset"])
	if err == nil && slices.Contains(want, got) && (charset == "" || charset == "utf-8" || charset == "utf8") {
		return nil
	}
	return &Refusal{Status: http.StatusUnsupportedMediaType, Code: codeMediaType, Message: strings.Join(want, " or ") + " expected"}
}

// keep puts a request whose signature does not fit into the side store: it may be
// our secret that is wrong. That this fails changes nothing for the sender.
func (s *Server) keep(x *exchange, err error) {
	var why *Refusal
	if !errors.As(err, &why) || !why.Keep {
		return
	}
	kept := refusedRequest(x.route.name(), why.Code, x.req)
	if err := s.opt.Store.Refuse(context.WithoutCancel(x.r.Context()), kept); err != nil {
		s.log.Warn("a refused request was not kept", slog.String("request", x.req.ID), slog.String("source", x.route.name()))
	}
}

// refusedRequest is a request as the side store keeps it: with the headers that its
// signature needs and no others, which may hold credentials.
func refusedRequest(source, code string, r Request) Refused {
	header := http.Header{}
	hash := sha256.New()
	part := func(text string) {
		hash.Write([]byte(text))
		hash.Write([]byte{0x1f})
	}
	part(source)
	part(r.Method)
	part(r.URI)
	for _, name := range sortedNames(r.Header) {
		if !signs(name) && name != "Content-Type" {
			continue
		}
		header[name] = r.Header[name]
		part(name)
		for _, value := range r.Header[name] {
			part(value)
		}
	}
	hash.Write(r.Body)
	r.Header = header
	return Refused{ID: "ref_" + hex.EncodeToString(hash.Sum(nil)[:16]), Source: source, Code: code, Request: r}
}

// signs reports whether a header has to do with a signature.
func signs(name string) bool {
	name = strings.ToLower(name)
	return strings.HasPrefix(name, "x-hubspot-") || strings.HasPrefix(name, "webhook-")
}
