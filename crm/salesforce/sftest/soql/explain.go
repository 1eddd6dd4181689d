package soql

import (
	"context"
	"slices"
	"strings"

	"github.com/onward-crm/onward/crm"
)

// Plan is one way to answer a statement, as query?explain= tells it.
type Plan struct {
	Cardinality int      `json:"cardinality"`
	Fields      []string `json:"fields"`
	// LeadingOperationType is "Index" or "TableScan".
	LeadingOperationType string     `json:"leadingOperationType"`
	Notes                []PlanNote `json:"notes"`
	// RelativeCost above 1 means that the filter is not selective.
	RelativeCost       float64 `json:"relativeCost"`
	SobjectCardinality int     `json:"sobjectCardinality"`
	SobjectType        string  `json:"sobjectType"`
}

// PlanNote says why a filter is of no use.
type PlanNote struct {
	Description   string   `json:"description"`
	Fields        []string `json:"fields"`
	TableEnumOrID string   `json:"tableEnumOrId"`
}

const (
	// scanBase and scanRow make the cost of reading a whole table; it passes 1 in
	// an org of several thousand records.
	scanBase, scanRow = 0.65, 1.0 / 10_000
	// indexShare is the share of a table up to which an index is selective, and
	// indexRows the number of rows up to which it is in any case.
	indexShare, indexRows = 0.1, 1000
	// idShare makes an id lead before any other index.
	idShare = 1e-3
)

// indexedFields have an index in every org, besides ids, references and unique
// fields.
var indexedFields = []string{"Name", "CreatedDate", "SystemModstamp", "LastModifiedDate", "Email"}

// Explain lists the plans for the statement, the cheapest first. Its costs are
// rough; what it tells for sure is whether an indexed field can lead.
func (st *Statement) Explain(ctx context.Context) ([]Plan, error) {
	for _, s := range st.semis {
		if err := s.run(ctx, false); err != nil {
			return nil, err
		}
	}
	size, err := st.countRows(ctx, nil)
	if err != nil {
		return nil, err
	}
	var plans []Plan
	var notes []PlanNote
	q := st.find(false, nil)
	for _, c := range q.Where {
		f, _ := st.root.field(c.Field)
		if !hasIndex(f) || slices.Contains(c.Values, "") {
			notes = append(notes, PlanNote{"Not considering filter for optimization because unindexed", []string{f.Name}, string(st.root.object)})
			continue
		}
		n, err := st.countRows(ctx, []crm.Cond{c})
		if err != nil {
			return nil, err
		}
		plans = append(plans, Plan{
			Cardinality: n, Fields: []string{f.Name}, LeadingOperationType: "Index", RelativeCost: indexCost(f, n, size),
		})
	}
	plans = append(plans, Plan{
		Cardinality: size, Fields: []string{}, LeadingOperationType: "TableScan", RelativeCost: scanBase + scanRow*float64(size),
	})
	for i := range plans {
		plans[i].Notes = append([]PlanNote{}, notes...)
		plans[i].SobjectCardinality, plans[i].SobjectType = size, string(st.root.object)
	}
	slices.SortStableFunc(plans, func(a, b Plan) int {
		switch {
		case a.RelativeCost < b.RelativeCost:
			return -1
		case a.RelativeCost > b.RelativeCost:
			return 1
		default:
			return 0
		}
	})
	return plans, nil
}

func (st *Statement) countRows(ctx context.Context, where []crm.Cond) (int, error) {
	if slices.ContainsFunc(where, func(c crm.Cond) bool { return len(c.Values) == 0 }) {
		return 0, nil
	}
	n := 0
	q := crm.Query{Object: st.root.object, Where: where}
	err := pages(ctx, st.r.src, q, func(recs []crm.Record) (bool, error) {
		n += len(recs)
		return true, nil
	})
	return n, err
}

// indexCost is below 1, and below that of a scan, while an index leads to few
// rows. A record's own id does so always.
func indexCost(f crm.Field, found, size int) float64 {
	cost := scanBase * float64(found) / max(indexRows, float64(size)*indexShare)
	if f.Type == crm.TypeID {
		return min(cost, scanBase) * idShare
	}
	return cost
}

func hasIndex(f crm.Field) bool {
	return classOf(f) == classID || f.ExternalID || f.Unique || slices.ContainsFunc(indexedFields, func(name string) bool {
		return strings.EqualFold(name, f.Name)
	})
}
