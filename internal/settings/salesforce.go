package settings

import (
	"fmt"
	"strings"

	"github.com/onward-crm/onward/routing"
)

// Salesforce says how to reach an org. Client secret and access token come from
// the environment only.
type Salesforce struct {
	// Instance is the org's own address, https://NAME.my.salesforce.com.
	Instance string `yaml:"instance"`
	// Version is the REST API's, such as v66.0.
	Version string `yaml:"version"`
	// Sandbox refuses an org that is in production.
	Sandbox bool `yaml:"sandbox"`
	// ClientID belongs to the external client app. With a client secret the login
	// is OAuth client credentials, with Username and PrivateKeyFile (PEM) it is
	// JWT bearer.
	ClientID       string `yaml:"client_id"`
	Username       string `yaml:"username"`
	PrivateKeyFile string `yaml:"private_key_file"`
	// AllowHosts are further hosts that tokens may be sent to.
	AllowHosts []string `yaml:"allow_hosts"`
	// MaxDailyPercent is the share of the org's daily API calls at which onward
	// stops until there are more; the calls of others count. 1 to 100.
	MaxDailyPercent int `yaml:"max_daily_percent"`
	// CutLong cuts texts that are longer than their field, instead of reporting
	// them.
	CutLong bool `yaml:"cut_long"`
	// Mirror keeps the accounts in memory; without it candidates are asked for
	// live. MirrorPath is its file between runs, "" for none.
	Mirror     bool   `yaml:"mirror"`
	MirrorPath string `yaml:"mirror_path"`

	ClientSecret Secret `yaml:"-"`
	AccessToken  Secret `yaml:"-"`
}

func defaultSalesforce() Salesforce {
	return Salesforce{Version: "v66.0", MaxDailyPercent: 90, Mirror: true}
}

// check judges the choice of the CRM.
func (c CRM) check() []routing.Problem {
	var out []routing.Problem
	add := func(path, format string, args ...any) {
		out = append(out, routing.Problem{Path: "crm." + path, Message: fmt.Sprintf(format, args...)})
	}
	s := c.Salesforce
	switch c.Driver {
	case DriverMemory:
		return nil
	case DriverSalesforce:
	default:
		add("driver", "%q is not one of %s, %s", c.Driver, DriverMemory, DriverSalesforce)
		return out
	}
	if s.Instance == "" {
		add("salesforce.instance", "want the org's address, such as https://NAME.my.salesforce.com (or ONWARD_SALESFORCE_INSTANCE)")
	}
	if s.MaxDailyPercent < 1 || s.MaxDailyPercent > 100 {
		add("salesforce.max_daily_percent", "%d is not within 1 and 100", s.MaxDailyPercent)
	}
	jwt := s.Username != "" || s.PrivateKeyFile != ""
	switch {
	case s.AccessToken != "" && (s.ClientSecret != "" || jwt), s.ClientSecret != "" && jwt:
		add("salesforce", "more than one login: want a client secret, or a user name with a private key, or an access token")
	case s.AccessToken != "":
	case s.ClientID == "":
		add("salesforce.client_id", "no login: want the external client app's id, with ONWARD_SALESFORCE_CLIENT_SECRET or a user name and private_key_file")
	case jwt && (s.Username == "" || s.PrivateKeyFile == ""):
		add("salesforce.username", "the JWT login needs both username and private_key_file")
	case !jwt && s.ClientSecret == "":
		add("salesforce.client_id", "no login: set ONWARD_SALESFORCE_CLIENT_SECRET, or username and private_key_file")
	}
	if s.Version != "" && !strings.HasPrefix(s.Version, "v") {
		add("salesforce.version", "%q is no API version, want one such as v66.0", s.Version)
	}
	return out
}
