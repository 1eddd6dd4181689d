package publicnet_test

import (
	"errors"
	"net/netip"
	"testing"

	"github.com/onward-crm/onward/internal/publicnet"
)

func TestCheck(t *testing.T) {
	allowed := []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("127.0.0.1/32")}
	for address, kind := range map[string]string{
		"93.184.215.14:443":          "",
		"[2606:2800:21f:cb07::1]:80": "",
		"10.1.2.3:443":               "",
		"127.0.0.1:80":               "",
		"[::ffff:127.0.0.1]:80":      "",
		"127.0.0.2:80":               "loopback",
		"[::1]:80":                   "loopback",
		"10.2.0.1:443":               "private",
		"192.168.1.1:443":            "private",
		"[fd00::1]:443":              "private",
		"169.254.169.254:80":         "link local",
		"[fe80::1%eth0]:80":          "link local",
		"224.0.0.1:80":               "link local",
		"239.1.1.1:80":               "special",
		"0.0.0.0:80":                 "special",
		"100.64.0.1:80":              "reserved",
		"198.51.100.7:80":            "reserved",
		"[64:ff9b::a00:1]:80":        "reserved",
		"[2002:a00:1::]:80":          "reserved",
		"intranet:80":                "unknown",
		"10.1.2.3":                   "unknown",
	} {
		err := publicnet.Control(allowed)("tcp", address, nil)
		refused, _ := errors.AsType[*publicnet.Refused](err)
		if got := refused; kind == "" && err != nil || kind != "" && (got == nil || got.Kind != kind) {
			t.Errorf("%s: %v, want %q", address, err, kind)
		}
	}
}
