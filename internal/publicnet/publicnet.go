// Package publicnet keeps outbound calls out of private networks: it looks at each
// address after a name was resolved, so that no name can lead into them.
package publicnet

import (
	"net/netip"
	"slices"
	"syscall"
)

// Refused: a name led to an address that must not be called from here.
type Refused struct {
	// Kind says which sort of address: "loopback", "private", "link local", "special",
	// "reserved" or "unknown".
	Kind string
}

// Error names the kind of address.
func (r *Refused) Error() string { return "publicnet: address refused: " + r.Kind }

// Control is for net.Dialer: it refuses what is neither public nor within one of the
// allowed networks.
func Control(allowed []netip.Prefix) func(network, address string, c syscall.RawConn) error {
	return func(_, address string, _ syscall.RawConn) error { return Check(address, allowed) }
}

// Check judges one address with a port. The error is a *Refused.
func Check(address string, allowed []netip.Prefix) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return &Refused{"unknown"}
	}
	addr := ap.Addr().Unmap().WithZone("")
	if Within(addr, allowed) {
		return nil
	}
	if kind := notPublic(addr); kind != "" {
		return &Refused{kind}
	}
	return nil
}

// Within tells that an address lies in one of some networks.
func Within(addr netip.Addr, ps []netip.Prefix) bool {
	addr = addr.Unmap().WithZone("")
	return slices.ContainsFunc(ps, func(p netip.Prefix) bool { return p.Contains(addr) })
}

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
	case Within(addr, reserved()):
		return "reserved"
	}
	return ""
}

// reserved are ranges of the IANA special-purpose registries that count as global
// unicast all the same.
func reserved() []netip.Prefix {
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
