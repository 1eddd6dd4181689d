package salesforce

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"unicode/utf8"

	"github.com/onward-crm/onward/crm"
)

// jsonFields are fields with their values in JSON, in order of name.
type jsonFields []jsonField

type jsonField struct {
	name  string
	value json.RawMessage
}

// object writes the fields as one JSON object, after what comes first.
func (f jsonFields) object(first ...jsonField) json.RawMessage {
	var b bytes.Buffer
	b.WriteByte('{')
	for n, x := range append(first, f...) {
		if n > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('"')
		b.WriteString(x.name) // a name from describe, which needs no escaping
		b.WriteString(`":`)
		b.Write(x.value)
	}
	b.WriteByte('}')
	return b.Bytes()
}

func jsonText(name, value string) jsonField {
	raw, _ := json.Marshal(value) // a string always can be written
	return jsonField{name, raw}
}

// refusals are the codes of bad values in the order in which they are reported.
func refusals() []string {
	return []string{
		"INVALID_FIELD", "INVALID_FIELD_FOR_INSERT_UPDATE", "INVALID_TYPE_ON_FIELD_IN_RECORD", "MALFORMED_ID", "STRING_TOO_LONG",
	}
}

// fill turns the values into JSON. The first kind of fault is reported, with all
// fields that have it.
func (b *writing) fill(ctx context.Context, i *item) {
	set := i.w.Set
	if i.w.Verb == crm.VerbCreate && i.key != "" && i.w.Key != "" {
		if set = set.Clone(); set == nil {
			set = crm.Fields{}
		}
		set[i.key] = string(i.w.Key)
	}
	faults := map[string][]string{}
	var cut []string
	for _, name := range set.Names() {
		f, ok := i.d.byName[name]
		value := set[name]
		switch {
		case !ok:
			faults["INVALID_FIELD"] = append(faults["INVALID_FIELD"], name)
			continue
		case !i.mayWrite(f):
			faults["INVALID_FIELD_FOR_INSERT_UPDATE"] = append(faults["INVALID_FIELD_FOR_INSERT_UPDATE"], name)
			continue
		case b.org.opt.CutLong && isCuttable(f) && utf8.RuneCountInString(value) > f.Length:
			value = strings.TrimSpace(cutTo(value, f.Length))
			cut = append(cut, name)
		}
		out, code := jsonValue(f, value)
		raw, err := json.Marshal(out)
		if code == "" && err != nil {
			code = "INVALID_TYPE_ON_FIELD_IN_RECORD"
		}
		if code != "" {
			faults[code] = append(faults[code], name)
		}
		i.fields = append(i.fields, jsonField{name, raw})
	}
	for _, code := range refusals() {
		if len(faults[code]) > 0 {
			i.refuse(crm.ErrInvalid, code, faults[code]...)
			return
		}
	}
	if len(cut) > 0 {
		b.org.opt.Logger.LogAttrs(ctx, slog.LevelWarn, "salesforce text cut to the length of its field",
			slog.String("object", string(i.w.Object)), slog.String("key", string(i.w.Key)), slog.String("fields", strings.Join(cut, ",")))
	}
}

// mayWrite asks for the right that the write needs; an upsert may do both.
func (i *item) mayWrite(f crm.Field) bool {
	switch i.w.Verb {
	case crm.VerbCreate:
		return f.Creatable
	case crm.VerbUpdate:
		return f.Updatable
	default:
		return f.Creatable && f.Updatable && f.Name != i.key
	}
}

// isCuttable holds for running text. Half an address of a page or a person leads
// nowhere, and half a key is another key.
func isCuttable(f crm.Field) bool {
	return f.Length > 0 && (f.Type == crm.TypeText || f.Type == crm.TypeLongText) && !f.ExternalID && !f.Unique
}
