package memcrm

import (
	"cmp"
	"context"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/onward-crm/onward/crm"
)

const (
	// DefaultPageRows is the number of records in a page when Options does not
	// say; Salesforce's own.
	DefaultPageRows = 2000
	// DefaultUser is the id of the integration user when Options names none. A
	// user of that id is made.
	DefaultUser = "005ONWARD000USRYP2"
)

// Options tune a CRM. The zero value, and nil, mean the defaults.
type Options struct {
	// Names are the names of the configurable fields; default crm.DefaultNames.
	Names crm.Names
	// Now is the clock; default time.Now. It is called with the CRM's lock
	// held and must not call the CRM.
	Now func() time.Time
	// Schemas are the objects; default DefaultSchemas(Names).
	Schemas []crm.Schema
	// User is the id of the integration user, who owns what names no owner;
	// default DefaultUser. New panics, and Load fails, when it is no id.
	User string
	// LeadAssignTo is the user or queue to whom the CRM's own assignment rule
	// gives leads; "" means that there is no such rule.
	LeadAssignTo string
	// PageRows is the number of records in a page; default DefaultPageRows.
	PageRows int
}

// CRM is a CRM in memory. It implements crm.Driver and is safe for concurrent
// use.
type CRM struct {
	mu       sync.Mutex
	names    crm.Names
	now      func() time.Time
	user     string
	assignTo string
	pageRows int

	objects  []crm.Object
	stores   map[crm.Object]*store
	prefixes map[string]*store

	duplicateRules []DuplicateRule
	validations    []Validation
	locks          map[string]int
	effects        []Effect
	// tx is the transaction that is under way.
	tx    *Tx
	stats Stats

	// folder is where the records were loaded from, as an absolute path.
	folder string
}

var _ crm.Driver = (*CRM)(nil)

// Effect is one change that landed in the CRM through Write, in the order of
// landing. Checkers compare the log with what should have happened.
type Effect struct {
	Object crm.Object
	ID     string
	Key    crm.Key
	// Verb is crm.VerbCreate or crm.VerbUpdate; an upsert is the one that it
	// came to.
	Verb crm.Verb
	// Fields are the fields whose values changed, in alphabetical order.
	Fields []string
}

// Stats counts the calls of the driver's methods, failed ones included.
type Stats struct {
	// Find, Describe, Write and Landed count calls; Queries and Items count what
	// was in the calls of Find and Write.
	Find, Queries int
	Describe      int
	Write, Items  int
	Landed        int
}

// New makes a CRM that holds nothing but the integration user.
func New(o *Options) *CRM {
	c, err := build(o)
	if err != nil {
		panic(err.Error())
	}
	c.ensureUser()
	return c
}

func build(o *Options) (*CRM, error) {
	if o == nil {
		o = &Options{}
	}
	c := &CRM{
		names: o.Names, now: o.Now, pageRows: o.PageRows,
		stores: map[crm.Object]*store{}, prefixes: map[string]*store{}, locks: map[string]int{},
	}
	if reflect.ValueOf(o.Names).IsZero() {
		c.names = crm.DefaultNames()
	}
	if c.now == nil {
		c.now = time.Now
	}
	if c.pageRows <= 0 {
		c.pageRows = DefaultPageRows
	}
	var err error
	if c.user, err = crm.WidenID(cmp.Or(o.User, DefaultUser)); err != nil {
		return nil, fmt.Errorf("memcrm: options: integration user: %w", err)
	}
	if o.LeadAssignTo != "" {
		if c.assignTo, err = crm.WidenID(o.LeadAssignTo); err != nil {
			return nil, fmt.Errorf("memcrm: options: lead assignment: %w", err)
		}
	}
	schemas := o.Schemas
	if schemas == nil {
		schemas = DefaultSchemas(c.names)
	}
	for _, s := range schemas {
		c.addStore(s)
	}
	return c, nil
}

