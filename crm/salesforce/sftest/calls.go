package sftest

import (
	"maps"
	"strings"
)

// Calls counts requests.
type Calls struct {
	// Total counts the calls that use up the daily allowance: all below
	// /services/data/vNN.0 with a good token. Parts of composite calls do not count.
	Total int
	// Token counts requests to the OAuth token endpoint.
	Token int
	// ByResource splits Total by resource: "query", "queryAll", "search",
	// "parameterizedSearch", "sobjects", "describe", "limits", "composite",
	// "composite/sobjects", "composite/graph", "composite/tree",
	// "composite/batch", "jobs/query", "jobs/ingest", "actions", "analytics".
	ByResource map[string]int
}

// Calls returns the counts so far.
func (s *Server) Calls() Calls {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.calls
	out.ByResource = maps.Clone(s.calls.ByResource)
	return out
}

// ResetCalls begins to count anew. The allowance that is used up stays so.
func (s *Server) ResetCalls() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = Calls{ByResource: map[string]int{}}
}

// resourceToken is the resource of calls for a token, in faults.
const resourceToken = "token"

// resourceOf names the resource of a path below the version.
func resourceOf(path []string) string {
	switch {
	case len(path) == 0:
		return "resources"
	case path[0] == "sobjects" && (len(path) == 1 || path[len(path)-1] == "describe"):
		return "describe"
	case len(path) > 1 && (path[0] == "composite" || path[0] == "jobs"):
		return strings.Join(path[:2], "/")
	default:
		return path[0]
	}
}
