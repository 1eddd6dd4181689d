package sftest

import (
	"context"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
)

// Server is an org. It is an http.Handler and safe for concurrent use.
type Server struct {
	// URL is the address of a server that Start started, without a slash at the
	// end; "" when the handler is served by other means.
	URL string

	options Options
	crm     *memcrm.CRM
	routes  []route
	orgID   string
	// schemas describe the objects; they do not change while the server lives.
	schemas map[crm.Object]crm.Schema

	mu     sync.Mutex
	tokens map[string]time.Time
	used   int
	calls  Calls
	faults []*Fault
	extras
}

// New makes an org. It starts nothing; serve it with net/http.
func New(o *Options) *Server {
	s := &Server{options: o.withDefaults(), tokens: map[string]time.Time{}, schemas: map[crm.Object]crm.Schema{}}
	s.crm, s.used = s.options.CRM, s.options.Used
	s.calls.ByResource = map[string]int{}
	s.orgID = s.organization()
	s.nameUser()
	s.permissions()
	for _, o := range s.crm.Objects() {
		if schema, err := s.crm.Describe(context.Background(), o); err == nil {
			s.schemas[o] = schema
		}
	}
	s.routes = append(s.routes, queryRoutes()...)
	s.routes = append(s.routes, bulkRoutes()...)
	s.routes = append(s.routes, reportRoutes()...)
	s.routes = append(s.routes, flowRoutes()...)
	s.routes = append(s.routes, coreRoutes()...)
	return s
}

// Start makes an org and serves it on a free local port until the test ends.
func Start(t testing.TB, o *Options) *Server {
	t.Helper()
	s := New(o)
	h := httptest.NewUnstartedServer(s)
	s.URL = "http://" + h.Listener.Addr().String() // before anybody can call
	h.Start()
	t.Cleanup(h.Close)
	return s
}

// nameUser gives the integration user the name under which it logs in, unless it
// has one.
func (s *Server) nameUser() {
	if u, ok := s.crm.Record(s.crm.User()); ok && u.Fields["Username"] == "" {
		// A CRM of other schemas may have no such field; then nobody asks for it.
		_ = s.crm.Edit(u.ID, crm.Fields{"Username": s.options.Username})
	}
}

// CRM is the back end: records, rules, and what landed.
func (s *Server) CRM() *memcrm.CRM { return s.crm }

// OrgID is the org's id.
func (s *Server) OrgID() string { return s.orgID }

// ClientID and ClientSecret are the credentials of the connected app.
func (s *Server) ClientID() string { return s.options.ClientID }

// ClientSecret is the connected app's secret.
func (s *Server) ClientSecret() string { return s.options.ClientSecret }

// now is the org's time.
func (s *Server) now() time.Time { return s.options.Now() }
