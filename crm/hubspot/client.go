package hubspot

import (
	"context"
	"net/http"
	"net/url"
	"sync"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/onward-crm/onward/crm"
)

// Client talks to one HubSpot account. It is a crm.Driver, and safe for concurrent
// use.
type Client struct {
	opt   Options
	base  *url.URL
	http  *http.Client
	again *retryablehttp.Client
	// pace is that of all calls, searches that of searches beside it.
	pace     *pace
	searches *pace
	// session holds the tokens of OAuth; nil with a private app.
	session *session
	meter   meter

	mu      sync.Mutex
	schemas map[crm.Object]*described
}

var _ crm.Driver = (*Client)(nil)

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
	c := &Client{
		opt: o, base: base, http: ownClient(o.HTTPClient),
		pace: newPace(o.Calls, o.Window), searches: newPace(o.Searches, searchWindow),
		schemas: map[crm.Object]*described{},
	}
	if o.OAuth != nil {
		c.session = &session{refresh: o.OAuth.RefreshToken}
	}
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

// resource is the path of lists, owners or properties.
func (c *Client) resource(name string) string {
	if c.dated() {
		return "crm/" + name + "/" + c.opt.APIVersion
	}
	return "crm/v3/" + name
}

// tokens is the path of the exchange of refresh tokens.
func (c *Client) tokens() string {
	if c.dated() {
		return "oauth/" + c.opt.APIVersion + "/token"
	}
	return "oauth/v1/token"
}

// actions is the path of workflow actions.
func (c *Client) actions() string {
	if c.dated() {
		return "automation/actions/" + c.opt.APIVersion
	}
	return "automation/v4/actions"
}
