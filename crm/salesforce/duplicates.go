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

// sharpen says more of a refusal than its code does: of an update, that the one
// record is not to be written by the user, since the object may be; of a value
// that is not unique, which record has it.
func (i *item) sharpen(list []wireError) {
	e := i.failed()
	if e == nil {
		return
	}
	if e.Code == "INSUFFICIENT_ACCESS_OR_READONLY" && i.w.Verb == crm.VerbUpdate {
		e.Class = crm.ErrNotVisible
	}
	at := slices.IndexFunc(list, func(w wireError) bool { return w.code() == "DUPLICATE_VALUE" })
	if at < 0 {
		return
	}
	field, id := taken(list[at])
	switch ours := i.key != "" && field == i.key; {
	case ours && i.w.Verb == crm.VerbUpsert:
		e.Class = crm.ErrLocked // another was first; next time it is an update
	case ours && i.w.Verb == crm.VerbCreate && strings.HasPrefix(id, i.d.wire.KeyPrefix):
		i.keyAt = id
	}
	e.Matches = nonBlank(id)
}

var duplicateValue = regexp.MustCompile(`([A-Za-z0-9_]+) duplicates value on record with id: ([0-9A-Za-z]{15,18})\b`)

// taken reads which field has a value that another record has, and which: from
// "duplicate value found: Onward_Key__c duplicates value on record with id: 00Q…".
// The message is in the user's language, and hides what the user may not see; so
// both may be blank.
func taken(w wireError) (field, id string) {
	if found := duplicateValue.FindStringSubmatch(w.Message); found != nil {
		if wide, err := crm.WidenID(found[2]); err == nil {
			return found[1], wide
		}
	}
	if fields := w.fields(); len(fields) == 1 {
		return fields[0], ""
	}
	return "", ""
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
		case err != nil && (crm.Retryable(err) || errors.Is(e, crm.ErrDuplicate) || e.Code == "DUPLICATE_VALUE"):
			// It may be there, or be its own duplicate: that has to be asked again.
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
	for _, chunk := range subcalls(open) {
		if b.stop != nil {
			b.failSecond(chunk, b.stop)
			continue
		}
		requests := make([]subrequest, len(chunk))
		for n, i := range chunk {
			requests[n] = b.single(i)
		}
		k := call{op: "write", name: "composite/duplicates", object: chunk[0].w.Object, header: chunk[0].manner().header()}
		parts, err := b.org.composite(ctx, k, requests)
		if err != nil {
			b.failSecond(chunk, err)
			continue
		}
		for n, i := range chunk {
			b.takeSingle(i, parts[n])
		}
	}
}

// subcalls puts together what one composite call can hold: headers of the call
// count for its parts, so that those of one are those of all.
func subcalls(items []*item) [][]*item {
	var out [][]*item
	open := map[manner]int{}
	for _, i := range items {
		m := i.manner()
		m.verb, m.object = "", ""
		at, ok := open[m]
		if !ok || len(out[at]) == maxSubrequests {
			at = len(out)
			out = append(out, nil)
			open[m] = at
		}
		out[at] = append(out[at], i)
	}
	return out
}

// failSecond gives the error of a second look to those who were in it. They were
// refused before, one by one, so that no call as a whole has failed.
func (b *writing) failSecond(items []*item, err error) {
	for _, i := range items {
		i.fail(err)
	}
	if hopeless(err) {
		b.stop = notSent(err)
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
		i.sharpen(wireErrors(part.Body))
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
