package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/salesforce"
	"github.com/onward-crm/onward/internal/settings"
)

// crmSalesforce is the word for the org that the configuration names.
const crmSalesforce = "salesforce"

// defaultOut is where a run against an org keeps its ledger and its decisions.
const defaultOut = "onward-result"

// dial logs in to the configured org.
func (w *world) dial(ctx context.Context, log *slog.Logger) error {
	s := w.settings.CRM.Salesforce
	if err := w.settings.CheckCRM(); err != nil {
		return usage(err)
	}
	login, err := loginOf(s)
	if err != nil {
		return usage(err)
	}
	w.org, err = salesforce.Open(ctx, salesforce.Options{
		Instance: s.Instance, Login: login, Version: s.Version, Sandbox: s.Sandbox, AllowHosts: s.AllowHosts,
		MaxShare: float64(s.MaxDailyPercent) / 100, CutLong: s.CutLong, Names: w.settings.Names, Now: w.now, Logger: log,
	})
	if err != nil {
		if crm.ClassOf(err) == nil { // refused before anything was sent
			return usage(err)
		}
		return trouble(err)
	}
	return nil
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
