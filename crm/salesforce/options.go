package salesforce

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"regexp"
	"strings"
	"time"

	"github.com/onward-crm/onward/crm"
)

// defaultVersion of the REST API, defaultTimeout of a call. Salesforce lets a
// query run for two minutes.
const (
	defaultVersion = "v66.0"
	defaultTimeout = 2 * time.Minute
)

// Options says which org to use and how. Instance and Login are required.
type Options struct {
	// Instance is the org's own address (its My Domain), such as
	// "https://acme.my.salesforce.com". With a JWT login it may also be
	// https://login.salesforce.com or https://test.salesforce.com.
	Instance string
	// Login is a ClientCredentials, a JWT or an AccessToken.
	Login Login
	// Version of the REST API, such as "v66.0", which is the default. Open fails
	// when the org does not have it.
	Version string
	// Sandbox refuses every org that is not known by its host name to be a
	// sandbox, a scratch org, a playground or a server on this machine; hosts of
	// AllowHosts too.
	Sandbox bool
	// AllowHosts are hosts that may be called beside *.salesforce.com: names, or
	// suffixes that begin with "*.".
	AllowHosts []string
	// HTTPClient makes the calls when it is set; it is not changed. Its cookies
	// are not used and its redirects are not followed.
	HTTPClient *http.Client
	// Logger gets one line for each call that is repeated and each renewed
	// session. The default discards them.
	Logger *slog.Logger
	// Timeout bounds one call, its repetitions and pauses included, 2 minutes by
	// default. Of an answer that is read as a stream it bounds the wait for the
	// first byte and for each next one.
	Timeout time.Duration
	// MaxShare is the part of the org's daily allowance of API calls after which
	// nothing is sent any more, above 0 and at most 1. The default, 1, leaves the
	// limit to Salesforce.
	MaxShare float64
	// Names says which custom fields hold what; the zero value means
	// crm.DefaultNames.
	Names crm.Names
	// CutLong cuts texts to the length of their field instead of letting
	// Salesforce refuse them with STRING_TOO_LONG.
	CutLong bool
	// Now is the clock, time.Now by default.
	Now func() time.Time
}

var versionForm = regexp.MustCompile(`^v?([2-9][0-9]|1[0-9][0-9])(\.0)?$`)

// filled returns the options with their defaults, or what is wrong with them.
func (o Options) filled() (Options, error) {
	if o.Login == nil {
		return o, errors.New("salesforce: no login: use client credentials, a JWT or an access token")
	}
	if o.Version == "" {
		o.Version = defaultVersion
	}
	number := versionForm.FindStringSubmatch(o.Version)
	if number == nil {
		return o, fmt.Errorf("salesforce: %q is no API version; write it like %q", o.Version, defaultVersion)
	}
	o.Version = "v" + number[1] + ".0"
	if o.MaxShare == 0 {
		o.MaxShare = 1
	}
	if !(o.MaxShare > 0 && o.MaxShare <= 1) {
		return o, fmt.Errorf("salesforce: max share %v is not above 0 and at most 1", o.MaxShare)
	}
	if o.Timeout < 0 {
		return o, fmt.Errorf("salesforce: timeout %v is negative", o.Timeout)
	}
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	for _, host := range o.AllowHosts {
		if name := strings.TrimPrefix(host, "*."); name == "" || strings.ContainsAny(name, "*/@ ") {
			return o, fmt.Errorf("salesforce: allowed host %q is neither a name nor *. and a name", host)
		}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if reflect.ValueOf(o.Names).IsZero() {
		o.Names = crm.DefaultNames()
	}
	return o, nil
}
