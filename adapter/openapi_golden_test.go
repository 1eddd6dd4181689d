package adapter_test

import (
	"context"
	"flag"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/adapter"
	"github.com/onward-crm/onward/adapter/contacts"
	"github.com/onward-crm/onward/adapter/sponsors"
	"github.com/onward-crm/onward/adapter/targets"
	"github.com/onward-crm/onward/tracking/sponsor"
)

var update = flag.Bool("update", false, "write the golden copies of the documents")

// everyEndpoint is what the packages beside this one add to the operator's part in
// onward serve: a package that adds endpoints adds a line here.
func everyEndpoint() []adapter.OperatorEndpoint {
	return slices.Concat(
		contacts.Endpoints(contacts.Options{}), targets.Endpoints(targets.Options{}),
		sponsors.Endpoints(sponsors.Options{KeyAccounts: func(context.Context) ([]sponsor.KeyAccount, error) { return nil, nil }}),
	)
}

// TestOpenAPIGolden: the documents that are served are those that are printed in
// docs, and an independent reader takes them. Run with -update after a change.
func TestOpenAPIGolden(t *testing.T) {
	s := adapter.ServerWith(t, everyEndpoint())
	for _, name := range []string{"openapi.json", "openapi-admin.json"} {
		t.Run(name, func(t *testing.T) {
			w := httptest.NewRecorder()
			s.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/"+name, nil))
			got, file := w.Body.String(), filepath.Join("..", "docs", name)
			if *update {
				if err := os.WriteFile(file, []byte(got+"\n"), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got+"\n"); diff != "" {
				t.Error(diff)
			}
			doc, err := openapi3.NewLoader().LoadFromData([]byte(got))
			if err != nil {
				t.Fatal(err)
			}
			if err := doc.Validate(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}
