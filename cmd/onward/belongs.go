package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/onward-crm/onward/cmd/onward/exit"
)

// orgFile is the file beside a ledger that names the org whose moves it knows.
// A ledger of a CRM in files has none.
func orgFile(ledger string) string { return ledger + ".org" }

// orgName is how the org is named there: its address.
func (w *world) orgName() string {
	return strings.ToLower(strings.TrimRight(w.settings.CRM.Salesforce.Instance, "/"))
}

// belongs refuses to go on with the ledger of another CRM: its moves would be
// taken for done, and its records' ids for ids of this one. org is "" for a CRM in
// files.
func (w *world) belongs(org string) error {
	raw, err := os.ReadFile(orgFile(w.ledgerPath))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return exit.Trouble(err)
	}
	switch was := strings.TrimSpace(string(raw)); {
	case was == org:
		return nil
	case was == "":
		return exit.Usage(fmt.Errorf("%s knows of moves in a CRM of files, not in %s; choose another --out", w.ledgerPath, org))
	case org == "":
		return exit.Usage(fmt.Errorf("%s knows of moves in %s, not in a CRM of files; choose another --out", w.ledgerPath, was))
	default:
		return exit.Usage(fmt.Errorf("%s knows of moves in %s, not in %s; choose another --out, or correct %s if the org was renamed", w.ledgerPath, was, org, orgFile(w.ledgerPath)))
	}
}

// name notes the org beside the ledger, before there is one.
func (w *world) name() error {
	if w.org == nil {
		return nil
	}
	return os.WriteFile(orgFile(w.ledgerPath), []byte(w.orgName()+"\n"), 0o600)
}
