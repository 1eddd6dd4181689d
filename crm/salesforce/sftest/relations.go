package sftest

import (
	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/salesforce/sftest/soql"
)

// relationshipOf names the relationship of a field to its parent; "" when it has
// none.
func relationshipOf(f crm.Field) string {
	if f.Type != crm.TypeReference {
		return ""
	}
	return soql.RelationshipName(f.Name)
}

type childRelation struct {
	Field              string     `json:"field"`
	Child              crm.Object `json:"childSObject"`
	Relationship       *string    `json:"relationshipName"`
	CascadeDelete      bool       `json:"cascadeDelete"`
	RestrictedDelete   bool       `json:"restrictedDelete"`
	Deprecated         bool       `json:"deprecatedAndHidden"`
	JunctionIDs        []string   `json:"junctionIdListNames"`
	JunctionReferences []string   `json:"junctionReferenceTo"`
}

// children lists what refers to an object.
func (s *Server) children(parent crm.Object) []childRelation {
	out := []childRelation{}
	for _, c := range s.relationships() {
		if c.Parent != parent {
			continue
		}
		x := childRelation{Field: c.Field, Child: c.Child, JunctionIDs: []string{}, JunctionReferences: []string{}}
		if c.Name != "" {
			x.Relationship = &c.Name
		}
		out = append(out, x)
	}
	return out
}

func (s *Server) relationships() []soql.ChildRelationship {
	var schemas []crm.Schema
	for _, o := range s.crm.Objects() {
		schemas = append(schemas, s.schemas[o])
	}
	return soql.ChildRelationships(schemas)
}
