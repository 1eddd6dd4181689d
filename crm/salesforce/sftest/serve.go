package sftest

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
)

const (
	// maxHead is the longest URI together with the headers, in bytes.
	maxHead = 16_384
	// maxBody is the longest body, in bytes: that of a bulk upload.
	maxBody = 150 << 20
	// gzipFrom is the size in bytes from which answers are compressed.
	gzipFrom = 1024
)

// ServeHTTP answers a request of the wire.
func (s *Server) ServeHTTP(w http.ResponseWriter, h *http.Request) {
	path, ok := segments(h.URL.EscapedPath())
	switch n := headLength(h); {
	case !ok:
		s.write(w, h, noResource(), nil)
		return
	case len(h.RequestURI) > maxHead:
		s.write(w, h, failed(http.StatusRequestURITooLong, "URI_TOO_LONG", "URI Too Long"), nil)
		return
	case n > maxHead:
		s.write(w, h, failed(http.StatusRequestHeaderFieldsTooLarge, "HEADERS_TOO_LARGE", "Request Header Fields Too Large"), nil)
		return
	}
	body, err := readBody(h)
	if errors.Is(err, errTooLarge) {
		s.write(w, h, failed(http.StatusRequestEntityTooLarge, "EXCEEDED_MAX_SIZE_REQUEST", "The request is too large"), nil)
		return
	}
	if err != nil {
		s.write(w, h, failed(http.StatusBadRequest, "UNKNOWN_EXCEPTION", "The body cannot be read"), nil)
		return
	}
	s.answer(w, h, path, body)
}

func headLength(h *http.Request) int {
	n := len(h.RequestURI)
	for name, values := range h.Header {
		for _, v := range values {
			n += len(name) + len(v) + 4
		}
	}
	return n
}

func readBody(h *http.Request) ([]byte, error) {
	var from io.Reader = h.Body
	if strings.EqualFold(h.Header.Get("Content-Encoding"), "gzip") {
		z, err := gzip.NewReader(from)
		if err != nil {
			return nil, fmt.Errorf("sftest: body: %w", err)
		}
		from = z
	}
	body, err := io.ReadAll(io.LimitReader(from, maxBody+1))
	if err == nil && len(body) > maxBody {
		err = errTooLarge
	}
	return body, err
}

// errTooLarge tells of a body that no resource takes.
var errTooLarge = errors.New("sftest: body: too large")

// answer serves one request, and plays the fault that it meets.
func (s *Server) answer(w http.ResponseWriter, h *http.Request, path []string, body []byte) {
	r := &request{wire: h, method: h.Method, path: path, query: h.URL.Query(), header: h.Header, body: body}
	serve, resource := s.endpoint(r, h)
	f := s.meet(resource, r)
	if f.hook() {
		f.Hook()
	}
	if f != nil && f.Kind.instead() {
		s.refuse(w, h, r, f)
		return
	}
	s.write(w, h, serve(r), f)
}

// endpoint finds who answers a path. It cuts the request's path down to what
// is below the version.
func (s *Server) endpoint(r *request, h *http.Request) (serve func(*request) *response, resource string) {
	path := r.path
	at := func(parts ...string) bool {
		if len(path) < len(parts) {
			return false
		}
		for i, p := range parts {
			if path[i] != p {
				return false
			}
		}
		return true
	}
	base := s.base(h)
	switch {
	case at("services", "oauth2") && len(path) == 3:
		return func(r *request) *response { return s.oauth(r, path[2], base) }, oauthResource(path[2])
	case at("id") && len(path) == 3:
		return func(r *request) *response { return s.identity(r, path[1], path[2], base) }, "identity"
	case at("services", "data") && len(path) == 2:
		return func(r *request) *response { return versions(r) }, "versions"
	case at("services", "data") && servesVersion(path[2]):
		r.version, r.path = path[2], path[3:]
		return s.authorized, resourceOf(r.path)
	default:
		return func(*request) *response { return noResource() }, ""
	}
}

