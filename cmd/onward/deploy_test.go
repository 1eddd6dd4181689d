package main

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/onward-crm/onward/internal/settings"
)

// deployed reads a file of docs/deploy.
func deployed(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "deploy", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// commandLine checks that the program knows a command and its flags; the words are
// those behind the program's name.
func commandLine(t *testing.T, words []string) {
	t.Helper()
	cmd, rest, err := (&program{}).root().Find(words)
	if err != nil || cmd.Name() == "onward" {
		t.Fatalf("%q is no command: %v", words, err)
	}
	if err := cmd.ParseFlags(rest); err != nil {
		t.Errorf("%q: %v", words, err)
	}
}

// variables are the names that env.example assigns.
func variables(t *testing.T) []string {
	t.Helper()
	var out []string
	for line := range strings.Lines(deployed(t, "env.example")) {
		if name, _, ok := strings.Cut(line, "="); ok && !strings.HasPrefix(line, "#") {
			out = append(out, name)
		}
	}
	return out
}

// TestComposeFile: it is well formed, the files that it names are there, and so are the
// variables.
func TestComposeFile(t *testing.T) {
	var compose struct {
		Services map[string]struct {
			Build struct {
				Context    string `yaml:"context"`
				Dockerfile string `yaml:"dockerfile"`
			} `yaml:"build"`
			EnvFile     string              `yaml:"env_file"`
			Environment map[string]string   `yaml:"environment"`
			Volumes     []string            `yaml:"volumes"`
			DependsOn   map[string]struct{} `yaml:"depends_on"`
			Grace       string              `yaml:"stop_grace_period"`
			ReadOnly    bool                `yaml:"read_only"`
		} `yaml:"services"`
		Volumes map[string]any `yaml:"volumes"`
	}
	text := deployed(t, "compose.yaml")
	if err := yaml.Unmarshal([]byte(text), &compose); err != nil {
		t.Fatal(err)
	}
	onward := compose.Services["onward"]
	for _, name := range []string{onward.Build.Context, filepath.Join(onward.Build.Context, onward.Build.Dockerfile)} {
		if _, err := os.Stat(filepath.Join("..", "..", "docs", "deploy", name)); err != nil {
			t.Error(err)
		}
	}
	if !strings.HasPrefix(onward.Environment["DATABASE_URL"], "postgres://") || onward.EnvFile != ".env" || !onward.ReadOnly || onward.Grace != "20s" {
		t.Errorf("%+v", onward)
	}
	for name := range onward.DependsOn {
		if _, ok := compose.Services[name]; !ok {
			t.Errorf("there is no service %s", name)
		}
	}
	config := dockerArgs(t, "CMD")[2]
	if !slices.Contains(onward.Volumes, "./onward.yaml:"+config+":ro") {
		t.Errorf("%v has no %s, which the image reads", onward.Volumes, config)
	}
	for _, used := range regexp.MustCompile(`\$\{(\w+)`).FindAllStringSubmatch(text, -1) {
		if !slices.Contains(variables(t), used[1]) {
			t.Errorf("env.example has no %s", used[1])
		}
	}
}

// TestEnvExample names variables that the program or the example configuration reads.
func TestEnvExample(t *testing.T) {
	example, err := os.ReadFile(filepath.Join("..", "..", "docs", "onward.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	known := append(strings.FieldsFunc(string(example), func(r rune) bool {
		return r != '_' && (r < 'A' || r > 'Z') && (r < '0' || r > '9')
	}), "POSTGRES_PASSWORD", "ONWARD_SALESFORCE_CLIENT_SECRET")
	for _, name := range variables(t) {
		if !slices.Contains(known, name) {
			t.Errorf("nobody reads %s", name)
		}
	}
	if _, err := settings.Load(filepath.Join("..", "..", "docs", "onward.yaml"), nil); err != nil {
		t.Error(err)
	}
}

// dockerArgs are the words of an instruction in JSON form.
func dockerArgs(t *testing.T, instruction string) []string {
	t.Helper()
	line := regexp.MustCompile(`(?m)^` + instruction + ` \[(.*)\]$`).FindStringSubmatch(deployed(t, "Dockerfile"))
	if line == nil {
		t.Fatalf("the Dockerfile has no %s", instruction)
	}
	words := strings.Split(line[1], ",")
	for i, w := range words {
		words[i] = strings.Trim(w, ` "`)
	}
	return words
}

// TestDockerfile: the last stage runs the program as somebody who is not root, with
// flags that there are, listening at the port that is exposed.
func TestDockerfile(t *testing.T) {
	text := deployed(t, "Dockerfile")
	last := text[strings.LastIndex(text, "\nFROM "):]
	for _, want := range []string{":nonroot\n", "\nUSER nonroot\n", "\nEXPOSE 8080 ", "\nENV ONWARD_LISTEN=0.0.0.0:8080\n"} {
		if !strings.Contains(last, want) {
			t.Errorf("the last stage has no %q", strings.TrimSpace(want))
		}
	}
	if got := dockerArgs(t, "ENTRYPOINT"); !slices.Equal(got, []string{"/onward"}) || !strings.Contains(last, "/onward /onward\n") {
		t.Errorf("ENTRYPOINT %q", got)
	}
	commandLine(t, dockerArgs(t, "CMD"))
}

// TestUnit: every line of the systemd unit is one that systemd can read, and what it
// starts is a command with flags that there are.
func TestUnit(t *testing.T) {
	sections := map[string]map[string]string{}
	section := ""
	for line := range strings.Lines(deployed(t, "onward.service")) {
		line = strings.TrimSpace(line)
		name, value, assigns := strings.Cut(line, "=")
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "[") && strings.HasSuffix(line, "]"):
			section = line
			sections[section] = map[string]string{}
		case assigns && section != "" && regexp.MustCompile(`^[A-Z][A-Za-z]+$`).MatchString(name):
			sections[section][name] = value
		default:
			t.Errorf("systemd cannot read %q", line)
		}
	}
	if got := slices.Sorted(maps.Keys(sections)); !slices.Equal(got, []string{"[Install]", "[Service]", "[Unit]"}) {
		t.Fatalf("sections %v", got)
	}
	service := sections["[Service]"]
	words := strings.Fields(service["ExecStart"])
	if filepath.Base(words[0]) != "onward" {
		t.Errorf("it starts %s", words[0])
	}
	commandLine(t, words[1:])
	for name, want := range map[string]string{"DynamicUser": "yes", "Restart": "always", "StateDirectory": "onward", "WorkingDirectory": "/var/lib/onward", "TimeoutStopSec": "20"} {
		if service[name] != want {
			t.Errorf("%s=%s, want %s", name, service[name], want)
		}
	}
}

// TestAlertRules: each has an expression, a severity and words for a person.
func TestAlertRules(t *testing.T) {
	var file struct {
		Groups []struct {
			Rules []struct {
				Alert, Expr         string
				Labels, Annotations map[string]string
			}
		}
	}
	if err := yaml.Unmarshal([]byte(deployed(t, "alerts.yaml")), &file); err != nil {
		t.Fatal(err)
	}
	rules := 0
	for _, g := range file.Groups {
		for _, r := range g.Rules {
			rules++
			if r.Alert == "" || r.Expr == "" || r.Labels["severity"] == "" || r.Annotations["summary"] == "" || r.Annotations["description"] == "" {
				t.Errorf("%+v", r)
			}
		}
	}
	if rules == 0 {
		t.Error("no rules")
	}
}
