package sftest

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// dispatch leads a request to its handler, from the wire or from inside a
// composite call.
func (s *Server) dispatch(r *request) *response {
	if m := r.query.Get("_HttpMethod"); m != "" && r.method == http.MethodPost {
		r.method = strings.ToUpper(m)
	}
	var allowed []string
	for _, x := range s.routes {
		if !fits(x.pattern, r.path) {
			continue
		}
		if x.method == r.method {
			return x.handle(s, r)
		}
		allowed = append(allowed, x.method)
	}
	if len(allowed) == 0 {
		return noResource()
	}
	slices.Sort(allowed)
	return failed(http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED",
		"HTTP Method '"+r.method+"' not allowed. Allowed are "+strings.Join(slices.Compact(allowed), ","))
}

func noResource() *response {
	return failed(http.StatusNotFound, "NOT_FOUND", "The requested resource does not exist")
}

// fits compares a pattern with the segments of a path.
func fits(pattern string, path []string) bool {
	var want []string
	if pattern != "" {
		want = strings.Split(pattern, "/")
	}
	if len(want) != len(path) {
		return false
	}
	for i, w := range want {
		if w != "*" && !strings.EqualFold(w, path[i]) {
			return false
		}
	}
	return true
}

// segments splits an escaped path into decoded segments. Empty segments are
// left out: double slashes count as one.
func segments(escaped string) ([]string, bool) {
	var out []string
	for _, part := range strings.Split(escaped, "/") {
		if part == "" {
			continue
		}
		plain, err := url.PathUnescape(part)
		if err != nil {
			return nil, false
		}
		out = append(out, plain)
	}
	return out, true
}

// servesVersion reports whether a version such as "v66.0" is served.
func servesVersion(v string) bool {
	number, _ := strings.CutSuffix(strings.TrimPrefix(v, "v"), ".0")
	n, err := strconv.Atoi(number)
	return err == nil && v == "v"+strconv.Itoa(n)+".0" && n >= firstVersion && n <= lastVersion
}

// resourceURL is the path of a resource, as answers name it.
func resourceURL(version string, parts ...string) string {
	var b strings.Builder
	b.WriteString("/services/data/" + version)
	for _, p := range parts {
		b.WriteString("/" + url.PathEscape(p))
	}
	return b.String()
}