// base is the address of this server as the client knows it.
func (s *Server) base(h *http.Request) string {
	if s.URL != "" {
		return s.URL
	}
	scheme := "http://"
	if h.TLS != nil {
		scheme = "https://"
	}
	return scheme + h.Host
}

// authorized checks token and allowance, counts the call and leads it on.
func (s *Server) authorized(r *request) *response {
	if !s.goodToken(bearer(r.header)) {
		return failed(http.StatusUnauthorized, "INVALID_SESSION_ID", "Session expired or invalid")
	}
	if !s.count(r) {
		return failed(http.StatusForbidden, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
	}
	if want := mediaOf(r.path); len(r.body) > 0 && !isMedia(r.header, want) {
		return failed(http.StatusUnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE", "The Content-Type must be "+want)
	}
	return s.dispatch(r)
}

// mediaOf is the type of the bodies that a resource takes.
func mediaOf(path []string) string {
	if len(path) == 4 && path[0] == "jobs" && path[3] == "batches" {
		return "text/csv"
	}
	return "application/json"
}

func isMedia(head http.Header, want string) bool {
	media, _, err := mime.ParseMediaType(head.Get("Content-Type"))
	return err == nil && media == want
}

// count counts a call; false when the allowance is used up.
func (s *Server) count(r *request) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.used >= s.options.DailyLimit {
		return false
	}
	s.used++
	s.calls.Total++
	s.calls.ByResource[resourceOf(r.path)]++
	return true
}

// SetUsed sets how many calls of the daily allowance are used up.
func (s *Server) SetUsed(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used = n
}

// write sends an answer. Faults of the way back are played on it.
func (s *Server) write(w http.ResponseWriter, h *http.Request, a *response, f *Fault) {
	s.mu.Lock()
	usage := "api-usage=" + strconv.Itoa(s.used) + "/" + strconv.Itoa(s.options.DailyLimit)
	s.mu.Unlock()
	head := w.Header()
	for name, values := range a.header {
		head[name] = values
	}
	head.Set("Sforce-Limit-Info", usage)
	if a.stream != nil && f == nil {
		s.stream(w, h, a)
		return
	}
	body := a.bytes(head)
	if f == nil && len(body) > gzipFrom && takesGzip(h) {
		body = zip(body)
		head.Set("Content-Encoding", "gzip")
	}
	if f != nil {
		f.spoil(w, a.status, body)
		return
	}
	send(w, a.status, body)
}

func send(w http.ResponseWriter, status int, body []byte) {
	if status != http.StatusNoContent {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(status)
	w.Write(body)
}

// bytes gives an answer's body, and sets its type.
func (a *response) bytes(head http.Header) []byte {
	switch {
	case a.body != nil:
		head.Set("Content-Type", "application/json;charset=UTF-8")
		out, err := json.Marshal(a.body)
		if err != nil {
			return []byte(`[{"errorCode":"UNKNOWN_EXCEPTION","message":"the answer cannot be written"}]`)
		}
		return out
	case a.stream != nil:
		var b bytes.Buffer
		if a.stream(&b) != nil {
			return nil
		}
		return b.Bytes()
	default:
		return a.text
	}
}

// stream sends a body of unknown length. An error breaks the connection, so that
// the client does not take half an answer for a whole one.
func (s *Server) stream(w http.ResponseWriter, h *http.Request, a *response) {
	var to io.Writer = w
	var z *gzip.Writer
	if takesGzip(h) {
		w.Header().Set("Content-Encoding", "gzip")
		z = gzip.NewWriter(w)
		to = z
	}
	w.WriteHeader(a.status)
	err := a.stream(to)
	if err == nil && z != nil {
		err = z.Close()
	}
	if err != nil {
		breakOff(w)
	}
}

func takesGzip(h *http.Request) bool {
	return strings.Contains(h.Header.Get("Accept-Encoding"), "gzip")
}

func zip(body []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write(body)
	z.Close()
	return b.Bytes()
}
