package memcrm

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/onward-crm/onward/crm"
)

// Save writes the CRM into a folder that Load can read, and makes the folder when
// it is not there. Records come in order of id, deleted ones included; columns
// come in the order of the file they were loaded from, new ones after them by
// name. Cells are written as they are: these files are data, not for
// spreadsheets, so that Load gives the same CRM again. Which records are hidden
// or locked, and the rules, are not part of it.
//
// Only the objects named in only are saved; without any, all are.
//
// A file is replaced as a whole or not at all. Save refuses to overwrite a file
// from which Load left something out: that would lose it for good.
func (c *CRM) Save(dir string, only ...crm.Object) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.checkOverwrite(dir); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("memcrm: save: %w", err)
	}
	for _, o := range c.objects {
		s := c.stores[o]
		if s.header == nil && len(s.order) == 0 || len(only) > 0 && !slices.Contains(only, o) {
			continue
		}
		if err := s.save(filepath.Join(dir, string(o)+".csv")); err != nil {
			return fmt.Errorf("memcrm: save %s: %w", o, err)
		}
	}
	return nil
}

func (c *CRM) checkOverwrite(dir string) error {
	to, err := filepath.Abs(dir)
	if err != nil {
		return fmt.Errorf("memcrm: save: %w", err)
	}
	for _, o := range c.objects {
		if c.stores[o].lossy && c.folder == to {
			return fmt.Errorf("memcrm: save: %s.csv has parts that could not be loaded and would be lost; "+
				"correct them, or save to another folder", o)
		}
	}
	return nil
}

// save writes beside the file and renames, so that a crash leaves the old file
// or the new one.
func (s *store) save(path string) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close(), os.Remove(f.Name()))
		}
	}()
	w := bufio.NewWriter(f)
	s.writeCSV(w)
	if err := w.Flush(); err != nil {
		return err
	}
	if old, statErr := os.Stat(path); statErr == nil {
		if err := f.Chmod(old.Mode().Perm()); err != nil {
			return err
		}
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return f.Close()
}

// writeCSV relies on the writer to remember the first error.
func (s *store) writeCSV(w *bufio.Writer) {
	columns := s.savedColumns()
	line := make([]string, len(columns))
	for i, col := range columns {
		line[i] = s.columns[col].field.Name
	}
	writeLine(w, line)
	for _, r := range s.rows() {
		for i, col := range columns {
			line[i] = r.get(col)
			if s.computed(col) {
				line[i] = s.value(r, col)
			}
		}
		writeLine(w, line)
	}
}

func writeLine(w io.StringWriter, cells []string) {
	for i, c := range cells {
		sep := `","`
		if i == 0 {
			sep = `"`
		}
		w.WriteString(sep)
		w.WriteString(strings.ReplaceAll(c, `"`, `""`))
	}
	w.WriteString("\"\n")
}

// savedColumns are the loaded file's columns, then those that have come into use
// since, by name.
func (s *store) savedColumns() []int {
	var out []int
	for _, h := range s.header {
		out = append(out, s.cols[h])
	}
	if len(out) == 0 {
		out = append(out, s.cols["Id"])
	}
	used := map[int]bool{}
	for _, r := range s.order {
		for _, x := range r.cells {
			used[int(x.col)] = true
		}
		if r.deleted {
			s.use(used, "IsDeleted")
		}
		if r.master != "" {
			s.use(used, "MasterRecordId")
		}
	}
	var added []int
	for col := range s.columns {
		if used[col] && !slices.Contains(out, col) {
			added = append(added, col)
		}
	}
	slices.SortFunc(added, func(a, b int) int {
		return strings.Compare(s.columns[a].field.Name, s.columns[b].field.Name)
	})
	return append(out, added...)
}

func (s *store) use(used map[int]bool, field string) {
	if col := s.col(field); col >= 0 {
		used[col] = true
	}
}
