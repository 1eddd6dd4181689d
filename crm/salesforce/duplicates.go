package salesforce

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/onward-crm/onward/crm"
)

// readKeyError reads the message of DUPLICATE_VALUE, which names the record that
// has the value. On the field of our key, that is the record of an earlier
// attempt: it is the result, and nothing of it is touched.
func (i *item) readKeyError(list []wireError) {
	at := slices.IndexFunc(list, func(w wireError) bool { return w.code() == "DUPLICATE_VALUE" })
	if at < 0 {
		return
	}
	id := idInMessage(list[at].Message)
	ours := i.w.Verb == crm.VerbCreate && i.key != "" &&
		(slices.Contains(list[at].Fields, i.key) || strings.Contains(list[at].Message, i.key+" "))
	switch e := i.failed(); {
	case id == "":
	case ours:
		i.finish(crm.Result{ID: id})
	case e != nil:
		e.Matches = []string{id}
	}
}

var recordID = regexp.MustCompile(`record with id: ([0-9A-Za-z]{15,18})\b`)

// idInMessage finds the id in "duplicate value found: Onward_Key__c duplicates
// value on record with id: 00Q…"; "" when the user may not see the record.
func idInMessage(message string) string {
	found := recordID.FindStringSubmatch(message)
	if found == nil {
		return ""
	}
	id, err := crm.WidenID(found[1])
	if err != nil {
		return ""
	}
	return id
}

// landed looks up which of the refused creates are there already, by their keys.
// Duplicate rules and validation rules come before the unique field, so that any
// refusal may be one of a record that we wrote.
func (b *writing) landed(ctx context.Context) {
	byObject := map[crm.Object][]*item{}
	for _, i := range b.items {
		if e := i.failed(); e != nil && i.isKeyed() && !crm.Retryable(e) {
			byObject[i.w.Object] = append(byObject[i.w.Object], i)
		}
	}
	for _, o := range slices.Sorted(maps.Keys(byObject)) {
		b.landedOf(ctx, o, byObject[o])
	}
}

// isKeyed holds for creates whose key can be looked up.
func (i *item) isKeyed() bool {
	return !i.callFailed && i.d != nil && i.w.Verb == crm.VerbCreate && i.w.Key != "" && i.d.has(i.key)
}

func (b *writing) landedOf(ctx context.Context, o crm.Object, items []*item) {
	if len(items) == 0 {
		return
	}
	keys := make([]crm.Key, len(items))
	for n, i := range items {
		keys[n] = i.w.Key
	}
	found, err := b.org.Landed(ctx, o, keys)
	for _, i := range items {
		e := i.failed()
		switch {
		case found[i.w.Key] != "":
			i.finish(crm.Result{ID: found[i.w.Key]})
		case err != nil && (errors.Is(e, crm.ErrDuplicate) || e.Code == "DUPLICATE_VALUE"):
			// It may be its own duplicate: that has to be asked again.
			i.fail(&crm.Error{Class: crm.ErrUnknownOutcome, Code: e.Code, Err: err})
		case e.Code == "DUPLICATE_VALUE" && len(e.Matches) == 0 && slices.Contains(e.Fields, i.key):
			e.Class = crm.ErrNotVisible // it is there, and nobody tells where
		}
	}
}

// duplicates asks which records the duplicate rules found: collections do not
// tell. The same writes go out as single ones, 25 a call, and once: one that
// succeeds now, because the other record went meanwhile, has succeeded.
func (b *writing) duplicates(ctx context.Context) {
	var open []*item
	for _, i := range b.items {
		if e := i.failed(); e != nil && errors.Is(e, crm.ErrDuplicate) && len(e.Matches) == 0 && !i.callFailed {
			open = append(open, i)
		}
	}
	for chunk := range slices.Chunk(open, maxSubrequests) {
		requests := make([]subrequest, len(chunk))
		for n, i := range chunk {
			requests[n] = b.single(i)
		}
		k := call{op: "write", name: "composite/duplicates", object: chunk[0].w.Object, header: chunk[0].manner().header()}
		parts, err := b.org.composite(ctx, k, requests)
		for n, i := range chunk {
			if err != nil {
				i.fail(err)
			} else {
				b.takeSingle(i, parts[n])
			}
		}
	}
}

// single is the item as a call of its own.
func (b *writing) single(i *item) subrequest {
	path := "/services/data/" + b.org.opt.Version + "/sobjects/" + url.PathEscape(string(i.w.Object))
	out := subrequest{Method: http.MethodPatch, URL: path, Header: i.manner().header(), Body: i.fields.object()}
	switch i.w.Verb {
	case crm.VerbCreate:
		out.Method = http.MethodPost
	case crm.VerbUpdate:
		out.URL += "/" + i.w.ID
	case crm.VerbUpsert:
		out.URL += "/" + url.PathEscape(i.key) + "/" + url.PathEscape(string(i.w.Key))
	}
	return out
}

func (b *writing) takeSingle(i *item, part wirePart) {
	if part.Status >= http.StatusMultipleChoices {
		if part.Status >= http.StatusInternalServerError {
			i.refuse(crm.ErrUnknownOutcome, "HTTP_"+statusText(part.Status))
			return
		}
		i.fail(part.failure("write", i.w.Object, i.w.Key))
		i.readKeyError(wireErrors(part.Body))
		if e := i.failed(); e != nil && errors.Is(e, crm.ErrDuplicate) {
			e.Rule, e.Matches = matchesIn(part.Body)
		}
		return
	}
	if i.w.Verb == crm.VerbUpdate {
		i.finish(crm.Result{ID: i.w.ID}) // 204 has no body
		return
	}
	var r wireResult
	if err := json.Unmarshal(part.Body, &r); err != nil {
		i.refuse(crm.ErrUnknownOutcome, codeMalformed)
		return
	}
	b.take(i, r)
}

// wireDuplicate is an error about duplicates. The key is misspelt by the platform;
// both spellings are read.
type wireDuplicate struct {
	Misspelt *duplicateResult `json:"duplicateResut"`
	Spelt    *duplicateResult `json:"duplicateResult"`
}

type duplicateResult struct {
	Rule    string `json:"duplicateRule"`
	Results []struct {
		Records []struct {
			Record struct {
				ID string `json:"Id"`
			} `json:"record"`
		} `json:"matchRecords"`
	} `json:"matchResults"`
}

// matchesIn reads the name of the rule and the records that it found, in order
// of id.
func matchesIn(body []byte) (rule string, ids []string) {
	var list []wireDuplicate
	if json.Unmarshal(body, &list) != nil {
		return "", nil
	}
	for _, x := range list {
		for _, d := range []*duplicateResult{x.Misspelt, x.Spelt} {
			if d == nil {
				continue
			}
			rule = d.Rule
			for _, result := range d.Results {
				for _, match := range result.Records {
					if id, err := crm.WidenID(match.Record.ID); err == nil {
						ids = append(ids, id)
					}
				}
			}
		}
	}
	slices.Sort(ids)
	return rule, slices.Compact(ids)
}
