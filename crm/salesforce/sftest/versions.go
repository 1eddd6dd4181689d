package sftest

import (
	"fmt"
	"net/http"
	"strings"
)

type version struct {
	Label   string `json:"label"`
	URL     string `json:"url"`
	Version string `json:"version"`
}

// versions lists what is served. It needs no token and costs no call.
func versions(r *request) *response {
	if r.method != http.MethodGet {
		return failed(http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED", "HTTP Method '"+r.method+"' not allowed. Allowed are GET")
	}
	var out []version
	for n := firstVersion; n <= lastVersion; n++ {
		out = append(out, version{
			Label: fmt.Sprintf("%s '%02d", seasons[n%3], (n+1)/3+4), URL: fmt.Sprintf("/services/data/v%d.0", n),
			Version: fmt.Sprintf("%d.0", n),
		})
	}
	return answered(http.StatusOK, out)
}

// seasons name the three versions of a year: 65 is Winter '26, 66 is Spring '26,
// 67 is Summer '26.
var seasons = [3]string{"Spring", "Summer", "Winter"}

// resources lists the resources of a version.
func resources(s *Server, r *request) *response {
	out := map[string]string{"identity": s.base(r.wire) + "/id/" + s.orgID + "/" + s.crm.User()}
	for _, name := range []string{
		"sobjects", "query", "queryAll", "search", "parameterizedSearch", "limits", "composite", "jobs", "actions", "analytics",
	} {
		out[name] = strings.TrimSuffix(resourceURL(r.version, name), "/")
	}
	return answered(http.StatusOK, out)
}

func limits(s *Server, _ *request) *response {
	s.mu.Lock()
	defer s.mu.Unlock()
	limitOf := s.options.DailyLimit
	type limit struct{ Max, Remaining int }
	return answered(http.StatusOK, map[string]limit{
		"DailyApiRequests":                  {limitOf, max(0, limitOf-s.used)},
		"ConcurrentAsyncGetReportInstances": {200, 200},
		"DailyAsyncApexExecutions":          {250_000, 250_000},
		"DailyBulkApiBatches":               {15_000, 15_000},
		"DailyBulkV2QueryJobs":              {10_000, 10_000},
		"DataStorageMB":                     {1024, 1024},
		"FileStorageMB":                     {1024, 1024},
		"HourlySyncReportRuns":              {500, 500},
		"HourlyAsyncReportRuns":             {1200, 1200},
	})
}

func joined(path []string) string { return strings.Join(path, "/") }
