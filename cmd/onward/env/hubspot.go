package env

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/crm/hubspot"
	"github.com/onward-crm/onward/internal/settings"
)

// OpenHubSpot makes a client of the configured HubSpot account; nil, without an error,
// where none is configured. It makes no call.
func OpenHubSpot(ctx context.Context, s settings.Settings, d *Dialing) (*hubspot.Client, error) {
	h := s.Adapter.HubSpot
	if !h.Reads() {
		return nil, nil
	}
	if err := s.CheckHubSpot(); err != nil {
		return nil, exit.Usage(err)
	}
	o := hubspot.Options{
		Plan: hubspot.Plan(h.Plan), BaseURL: strings.TrimSuffix(h.APIURL, "/"), APIVersion: h.APIVersion, Now: d.Now, Logger: d.Logger,
	}
	held := func(key, variable string) (hubspot.Token, error) {
		if v := s.Held(variable); v != "" {
			return hubspot.Token(v), nil
		}
		return "", exit.Usage(fmt.Errorf("adapter.hubspot.%s: %s is not set", key, variable))
	}
	var err error
	if !h.OAuth.Given() {
		if o.Token, err = held("token_env", h.TokenEnv); err != nil {
			return nil, err
		}
	} else {
		o.OAuth = &hubspot.OAuth{ClientID: h.OAuth.ClientID}
		if o.OAuth.ClientSecret, err = held("oauth.client_secret_env", h.OAuth.ClientSecretEnv); err != nil {
			return nil, err
		}
		if o.OAuth.RefreshToken, err = held("oauth.refresh_token_env", h.OAuth.RefreshTokenEnv); err != nil {
			return nil, err
		}
		if err := keepRefresh(o.OAuth, h.OAuth.RefreshTokenFile); err != nil {
			return nil, exit.Usage(fmt.Errorf("adapter.hubspot.oauth.refresh_token_file: %w", err))
		}
	}
	c, err := hubspot.Open(ctx, o)
	if err != nil {
		return nil, exit.Usage(fmt.Errorf("adapter.hubspot: %w", err))
	}
	return c, nil
}

// keptRefresh is the content of the file of a refresh token.
type keptRefresh struct {
	// Of is a hash of the token of the environment that it came in place of: a new
	// installation of the app, with a new token, goes before the file.
	Of    string `json:"of"`
	Token string `json:"token"`
}

// keepRefresh gives the credentials the refresh token of the file, where that came in
// place of theirs, and lets the next one be kept there. A path of "" keeps nothing.
func keepRefresh(o *hubspot.OAuth, path string) error {
	if path == "" {
		return nil
	}
	sum := sha256.Sum256([]byte(o.RefreshToken))
	of := hex.EncodeToString(sum[:])
	raw, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	default:
		var kept keptRefresh
		if json.Unmarshal(raw, &kept) != nil || kept.Of == "" || kept.Token == "" {
			return fmt.Errorf("%s is no file that onward wrote: give the path of a file that does not exist yet", path)
		}
		if kept.Of == of {
			o.RefreshToken = hubspot.Token(kept.Token)
		}
	}
	o.Keep = func(_ context.Context, refresh hubspot.Token) error {
		return replaceFile(path, keptRefresh{Of: of, Token: string(refresh)})
	}
	return nil
}

// replaceFile writes a file that only its owner reads, wholly or not at all.
func replaceFile(path string, content keptRefresh) (err error) {
	raw, err := json.Marshal(content)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	_, err = f.Write(raw)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// WriteBackTo are the properties that results are written to; none when that is off.
func WriteBackTo(s settings.Settings) hubspot.Properties {
	w := s.Adapter.HubSpot.WriteBack
	if !w.Enabled {
		return hubspot.Properties{}
	}
	return hubspot.Properties{Outcome: w.Outcome, LeadID: w.LeadID, ContactID: w.ContactID, AccountID: w.AccountID, DRI: w.DRI}
}
