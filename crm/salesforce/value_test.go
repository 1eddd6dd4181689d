package salesforce

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/onward-crm/onward/crm"
)

func TestTextValue(t *testing.T) {
	for _, c := range []struct {
		name string
		kind crm.Type
		raw  string
		want string
	}{
		{"text", crm.TypeText, `"O'Brien \u00e9"`, "O'Brien é"},
		{"null", crm.TypeText, `null`, ""},
		{"left out", crm.TypeText, ``, ""},
		{"checkbox", crm.TypeBoolean, `true`, "true"},
		{"checkbox without value", crm.TypeBoolean, `null`, "false"},
		{"whole number with a zero behind the point", crm.TypeCurrency, `15000.0`, "15000"},
		{"number", crm.TypeNumber, `0.50`, "0.5"},
		{"number with exponent", crm.TypeNumber, `1.5E7`, "15000000"},
		{"whole number", typeInt, `100`, "100"},
		{"date", crm.TypeDate, `"2026-11-03"`, "2026-11-03"},
		{"time", crm.TypeDateTime, `"2026-11-03T13:00:00.000+0100"`, "2026-11-03T12:00:00.000Z"},
		{"id of 15 characters", crm.TypeReference, `"001RM000003oLnn"`, "001RM000003oLnnYAE"},
		{"several picks", typeMultiPicklist, `"a;b"`, "a;b"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := textValue(crm.Field{Type: c.kind}, json.RawMessage(c.raw))
			if err != nil || got != c.want {
				t.Errorf("got %q, %v; want %q", got, err, c.want)
			}
		})
	}
	for _, raw := range []string{`{"street":"Main"}`, `["a"]`, `"cut off`} {
		if got, err := textValue(crm.Field{Type: crm.TypeText}, json.RawMessage(raw)); err == nil || strings.Contains(err.Error(), "Main") {
			t.Errorf("%s gives %q, %v; want an error without the value", raw, got, err)
		}
	}
}

func TestJSONValue(t *testing.T) {
	for _, c := range []struct {
		name  string
		field crm.Field
		value string
		want  string
		code  string
	}{
		{"text", crm.Field{Type: crm.TypeText, Length: 3}, `é"<`, `"é\"\u003c"`, ""},
		{"blank", crm.Field{Type: crm.TypeText}, "", "null", ""},
		{"too long", crm.Field{Type: crm.TypeText, Length: 3}, "four", "", "STRING_TOO_LONG"},
		{"checkbox", crm.Field{Type: crm.TypeBoolean}, "1", "true", ""},
		{"no checkbox", crm.Field{Type: crm.TypeBoolean}, "yes", "", "INVALID_TYPE_ON_FIELD_IN_RECORD"},
		{"blank checkbox", crm.Field{Type: crm.TypeBoolean}, "", "", "INVALID_TYPE_ON_FIELD_IN_RECORD"},
		{"number as it is", crm.Field{Type: crm.TypeCurrency}, "2.50", "2.50", ""},
		{"number in a form that JSON lacks", crm.Field{Type: crm.TypeNumber}, "+.5", "0.5", ""},
		{"no number", crm.Field{Type: crm.TypePercent}, "0x10", "", "INVALID_TYPE_ON_FIELD_IN_RECORD"},
		{"date", crm.Field{Type: crm.TypeDate}, "2026-11-03", `"2026-11-03"`, ""},
		{"date with a time", crm.Field{Type: crm.TypeDate}, "2026-11-03T00:00:00Z", "", "INVALID_TYPE_ON_FIELD_IN_RECORD"},
		{"time", crm.Field{Type: crm.TypeDateTime}, "2026-11-03T13:00:00+01:00", `"2026-11-03T12:00:00.000Z"`, ""},
		{"reference", crm.Field{Type: crm.TypeReference}, "001RM000003oLnn", `"001RM000003oLnnYAE"`, ""},
		{"no reference", crm.Field{Type: crm.TypeReference}, "Acme", "", "MALFORMED_ID"},
		{"broken text", crm.Field{Type: crm.TypeText}, "a\xff", "", "INVALID_TYPE_ON_FIELD_IN_RECORD"},
		{"an address as a whole", crm.Field{Type: typeAddress}, "x", "", "INVALID_FIELD_FOR_INSERT_UPDATE"},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, code := jsonValue(c.field, c.value)
			if code != c.code {
				t.Fatalf("code %q, want %q", code, c.code)
			}
			if raw, err := json.Marshal(out); code == "" && (err != nil || string(raw) != c.want) {
				t.Errorf("got %s, %v; want %s", raw, err, c.want)
			}
		})
	}
}

func TestCutTo(t *testing.T) {
	for _, c := range []struct {
		text string
		n    int
		want string
	}{{"Müller", 2, "Mü"}, {"Mü", 2, "Mü"}, {"日本語", 1, "日"}, {"", 3, ""}} {
		if got := cutTo(c.text, c.n); got != c.want {
			t.Errorf("%q to %d: %q", c.text, c.n, got)
		}
	}
}
