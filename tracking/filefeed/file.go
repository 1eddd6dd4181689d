package filefeed

import (
	"context"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
)

// File is a Feed that is read from a path, and again once the file has changed: a
// tracking.Provider for a file that somebody else writes from time to time. A file that
// cannot be read is a provider in trouble (tracking.ErrBroken); nobody is gone because of
// it. Put a new file in the place of the old one by renaming it, so that it is never half.
// Safe for concurrent use.
type File struct {
	path string
	opt  Options
	log  *slog.Logger

	mu       sync.Mutex
	feed     *Feed
	size     int64
	modified time.Time
}

var _ tracking.Provider = (*File)(nil)

// Open makes a File; nothing is read yet. logger gets a line with counts for each reading,
// and may be nil. The error is ErrFile and names the option.
func Open(path string, o Options, logger *slog.Logger) (*File, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	return &File{path: path, opt: o, log: logger}, nil
}

// Name is the provider's.
func (f *File) Name() string { return f.opt.Name }

// Feed is what the file holds now. The error is ErrFile.
func (f *File) Feed() (*Feed, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	info, err := os.Stat(f.path)
	if err != nil {
		return nil, &fileError{err}
	}
	if f.feed != nil && info.Size() == f.size && info.ModTime().Equal(f.modified) {
		return f.feed, nil
	}
	in, err := os.Open(f.path)
	if err != nil {
		return nil, &fileError{err}
	}
	defer in.Close()
	feed, err := Read(in, f.opt)
	if err != nil {
		return nil, err
	}
	f.feed, f.size, f.modified = feed, info.Size(), info.ModTime()
	f.log.Info("filefeed: read", slog.String("provider", f.opt.Name), slog.Int("people", feed.People()), slog.Int("rows", feed.Rows()), slog.Int("problems", len(feed.Problems())))
	return feed, nil
}

// fileError is a file that cannot be opened; its text names the path.
type fileError struct{ err error }

func (e *fileError) Error() string   { return "filefeed: " + e.err.Error() }
func (e *fileError) Unwrap() []error { return []error{ErrFile, e.err} }

// Refresh looks people up; see Feed.
func (f *File) Refresh(ctx context.Context, people []tracking.Person) (tracking.Refreshed, error) {
	feed, err := f.Feed()
	if err != nil {
		return tracking.Refreshed{}, f.trouble("refresh", err)
	}
	return feed.Refresh(ctx, people)
}

// Find lists those at a company; see Feed.
func (f *File) Find(ctx context.Context, at matching.Company, persona tracking.Persona, limit int) (tracking.Found, error) {
	feed, err := f.Feed()
	if err != nil {
		return tracking.Found{}, f.trouble("find", err)
	}
	return feed.Find(ctx, at, persona, limit)
}

func (f *File) trouble(op string, err error) error {
	return &tracking.ProviderError{Provider: f.opt.Name, Op: op, Class: tracking.ErrBroken, Code: strings.TrimPrefix(err.Error(), "filefeed: "), Err: err}
}
