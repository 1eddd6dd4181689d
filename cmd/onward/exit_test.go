package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/onward-crm/onward/cmd/onward/exit"
)

// TestExitCodes: what goes wrong has its code, and says where and what was
// expected.
func TestExitCodes(t *testing.T) {
	const good = "id,full_name,new_company\n1,Ada Quill,Beta Labs\n"
	for name, tt := range map[string]struct {
		args   string
		events string
		code   int
		stderr string
	}{
		"good":                  {"run --crm CRM --events EVENTS", good, exit.CodeDone, ""},
		"BOM":                   {"run --crm CRM --events EVENTS", "\xef\xbb\xbf" + good, exit.CodeDone, ""},
		"semicolons":            {"run --crm CRM --events EVENTS", strings.ReplaceAll(good, ",", ";"), exit.CodeDone, ""},
		"Windows-1252":          {"run --crm CRM --events EVENTS", strings.ReplaceAll(good, "Quill", "N\xfa\xf1ez"), exit.CodeDone, ""},
		"unknown column":        {"run --crm CRM --events EVENTS", "Shoe Size," + strings.ReplaceAll(good, "1,Ada", "44,1,Ada"), exit.CodeDone, "unknown names kept as custom values: Shoe Size"},
		"bad row":               {"run --crm CRM --events EVENTS", good + "2,Bob Tern\n", exit.CodeLeft, "moves.csv:3: want 3 cells, as in the header, not 2"},
		"bad date":              {"run --crm CRM --events EVENTS", strings.ReplaceAll(good, "\n", ",\n")[:24] + ",started_on\n1,Ada Quill,Beta Labs,2026-02-30\n", exit.CodeLeft, "moves.csv:2: started_on: not a date, want YYYY-MM-DD or RFC 3339"},
		"bad id":                {"run --crm CRM --events EVENTS", "crm_id,full_name,new_company\n003x,Ada Quill,Beta Labs\n", exit.CodeLeft, "moves.csv:2: crm_id: has 4 characters, want 15 or 18"},
		"strategy in a row":     {"run --crm CRM --events EVENTS", "strategy,full_name,new_company\nguess,Ada Quill,Beta Labs\n", exit.CodeLeft, "moves.csv:2: strategy: not a strategy, want one of flow, always-lead, contact-and-account, contact-or-lead"},
		"bad row of the CRM":    {"run --crm BADCRM --events EVENTS", good, exit.CodeLeft, "Account.csv:3: column Id: want"},
		"missing column":        {"run --crm CRM --events EVENTS", "full_name\nAda Quill\n", exit.CodeUsage, "moves.csv:1: no column says where they moved, want new_company, "},
		"no file":               {"run --crm CRM --events nowhere.csv", good, exit.CodeUsage, "nowhere.csv"},
		"unknown strategy":      {"run --crm CRM --events EVENTS --strategy guess", good, exit.CodeUsage, "--strategy guess: not a strategy, want one of flow, "},
		"unknown format":        {"run --crm CRM --events EVENTS --format xml", good, exit.CodeUsage, "--format xml: want table or json"},
		"bad now":               {"run --crm CRM --events EVENTS --now today", good, exit.CodeUsage, "--now today: want a time such as"},
		"compare without dry":   {"run --crm CRM --events EVENTS --compare", good, exit.CodeUsage, "--compare needs --dry-run"},
		"no events":             {"run --crm CRM", good, exit.CodeUsage, "required flag(s) \"events\" not set"},
		"no CRM":                {"run --events EVENTS", good, exit.CodeUsage, "which CRM?"},
		"CRM that is not there": {"run --crm nowhere --events EVENTS", good, exit.CodeTrouble, "memcrm: load: "},
		"folder without a CRM":  {"run --crm EMPTY --events EVENTS", good, exit.CodeUsage, "holds no CRM files, want Account.csv"},
		"strange out":           {"run --crm CRM --events EVENTS --out CRM", good, exit.CodeUsage, "holds CRM files, but no ledger of an earlier run"},
		"in place and out":      {"run --crm CRM --events EVENTS --in-place --out OUT", good, exit.CodeUsage, "--in-place needs a folder as --crm, and no --out"},
		"in place, bad rows":    {"run --crm BADCRM --events EVENTS --in-place", good, exit.CodeUsage, "cannot be read and --in-place would lose them"},
		"damaged ledger":        {"run --crm CRM --events EVENTS --out DAMAGED", good, exit.CodeTrouble, "ledger.json: "},
		"ledger without a CRM":  {"run --crm CRM --events EVENTS --out LEDGERONLY", good, exit.CodeUsage, "knows of earlier moves, but"},
		"bad configuration":     {"run --crm CRM --events EVENTS --config BAD", good, exit.CodeUsage, "bad.yaml:2:3: matching.proflie: unknown key, did you mean \"profile\"?\n     1 | matching:\n>    2 |   proflie: strict\n       |   ^"},
		"unknown field":         {"run --crm CRM --events EVENTS --config FIELDS", good, exit.CodeUsage, "fields.yaml:2:24: fields.lead.relationship: "},
		"unknown command":       {"walk", good, exit.CodeUsage, "unknown command \"walk\""},
		"unknown subcommand":    {"config walk", good, exit.CodeUsage, "unknown command \"walk\""},
		"unknown id":            {"explain --crm CRM --events EVENTS 77", good, exit.CodeUsage, "no move has the id \"77\""},
		"config check":          {"config check DEMO", good, exit.CodeDone, ""},
		"config check, CRM":     {"config check DEMO --crm CRM", good, exit.CodeDone, ""},
		"config check, bad":     {"config check BAD", good, exit.CodeUsage, "did you mean"},
		"config check, no file": {"config check nowhere.yaml", good, exit.CodeUsage, "nowhere.yaml"},
		"config schema":         {"config schema", good, exit.CodeDone, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := onward(t, t.Context(), "", stage(t, tt.args, tt.events)...)
			if got.code != tt.code || !strings.Contains(got.stderr, tt.stderr) {
				t.Errorf("exit code %d, want %d; stderr:\n%s\nwant %s", got.code, tt.code, got.stderr, tt.stderr)
			}
		})
	}
}

