package dri

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/onward-crm/onward/crm"
)

// Chain is a list of finders, tried in order. In JSON and YAML it is a list of
// texts; one text alone is a chain of one.
type Chain []Finder

// ParseChain reads a finder from each text.
func ParseChain(texts ...string) (Chain, error) {
	c := make(Chain, len(texts))
	for i, text := range texts {
		f, err := ParseFinder(text)
		if err != nil {
			return nil, err
		}
		c[i] = f
	}
	return c, nil
}

// Uses reports whether a finder of the chain looks at kind, also inside
// manager(…).
func (c Chain) Uses(kind Kind) bool {
	return slices.ContainsFunc(c, func(f Finder) bool { return f.kind == kind })
}

// UnmarshalJSON reads a list of texts or one text.
func (c *Chain) UnmarshalJSON(data []byte) error {
	return c.decode(func(v any) error { return json.Unmarshal(data, v) })
}

// UnmarshalYAML reads a list of texts or one text.
func (c *Chain) UnmarshalYAML(unmarshal func(any) error) error { return c.decode(unmarshal) }

func (c *Chain) decode(into func(any) error) error {
	var one string
	if into(&one) == nil {
		if one == "" {
			*c = nil
			return nil
		}
		chain, err := ParseChain(one)
		*c = chain
		return err
	}
	var many []string
	if err := into(&many); err != nil {
		return fmt.Errorf("dri: chain: want a finder or a list of finders: %w", err)
	}
	chain, err := ParseChain(many...)
	*c = chain
	return err
}

// ValidateOwner checks a chain for the owner of a new record of an object. The
// error names the finder and the reason.
//
//	finder              Lead    Contact, Account
//	queue(…)            yes     no: a queue cannot own them
//	assignment-rules    last    no: there are none
//	default             last    last
//	none                no      no: every record has an owner
func (c Chain) ValidateOwner(object crm.Object) error {
	for i, f := range c {
		last, lead := i == len(c)-1, object == crm.ObjectLead
		switch {
		case f.kind == "":
			return fmt.Errorf("dri: owner of %s: finder %d is empty; allowed are %s", object, i+1, allowed)
		case f.kind == KindNone:
			return fmt.Errorf("dri: owner of %s: none is not allowed; every record has an owner", object)
		case (f.kind == KindQueue || f.kind == KindRules) && !lead:
			return fmt.Errorf("dri: owner of %s: %s is for leads only", object, f)
		case f.ends() && !last:
			return fmt.Errorf("dri: owner of %s: nothing after %s is ever tried; it must be the last", object, f)
		}
	}
	return nil
}

// ends reports whether no later finder of a chain can be reached.
func (f Finder) ends() bool {
	return f.managers == 0 && (f.kind == KindRules || f.kind == KindDefault || f.kind == KindNone)
}
