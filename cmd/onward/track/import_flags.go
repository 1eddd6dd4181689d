package track

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/cmd/onward/show"
	"github.com/onward-crm/onward/internal/settings"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/contacts"
	"github.com/onward-crm/onward/tracking/salesforcereport"
)

// importFlags say which list is read, and how.
type importFlags struct {
	csv, report, list, id, name, relationship, preset, accounts string
	automatic, activate                                         bool
	mapping                                                     []string
}

func (f *importFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.csv, "csv", "", "a CSV `FILE`")
	c.Flags().StringVar(&f.report, "report", "", "a Salesforce report, by `ID` or address")
	c.Flags().StringVar(&f.list, "list", "", "a HubSpot list, by `NUMBER` or address")
	c.Flags().BoolVar(&f.automatic, "automatic", false, "the contacts of opportunities and customer accounts in the CRM")
	c.Flags().StringVar(&f.preset, "preset", "", "with --automatic: `PRESET` probability or is-won")
	c.Flags().StringVar(&f.accounts, "accounts", "", "with --automatic: CSV `FILE` with the ids of customer accounts")
	c.Flags().StringVar(&f.id, "id", "", "`ID` of the import (default: from the file's name; automatic)")
	c.Flags().StringVar(&f.name, "name", "", "`NAME` of the import, for people")
	c.Flags().StringVar(&f.relationship, "relationship", "", "`ID` of the relationship that the list stands for")
	c.Flags().StringArrayVar(&f.mapping, "map", nil, "`FIELD=COLUMN`, once for each field")
	c.Flags().BoolVar(&f.activate, "activate", false, "take it in")
}

// kinds are the kinds of lists that the flags name.
func (f importFlags) kinds() []tracking.ImportKind {
	var out []tracking.ImportKind
	for _, k := range []struct {
		given bool
		kind  tracking.ImportKind
	}{
		{f.csv != "", tracking.ImportCSV}, {f.report != "", tracking.ImportReport}, {f.list != "", tracking.ImportList}, {f.automatic, tracking.ImportAutomatic},
	} {
		if k.given {
			out = append(out, k.kind)
		}
	}
	return out
}

// list is the import that flags and arguments mean, with its rows.
func (d *desk) list(ctx context.Context, f importFlags, args []string) (tracking.Import, contacts.Source, error) {
	state, err := d.db.Contacts.State(ctx)
	if err != nil {
		return tracking.Import{}, nil, err
	}
	l, err := d.chosen(state, f, args)
	if err != nil {
		return tracking.Import{}, nil, exit.Usage(err)
	}
	if l.Import, err = l.Check(state.Relationships); err != nil { // before anything is opened
		return tracking.Import{}, nil, err
	}
	problems, err := addAccounts(&l)
	if err != nil {
		return tracking.Import{}, nil, err
	}
	d.sayProblems(l.AccountsFile, len(problems), show.Count(len(l.Accounts), "account"), problems)
	imp := l.Import
	if len(imp.Mapping) == 0 {
		if imp.Mapping, err = d.guess(ctx, imp); err != nil {
			return imp, nil, err
		}
	}
	src, err := d.sources.Open(ctx, imp)
	return imp, src, err
}

// chosen is the import that was set up: in the configuration, before, or by flags.
func (d *desk) chosen(state tracking.State, f importFlags, args []string) (settings.ListImport, error) {
	kinds := f.kinds()
	switch {
	case len(kinds) > 1:
		return settings.ListImport{}, errors.New("which list? want one of --csv, --report, --list and --automatic")
	case len(kinds) == 1 && len(args) == 1:
		return settings.ListImport{}, fmt.Errorf("%s is an import already; for a new one say --id instead", args[0])
	case len(kinds) == 1:
		return f.made(kinds[0])
	case len(args) == 0:
		return settings.ListImport{}, fmt.Errorf("which list? want one of --csv, --report, --list and --automatic, or an import%s", d.known(state))
	case f.changes():
		return settings.ListImport{}, fmt.Errorf("%s is set up already: change it there, or give a new list with --csv, --report, --list or --automatic", args[0])
	}
	l, err := setUp(state, d.settings.Tracking, args[0])
	if errors.Is(err, ErrNoImport) {
		err = fmt.Errorf("no import is called %s%s", args[0], d.known(state))
	}
	return l, err
}

