package sftest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/salesforce/sftest/soql"
)

const (
	// chunkRows is how many rows are carried out at a time, as the platform does.
	chunkRows = 200
	// nullCell stands for a blank value; an empty cell leaves the field alone.
	nullCell = "#N/A"
)

// loading carries out one ingest job.
type loading struct {
	s      *Server
	r      *request
	j      *job
	schema crm.Schema
	// id is the position of the column that names the record, -1 without one.
	id int
}

// runLoad reads the upload and carries it out. An error means that the job
// failed as a whole, before any row; it is the text for the job.
func (j *job) runLoad(s *Server, r *request) error {
	// A client that hangs up does not stop the job.
	own := *r
	own.wire = r.wire.WithContext(context.WithoutCancel(r.context()))
	l := &loading{s: s, r: &own, j: j, id: -1}
	var err error
	if j.load.header, j.load.rows, err = j.format.read(j.load.data); err != nil {
		return err
	}
	j.load.data = nil
	if l.schema, err = s.CRM().Describe(own.context(), j.object); err != nil {
		return errors.New("InvalidBatch : Unable to find object: " + string(j.object))
	}
	if err := l.checkHeader(); err != nil {
		return err
	}
	for rows := range slices.Chunk(j.load.rows, chunkRows) {
		for _, o := range l.carryOut(rows) {
			j.load.outcomes = append(j.load.outcomes, o)
			j.load.done++
			if o.fault != "" {
				j.load.refused++
			}
		}
	}
	return nil
}

// checkHeader refuses columns that are no fields.
func (l *loading) checkHeader() error {
	for i, name := range l.j.load.header {
		if slices.Contains(l.j.load.header[:i], name) {
			return errors.New("InvalidBatch : Duplicate column name found : " + name)
		}
		if name == "Id" {
			l.id = i
			continue
		}
		// A parent may be named by its own key: Account.Onward_Key__c.
		if parent, _, ok := strings.Cut(name, "."); ok {
			if l.parent(parent) == "" {
				return errors.New("InvalidBatch : Field name not found : " + name)
			}
			continue
		}
		if _, ok := l.schema.Field(name); !ok {
			return errors.New("InvalidBatch : Field name not found : " + name)
		}
	}
	switch op := l.j.op; {
	case len(l.j.load.header) == 0 || op == "insert":
		return nil
	case op == "upsert" && l.j.load.key != "Id":
		if !slices.Contains(l.j.load.header, l.j.load.key) {
			return errors.New("InvalidBatch : External ID column is missing : " + l.j.load.key)
		}
	case op == "delete" && (l.id < 0 || len(l.j.load.header) > 1):
		return errors.New("InvalidBatch : A delete takes the column Id and no other")
	case op == "update" && l.id < 0:
		return errors.New("InvalidBatch : Column missing : Id")
	}
	return nil
}

// parent returns the reference field of a relationship, "" when there is none.
func (l *loading) parent(relationship string) string {
	for _, f := range l.schema.Fields {
		if f.Type == crm.TypeReference && soql.RelationshipName(f.Name) == relationship {
			return f.Name
		}
	}
	return ""
}

// collectionItem is the answer to one record of a collections call.
type collectionItem struct {
	ID      string
	Success bool
	Created bool
	Errors  []struct {
		StatusCode string
		Message    string
		Fields     []string
	}
}

// carryOut sends a chunk through the collections of the REST API, so that rows
// meet the same rules on both ways.
func (l *loading) carryOut(rows [][]string) []rowOutcome {
	inner := &request{wire: l.r.wire, version: "v" + strconv.Itoa(lastVersion) + ".0", query: url.Values{}, header: l.header(), path: []string{"composite", "sobjects"}}
	switch l.j.op {
	case "insert":
		inner.method, inner.body = http.MethodPost, l.records(rows)
	case "update":
		inner.method, inner.body = http.MethodPatch, l.records(rows)
	case "upsert":
		inner.method, inner.body = http.MethodPatch, l.records(rows)
		inner.path = append(inner.path, string(l.j.object), l.j.load.key)
	case "delete":
		return l.outcomes(items(l.s.deleteAll(inner, l.ids(rows), false), false), rows)
	}
	return l.outcomes(l.s.dispatch(inner), rows)
}

// header leaves owners to the assignment rule only when the job names one.
func (l *loading) header() http.Header {
	h := http.Header{}
	h.Set("Content-Type", "application/json")
	h.Set("Sforce-Auto-Assign", strings.ToUpper(crm.FormatBool(l.j.load.rule != "")))
	return h
}

func (l *loading) ids(rows [][]string) []string {
	ids := make([]string, len(rows))
	for i, cells := range rows {
		ids[i] = cells[l.id]
	}
	return ids
}

func (l *loading) records(rows [][]string) []byte {
	records := make([]map[string]any, len(rows))
	for i, cells := range rows {
		records[i] = l.record(cells)
	}
	// Only strings, numbers, booleans and maps of them: it cannot fail.
	body, _ := json.Marshal(map[string]any{"allOrNone": false, "records": records})
	return body
}

func (l *loading) record(cells []string) map[string]any {
	out := map[string]any{"attributes": map[string]string{"type": string(l.j.object)}}
	for i, name := range l.j.load.header {
		switch parent, key, nested := strings.Cut(name, "."); {
		case cells[i] == "":
		case nested && cells[i] == nullCell:
			out[l.parent(parent)] = nil
		case nested:
			out[parent] = map[string]any{key: cells[i]}
		case cells[i] == nullCell:
			out[name] = nil
		case i == l.id:
			out["id"] = cells[i]
		default:
			f, _ := l.schema.Field(name)
			out[name] = soql.JSONValue(f, cells[i])
		}
	}
	return out
}

// outcomes reads the answer of the collections call. One that is no list of
// results is the answer to every row.
func (l *loading) outcomes(answer *response, rows [][]string) []rowOutcome {
	raw, _ := json.Marshal(answer.body)
	var items []collectionItem
	if err := json.Unmarshal(raw, &items); err != nil || answer.status != http.StatusOK || len(items) != len(rows) {
		var faults []fault
		text := "UNKNOWN_EXCEPTION:The rows could not be processed:--"
		if json.Unmarshal(raw, &faults) == nil && len(faults) > 0 {
			text = faults[0].ErrorCode + ":" + faults[0].Message + ":--"
		}
		return slices.Repeat([]rowOutcome{{fault: text}}, len(rows))
	}
	out := make([]rowOutcome, len(rows))
	for i, item := range items {
		out[i] = rowOutcome{id: item.ID, created: item.Success && (l.j.op == "insert" || item.Created)}
		if !item.Success {
			out[i].fault = "UNKNOWN_EXCEPTION:The row was refused:--"
		}
		if len(item.Errors) > 0 {
			e := item.Errors[0]
			out[i].fault = fmt.Sprintf("%s:%s:%s--", e.StatusCode, e.Message, strings.Join(append(e.Fields, ""), " "))
		}
		if out[i].fault != "" && l.id >= 0 && out[i].id == "" {
			out[i].id = rows[i][l.id]
		}
	}
	return out
}
