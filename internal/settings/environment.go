package settings

import (
	"reflect"
	"strings"

	"github.com/caarlos0/env/v11"

	"github.com/onward-crm/onward/routing"
)

// Environment lists what the environment can set. A variable that is empty or
// not there changes nothing; one that is there wins over the file.
type Environment struct {
	// Mode and Strategy stand for the keys of the same names.
	Mode     routing.Mode     `env:"ONWARD_MODE" path:"mode"`
	Strategy routing.Strategy `env:"ONWARD_STRATEGY" path:"strategy"`
	// OwnersDefault and DRIDefault are user ids.
	OwnersDefault string `env:"ONWARD_OWNERS_DEFAULT" path:"owners.default"`
	DRIDefault    string `env:"ONWARD_DRI_DEFAULT" path:"dri.default"`
	// CRMDriver, CRMDir and LedgerPath say where things are.
	CRMDriver  Driver `env:"ONWARD_CRM_DRIVER" path:"crm.driver"`
	CRMDir     string `env:"ONWARD_CRM_DIR" path:"crm.dir"`
	LedgerPath string `env:"ONWARD_LEDGER_PATH" path:"ledger.path"`
	// Salesforce... say how to reach the org, see [Salesforce].
	SalesforceInstance string `env:"ONWARD_SALESFORCE_INSTANCE" path:"crm.salesforce.instance"`
	SalesforceSandbox  bool   `env:"ONWARD_SALESFORCE_SANDBOX" path:"crm.salesforce.sandbox"`
	SalesforceClientID string `env:"ONWARD_SALESFORCE_CLIENT_ID" path:"crm.salesforce.client_id"`
	SalesforceUsername string `env:"ONWARD_SALESFORCE_USERNAME" path:"crm.salesforce.username"`
	SalesforceKeyFile  string `env:"ONWARD_SALESFORCE_PRIVATE_KEY_FILE" path:"crm.salesforce.private_key_file"`
	SalesforceSecret   Secret `env:"ONWARD_SALESFORCE_CLIENT_SECRET" path:""`
	SalesforceToken    Secret `env:"ONWARD_SALESFORCE_ACCESS_TOKEN" path:""`
	// Listen, PublicURL and DatabaseURL say where onward serve is and keeps its things.
	Listen      string `env:"ONWARD_LISTEN" path:"adapter.listen"`
	PublicURL   string `env:"ONWARD_PUBLIC_URL" path:"adapter.public_url"`
	DatabaseURL string `env:"DATABASE_URL" path:"adapter.database"`
	// Secret is the key of the ledger's hashes. It must stay the same for a
	// ledger's whole life.
	Secret Secret `env:"ONWARD_SECRET" path:""`
}

// environment lays the environment over the settings.
func (d *decoder) environment(s *Settings, environ []string) {
	var e Environment
	given := env.ToMap(environ)
	if err := env.ParseWithOptions(&e, env.Options{Environment: given}); err != nil {
		d.problems = append(d.problems, Problem{File: "environment", Message: err.Error()})
		return
	}
	s.Secret, s.origin.held = e.Secret, func(variable string) Secret { return Secret(given[variable]) }
	s.CRM.Salesforce.ClientSecret, s.CRM.Salesforce.AccessToken = e.SalesforceSecret, e.SalesforceToken
	s.origin.variables = map[string]string{}
	from := reflect.ValueOf(e)
	for _, f := range reflect.VisibleFields(from.Type()) {
		path, v := f.Tag.Get("path"), from.FieldByIndex(f.Index)
		if path == "" || given[f.Tag.Get("env")] == "" {
			continue
		}
		s.origin.variables[path] = f.Tag.Get("env")
		place := reflect.ValueOf(s).Elem()
		for name := range strings.SplitSeq(path, ".") {
			place = place.FieldByIndex(fieldsOf(place.Type())[name].Index)
		}
		place.Set(v)
	}
}