// changes reports whether a flag says how a list is set up.
func (f importFlags) changes() bool {
	return f.id+f.name+f.relationship+f.preset+f.accounts != "" || len(f.mapping) > 0
}

// known lists the imports that there are, for a message.
func (d *desk) known(state tracking.State) string {
	var ids []string
	for _, l := range d.settings.Tracking.Imports {
		ids = append(ids, l.ID)
	}
	for _, i := range state.Imports {
		ids = append(ids, i.ID)
	}
	if len(ids) == 0 {
		return ""
	}
	slices.Sort(ids)
	return "; there are " + strings.Join(slices.Compact(ids), ", ")
}

// made is an import of a kind as flags set it up.
func (f importFlags) made(kind tracking.ImportKind) (settings.ListImport, error) {
	l := settings.ListImport{AccountsFile: f.accounts, Import: tracking.Import{
		ID: f.id, Name: f.name, Kind: kind, Relationship: f.relationship, Ref: f.csv + f.report + f.list, Preset: tracking.Preset(f.preset),
	}}
	if kind != tracking.ImportAutomatic && (f.preset != "" || f.accounts != "") {
		return l, errors.New("--preset and --accounts go with --automatic")
	}
	if kind == tracking.ImportAutomatic && len(f.mapping) > 0 {
		return l, errors.New("--map goes with a list: an automatic import reads the CRM's own fields")
	}
	if kind != tracking.ImportAutomatic && f.relationship == "" {
		return l, errors.New("--relationship: want what the people of the list are to you, such as user")
	}
	if l.ID == "" {
		switch kind {
		case tracking.ImportCSV:
			l.ID = slug(f.csv)
		case tracking.ImportAutomatic:
			l.ID = "automatic"
		default:
			return l, errors.New("--id: want a name for the import, such as admins")
		}
	}
	for _, pair := range f.mapping {
		field, column, ok := strings.Cut(pair, "=")
		if !ok || !slices.Contains(settings.ImportFields(), field) || column == "" {
			return l, fmt.Errorf("--map %s: want FIELD=COLUMN, with a FIELD of %s", pair, strings.Join(settings.ImportFields(), ", "))
		}
		if l.Mapping == nil {
			l.Mapping = tracking.Mapping{}
		}
		l.Mapping[tracking.Field(field)] = column
	}
	return l, nil
}

var notInID = regexp.MustCompile(`[^a-z0-9]+`)

// slug makes an id of a file's name.
func slug(path string) string {
	name := filepath.Base(path)
	return strings.Trim(notInID.ReplaceAllString(strings.ToLower(strings.TrimSuffix(name, filepath.Ext(name))), "-"), "-")
}

// guess finds the columns of a table by their names, and says which it took. A HubSpot
// list has its usual properties.
func (d *desk) guess(ctx context.Context, imp tracking.Import) (tracking.Mapping, error) {
	var header []string
	switch imp.Kind {
	case tracking.ImportCSV:
		f, err := readFile(imp.Ref)
		if err != nil {
			return nil, err
		}
		header = f.Header()
	case tracking.ImportReport:
		org, err := d.sources.Org(ctx)
		if err != nil {
			return nil, err
		}
		if header, err = salesforcereport.Columns(ctx, org, imp.Ref); err != nil {
			return nil, err
		}
	default:
		return nil, nil
	}
	m := tracking.GuessMapping(header)
	var texts []string
	for _, field := range slices.Sorted(maps.Keys(m)) {
		texts = append(texts, fmt.Sprintf("%s=%q", field, m[field]))
	}
	d.env.Say("columns taken: %s", show.Printable(strings.Join(texts, ", ")))
	return m, nil
}
