package adapter

import (
	"encoding/json"
	"maps"
	"net/http"
	"runtime/debug"
	"slices"
	"time"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/contrib/instrumentation/github.com/gin-gonic/gin/otelgin"
)

// newHandler mounts the routes on gin. Nothing else in this package knows it: it
// finds routes, and everything else happens on plain values.
func (s *Server) newHandler(routes []route) http.Handler {
	gin.SetMode(gin.ReleaseMode)
	g := gin.New()
	g.RedirectTrailingSlash = false
	g.HandleMethodNotAllowed = true
	g.UseRawPath = true // ids in paths may hold slashes
	g.ForwardedByClientIP = false
	if err := g.SetTrustedProxies(nil); err != nil {
		panic("adapter: " + err.Error())
	}
	g.Use(otelgin.Middleware("onward", s.telemetry.tracing()...), s.recovered)
	for _, r := range routes {
		g.Handle(r.Method, r.Path, func(c *gin.Context) {
			x := exchange{route: r, w: c.Writer, r: c.Request, params: map[string]string{}}
			for _, p := range c.Params {
				x.params[p.Key] = p.Value
			}
			s.serve(&x)
		})
	}
	g.NoRoute(s.nowhere(&Refusal{Status: http.StatusNotFound, Code: codeNotFound, Message: "no such address"}))
	g.NoMethod(s.nowhere(&Refusal{Status: http.StatusMethodNotAllowed, Code: codeMethod, Message: "method not allowed"}))
	return g
}

// nowhere refuses what no route takes.
func (s *Server) nowhere(why *Refusal) gin.HandlerFunc {
	return func(c *gin.Context) {
		id := s.newID()
		s.telemetry.refused("none", why.Code)
		s.log.Info("request", "request", id, "source", "none", "status", why.Status, "code", why.Code)
		write(c.Writer, refuse(Request{ID: id}, why, time.Second))
	}
}

// recovered keeps a fault of ours from ending the process. What was accepted before
// is in the ledger. The value of a panic may hold people's data; its place does not.
func (s *Server) recovered(c *gin.Context) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		if v == http.ErrAbortHandler {
			panic(v)
		}
		id := s.newID()
		s.log.Error("request failed", "request", id, "stack", string(debug.Stack()))
		if !c.Writer.Written() {
			write(c.Writer, refuse(Request{ID: id}, &Refusal{
				Status: http.StatusServiceUnavailable, Code: codeInternal, Message: "internal error", RetryAfter: retryUnavailable,
			}, time.Second))
		}
	}()
	c.Next()
}

// write sends a response.
func write(w http.ResponseWriter, out Response) {
	var body []byte
	if out.Body != nil {
		var err error
		if body, err = json.Marshal(out.Body); err != nil {
			panic("adapter: an answer cannot be written: " + err.Error())
		}
		w.Header().Set("Content-Type", "application/json")
	}
	for _, name := range slices.Sorted(maps.Keys(out.Header)) {
		w.Header().Set(name, out.Header[name])
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(out.Status)
	_, _ = w.Write(body) // a sender who has gone comes again
}