// stage writes the files that a row of the table speaks of, and puts their
// names into the arguments.
func stage(t *testing.T, args, events string) []string {
	t.Helper()
	demo := demoDir(t)
	dir := filepath.Dir(demo)
	places := map[string]string{
		"CRM": demo + "/crm", "DEMO": demo + "/onward.yaml", "EVENTS": dir + "/moves.csv", "OUT": dir + "/out", "BADCRM": dir + "/badcrm",
		"EMPTY": dir + "/empty", "DAMAGED": dir + "/damaged", "LEDGERONLY": dir + "/ledgeronly", "BAD": dir + "/bad.yaml", "FIELDS": dir + "/fields.yaml",
	}
	for _, name := range []string{"EMPTY", "DAMAGED", "LEDGERONLY"} {
		if err := os.Mkdir(places[name], 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, copied := range []string{"BADCRM", "DAMAGED"} {
		if err := os.CopyFS(places[copied], os.DirFS(places["CRM"])); err != nil {
			t.Fatal(err)
		}
	}
	write(t, places["EVENTS"], events)
	write(t, places["BADCRM"]+"/Account.csv", "Id,Name\n001Lu0000000001IAA,Agilent\n001Lu,Beta\n")
	write(t, places["DAMAGED"]+"/ledger.json", "{\n")
	write(t, places["LEDGERONLY"]+"/ledger.json", "{\n")
	write(t, places["BAD"], "matching:\n  proflie: strict\n")
	write(t, places["FIELDS"], "fields:\n  lead: {relationship: Not_There__c}\n")
	words := strings.Fields(args)
	for i, word := range words {
		if path, ok := places[word]; ok {
			words[i] = path
		}
	}
	return words
}
