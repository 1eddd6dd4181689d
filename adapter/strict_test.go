package adapter

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

type strictSample struct {
	Text  string            `json:"text"`
	Whole int32             `json:"whole"`
	Big   int64             `json:"big"`
	Real  float64           `json:"real"`
	Flag  bool              `json:"flag"`
	At    time.Time         `json:"at"`
	List  []string          `json:"list"`
	Inner *strictInner      `json:"inner"`
	Parts []strictInner     `json:"parts"`
	Free  map[string]string `json:"free"`
	Any   any               `json:"any"`
	Times []strictMoment    `json:"moments"`
	strictBase
}

type strictInner struct {
	A string `json:"a"`
}

type strictMoment struct {
	At time.Time `json:"at"`
}

type strictBase struct {
	Base string `json:"base"`
	Text int    `json:"text"` // hidden by the outer one
}

func TestReadStrict(t *testing.T) {
	for _, row := range []struct {
		name, text string
		status     int
		field      string
	}{
		{"everything", `{"text":"x","whole":1,"big":9007199254740993,"real":1.5,"flag":true,"at":"2026-01-02T03:04:05Z","list":["a"],` +
			`"inner":{"a":"b"},"parts":[{"a":"b"}],"free":{"any":"thing"},"any":{"deep":[1]},"base":"y"}`, 0, ""},
		{"nothing", `{}`, 0, ""},
		{"null for text and an object", `{"text":null,"inner":null}`, 0, ""},
		{"null for a list", `{"list":null}`, 422, "list"},
		{"null in a list of objects", `{"parts":[{"a":"b"},null]}`, 0, ""},
		{"too deep a path", `{"parts":[{"a":"b"},{"b":1}]}`, 422, "parts[1].b"},
		{"number for text", `{"parts":[{"a":1}]}`, 422, "parts[0].a"},
		{"text for a number", `{"whole":"1"}`, 422, "whole"},
		{"a fraction", `{"whole":1.5}`, 422, "whole"},
		{"too large a number", `{"whole":2147483648}`, 422, "whole"},
		{"a number without end", `{"real":1e999}`, 422, "real"},
		{"text for a flag", `{"flag":"true"}`, 422, "flag"},
		{"a number for a time", `{"at":5}`, 422, "at"},
		{"no time", `{"at":"noon"}`, 422, "at"},
		{"no time, further in", `{"moments":[{"at":"2026-01-02T03:04:05Z"},{"at":"2026-13-01T00:00:00Z"}]}`, 422, "moments[1].at"},
		{"a number in a map of texts", `{"free":{"a":1}}`, 422, "free.a"},
		{"the member in capitals", `{"TEXT":"x"}`, 422, "TEXT"},
		{"twice", `{"text":"x","text":"y"}`, 400, ""},
		{"twice, one in escapes", `{"text":"x","te\u0078t":"y"}`, 400, ""},
		{"twice, further in", `{"parts":[{"a":"b","a":"b"}]}`, 400, ""},
		{"behind the end", `{} x`, 400, ""},
		{"two values", `{}{}`, 400, ""},
		{"only blanks", "  ", 400, ""},
		{"cut off", `{"parts":[{"a":`, 400, ""},
		{"a comma too many", `{"list":["a",]}`, 400, ""},
		{"a bare word", `{"text":NaN}`, 400, ""},
		{"byte order mark", "\ufeff{}", 400, ""},
		{"lone byte", "{\"text\":\"\x80\"}", 400, ""},
		{"deep lists", `{"any":` + strings.Repeat("[", 99) + strings.Repeat("]", 99) + `}`, 400, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			var v strictSample
			why := readStrict([]byte(row.text), 32, &v)
			if why == nil {
				why = &Refusal{}
			}
			if why.Status != row.status || why.Field != row.field {
				t.Errorf("got %d %q (%s), want %d %q", why.Status, why.Field, why.Message, row.status, row.field)
			}
		})
	}
}

func TestReadStrictKeepsLargeNumbers(t *testing.T) {
	var v strictSample
	if why := readStrict([]byte(`{"big":9007199254740993}`), 32, &v); why != nil || v.Big != 9007199254740993 {
		t.Errorf("%v, %d", why, v.Big)
	}
}

func TestReadStrictDepth(t *testing.T) {
	for levels, ok := range map[int]bool{32: true, 33: false} {
		text := strings.Repeat("[", levels) + strings.Repeat("]", levels)
		if why := checkJSON([]byte(text), 32); (why == nil) != ok {
			t.Errorf("%d levels: %v", levels, why)
		}
	}
}

// FuzzStrict: what is let through is JSON that encoding/json reads too, and a refusal
// repeats nothing of the text but the names of members.
func FuzzStrict(f *testing.F) {
	for _, s := range []string{`{}`, `{"text":"x"}`, `[1,2,{"a":null}]`, `{"parts":[{"a":1}]}`, `{"requestId":`, "\xff", `{"a":1}}`, `1e999`, `"\ud800"`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		refused := checkJSON(body, 32)
		if refused == nil && !json.Valid(body) {
			t.Errorf("%q was let through", body)
		}
		var v strictSample
		switch why := readStrict(body, 32, &v); {
		case refused != nil && (why == nil || why.Status != 400):
			t.Errorf("%q: %v, but %v", body, refused, why)
		case why == nil:
			if err := json.Unmarshal(body, new(strictSample)); err != nil {
				t.Errorf("%q: %v", body, err)
			}
		case refused == nil && why.Status != 422:
			t.Errorf("%q: %v", body, why)
		}
		var in flowRequest
		_ = readStrict(body, 32, &in)
		_, _, _ = readFlow(body, Limits{}.withDefaults())
		_, _ = readComplete(body, Limits{}.withDefaults())
	})
}
