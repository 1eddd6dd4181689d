package settings

import (
	"fmt"
	"iter"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// counts are the numbers of which 0 stands for a default, or for ever, in order of
// their paths.
func (a Adapter) counts() iter.Seq2[string, int] {
	return func(yield func(string, int) bool) {
		_ = yield("limits.burst", a.Limits.Burst) && yield("limits.per_second", a.Limits.PerSecond) &&
			yield("retention.deliveries_days", a.Retention.DeliveriesDays) &&
			yield("retention.facts_days", a.Retention.FactsDays) && yield("retention.moves_days", a.Retention.MovesDays)
	}
}

// addresses judges where it listens, and by which name it is called.
func (a Adapter) addresses(add func(path, format string, args ...any)) {
	if !isHostPort(a.Listen) {
		add("listen", "want HOST:PORT, such as 127.0.0.1:8080")
	}
	if a.Metrics != "" && !isHostPort(a.Metrics) {
		add("metrics", "want HOST:PORT, such as 127.0.0.1:9090")
	}
	for i, text := range a.EndpointNetworks {
		if _, err := netip.ParsePrefix(text); err != nil {
			add(fmt.Sprintf("endpoint_networks[%d]", i), "want a network, such as 10.1.0.0/16")
		}
	}
	if a.PublicURL == "" {
		return
	}
	u, err := url.Parse(a.PublicURL)
	switch {
	case err != nil || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		add("public_url", "want an address without a path, such as https://hooks.example.com")
	case u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())):
		add("public_url", "want https: keys and people's data travel in the open otherwise")
	}
}

// isHostPort reports whether a text is HOST:PORT; the host may be empty.
func isHostPort(s string) bool {
	i := strings.LastIndexByte(s, ':')
	if i < 0 || strings.Contains(s[:i], ":") && !strings.HasPrefix(s, "[") {
		return false
	}
	_, err := strconv.ParseUint(s[i+1:], 10, 16)
	return err == nil
}

// isLoopback reports whether a host is this machine, reached from itself.
func isLoopback(host string) bool {
	at, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && at.IsLoopback()
}
