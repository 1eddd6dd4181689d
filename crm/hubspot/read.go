package hubspot

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/onward-crm/onward/crm"
)

const (
	// maxRead is how many records one call reads or writes at most, maxHistories how
	// many of them it reads with the history of their properties.
	maxRead      = 100
	maxHistories = 50
	// propMerged lists the ids that were merged into a record.
	propMerged = "hs_merged_object_ids"
	// categoryMissing is the category of the error of a record that is not there.
	categoryMissing = "OBJECT_NOT_FOUND"
)

// errBadID: ids are positive whole numbers.
var errBadID = errors.New("hubspot: not a record's id")

// readRequest is the body of a batch read.
type readRequest struct {
	Properties  []string    `json:"properties"`
	WithHistory []string    `json:"propertiesWithHistory"`
	IDProperty  string      `json:"idProperty,omitempty"`
	Inputs      []readInput `json:"inputs"`
}

type readInput struct {
	ID string `json:"id"`
}

// readAnswer is the answer to a batch read, whole (200) or in part (207), and to a
// list and a search.
type readAnswer struct {
	Results []readRecord `json:"results"`
	Errors  []batchError `json:"errors"`
	Paging  paging       `json:"paging"`
}

type readRecord struct {
	ID         id              `json:"id"`
	Properties map[string]text `json:"properties"`
	History    map[string][]struct {
		Value text    `json:"value"`
		At    instant `json:"timestamp"`
	} `json:"propertiesWithHistory"`
	UpdatedAt text `json:"updatedAt"`
	Archived  bool `json:"archived"`
	// New and Trace stand in answers to writes alone.
	New   bool `json:"new"`
	Trace text `json:"objectWriteTraceId"`
}

// answered is the record that answers for an id; merged tells that it has another.
type answered struct {
	record readRecord
	merged bool
}

// byIDs reads records, 100 a call (50 with their history), and finds for each id the one that answers for it.
// Those that are not there are left out.
func (c *Client) byIDs(ctx context.Context, o crm.Object, ids []int64, q readRequest) (map[int64]answered, error) {
	out := make(map[int64]answered, len(ids))
	size := maxRead
	if len(q.WithHistory) > 0 {
		size = maxHistories
	}
	for chunk := range slices.Chunk(distinct(ids), size) {
		q.Inputs = nil
		for _, n := range chunk {
			if n <= 0 {
				return nil, &crm.Error{Op: "find", Object: o, Class: crm.ErrInvalid, Code: codeBadID, Err: errBadID}
			}
			q.Inputs = append(q.Inputs, readInput{ID: formatID(n)})
		}
		records, err := c.readBatch(ctx, o, q, false)
		if err != nil {
			return nil, err
		}
		assign(out, chunk, records)
	}
	return out, nil
}

// archivedOf reads, of records that were archived, those with these ids.
func (c *Client) archivedOf(ctx context.Context, o crm.Object, ids []int64, properties []string) (map[int64]answered, error) {
	out := make(map[int64]answered, len(ids))
	for chunk := range slices.Chunk(distinct(ids), maxRead) {
		q := readRequest{Properties: withOwn(properties)}
		for _, n := range chunk {
			q.Inputs = append(q.Inputs, readInput{ID: formatID(n)})
		}
		records, err := c.readBatch(ctx, o, q, true)
		if err != nil {
			return nil, err
		}
		assign(out, chunk, records)
	}
	return out, nil
}

// withOwn are the properties to ask for: those wanted, and the one that tells of
// merges.
func withOwn(properties []string) []string {
	ask := append(slices.Clone(properties), propMerged)
	slices.Sort(ask)
	return slices.Compact(ask)
}

// readBatch makes one call. A record that does not exist is left out; any other
// failure within the answer is the call's.
func (c *Client) readBatch(ctx context.Context, o crm.Object, q readRequest, archived bool) ([]readRecord, error) {
	if q.WithHistory == nil {
		q.WithHistory = []string{} // the schema asks for it
	}
	kind := kindOf(o)
	k := call{op: "find", object: o, name: "read " + kind, path: c.objects(kind) + "/batch/read", body: q, repeat: true}
	if archived {
		k.query = url.Values{"archived": {"true"}}
	}
	var a readAnswer
	r, err := c.do(ctx, k, &a)
	if err != nil {
		if errors.Is(err, crm.ErrNotFound) && isMissing(r) {
			return nil, nil // none of them is there
		}
		return nil, err
	}
	if err := inBatch(k, a.Errors); err != nil {
		return nil, err
	}
	return a.Results, nil
}

// isMissing tells a 404 about records from one about a path that is wrong: the first
// has the category of a missing record or of a batch.
func isMissing(r *reply) bool {
	var p problem
	return r != nil && r.status == http.StatusNotFound && json.Unmarshal(r.body, &p) == nil && p.Category == categoryMissing
}

// assign finds for each id that was asked for the record that answers it.
func assign(out map[int64]answered, asked []int64, records []readRecord) {
	present := map[int64]readRecord{}
	merged := map[int64]int64{}
	for _, r := range records {
		present[int64(r.ID)] = r
		for _, old := range mergedIDs(string(r.Properties[propMerged])) {
			merged[old] = int64(r.ID)
		}
	}
	var open []int64
	for _, n := range asked {
		switch r, ok := present[n]; {
		case ok:
			out[n] = answered{record: r}
		case merged[n] != 0:
			out[n] = answered{record: present[merged[n]], merged: true}
		default:
			open = append(open, n)
		}
	}
	assignRest(out, asked, open, present)
}

// assignRest pairs the one id without an answer with the one answer that nobody
// asked for: a merge that the record itself does not tell of.
func assignRest(out map[int64]answered, asked, open []int64, present map[int64]readRecord) {
	if len(open) != 1 {
		return
	}
	var strangers []readRecord
	for n, r := range present { // any order: only a single one counts
		if !slices.Contains(asked, n) && !answers(out, n) {
			strangers = append(strangers, r)
		}
	}
	if len(strangers) == 1 {
		out[open[0]] = answered{record: strangers[0], merged: true}
	}
}

func answers(out map[int64]answered, n int64) bool {
	for _, a := range out { // any order: one is enough
		if int64(a.record.ID) == n {
			return true
		}
	}
	return false
}

// mergedIDs reads a list such as "122;123".
func mergedIDs(s string) []int64 {
	var out []int64
	for part := range strings.SplitSeq(s, ";") {
		if n, err := ParseID(strings.TrimSpace(part)); err == nil {
			out = append(out, n)
		}
	}
	return out
}

func distinct(ids []int64) []int64 {
	out := slices.Clone(ids)
	slices.Sort(out)
	return slices.Compact(out)
}
