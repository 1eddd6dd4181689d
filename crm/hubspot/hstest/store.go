package hstest

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Kind is a kind of records, as paths name it.
type Kind string

// The kinds of records.
const (
	Contacts  Kind = "contacts"
	Companies Kind = "companies"
)

// firstID is the first id that the server gives.
const firstID = 40_000_000_001

// store holds the records of one kind.
type store struct {
	kind       Kind
	records    map[int64]*record
	moved      map[int64]int64 // merged records, old to new
	properties map[string]Property
	// indexed is what the search knows: properties by id.
	indexed map[int64]map[string]string
}

func newStore(k Kind) *store {
	st := &store{
		kind: k, records: map[int64]*record{}, moved: map[int64]int64{}, properties: map[string]Property{},
		indexed: map[int64]map[string]string{},
	}
	for _, p := range standardProperties(k) {
		st.properties[p.Name] = p
	}
	return st
}

// record is a contact or a company: the versions of its properties, oldest first.
type record struct {
	id               int64
	properties       map[string][]version
	created, updated time.Time
	archived         bool
}

type version struct {
	Value     string `json:"value"`
	Timestamp string `json:"timestamp"`
	Source    string `json:"sourceType"`
}

const stampForm = "2006-01-02T15:04:05.000Z"

// value is what a property is now; "" for none.
func (r *record) value(name string) string {
	if name == "hs_object_id" {
		return strconv.FormatInt(r.id, 10)
	}
	if vs := r.properties[name]; len(vs) > 0 {
		return vs[len(vs)-1].Value
	}
	return ""
}

// modified is the property that holds when a record was changed.
func (st *store) modified() string {
	if st.kind == Companies {
		return "hs_lastmodifieddate"
	}
	return "lastmodifieddate"
}

// stamp is a time later than all that were given before: two changes within one
// millisecond are two versions.
func (s *Server) stamp() time.Time {
	now := s.now().UTC().Truncate(time.Millisecond)
	if !now.After(s.last) {
		now = s.last.Add(time.Millisecond)
	}
	s.last = now
	return now
}

// put gives a record new values, as of a time in its history, and creates it when it
// is not there. Properties that nobody defined become texts.
func (s *Server) put(st *store, id int64, properties map[string]string, at time.Time) *record {
	r := st.records[id]
	now := s.stamp()
	if r == nil {
		r = &record{id: id, properties: map[string][]version{}, created: now}
		st.records[id] = r
		r.set("createdate", now.Format(stampForm), now)
	}
	for name, value := range properties {
		if _, ok := st.properties[name]; !ok {
			st.properties[name] = Property{Name: name}
		}
		r.set(name, value, at)
	}
	r.updated = now
	r.set(st.modified(), now.Format(stampForm), now)
	s.index(st, r)
	return r
}

func (r *record) set(name, value string, at time.Time) {
	v := version{Value: value, Timestamp: at.UTC().Format(stampForm), Source: "CRM_UI"}
	r.properties[name] = append(r.properties[name], v)
}

// PutContact creates a contact, or gives one new values, now.
func (s *Server) PutContact(id int64, properties map[string]string) {
	s.PutContactAt(id, s.now(), properties)
}

// PutContactAt does so at a time, which is that of the versions in the history.
func (s *Server) PutContactAt(id int64, at time.Time, properties map[string]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.put(s.stores[Contacts], id, properties, at)
}

// PutCompany creates a company, or gives one new values.
func (s *Server) PutCompany(id int64, properties map[string]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.put(s.stores[Companies], id, properties, s.now())
}

// Create makes a record with an id of the server's choice.
func (s *Server) Create(k Kind, properties map[string]string) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.create(s.stores[k], properties).id
}

func (s *Server) create(st *store, properties map[string]string) *record {
	s.lastID++
	return s.put(st, s.lastID, properties, s.now())
}

// Properties are the present values of a record that are not blank; nil when it is not
// there or was archived.
func (s *Server) Properties(k Kind, id int64) map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.stores[k].records[id]
	if r == nil || r.archived {
		return nil
	}
	return r.values()
}

func (r *record) values() map[string]string {
	out := map[string]string{"hs_object_id": r.value("hs_object_id")}
	for name := range r.properties {
		if v := r.value(name); v != "" {
			out[name] = v
		}
	}
	return out
}

// Associate makes a company the primary one of a contact, from a time on; the one
// before stays as another. As in HubSpot, associatedcompanyid follows.
func (s *Server) Associate(contact, company int64, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if old := s.primary[contact]; old != 0 {
		s.others[contact] = append(s.others[contact], old)
	}
	s.primary[contact] = company
	s.put(s.stores[Contacts], contact, map[string]string{"associatedcompanyid": strconv.FormatInt(company, 10)}, at)
}

// Merge makes one contact of two: the old id is answered with the new one's record.
func (s *Server) Merge(from, into int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.stores[Contacts]
	delete(st.records, from)
	s.pending = append(s.pending, indexing{at: s.now().Add(s.lag), store: st, id: from})
	st.moved[from] = into
	var old []string
	for _, id := range slices.Sorted(maps.Keys(st.moved)) {
		if st.moved[id] == into {
			old = append(old, strconv.FormatInt(id, 10))
		}
	}
	s.put(st, into, map[string]string{"hs_merged_object_ids": strings.Join(old, ";")}, s.now())
}

// DeleteContact archives a contact, as HubSpot does with what is deleted.
func (s *Server) DeleteContact(id int64) { s.Archive(Contacts, id) }

// Archive puts a record into the recycle bin.
func (s *Server) Archive(k Kind, id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.stores[k]
	if r := st.records[id]; r != nil {
		r.archived, r.updated = true, s.stamp()
		s.index(st, r)
	}
	if k == Contacts {
		delete(s.primary, id)
	}
}

// find follows merges to the record that answers for an id; nil when there is none.
func (st *store) find(id int64) *record {
	for st.moved[id] != 0 {
		id = st.moved[id]
	}
	return st.records[id]
}

// sorted lists the records in order of their ids.
func (st *store) sorted(archived bool) []*record {
	var out []*record
	for _, id := range slices.Sorted(maps.Keys(st.records)) {
		if r := st.records[id]; r.archived == archived {
			out = append(out, r)
		}
	}
	return out
}
