package salesforce

import (
	"io"
	"net/http"
	"net/url"

	"github.com/onward-crm/onward/crm"
)

// call is one request to the REST API.
type call struct {
	// op is the crm.Error.Op, name the resource for errors, logs and metrics, such
	// as "composite" or "jobs/query"; neither ever holds a value.
	op, name string
	object   crm.Object

	method string
	// path is below /services/data/vNN.0/, or absolute when it begins with "/".
	// Segments that are not constants are escaped with url.PathEscape.
	path   string
	query  url.Values
	header map[string]string
	body   []byte
	// contentType of the body; default application/json.
	contentType string
	// repeat says that the call may be sent again when its answer is lost: it
	// reads, or doing it twice is the same as doing it once.
	repeat bool
	// free calls are sent whatever the budget says.
	free bool
}

// reply is the answer to a call, decompressed and read to its end.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// stream is the answer to a call whose body is read by the caller, who closes it.
type stream struct {
	header http.Header
	body   io.ReadCloser
}
