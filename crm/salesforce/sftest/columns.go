package sftest

import (
	"strings"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/salesforce/sftest/soql"
)

// columnInfo describes a column of an answer, for clients that lay out tables.
type columnInfo struct {
	Aggregate   bool          `json:"aggregate"`
	ApexType    string        `json:"apexType"`
	Boolean     bool          `json:"booleanType"`
	Name        string        `json:"columnName"`
	Custom      bool          `json:"custom"`
	DisplayName string        `json:"displayName"`
	ForeignKey  *string       `json:"foreignKeyName"`
	Insertable  bool          `json:"insertable"`
	Join        []*columnInfo `json:"joinColumns"`
	Number      bool          `json:"numberType"`
	Text        bool          `json:"textType"`
	Updatable   bool          `json:"updatable"`
}

// columnMetadata answers query?columns=true.
func (s *Server) columnMetadata(st *soql.Statement) map[string]any {
	columns := columnTree(st.Columns())
	for _, sub := range st.SubQueries() {
		c := newColumn(sub.Name, soql.Column{Aggregate: true})
		c.Join = columnTree(sub.Columns)
		columns = append(columns, c)
	}
	selected := false
	for _, c := range columns {
		selected = selected || c.Name == "Id"
	}
	return map[string]any{
		"columnMetadata": columns, "entityName": st.Object(), "groupBy": len(st.Query().GroupBy) > 0,
		"idSelected": selected, "keyPrefix": s.crm.KeyPrefix(st.Object()),
	}
}

// columnTree puts the fields of parents below their relationships.
func columnTree(list []soql.Column) []*columnInfo {
	out := []*columnInfo{}
	for _, c := range list {
		at := &out
		parts := strings.Split(c.Name, ".")
		for _, relationship := range parts[:len(parts)-1] {
			at = &columnOf(at, relationship).Join
		}
		*at = append(*at, newColumn(parts[len(parts)-1], c))
	}
	return out
}

func columnOf(at *[]*columnInfo, relationship string) *columnInfo {
	for _, c := range *at {
		if c.Name == relationship {
			return c
		}
	}
	c := newColumn(relationship, soql.Column{})
	*at = append(*at, c)
	return c
}

func newColumn(name string, c soql.Column) *columnInfo {
	out := &columnInfo{
		Aggregate: c.Aggregate, Name: name, DisplayName: name, Custom: strings.HasSuffix(name, "__c"),
		Insertable: c.Field.Creatable, Updatable: c.Field.Updatable, Join: []*columnInfo{}, ApexType: "String",
	}
	switch c.Field.Type {
	case crm.TypeID, crm.TypeReference:
		out.ApexType = "Id"
	case crm.TypeBoolean:
		out.ApexType, out.Boolean = "Boolean", true
	case crm.TypeNumber, crm.TypeCurrency, crm.TypePercent:
		out.ApexType, out.Number = "Double", true
	case crm.TypeDate:
		out.ApexType = "Date"
	case crm.TypeDateTime:
		out.ApexType = "Datetime"
	default:
		out.Text = true
	}
	return out
}
