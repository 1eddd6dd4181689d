package outbox

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"syscall"
	"time"
)

// webhookDial bounds the making of a connection.
const webhookDial = 10 * time.Second

// refusedAddress: a name led to an address that must not be called from here.
type refusedAddress struct{ kind string }

// Error names the kind of address.
func (e *refusedAddress) Error() string { return "adapter: address refused: " + e.kind }

// webhookClient makes the client that posts messages. Its own transport looks at each
// address after the name was resolved, so that no name can lead into our own network;
// it uses no proxy. Redirects are answers like any other.
func webhookClient(given *http.Client, allowed []netip.Prefix) *http.Client {
	c := &http.Client{}
	if given != nil {
		*c = *given
	}
	c.Jar, c.Timeout = nil, webhookTimeout
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if given == nil {
		dialer := &net.Dialer{Timeout: webhookDial, Control: func(_, address string, _ syscall.RawConn) error {
			return mayCall(address, allowed)
		}}
		c.Transport = &http.Transport{
			DialContext: dialer.DialContext, TLSHandshakeTimeout: webhookDial, ForceAttemptHTTP2: true,
			MaxIdleConnsPerHost: laneWidth, IdleConnTimeout: time.Minute, MaxResponseHeaderBytes: maxWebhookAnswer,
		}
	}
	return c
}

// mayCall refuses an address that is not public and not allowed by name.
func mayCall(address string, allowed []netip.Prefix) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return &refusedAddress{"unknown"}
	}
	addr := ap.Addr().Unmap().WithZone("")
	if inAny(addr, allowed) {
		return nil
	}
	if kind := notPublic(addr); kind != "" {
		return &refusedAddress{kind}
	}
	return nil
}

func inAny(addr netip.Addr, ps []netip.Prefix) bool {
	addr = addr.Unmap().WithZone("")
	return slices.ContainsFunc(ps, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// notPublic names the kind of an address that is not on the public internet, "" when
// it is.
func notPublic(addr netip.Addr) string {
	switch {
	case addr.IsLoopback():
		return "loopback"
	case addr.IsPrivate():
		return "private"
	case addr.IsLinkLocalUnicast(), addr.IsLinkLocalMulticast():
		return "link local"
	case addr.IsMulticast(), addr.IsUnspecified(), !addr.IsGlobalUnicast():
		return "special"
	case inAny(addr, specialNetworks()):
		return "reserved"
	}
	return ""
}

// specialNetworks are ranges of the IANA special-purpose registries that count as
// global unicast all the same: carrier NAT, protocol assignments, test nets,
// benchmarks, the reserved rest, and IPv6 ranges that embed IPv4 addresses.
func specialNetworks() []netip.Prefix {
	texts := []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24",
		"203.0.113.0/24", "240.0.0.0/4", "::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32",
		"2002::/16", "fec0::/10",
	}
	out := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		out[i] = netip.MustParsePrefix(text)
	}
	return out
}
