package openloop

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/onward-crm/onward/adapter"
)

// Feed makes requests of a signed feed: each brings batch made moves of people who
// are all different, also from those of another run with another name. url is that
// of the feed, secret its "whsec_…". It panics when the secret is none.
func Feed(url, secret, run string, batch int) func(n int) Call {
	return func(n int) Call {
		var events []string
		for i := range max(batch, 1) {
			events = append(events, move(run, n*max(batch, 1)+i))
		}
		body := []byte(events[0])
		if batch > 1 {
			body = []byte(`{"events":[` + strings.Join(events, ",") + `]}`)
		}
		id, now := fmt.Sprintf("msg_%s_%d", run, n), time.Now()
		signature, err := adapter.Sign(secret, id, now, body)
		if err != nil {
			panic("openloop: " + err.Error())
		}
		return Call{URL: url, Body: body, Header: http.Header{
			"Content-Type":                 {"application/json"},
			adapter.HeaderWebhookID:        {id},
			adapter.HeaderWebhookTimestamp: {fmt.Sprint(now.Unix())},
			adapter.HeaderWebhookSignature: {signature},
		}}
	}
}

// move is the n-th made move.
func move(run string, n int) string {
	return fmt.Sprintf(`{"id":"%s-%d","person":{"first_name":"Load","last_name":"Mover%d","email":"m%d@%s.example",`+
		`"linkedin_url":"https://www.linkedin.com/in/%s-%d"},"from":{"company":"Old Works","domain":"old%d.example"},`+
		`"to":{"company":"New Works","domain":"new%d.example","title":"Director of Operations","country":"US"},"relationship":"User"}`,
		run, n, n, n, run, run, n, n%1000, n%1000)
}
