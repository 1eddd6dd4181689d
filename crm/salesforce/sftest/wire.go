package sftest

import (
	"context"
	"io"
	"net/http"
	"net/url"

	"github.com/onward-crm/onward/crm/memcrm"
)

// request is one call of the REST API, from the wire or from inside a composite
// call.
type request struct {
	// wire is the request of the wire around.
	wire   *http.Request
	method string
	// version is that of the path, such as "v66.0".
	version string
	// path are the decoded segments below /services/data/vNN.0, such as
	// ["sobjects", "Lead", "00Q…"].
	path   []string
	query  url.Values
	header http.Header
	body   []byte
	// tx is the transaction of the composite call around; nil outside one.
	tx *memcrm.Tx
}

// context ends when nobody waits for the answer any more.
func (r *request) context() context.Context { return r.wire.Context() }

// landing is the context of what a write reads on its way. It does not end with
// the client: a call that arrived is carried out, whoever hangs up.
func (r *request) landing() context.Context { return context.WithoutCancel(r.context()) }

// response is the answer to a request.
type response struct {
	status int
	header http.Header
	// body is written as JSON. With none of the three there is no body.
	body any
	// text is written as it is; its type stands in header.
	text []byte
	// stream writes a body that is too long to hold.
	stream func(w io.Writer) error
}

// handler answers requests of one route.
type handler func(s *Server, r *request) *response

// route leads a method and a pattern of path segments to a handler. A segment
// "*" fits any one segment. The first route that fits is taken.
type route struct {
	method  string
	pattern string // such as "jobs/query/*/results"
	handle  handler
}

// fault is an item of an error body.
type fault struct {
	Message   string   `json:"message"`
	ErrorCode string   `json:"errorCode"`
	Fields    []string `json:"fields,omitempty"`
}

// failed answers with one error.
func failed(status int, code, message string, fields ...string) *response {
	return &response{status: status, body: []fault{{Message: message, ErrorCode: code, Fields: fields}}}
}

// answered answers with a JSON body.
func answered(status int, body any) *response { return &response{status: status, body: body} }
