package hstest

import (
	"io"
	"net/http"
	"net/http/httptest"
)

// Transport answers requests in the caller's goroutine, without a network: for tests in
// virtual time, where waiting for a connection would stop the clock. Start the server
// outside of the bubble.
//
//	client := &http.Client{Transport: s.Transport()}
func (s *Server) Transport() http.RoundTripper { return inside{s} }

type inside struct{ server *Server }

// RoundTrip implements http.RoundTripper.
func (t inside) RoundTrip(r *http.Request) (resp *http.Response, err error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	in := r.Clone(r.Context())
	if in.Body == nil {
		in.Body = http.NoBody
	}
	defer in.Body.Close()
	defer func() {
		if broken := recover(); broken == http.ErrAbortHandler {
			resp, err = nil, io.ErrUnexpectedEOF
		} else if broken != nil {
			panic(broken)
		}
	}()
	w := httptest.NewRecorder()
	t.server.serve(w, in)
	return w.Result(), nil
}
