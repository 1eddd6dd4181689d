package salesforce

import (
	"errors"
	"net/url"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// assertionLife is how long an assertion is good for; Salesforce takes no more
// than five minutes.
const assertionLife = 3 * time.Minute

// JWT is the OAuth 2.0 JWT bearer flow: a private key signs for a user whom an
// administrator has admitted to the app.
type JWT struct {
	// ClientID is the consumer key, Username the user's name in Salesforce.
	ClientID, Username string
	// KeyPEM is the RSA private key whose certificate the app holds.
	KeyPEM string
	// Audience is https://login.salesforce.com, https://test.salesforce.com or
	// the org's My Domain; by default the first or the second, by the host.
	Audience string
}

func (j JWT) check(*url.URL) error {
	if j.ClientID == "" || j.Username == "" || j.KeyPEM == "" {
		return errors.New("a JWT needs the consumer key, the user name and the private key")
	}
	if _, err := jwt.ParseRSAPrivateKeyFromPEM([]byte(j.KeyPEM)); err != nil {
		return errors.New("the private key of the JWT is not an RSA key in PEM form")
	}
	return nil
}

func (j JWT) token() string { return "" }

func (j JWT) form(instance *url.URL, now time.Time) (url.Values, error) {
	key, err := jwt.ParseRSAPrivateKeyFromPEM([]byte(j.KeyPEM))
	if err != nil {
		return nil, errors.New("the private key of the JWT is not an RSA key in PEM form")
	}
	signed, err := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{
		"iss": j.ClientID,
		"sub": j.Username,
		"aud": j.audience(instance),
		"exp": now.Add(assertionLife).Unix(),
	}).SignedString(key)
	if err != nil {
		return nil, errors.New("the private key of the JWT does not sign")
	}
	return url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {signed}}, nil
}

func (j JWT) audience(instance *url.URL) string {
	switch {
	case j.Audience != "":
		return j.Audience
	case isTestLogin(instance.Hostname()):
		return "https://test.salesforce.com"
	default:
		return "https://login.salesforce.com"
	}
}
