package sftest

import (
	"net/http"
	"strings"

	"github.com/onward-crm/onward/crm"
)

type matchResult struct {
	EntityType   crm.Object    `json:"entityType"`
	Errors       []string      `json:"errors"`
	MatchEngine  string        `json:"matchEngine"`
	MatchRecords []matchRecord `json:"matchRecords"`
	Rule         string        `json:"rule"`
	Size         int           `json:"size"`
	Success      bool          `json:"success"`
}

type matchRecord struct {
	Additional []string       `json:"additionalInformation"`
	Diffs      []string       `json:"fieldDiffs"`
	Confidence float64        `json:"matchConfidence"`
	Record     map[string]any `json:"record"`
}

// duplicates answers a single write that a duplicate rule refused, with the
// records that the user may see.
func (s *Server) duplicates(version string, v saved) *response {
	e := v.err
	byType := map[crm.Object]*matchResult{}
	results := []*matchResult{}
	for _, id := range e.Matches {
		o := s.objectOfID(id)
		m := byType[o]
		if m == nil {
			m = &matchResult{
				EntityType: o, Errors: []string{}, MatchEngine: "ExactMatchEngine", MatchRecords: []matchRecord{},
				Rule: e.Rule + "_Matching", Success: true,
			}
			byType[o] = m
			results = append(results, m)
		}
		m.Size++
		m.MatchRecords = append(m.MatchRecords, matchRecord{Additional: []string{}, Diffs: []string{}, Confidence: 100, Record: map[string]any{
			"attributes": map[string]string{"type": string(o), "url": resourceURL(version, "sobjects", string(o), id)}, "Id": id,
		}})
	}
	fault := map[string]any{
		"errorCode": e.Code, "message": messageOf(e),
		s.options.DuplicateKey: map[string]any{
			"allowSave": v.alert, "duplicateRule": e.Rule, "duplicateRuleEntityType": e.Object, "errorMessage": messageOf(e),
			"matchResults": results,
		},
	}
	return answered(http.StatusBadRequest, []any{fault})
}

// objectOfID tells whose id it is by its first characters.
func (s *Server) objectOfID(id string) crm.Object {
	for _, o := range s.crm.Objects() {
		if strings.HasPrefix(id, s.crm.KeyPrefix(o)) {
			return o
		}
	}
	return ""
}
