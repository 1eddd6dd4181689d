package salesforce

import (
	"context"
	"encoding/json"
	"net/http"
)

// Limit is one allowance of an org, such as DailyApiRequests.
type Limit struct {
	// Max is the whole allowance, Remaining what is left of it.
	Max       int64 `json:"Max"`
	Remaining int64 `json:"Remaining"`
}

// OrgLimits reads the org's allowances by name. It costs one call. Entries that
// do not have the usual form are left out. Safe for concurrent use.
func (g *Org) OrgLimits(ctx context.Context) (map[string]Limit, error) {
	k := call{op: "limits", name: "limits", method: http.MethodGet, path: "limits", repeat: true}
	r, err := g.do(ctx, k)
	if err != nil {
		return nil, err
	}
	var raw map[string]json.RawMessage
	if err := g.decode(k, r, &raw); err != nil {
		return nil, err
	}
	out := make(map[string]Limit, len(raw))
	for name, text := range raw {
		var l struct{ Max, Remaining *int64 }
		if json.Unmarshal(text, &l) == nil && l.Max != nil && l.Remaining != nil {
			out[name] = Limit{Max: *l.Max, Remaining: *l.Remaining}
		}
	}
	return out, nil
}
