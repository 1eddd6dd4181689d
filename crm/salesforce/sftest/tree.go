package sftest

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
)

// The limits of a tree of records.
const maxTreeTypes, maxTreeLevels = 5, 5

// twig is one record of a tree.
type twig struct {
	object      crm.Object
	referenceID string
	record      object
	// ref is the field that takes the id of the parent, above.
	ref    string
	above  int
	result saved
}

// tree inserts records with their children, all or none.
func tree(s *Server, r *request) *response {
	o, ok := s.object(r.path[2])
	if !ok {
		return noResource()
	}
	var c collection
	if err := json.Unmarshal(r.body, &c); err != nil || len(c.Records) == 0 {
		return failed(http.StatusBadRequest, "JSON_PARSER_ERROR", "The body has no records")
	}
	g := &grower{s: s, r: r, seen: map[string]bool{}, types: map[crm.Object]bool{}}
	for _, record := range c.Records {
		if bad := g.grow(o, record, "", -1, 1); bad != nil {
			return bad
		}
	}
	if len(g.twigs) > maxCollection {
		return tooMany(maxCollection)
	}
	return g.plant()
}

// grower flattens a tree, parents before children.
type grower struct {
	s     *Server
	r     *request
	twigs []twig
	seen  map[string]bool
	types map[crm.Object]bool
}

func (g *grower) grow(o crm.Object, record object, ref string, above, level int) *response {
	var attributes struct {
		Type        string `json:"type"`
		ReferenceID string `json:"referenceId"`
	}
	if json.Unmarshal(record["attributes"], &attributes) != nil || attributes.ReferenceID == "" || !strings.EqualFold(attributes.Type, string(o)) {
		return failed(http.StatusBadRequest, "INVALID_INPUT", "Every record needs attributes with its type and a referenceId")
	}
	g.types[o] = true
	switch {
	case g.seen[attributes.ReferenceID]:
		return failed(http.StatusBadRequest, "INVALID_INPUT", "Duplicate ReferenceId provided in the request: "+attributes.ReferenceID)
	case level > maxTreeLevels || len(g.types) > maxTreeTypes:
		return failed(http.StatusBadRequest, "INVALID_INPUT", "The tree has more than 5 levels or types")
	}
	g.seen[attributes.ReferenceID] = true
	at := len(g.twigs)
	t := twig{object: o, referenceID: attributes.ReferenceID, record: object{}, ref: ref, above: above}
	g.twigs = append(g.twigs, t)
	for _, name := range sortedNames(record) {
		child, field := g.relation(o, name)
		if child == "" {
			t.record[name] = record[name]
			continue
		}
		var c collection
		if json.Unmarshal(record[name], &c) != nil {
			return failed(http.StatusBadRequest, "JSON_PARSER_ERROR", "The children "+name+" are not a list of records")
		}
		for _, x := range c.Records {
			if bad := g.grow(child, x, field, at, level+1); bad != nil {
				return bad
			}
		}
	}
	return nil
}

// relation finds the children that a member of a record names.
func (g *grower) relation(parent crm.Object, name string) (child crm.Object, field string) {
	for _, c := range g.s.relationships() {
		if c.Parent == parent && c.Name != "" && strings.EqualFold(c.Name, name) {
			return c.Child, c.Field
		}
	}
	return "", ""
}

// plant inserts the records.
func (g *grower) plant() *response {
	bad := false
	g.s.within(g.r, func(tx *memcrm.Tx) {
		start := tx.Savepoint()
		for i := range g.twigs {
			t := &g.twigs[i]
			if t.above >= 0 {
				if g.twigs[t.above].result.err != nil {
					continue
				}
				t.record[t.ref] = jsonText(g.twigs[t.above].result.id)
			}
			t.result = g.s.insert(tx, g.r, t.object, t.record)
			bad = bad || t.result.err != nil
		}
		if bad {
			tx.Rollback(start)
		}
	})
	return g.answer(bad)
}

// answer names the new ids, or the records that could not be inserted.
func (g *grower) answer(bad bool) *response {
	type result struct {
		ReferenceID string      `json:"referenceId"`
		ID          string      `json:"id,omitempty"`
		Errors      []itemFault `json:"errors,omitempty"`
	}
	results := []result{}
	for _, t := range g.twigs {
		switch {
		case !bad:
			results = append(results, result{ReferenceID: t.referenceID, ID: t.result.id})
		case t.result.err != nil:
			results = append(results, result{ReferenceID: t.referenceID, Errors: itemFaults(t.result.err)})
		}
	}
	status := http.StatusCreated
	if bad {
		status = http.StatusBadRequest
	}
	return answered(status, map[string]any{"hasErrors": bad, "results": results})
}
