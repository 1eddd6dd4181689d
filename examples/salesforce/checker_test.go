package salesforce_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// checker is the script that reads Salesforce's own declarations of metadata.
const checker = "../../.ci/node/metadata-check.mjs"

// TestMetadataTypes holds every file against the types that Salesforce publishes:
// unknown elements, values outside an enumeration, elements that are missing or
// apart. It needs node and the packages of .ci/node; ONWARD_NODE_MODULES names a
// folder that has them.
func TestMetadataTypes(t *testing.T) {
	check := metadataChecker(t)
	if out, err := check(t, "force-app"); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestMetadataTypesCanFail: the checker is not satisfied with anything.
func TestMetadataTypesCanFail(t *testing.T) {
	check := metadataChecker(t)
	dir := t.TempDir()
	text := `<?xml version="1.0" encoding="UTF-8"?>
<CustomField xmlns="http://soap.sforce.com/2006/04/metadata">
    <fullName>A__c</fullName>
    <label>A</label>
    <lenght>80</lenght>
    <type>Text</type>
</CustomField>
`
	if err := os.WriteFile(filepath.Join(dir, "A__c.field-meta.xml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := check(t, dir)
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 || !bytes.Contains(out, []byte("<lenght>")) {
		t.Errorf("%v\n%s\nwant a finding about <lenght>", err, out)
	}
}

// metadataChecker gives a function that runs the script, and skips the test where
// it cannot run.
func metadataChecker(t *testing.T) func(t *testing.T, dir string) ([]byte, error) {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("no node on this machine")
	}
	modules := os.Getenv("ONWARD_NODE_MODULES")
	if modules == "" {
		modules = filepath.Dir(checker) + "/node_modules"
	}
	if modules, err = filepath.Abs(modules); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"@salesforce/types", "fast-xml-parser"} {
		if _, err := os.Stat(filepath.Join(modules, name)); errors.Is(err, fs.ErrNotExist) {
			t.Skipf("%s is not installed: run npm install in .ci/node", name)
		}
	}
	script := besideModules(t, modules)
	return func(t *testing.T, dir string) ([]byte, error) {
		t.Helper()
		return exec.CommandContext(t.Context(), node, script, dir).CombinedOutput()
	}
}

// besideModules copies the script to where node finds the packages: a folder that
// links to them. Modules are looked for beside the script, not by a variable.
func besideModules(t *testing.T, modules string) string {
	t.Helper()
	text, err := os.ReadFile(checker)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Symlink(modules, filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	script := filepath.Join(dir, filepath.Base(checker))
	if err := os.WriteFile(script, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return script
}