func (c *CRM) addStore(schema crm.Schema) {
	prefix, known := keyPrefixes[schema.Object]
	for n := 1; !known; n++ {
		prefix = "a" + string(digits[n/62]) + string(digits[n%62])
		known = c.prefixes[prefix] == nil
	}
	s := newStore(schema, prefix)
	c.stores[schema.Object] = s
	c.prefixes[prefix] = s
	c.objects = append(c.objects, schema.Object)
}

// ensureUser gives the integration user a record: whatever names it as owner
// must lead somewhere.
func (c *CRM) ensureUser() {
	s := c.stores[crm.ObjectUser]
	if s == nil || s.byID[c.user] != nil {
		return
	}
	r := &row{id: c.user}
	s.put(r, "Name", "Onward Integration")
	s.put(r, "IsActive", "true")
	s.insert(r)
}

// Limits tells that only pages are limited.
func (c *CRM) Limits() crm.Limits { return crm.Limits{Rows: c.pageRows} }

// Names returns the names of the configurable fields.
func (c *CRM) Names() crm.Names { return c.names }

// User returns the id of the integration user.
func (c *CRM) User() string { return c.user }

// Objects lists the objects that the CRM holds, parents first.
func (c *CRM) Objects() []crm.Object { return slices.Clone(c.objects) }

// KeyPrefix returns the three characters with which the ids of an object begin;
// "" when the CRM holds no such object.
func (c *CRM) KeyPrefix(o crm.Object) string {
	if s := c.stores[o]; s != nil {
		return s.prefix
	}
	return ""
}

// Describe returns an object's schema, columns that were found in files
// included.
func (c *CRM) Describe(ctx context.Context, o crm.Object) (crm.Schema, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.describe(ctx, o)
}

func (c *CRM) describe(ctx context.Context, o crm.Object) (crm.Schema, error) {
	c.stats.Describe++
	if err := ctx.Err(); err != nil {
		return crm.Schema{}, &crm.Error{Op: "describe", Object: o, Class: crm.ErrUnavailable, Err: err}
	}
	s := c.stores[o]
	if s == nil {
		return crm.Schema{}, &crm.Error{Op: "describe", Object: o, Class: crm.ErrNotFound, Code: "NOT_FOUND"}
	}
	out := s.schema
	out.Fields = slices.Clone(s.schema.Fields)
	return out, nil
}

// Landed looks the keys up among the live records, records that the integration
// user may not see included.
func (c *CRM) Landed(ctx context.Context, o crm.Object, keys []crm.Key) (map[crm.Key]string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stats.Landed++
	if err := ctx.Err(); err != nil {
		return nil, &crm.Error{Op: "landed", Object: o, Class: crm.ErrUnavailable, Err: err}
	}
	s := c.stores[o]
	if s == nil {
		return nil, &crm.Error{Op: "landed", Object: o, Class: crm.ErrNotFound, Code: "INVALID_TYPE"}
	}
	col, ok := s.cols[c.names.KeyField(o)]
	if !ok {
		return nil, &crm.Error{Op: "landed", Object: o, Class: crm.ErrInvalid, Code: "INVALID_FIELD"}
	}
	out := make(map[crm.Key]string, len(keys))
	for _, k := range keys {
		if r := s.one(col, string(k)); r != nil {
			out[k] = r.id
		}
	}
	return out, nil
}

// Effects returns the log of what landed through Write, oldest first.
func (c *CRM) Effects() []Effect {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.effects)
}

// Stats returns the counts of calls so far.
func (c *CRM) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stats
}

// touch moves a record's version: the time of the change, or the next
// millisecond when the clock has not moved since the last one.
func (c *CRM) touch(s *store, r *row) {
	if s.stamp < 0 {
		return
	}
	now := c.now().UTC().Truncate(time.Millisecond)
	if last := crm.ParseTime(r.get(s.stamp)); !now.After(last) {
		now = last.Add(time.Millisecond)
	}
	s.set(r, s.stamp, crm.FormatTime(now))
}
