package sftest

import (
	"context"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// nodeModules finds the packages of .ci/node, or skips the test.
func nodeModules(t *testing.T) (script func(name string) string, env []string) {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("node is not installed")
	}
	folder, err := filepath.Abs("../../../.ci/node")
	if err != nil {
		t.Fatal(err)
	}
	modules := os.Getenv("ONWARD_NODE_MODULES")
	if modules == "" {
		modules = filepath.Join(folder, "node_modules")
	}
	if _, err := os.Stat(filepath.Join(modules, "jsforce")); err != nil {
		t.Skip("the packages of .ci/node are not installed: run npm install there, or set ONWARD_NODE_MODULES")
	}
	return func(name string) string { return filepath.Join(folder, name) },
		append(os.Environ(), "ONWARD_NODE_MODULES="+modules)
}

// runNode runs a script and fails with its output when it fails.
func runNode(t *testing.T, env []string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", args...)
	cmd.Env = env
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("node %s: %v\n%s", filepath.Base(args[0]), err, out)
	}
	return string(out)
}

// jsforce is a client that others wrote against real orgs. What it accepts, and
// asserts in .ci/node/jsforce-records.mjs and jsforce-resources.mjs, is not our own reading of the platform.
func TestJsforceDrivesTheServer(t *testing.T) {
	script, env := nodeModules(t)
	const reportID = "00O000000000001EAA"
	org := New(&Options{Reports: map[string]Report{reportID: {
		Name: "All accounts", Type: "AccountList",
		Columns: []ReportColumn{
			{Name: "ACCOUNT.NAME", Label: "Account Name", Field: "Name", ID: "Id"},
			{Name: "SALES", Label: "Annual Revenue", DataType: "currency", Field: "AnnualRevenue"},
		},
		SOQL: "SELECT Id, Name, AnnualRevenue FROM Account ORDER BY Id",
	}}})
	h := httptest.NewServer(org)
	defer h.Close()
	env = append(env, "ORG_URL="+h.URL, "ORG_CLIENT_ID="+org.ClientID(), "ORG_CLIENT_SECRET="+org.ClientSecret(),
		"ORG_REPORT_ID="+reportID)
	out := runNode(t, env, script("jsforce.mjs"))
	if n := strings.Count(out, "ok "); n < 20 {
		t.Errorf("%d steps were taken, want at least 20:\n%s", n, out)
	}
}

// The statements that the driver's builders write, as its own tests keep them,
// parse in a parser that others wrote.
func TestStatementsParseInSOQLParserJS(t *testing.T) {
	script, env := nodeModules(t)
	file, err := filepath.Abs("../testdata/statements.txt")
	if err != nil {
		t.Fatal(err)
	}
	t.Log(runNode(t, env, script("soql.mjs"), file))

	// A parser that takes everything would show nothing.
	wrong := filepath.Join(t.TempDir(), "wrong.txt")
	statements := "!SELECT Id FROM Lead WHERE LastName = 'O'Neil'\n!SELECT Id FROM Lead WHERE\n!SELECT FROM Lead\n"
	if err := os.WriteFile(wrong, []byte(statements), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Log(runNode(t, env, script("soql.mjs"), wrong))
}
