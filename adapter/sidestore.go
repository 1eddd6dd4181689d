package adapter

import (
	"context"
	"errors"
	"slices"
	"strings"
)

// ReadmitReport counts what became of requests that were verified again.
type ReadmitReport struct {
	// Admitted were accepted now; Events are the reports in them that were new.
	Admitted int `json:"admitted"`
	Events   int `json:"events"`
	// Invalid have a good signature and a body that can never be accepted. Expired
	// were older than they are kept. Both are gone.
	Invalid int `json:"invalid"`
	Expired int `json:"expired"`
	// Refused still do not verify and stay.
	Refused int `json:"refused"`
}

// Readmit verifies the requests that were refused for their signatures once more,
// with the secrets of today, and accepts those that fit: they go the way of any other
// request, and nobody waits for an answer. Sources that are not served keep theirs. Their age is judged against the time of
// their receipt. source names one source; "" means all. An error means that the
// ledger or the store is in trouble; what was admitted before it stays admitted, and
// calling again is safe.
func (s *Server) Readmit(ctx context.Context, source string) (ReadmitReport, error) {
	var report ReadmitReport
	routes, err := s.signed()
	if err != nil {
		return report, err
	}
	for _, name := range sourcesOf(routes) {
		if source != "" && source != name {
			continue
		}
		if err := s.readmitSource(ctx, routes, name, &report); err != nil {
			return report, err
		}
	}
	s.log.Info("readmitted", "source", source, "admitted", report.Admitted, "events", report.Events, "refused", report.Refused)
	return report, nil
}

// readmitSource verifies what is kept of one source: all sources at once may be more
// than the memory should hold.
func (s *Server) readmitSource(ctx context.Context, routes []route, source string, report *ReadmitReport) error {
	kept, err := s.opt.Store.Refused(ctx, source)
	if err != nil {
		return err
	}
	for _, k := range kept {
		done, err := s.readmit(ctx, routes, k, report)
		if err != nil {
			return err
		}
		if !done {
			continue
		}
		if err := s.opt.Store.Forget(ctx, []string{k.ID}); err != nil {
			return err
		}
	}
	return nil
}

// sourcesOf are the sources of routes, each once, in order.
func sourcesOf(routes []route) []string {
	var names []string
	for _, r := range routes {
		if r.Take != nil {
			names = append(names, r.name())
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// signed are the routes whose requests are kept when their signatures do not fit.
func (s *Server) signed() ([]route, error) {
	hubspot, err1 := hubspotRoutes(s)
	feeds, err2 := feedRoutes(s)
	return append(hubspot, feeds...), errors.Join(err1, err2)
}

// readmit decides about one request; done tells that it need not be kept.
func (s *Server) readmit(ctx context.Context, routes []route, k Refused, report *ReadmitReport) (done bool, err error) {
	now := s.opt.Now().UTC()
	r, ok := routeOf(routes, k)
	switch {
	case now.Sub(k.Request.Received) > DefaultSideAge:
		report.Expired++
		return true, nil
	case !ok:
		report.Refused++
		return false, nil
	}
	caller, err := r.Take.Verify(k.Request, now)
	if err != nil {
		report.Refused++
		return false, nil
	}
	b, err := r.Take.Split(k.Request, caller)
	if err == nil {
		err = mediaType(k.Request.Header, r.Media)
	}
	if err != nil {
		report.Invalid++
		return true, nil
	}
	b.Wait, b.Withdraw, b.Callback = 0, false, nil
	results, err := s.admit(ctx, r.Take.Name(), &b, func() {})
	if err != nil {
		return false, err
	}
	report.Admitted++
	for _, res := range results {
		if res.New {
			report.Events++
		}
	}
	return true, nil
}

// routeOf finds the route that a kept request came by.
func routeOf(routes []route, k Refused) (route, bool) {
	path, _, _ := strings.Cut(k.Request.URI, "?")
	for _, r := range routes {
		if r.Take != nil && r.Method == k.Request.Method && r.Path == path && r.name() == k.Source {
			return r, true
		}
	}
	return route{}, false
}
