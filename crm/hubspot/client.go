package hubspot

import (
	"context"
	"net/http"
	"net/url"

	"github.com/hashicorp/go-retryablehttp"
)

// Client talks to one HubSpot account. Safe for concurrent use.
type Client struct {
	opt   Options
	base  *url.URL
	http  *http.Client
	again *retryablehttp.Client
	pace  *pace
}

// Open makes a client. It makes no call: a token that does not work shows as
// crm.ErrAuth later.
func Open(ctx context.Context, o Options) (*Client, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	o, err := o.filled()
	if err != nil {
		return nil, err
	}
	base, err := baseOf(o.BaseURL)
	if err != nil {
		return nil, err
	}
	c := &Client{opt: o, base: base, http: ownClient(o.HTTPClient), pace: newPace(o.Calls, o.Window)}
	c.again = c.repeating()
	return c, nil
}

// String names the client without its token.
func (c *Client) String() string { return "hubspot client of " + c.base.Host }

// dated reports whether paths carry a date in place of v3 and v4.
func (c *Client) dated() bool { return c.opt.APIVersion != DefaultAPIVersion }

// objects is the path of a kind of records.
func (c *Client) objects(kind string) string {
	if c.dated() {
		return "crm/objects/" + c.opt.APIVersion + "/" + kind
	}
	return "crm/v3/objects/" + kind
}

// associations is the path of the links from one kind of records to another.
func (c *Client) associations(from, to string) string {
	if c.dated() {
		return "crm/associations/" + c.opt.APIVersion + "/" + from + "/" + to
	}
	return "crm/v4/associations/" + from + "/" + to
}

// actions is the path of workflow actions.
func (c *Client) actions() string {
	if c.dated() {
		return "automation/actions/" + c.opt.APIVersion
	}
	return "automation/v4/actions"
}
