package dri

import (
	"fmt"
	"strings"

	"github.com/onward-crm/onward/crm"
)

// allowed lists every form of a finder, for error messages.
const allowed = "record.owner, record.FIELD__c, account.owner, account.FIELD__c, opportunity.owner(ORDER), account_team(ROLE), " +
	"the same with past_ before them, user(ID), queue(ID), round_robin(POOL), manager(FINDER), assignment-rules, default, none"

// maxManagers bounds manager(manager(…)): no company has more levels, and a
// hostile configuration must not make a finder of any size.
const maxManagers = 10

// ParseFinder reads one finder; the package comment lists the forms. Ids of 15
// characters are widened to 18. The error names the word that is wrong and what
// is allowed in its place.
func ParseFinder(s string) (Finder, error) {
	text, managers := strings.TrimSpace(s), 0
	for {
		inner, ok := call(text, "manager")
		if !ok {
			break
		}
		if managers++; managers > maxManagers {
			return Finder{}, fmt.Errorf("dri: finder: more than %d managers above one another", maxManagers)
		}
		text = inner
	}
	f, err := parsePlain(text)
	if err != nil {
		return Finder{}, err
	}
	if managers > 0 && (f.kind == KindQueue || f.kind == KindRules || f.kind == KindNone) {
		return Finder{}, fmt.Errorf("dri: finder %q: %s has no manager; manager(…) takes a finder of users", clip(s), f.kind)
	}
	f.managers = managers
	return f, nil
}

// parsePlain reads a finder that is not wrapped in manager(…).
func parsePlain(text string) (Finder, error) {
	switch k := Kind(text); k {
	case KindRecordOwner, KindAccountOwner, KindPastRecordOwner, KindPastAccountOwner, KindRules, KindDefault, KindNone:
		return Finder{kind: k}, nil
	}
	for _, k := range [...]Kind{KindRecordField, KindAccountField, KindPastRecordField, KindPastAccountField} {
		if field, ok := strings.CutPrefix(text, string(k)); ok {
			return parseField(k, field)
		}
	}
	for _, k := range [...]Kind{KindOpportunity, KindPastOpportunity, KindTeam, KindPastTeam, KindUser, KindQueue, KindRoundRobin} {
		if arg, ok := call(text, string(k)); ok {
			return parseCall(k, arg)
		}
	}
	if _, err := crm.WidenID(text); err == nil || strings.HasPrefix(text, userPrefix) {
		return parseID(KindUser, text)
	}
	return Finder{}, fmt.Errorf("dri: finder %q: unknown; allowed are %s", clip(text), allowed)
}

func parseCall(k Kind, arg string) (Finder, error) {
	switch k {
	case KindUser, KindQueue:
		return parseID(k, arg)
	case KindOpportunity, KindPastOpportunity:
		return parseOrder(k, arg)
	}
	if arg == "" || strings.ContainsAny(arg, "()") {
		return Finder{}, fmt.Errorf("dri: finder %s(%s): want a name without brackets in the brackets", k, clip(arg))
	}
	return Finder{kind: k, arg: arg}, nil
}

func parseOrder(k Kind, arg string) (Finder, error) {
	switch Order(arg) {
	case Newest, Largest, ClosingSoonest:
		return Finder{kind: k, arg: arg}, nil
	}
	return Finder{}, fmt.Errorf("dri: finder %s: unknown order %q; allowed are %s, %s, %s", k, clip(arg), Newest, Largest, ClosingSoonest)
}

// parseField accepts custom lookups (CSM__c) and standard ones (CreatedById).
func parseField(k Kind, field string) (Finder, error) {
	lookup := strings.HasSuffix(field, "__c") || strings.HasSuffix(field, "Id")
	if !lookup || !isAPIName(field) {
		return Finder{}, fmt.Errorf("dri: finder %s%s: %q is not a user lookup; allowed are owner, a custom field (FIELD__c) and a standard lookup (…Id)",
			k, clip(field), clip(field))
	}
	return Finder{kind: k, arg: field}, nil
}

// parseID checks form and kind: users begin with 005, groups with 00G.
func parseID(k Kind, arg string) (Finder, error) {
	id, err := crm.WidenID(arg)
	if err != nil {
		return Finder{}, fmt.Errorf("dri: finder %s: %w", k, err)
	}
	prefix := userPrefix
	if k == KindQueue {
		prefix = queuePrefix
	}
	if !strings.HasPrefix(id, prefix) {
		return Finder{}, fmt.Errorf("dri: finder %s: id %s begins with %s, want %s", k, id, id[:3], prefix)
	}
	return Finder{kind: k, arg: id}, nil
}

// The first three characters of an id tell the object.
const (
	userPrefix  = "005"
	queuePrefix = "00G"
)

// call splits name(argument); the argument comes without surrounding space.
func call(text, name string) (string, bool) {
	rest, ok := strings.CutPrefix(text, name+"(")
	if !ok || !strings.HasSuffix(rest, ")") {
		return "", false
	}
	return strings.TrimSpace(rest[:len(rest)-1]), true
}

func isAPIName(s string) bool {
	for i, r := range s {
		letter := r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
		if !letter && (i == 0 || r != '_' && (r < '0' || r > '9')) {
			return false
		}
	}
	return s != ""
}

// clip keeps an error message short whatever it quotes.
func clip(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
