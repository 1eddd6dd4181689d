package sftest

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/salesforce/sftest/soql"
)

const (
	// cursorLife is how long the pages of an answer can be read.
	cursorLife = 48 * time.Hour
	// maxCursors bounds the answers that are kept; the oldest make room.
	maxCursors = 50
)

// cursors are the answers of which pages are still to be read. The zero value is
// ready to use.
type cursors struct {
	mu    sync.Mutex
	made  int
	byID  map[string]*cursor
	order []string
}

// cursor is one such answer: the ids of its records, so that what happens to the
// org meanwhile neither repeats a record nor leaves one out.
type cursor struct {
	query   *soql.Query
	all     bool
	ids     []string
	size    int
	expires time.Time
}

// add keeps a cursor and gives it an id.
func (x *cursors) add(c *cursor) string {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.byID == nil {
		x.byID = map[string]*cursor{}
	}
	x.made++
	id, err := crm.WidenID(fmt.Sprintf("01g0000%08d", x.made%100_000_000))
	if err != nil {
		return "" // letters and digits alone always make an id
	}
	x.byID[id] = c
	x.order = append(x.order, id)
	if len(x.order) > maxCursors {
		delete(x.byID, x.order[0])
		x.order = x.order[1:]
	}
	return id
}

// find gives a cursor that is still good.
func (x *cursors) find(id string, now time.Time) *cursor {
	x.mu.Lock()
	defer x.mu.Unlock()
	wide, err := crm.WidenID(id)
	if err != nil {
		return nil
	}
	c := x.byID[wide]
	if c == nil || now.After(c.expires) {
		return nil
	}
	return c
}

// url is the path of the page that begins at a record's number.
func (c *cursor) url(r *request, id string, from int) string {
	resource := "query"
	if c.all {
		resource = "queryAll"
	}
	return resourceURL(r.version, resource, id+"-"+strconv.Itoa(from))
}

// queryMore gives a further page.
func queryMore(s *Server, r *request) *response {
	id, number, _ := strings.Cut(r.path[1], "-")
	from, err := strconv.Atoi(number)
	c := s.cursors.find(id, s.options.Now())
	if c == nil || err != nil || from < 0 || from >= len(c.ids) {
		return failed(http.StatusBadRequest, "INVALID_QUERY_LOCATOR", "invalid query locator")
	}
	st, err := soql.Prepare(s.sourceFor(r), c.query)
	if err != nil {
		return refusedStatement(err)
	}
	end := min(from+c.size, len(c.ids))
	out := queryAnswer{TotalSize: len(c.ids), Done: end == len(c.ids)}
	if !out.Done {
		out.Next = c.url(r, id, end)
	}
	if out.Records, err = st.Rows(r.context(), c.ids[from:end], c.all); err != nil {
		return refusedStatement(err)
	}
	return answered(http.StatusOK, out)
}
