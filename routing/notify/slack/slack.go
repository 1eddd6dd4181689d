package slack

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/onward-crm/onward/routing/notify"
	"github.com/onward-crm/onward/routing/notify/letter"
)

// DefaultAPI is Slack's Web API; https://docs.slack.dev/apis/web-api.
const DefaultAPI = "https://slack.com/api/"

// Options tune a sender; nil and zero fields mean the defaults.
type Options struct {
	// API replaces DefaultAPI.
	API string
	// AllowNetworks are networks that may be called although they are not public, for
	// chats of one's own. Within them plain http is allowed for addresses of this
	// machine.
	AllowNetworks []netip.Prefix
	// Now is the clock that a Retry-After of a date is read by. Default: time.Now.
	Now func() time.Time
}

func (o *Options) filled() Options {
	var out Options
	if o != nil {
		out = *o
	}
	if out.API == "" {
		out.API = DefaultAPI
	}
	if out.Now == nil {
		out.Now = time.Now
	}
	return out
}

// Direct writes to people themselves. Safe for concurrent use.
type Direct struct{ api }

// NewDirect makes a sender from a bot token ("xoxb-…").
func NewDirect(token notify.Secret, o *Options) (*Direct, error) {
	a, err := newAPI("slack", token, o)
	if err != nil {
		return nil, err
	}
	return &Direct{a}, nil
}

// Send finds the person and writes to them; see notify.Sender. Somebody whose address
// Slack does not know is notify.ErrUnreachable with the reason users_not_found.
func (d *Direct) Send(ctx context.Context, m notify.Message) error {
	if m.To.Email == "" {
		return d.failed(notify.ErrUnreachable, "no_address")
	}
	var found struct {
		User struct {
			ID string `json:"id"`
		} `json:"user"`
	}
	// In the body, so that the address stands in no log of a proxy.
	if err := d.form(ctx, "users.lookupByEmail", url.Values{"email": {m.To.Email}}, &found); err != nil {
		return err
	}
	if found.User.ID == "" {
		return d.failed(notify.ErrUnreachable, "users_not_found")
	}
	return d.post(ctx, found.User.ID, letter.Slack(m.Content))
}

// Channel writes into one channel. Safe for concurrent use.
type Channel struct {
	api
	channel string
}

// NewChannel makes a sender from a bot token and the id or name of a channel.
func NewChannel(token notify.Secret, channel string, o *Options) (*Channel, error) {
	if strings.TrimSpace(channel) == "" || strings.ContainsAny(channel, " \t\r\n") {
		return nil, errors.New("slack: channel: want the id of a channel, such as C0123456789, or its name")
	}
	a, err := newAPI("slack_channel", token, o)
	if err != nil {
		return nil, err
	}
	return &Channel{a, channel}, nil
}

// Send writes into the channel; see notify.Sender.
func (c *Channel) Send(ctx context.Context, m notify.Message) error {
	return c.post(ctx, c.channel, forAll(m))
}

// forAll is a message that others read too: it names whom it is for.
func forAll(m notify.Message) letter.Chat {
	if m.To.Name != "" {
		m.Content.Title += " · for " + m.To.Name
		m.Content.Subject += " · for " + m.To.Name
	}
	return letter.Slack(m.Content)
}

// Webhook writes into the channel of an incoming webhook. Safe for concurrent use.
type Webhook struct {
	client
	address notify.Secret
}

// NewWebhook makes a sender from the webhook's address, which is a secret.
func NewWebhook(address notify.Secret, o *Options) (*Webhook, error) {
	opt := o.filled()
	if err := checkURL(address.Reveal(), opt); err != nil {
		return nil, errors.New("slack: webhook: " + err.Error())
	}
	return &Webhook{newClient("webhook", opt), address}, nil
}

// Send writes into the channel; see notify.Sender.
func (w *Webhook) Send(ctx context.Context, m notify.Message) error {
	r, err := jsonRequest(ctx, w.address.Reveal(), forAll(m))
	if err != nil {
		return w.failed(notify.ErrRefused, "not_rendered")
	}
	a, err := w.do(r)
	if err != nil {
		return err
	}
	return w.judge(a)
}

// checkURL judges an address without quoting it.
func checkURL(address string, o Options) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Hostname() == "" || u.User != nil || u.Fragment != "":
		return errors.New("want an address such as https://hooks.slack.com/services/…")
	case u.Scheme == "https":
		return nil
	case u.Scheme != "http" || !hereAllowed(u.Hostname(), o.AllowNetworks):
		return errors.New("want https")
	}
	return nil
}

// hereAllowed reports whether a host is of this machine and may be called.
func hereAllowed(host string, allowed []netip.Prefix) bool {
	addr, err := netip.ParseAddr(host)
	if err != nil || !addr.IsLoopback() {
		return false
	}
	for _, p := range allowed {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}

// api calls Slack's Web API.
type api struct {
	client
	base  string
	token notify.Secret
}

func newAPI(name string, token notify.Secret, o *Options) (api, error) {
	opt := o.filled()
	if token == "" || strings.ContainsAny(token.Reveal(), " \t\r\n") {
		return api{}, errors.New("slack: token: want a bot token")
	}
	if err := checkURL(opt.API, opt); err != nil {
		return api{}, errors.New("slack: API: " + err.Error())
	}
	return api{newClient(name, opt), strings.TrimSuffix(opt.API, "/") + "/", token}, nil
}

// post calls chat.postMessage.
func (a api) post(ctx context.Context, channel string, c letter.Chat) error {
	r, err := jsonRequest(ctx, a.base+"chat.postMessage", struct {
		Channel string `json:"channel"`
		letter.Chat
		UnfurlLinks bool `json:"unfurl_links"`
		UnfurlMedia bool `json:"unfurl_media"`
	}{Channel: channel, Chat: c})
	if err != nil {
		return a.failed(notify.ErrRefused, "not_rendered")
	}
	return a.call(r, nil)
}

// form calls a method with a form.
func (a api) form(ctx context.Context, method string, values url.Values, into any) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, a.base+method, strings.NewReader(values.Encode()))
	if err != nil {
		return a.failed(notify.ErrDenied, "bad_options")
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return a.call(r, into)
}
