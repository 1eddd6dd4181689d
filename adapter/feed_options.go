package adapter

import (
	"errors"
	"fmt"
	"regexp"
)

// FeedOptions are the settings of one feed, signed per Standard Webhooks 1.0.0.
type FeedOptions struct {
	// Name is in the path and in the source of its events: lower-case letters,
	// digits and dashes, at most 40.
	Name string
	// Keys prove its messages: "whsec_…", a shared secret in base64 of 24 to 64
	// bytes, or "whpk_…", an Ed25519 public key. The current one first, then at most
	// one previous one with an end.
	Keys []SigningKey
}

// feedName is the form of a feed's name.
var feedName = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$`)

// newFeed makes the source of a feed. base is the public URL.
func newFeed(o FeedOptions, base string, limits Limits) (*feed, error) {
	if !feedName.MatchString(o.Name) {
		return nil, errors.New("adapter: feed: name: want lower-case letters, digits and dashes, at most 40")
	}
	keys, err := checkKeys("feed "+o.Name, o.Keys)
	if err != nil {
		return nil, err
	}
	f := &feed{name: o.Name, base: base, limits: limits}
	for _, k := range keys {
		key, err := parseWebhookKey(k.Value.Reveal())
		if err != nil {
			return nil, fmt.Errorf("adapter: feed %s: %w", o.Name, err)
		}
		f.keys = append(f.keys, feedKey{id: k.ID, key: key, until: k.Until})
	}
	return f, nil
}
