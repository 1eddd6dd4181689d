package outbox

import (
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/onward-crm/onward/internal/publicnet"
)

// webhookDial bounds the making of a connection.
const webhookDial = 10 * time.Second

// webhookClient makes the client that posts messages. Its own transport looks at each
// address after the name was resolved, so that no name can lead into our own network;
// it uses no proxy. Redirects are answers like any other.
func webhookClient(given *http.Client, allowed []netip.Prefix) *http.Client {
	c := &http.Client{}
	if given != nil {
		*c = *given
	}
	c.Jar, c.Timeout = nil, webhookTimeout
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if given == nil {
		dialer := &net.Dialer{Timeout: webhookDial, Control: publicnet.Control(allowed)}
		c.Transport = &http.Transport{
			DialContext: dialer.DialContext, TLSHandshakeTimeout: webhookDial, ForceAttemptHTTP2: true,
			MaxIdleConnsPerHost: laneWidth, IdleConnTimeout: time.Minute, MaxResponseHeaderBytes: maxWebhookAnswer,
		}
	}
	return c
}
