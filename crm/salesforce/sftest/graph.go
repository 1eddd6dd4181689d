package sftest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// The limits of a composite graph call.
const (
	maxNodes, maxGraphs, maxDepth, maxKinds = 500, 75, 15, 15
	// maxFailedGraphs is the number of failed graphs after which the rest is not
	// tried.
	maxFailedGraphs = 14
)

type graph struct {
	ID    string       `json:"graphId"`
	Parts []subrequest `json:"compositeRequest"`
}

type graphAnswer struct {
	ID       string                   `json:"graphId"`
	Response map[string][]subresponse `json:"graphResponse"`
	Success  bool                     `json:"isSuccessful"`
}

// graphs carries out graphs of calls, each of them wholly or not at all.
func graphs(s *Server, r *request) *response {
	var c struct {
		Graphs []graph `json:"graphs"`
	}
	if err := json.Unmarshal(r.body, &c); err != nil || len(c.Graphs) == 0 {
		return failed(http.StatusBadRequest, "JSON_PARSER_ERROR", "The body has no graphs")
	}
	if bad := checkGraphs(c.Graphs); bad != nil {
		return bad
	}
	out := make([]graphAnswer, len(c.Graphs))
	broken := 0
	for i, g := range c.Graphs {
		out[i] = graphAnswer{ID: g.ID, Response: map[string][]subresponse{}}
		if broken >= maxFailedGraphs {
			out[i].Response["compositeResponse"] = allHalted(g.Parts)
			continue
		}
		run := &run{s: s, outer: r, results: map[string]any{}}
		answers := run.atomic(g.Parts)
		out[i].Response["compositeResponse"] = answers
		out[i].Success = allSucceeded(answers)
		if !out[i].Success {
			broken++
		}
	}
	return answered(http.StatusOK, map[string]any{"graphs": out})
}

func allHalted(parts []subrequest) []subresponse {
	out := make([]subresponse, len(parts))
	for i, p := range parts {
		out[i] = halted(p.ReferenceID, "Too many graphs failed; this one was not tried")
	}
	return out
}

func allSucceeded(all []subresponse) bool {
	for _, a := range all {
		if !succeeded(a) {
			return false
		}
	}
	return true
}

func checkGraphs(all []graph) *response {
	nodes := 0
	seen := map[string]bool{}
	for _, g := range all {
		nodes += len(g.Parts)
		depth, kinds := shape(g.Parts)
		switch {
		case g.ID == "" || seen[g.ID]:
			return failed(http.StatusBadRequest, "INVALID_INPUT", "Every graph needs a graphId of its own")
		case depth > maxDepth:
			return graphTooLarge("depth", maxDepth)
		case kinds > maxKinds:
			return graphTooLarge("number of different nodes", maxKinds)
		}
		seen[g.ID] = true
		if bad := checkParts(g.Parts, graphAllows); bad != nil {
			return bad
		}
	}
	switch {
	case len(all) > maxGraphs:
		return graphTooLarge("number of graphs", maxGraphs)
	case nodes > maxNodes:
		return graphTooLarge("number of nodes", maxNodes)
	}
	return nil
}

func graphTooLarge(what string, limit int) *response {
	return failed(http.StatusBadRequest, "INVALID_INPUT", fmt.Sprintf("The %s exceeds the limit of %d", what, limit))
}

// graphAllows holds for records; graphs take no queries and no collections.
func graphAllows(path []string) bool { return len(path) > 1 && path[0] == "sobjects" }

// shape gives the depth of a graph and the number of its different nodes: those
// that differ in method, object or depth.
func shape(parts []subrequest) (depth, kinds int) {
	depths := map[string]int{}
	seen := map[string]bool{}
	for _, p := range parts {
		d := 1
		for _, id := range referred(p) {
			d = max(d, depths[id]+1)
		}
		depths[p.ReferenceID] = d
		depth = max(depth, d)
		kind := ""
		if path := subPath(p.URL); len(path) > 1 {
			kind = path[1]
		}
		seen[strings.ToUpper(p.Method)+" "+kind+" "+strconv.Itoa(d)] = true
	}
	return depth, len(seen)
}
