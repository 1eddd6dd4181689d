package salesforce

import (
	"encoding/json"
	"strings"

	"github.com/onward-crm/onward/crm"
)

// wirePage is the answer to a query.
type wirePage struct {
	Done           bool      `json:"done"`
	NextRecordsURL string    `json:"nextRecordsUrl"`
	Records        []wireRow `json:"records"`
}

type wireRow map[string]json.RawMessage

// page turns the answer to a query into a page. An answer that says that there is
// more but not where is an error: it must not be taken for the last page, nor
// asked for again for ever.
func (d *described) page(q crm.Query, w wirePage) (crm.Page, error) {
	if w.Records == nil {
		// No rows is an empty list. Taken for that, a record that is there would be
		// written again.
		return crm.Page{}, d.malformed("MALFORMED_ANSWER", nil)
	}
	out := crm.Page{Records: make([]crm.Record, len(w.Records))}
	for i, row := range w.Records {
		r, err := d.record(q, row)
		if err != nil {
			return crm.Page{}, err
		}
		out.Records[i] = r
	}
	if w.Done {
		return out, nil
	}
	cursor, ok := cursorOf(w.NextRecordsURL)
	if !ok {
		return crm.Page{}, d.malformed("NO_NEXT_PAGE", nil)
	}
	out.Next = cursor
	return out, nil
}

// malformed is the error about an answer that makes no sense. It was only read,
// so it may be asked for again.
func (d *described) malformed(code string, cause error) error {
	return &crm.Error{Op: "find", Object: d.schema.Object, Class: crm.ErrUnavailable, Code: code, Err: cause}
}

// record reads one row. Fields that the row lacks are blank.
func (d *described) record(q crm.Query, row wireRow) (crm.Record, error) {
	out := crm.Record{Object: q.Object, Fields: make(crm.Fields, len(q.Select))}
	var err error
	read := func(name string) string {
		text, e := textValue(d.byName[name], row[name])
		if e != nil {
			err = e
		}
		return text
	}
	for _, name := range q.Select {
		out.Fields[name] = read(name)
	}
	out.ID, out.Version = read("Id"), crm.Version(read("SystemModstamp"))
	if q.Deleted {
		out.Deleted, out.MasterID = crm.IsTrue(read("IsDeleted")), read("MasterRecordId")
	}
	if err == nil && out.ID == "" {
		err = errNotOneValue
	}
	if err != nil {
		return crm.Record{}, d.malformed("MALFORMED_ANSWER", err)
	}
	return out, nil
}

// cursorOf keeps of nextRecordsUrl what is below the version, such as
// "query/01gD0000002HU6KIAW-2000": never a host, nor another resource.
func cursorOf(nextRecordsURL string) (cursor string, ok bool) {
	rest, ok := strings.CutPrefix(nextRecordsURL, "/services/data/v")
	if !ok {
		return "", false
	}
	_, cursor, ok = strings.Cut(rest, "/")
	return cursor, ok && isCursor(cursor)
}

func isCursor(s string) bool {
	resource, locator, ok := strings.Cut(s, "/")
	return ok && (resource == "query" || resource == "queryAll") && locator != "" && len(locator) <= 100 &&
		strings.Trim(locator, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}
