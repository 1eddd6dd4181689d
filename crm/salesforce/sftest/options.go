package sftest

import (
	"cmp"
	"crypto/rsa"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
)

// The defaults of Options.
const (
	DefaultClientID     = "local-client"
	DefaultClientSecret = "local-secret"
	DefaultTokenLife    = 2 * time.Hour
	DefaultDailyLimit   = 100_000
	// The versions of the API that are served.
	firstVersion, lastVersion = 31, 67
)

// Options tune a Server. The zero value, and nil, mean the defaults.
type Options struct {
	// CRM holds the records; default a new one with Schemas of its names.
	CRM *memcrm.CRM
	// Now is the clock of tokens and of a CRM that New makes; default time.Now.
	Now func() time.Time
	// ClientID and ClientSecret are the connected app's; default
	// DefaultClientID and DefaultClientSecret.
	ClientID, ClientSecret string
	// PublicKey verifies JWT bearer assertions; nil means that this login is
	// refused. Username is the subject that assertions must name; default
	// DefaultUsername.
	PublicKey *rsa.PublicKey
	Username  string
	// TokenLife is how long a token is good; default DefaultTokenLife.
	TokenLife time.Duration
	// DailyLimit is the number of calls allowed, Used how many of them are used
	// up at the start; default DefaultDailyLimit.
	DailyLimit, Used int
	// Sandbox makes the org say that it is a sandbox.
	Sandbox bool
	// PageRows is the number of records in a page of a query, 1 to 2000; default
	// memcrm.DefaultPageRows.
	PageRows int
	// DuplicateKey is the name of the block that tells about duplicates; default
	// "duplicateResut", which is what orgs really send.
	DuplicateKey string
	// Flows and Reports are what the org has of them, by API name and by id.
	Flows   map[string]Flow
	Reports map[string]Report
	// BulkPolls is how often clients must ask for a bulk job or an asynchronous
	// report run before it is done; by default the first answer says that it is.
	BulkPolls int
	// BulkSource makes the rows of an object for bulk queries, so that a test can
	// read more rows than memory holds: it returns their number and the row of a
	// number from 0 on, in order of id. Record may be called at any time and for
	// any row; its map may be used again by the next call. A nil record, or a nil
	// BulkSource, leaves the object to the CRM. What is generated can be selected
	// and ordered by Id, but not filtered.
	BulkSource func(o crm.Object) (rows int, record func(i int) crm.Record)
}

// DefaultUsername is the name under which the integration user logs in.
const DefaultUsername = "integration@onward.example"

func (o *Options) withDefaults() Options {
	out := Options{}
	if o != nil {
		out = *o
	}
	if out.Now == nil {
		out.Now = time.Now
	}
	out.ClientID = cmp.Or(out.ClientID, DefaultClientID)
	out.ClientSecret = cmp.Or(out.ClientSecret, DefaultClientSecret)
	out.Username = cmp.Or(out.Username, DefaultUsername)
	out.TokenLife = cmp.Or(out.TokenLife, DefaultTokenLife)
	out.DailyLimit = cmp.Or(out.DailyLimit, DefaultDailyLimit)
	out.PageRows = cmp.Or(out.PageRows, memcrm.DefaultPageRows)
	out.DuplicateKey = cmp.Or(out.DuplicateKey, "duplicateResut")
	if out.CRM == nil {
		out.CRM = memcrm.New(&memcrm.Options{Now: out.Now, Schemas: Schemas(crm.DefaultNames())})
	}
	return out
}
