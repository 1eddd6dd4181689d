package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// meterPause is the time between two drawings of a progress bar.
const meterPause = 100 * time.Millisecond

// checkOut refuses an output that would fail after all the work, or destroy what
// is read.
func (f matchFlags) checkOut() error {
	if f.explain != "" || f.out == "-" || f.out == "" {
		return nil
	}
	dir, err := os.Stat(filepath.Dir(f.out))
	if err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	if !dir.IsDir() {
		return fmt.Errorf("--out %s: not in a folder", f.out)
	}
	there, err := os.Stat(f.out)
	if err != nil {
		return nil // there is none yet
	}
	if there.IsDir() {
		return fmt.Errorf("--out %s: a folder, want a file", f.out)
	}
	for _, path := range []string{f.accounts, f.queries} {
		if in, err := os.Stat(path); err == nil && os.SameFile(in, there) {
			return fmt.Errorf("--out %s: is read too, want another file", f.out)
		}
	}
	return nil
}

// sink is where rows go: standard output, or a file that is there as a whole or
// not at all.
type sink struct {
	rows *csv.Writer
	file *os.File // nil for standard output
	path string   // where the file goes at the end; "" when it is there
}

func (p *program) openSink(path string) (*sink, error) {
	if path == "-" || path == "" {
		return &sink{rows: csv.NewWriter(p.Stdout)}, nil
	}
	if to, err := filepath.EvalSymlinks(path); err == nil {
		path = to // the file is replaced, not what points to it
	}
	there, err := os.Stat(path)
	if err == nil && !there.Mode().IsRegular() { // a pipe or a device is not replaced
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return nil, err
		}
		return &sink{rows: csv.NewWriter(f), file: f}, nil
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return nil, err
	}
	if there != nil {
		err = f.Chmod(there.Mode().Perm())
	}
	s := &sink{rows: csv.NewWriter(f), file: f, path: path}
	if err != nil {
		s.drop()
		return nil, err
	}
	return s, nil
}

func (s *sink) write(cells []string) error { return s.rows.Write(cells) }

// keep ends the output; a file takes its place.
func (s *sink) keep() error {
	s.rows.Flush()
	if err := s.rows.Error(); err != nil || s.file == nil {
		return err
	}
	name, file := s.file.Name(), s.file
	if err := file.Close(); err != nil {
		return err
	}
	if s.path != "" {
		if err := os.Rename(name, s.path); err != nil {
			return errors.Join(err, os.Remove(name))
		}
	}
	s.file = nil
	return nil
}

// drop gives up what was not kept. It may be called after keep.
func (s *sink) drop() {
	if s.file == nil {
		return
	}
	_ = s.file.Close() // what is dropped needs not be whole
	if s.path != "" {
		_ = os.Remove(s.file.Name()) // a left-over is hidden and named after the output
	}
	s.file = nil
}
