package env

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/salesforce"
	"github.com/onward-crm/onward/internal/settings"
)

// Dialing is with what an org is dialled.
type Dialing struct {
	Now    func() time.Time
	Logger *slog.Logger
}

// Dial logs in to the configured org.
func Dial(ctx context.Context, all settings.Settings, d *Dialing) (*salesforce.Org, error) {
	s := all.CRM.Salesforce
	if err := all.CheckCRM(); err != nil {
		return nil, exit.Usage(err)
	}
	login, err := loginOf(s)
	if err != nil {
		return nil, exit.Usage(err)
	}
	org, err := salesforce.Open(ctx, salesforce.Options{
		Instance: s.Instance, Login: login, Version: s.Version, Sandbox: s.Sandbox, AllowHosts: s.AllowHosts,
		MaxShare: float64(s.MaxDailyPercent) / 100, CutLong: s.CutLong, Names: all.Names, Now: d.Now, Logger: d.Logger,
	})
	switch {
	case err == nil:
		return org, nil
	case crm.ClassOf(err) == nil: // refused before anything was sent
		return nil, exit.Usage(err)
	}
	return nil, exit.Trouble(err)
}

// loginOf is the login that the settings describe; they have been checked.
func loginOf(s settings.Salesforce) (salesforce.Login, error) {
	switch {
	case s.AccessToken != "":
		return salesforce.AccessToken{Token: string(s.AccessToken)}, nil
	case s.Username != "":
		key, err := os.ReadFile(s.PrivateKeyFile)
		if err != nil {
			return nil, fmt.Errorf("crm.salesforce.private_key_file: %w", err)
		}
		return salesforce.JWT{ClientID: s.ClientID, Username: s.Username, KeyPEM: string(key)}, nil
	default:
		return salesforce.ClientCredentials{ID: s.ClientID, Secret: string(s.ClientSecret)}, nil
	}
}
