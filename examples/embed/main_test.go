package main

import (
	"net/http/httptest"
	"strings"
	"testing"
)

func TestService(t *testing.T) {
	handler, err := newService(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, body string
		status     int
		want       string
	}{
		{"a move", `{"id":"1","source":"flow","person":{"first_name":"Ada","last_name":"Okafor"},"to":{"company":"Contoso","domain":"contoso.com"}}`, 200, `"what":"contact_created"`},
		{"the same move again", `{"id":"1","source":"flow","person":{"first_name":"Ada","last_name":"Okafor"},"to":{"company":"Contoso","domain":"contoso.com"}}`, 200, `"what":"contact_created"`},
		{"nobody", `{"id":"2","source":"flow","to":{"company":"Contoso"}}`, 422, "person"},
		{"no JSON", `{`, 400, "JSON"},
	} {
		w := httptest.NewRecorder()
		handler(w, httptest.NewRequest("POST", "/moves", strings.NewReader(c.body)))
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.want) {
			t.Errorf("%s: %d %s, want %d with %s", c.name, w.Code, w.Body, c.status, c.want)
		}
	}
}
