package adapter

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// FuzzOperator sends anything to the operator's part. It never fails by itself, every
// refusal has the usual form and no value in it, strangers learn nothing, and reading
// changes nothing.
func FuzzOperator(f *testing.F) {
	o := newOffice(f, withEverySource)
	id := o.toReview("r1")
	for _, row := range new(operatorDesk).table() {
		f.Add(row.method, strings.ReplaceAll(row.path, ":id", url.PathEscape(id)), "key="+url.QueryEscape(id), `{}`)
	}
	f.Add("GET", "/operator/deliveries", "status=done,parked&email=jane%40old.example&limit=3&after=1&newest=true", "")
	f.Add("POST", "/operator/replay", "", `{"filter":{"status":["review"],"limit":2},"configuration":"{\"strategy\":\"always-lead\"}"}`)
	f.Add("POST", "/operator/replay", "", `{"keys":["flow/r1"],"keepPlan":true,"dryRun":true}`)
	f.Add("POST", "/operator/deliveries/flow%2Fr1/pick", "", `{"accountId":"001000000000001","none":false}`)
	f.Add("GET", "/operator/export", "what=ledger", "")
	f.Fuzz(func(t *testing.T, method, path, query, body string) {
		if method != http.MethodGet && method != http.MethodPost {
			return
		}
		r := httptest.NewRequest(method, "/", strings.NewReader(body))
		if !strings.HasPrefix(path, "/operator/") {
			path = "/operator/deliveries/" + url.PathEscape(path)
		}
		plain, err := url.PathUnescape(path)
		if err != nil {
			return // no server's URL
		}
		r.URL.Path, r.URL.RawPath, r.URL.RawQuery, r.RequestURI = plain, path, query, path+"?"+query
		r.Header.Set("Content-Type", "application/json")
		if stranger := sendTo(o.server, r.Clone(t.Context())); stranger.Code < 400 || stranger.Code >= 500 {
			t.Errorf("a stranger gets %d", stranger.Code)
		}
		r.Header.Set("Authorization", "Bearer "+annToken)
		effects := len(o.db.Effects())
		w := sendTo(o.server, r)
		if w.Code >= 500 {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		if method == http.MethodGet && len(o.db.Effects()) != effects {
			t.Error("reading has changed the CRM")
		}
		var p problem
		if w.Code < 400 {
			if !json.Valid(w.Body.Bytes()) {
				t.Errorf("no JSON: %q", w.Body)
			}
		} else if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || p.Error.Code == "" || p.Error.Message == "" {
			t.Errorf("%d in another form: %q", w.Code, w.Body)
		}
	})
}

func sendTo(s *Server, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	return w
}
