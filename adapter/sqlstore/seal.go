package sqlstore

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/onward-crm/onward/adapter"
)

// minKey is the least length of an encryption key, in bytes.
const minKey = 16

// errSealed: the request was encrypted under another key, or altered.
var errSealed = errors.New("sqlstore: the kept request cannot be read with this key")

// seal turns requests into bytes and back, encrypted when it has a key. Safe for
// concurrent use.
type seal struct {
	aead cipher.AEAD // nil without a key
}

func newSeal(key []byte) (seal, error) {
	if len(key) == 0 {
		return seal{}, nil
	}
	if len(key) < minKey {
		return seal{}, fmt.Errorf("sqlstore: the key must have at least %d bytes", minKey)
	}
	derived, err := hkdf.Key(sha256.New, key, nil, "onward side store", 32)
	if err != nil {
		return seal{}, fmt.Errorf("sqlstore: key: %w", err)
	}
	block, err := aes.NewCipher(derived)
	if err != nil {
		return seal{}, fmt.Errorf("sqlstore: key: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return seal{}, fmt.Errorf("sqlstore: key: %w", err)
	}
	return seal{aead}, nil
}

// close makes bytes of a request. They are bound to its id, so that one cannot be
// put in the place of another.
func (s seal) close(id string, r adapter.Request) (data []byte, sealed bool, err error) {
	data, err = json.Marshal(r)
	if err != nil {
		return nil, false, fmt.Errorf("sqlstore: request: %w", err)
	}
	if s.aead == nil {
		return data, false, nil
	}
	return s.aead.Seal(nil, nil, data, []byte(id)), true, nil
}

func (s seal) open(id string, data []byte, sealed bool) (adapter.Request, error) {
	if sealed {
		if s.aead == nil {
			return adapter.Request{}, errSealed
		}
		var err error
		if data, err = s.aead.Open(nil, nil, data, []byte(id)); err != nil {
			return adapter.Request{}, errSealed
		}
	}
	var r adapter.Request
	if err := json.Unmarshal(data, &r); err != nil {
		return adapter.Request{}, fmt.Errorf("sqlstore: request: %w", err)
	}
	return r, nil
}
