package memcrm

import (
	"slices"
	"strconv"
	"strings"

	"github.com/onward-crm/onward/crm"
)

// keyPrefixes are the first characters of ids, by object. Custom objects differ
// from org to org: theirs is taken from the records when files are loaded.
var keyPrefixes = map[crm.Object]string{
	crm.ObjectAccount: "001", crm.ObjectContact: "003", crm.ObjectLead: "00Q", crm.ObjectUser: "005",
	crm.ObjectGroup: "00G", crm.ObjectOpportunity: "006", crm.ObjectOpportunityRole: "00K", crm.ObjectTeamMember: "01M",
	crm.ObjectCampaign: "701", crm.ObjectCampaignMember: "00v", crm.ObjectTask: "00T",
	crm.ObjectJobChange: "a00", "Organization": "00D", "Profile": "00e", "PermissionSet": "0PS",
	"PermissionSetAssignment": "0Pa", objectDuplicateRule: "0Bm",
}

// digits are in the order of their bytes, so that numbered ids sort by number.
const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// origin says where a column's value comes from when a record holds none.
type origin string

const (
	fromNothing origin = ""
	fromFalse   origin = "false"
	fromTrue    origin = "true"
	fromNames   origin = "first and last name"
	fromStamp   origin = "version"
	fromID      origin = "id"
	fromBin     origin = "deleted"
	fromMaster  origin = "master"
)

type column struct {
	field  crm.Field
	origin origin
}

// row is one record. Cells are few and are searched one by one: a map for each
// of several hundred thousand records would take three times the memory.
type row struct {
	id      string
	cells   []cell
	deleted bool
	hidden  bool
	master  string
	words   []uint32
}

type cell struct {
	col   int32
	value string
}

func (r *row) get(col int) string {
	for i := range r.cells {
		if r.cells[i].col == int32(col) {
			return r.cells[i].value
		}
	}
	return ""
}

func (r *row) set(col int, value string) {
	for i := range r.cells {
		if r.cells[i].col != int32(col) {
			continue
		}
		if value == "" {
			r.cells = slices.Delete(r.cells, i, i+1)
		} else {
			r.cells[i].value = value
		}
		return
	}
	if value != "" {
		r.cells = append(r.cells, cell{int32(col), value})
	}
}

// store holds the records of one object.
type store struct {
	schema  crm.Schema
	prefix  string
	columns []column
	cols    map[string]int

	byID    map[string]*row
	order   []*row // by id, when sorted
	sorted  bool
	counter uint64

	indexes map[int]map[string][]*row
	words   *wordIndex

	// header is the column order of the file that the records came from, lossy
	// tells that not all of that file is here.
	header []string
	lossy  bool

	// The columns that have a meaning of their own, -1 where the object has none.
	stamp, created, owner, account, name, first, last int
}

func newStore(schema crm.Schema, prefix string) *store {
	s := &store{
		schema: crm.Schema{Object: schema.Object, Creatable: schema.Creatable, Updatable: schema.Updatable},
		prefix: prefix, cols: map[string]int{}, byID: map[string]*row{}, indexes: map[int]map[string][]*row{}, sorted: true,
	}
	for _, f := range schema.Fields {
		s.addColumn(f)
	}
	s.stamp, s.created, s.owner = s.col("SystemModstamp"), s.col("CreatedDate"), s.col("OwnerId")
	s.account, s.name, s.first, s.last = s.col("AccountId"), s.col("Name"), s.col("FirstName"), s.col("LastName")
	return s
}

func (s *store) addColumn(f crm.Field) {
	s.cols[f.Name] = len(s.columns)
	s.columns = append(s.columns, column{field: f, origin: originOf(s.schema.Object, f)})
	s.schema.Fields = append(s.schema.Fields, f)
}

func originOf(o crm.Object, f crm.Field) origin {
	person := o == crm.ObjectContact || o == crm.ObjectLead || o == crm.ObjectUser
	switch {
	case f.Name == "Id":
		return fromID
	case f.Name == "IsDeleted":
		return fromBin
	case f.Name == "MasterRecordId":
		return fromMaster
	case f.Name == "LastModifiedDate":
		return fromStamp
	case f.Name == "Name" && person:
		return fromNames
	case f.Name == "IsActive" && o == crm.ObjectUser:
		return fromTrue
	case f.Type == crm.TypeBoolean:
		return fromFalse
	default:
		return fromNothing
	}
}

func (s *store) col(name string) int {
	if i, ok := s.cols[name]; ok {
		return i
	}
	return -1
}

// computed tells that a column is never stored.
func (s *store) computed(col int) bool {
	switch s.columns[col].origin {
	case fromID, fromBin, fromMaster:
		return true
	case fromNames:
		return s.schema.Object != crm.ObjectUser
	default:
		return false
	}
}

// value gives what the outside sees in a column.
func (s *store) value(r *row, col int) string {
	from := s.columns[col].origin
	if from == fromNothing {
		return r.get(col)
	}
	if !s.computed(col) {
		if v := r.get(col); v != "" {
			return v
		}
	}
	switch from {
	case fromID:
		return r.id
	case fromBin:
		return strconv.FormatBool(r.deleted)
	case fromMaster:
		return r.master
	case fromStamp:
		return r.get(s.stamp)
	case fromNames:
		return strings.TrimSpace(r.get(s.first) + " " + r.get(s.last))
	default:
		return string(from)
	}
}

// named is value for a field by name; "" when the object has no such field.
func (s *store) named(r *row, field string) string {
	if col := s.col(field); col >= 0 {
		return s.value(r, col)
	}
	return ""
}

// put sets a field of a row that is not in the store yet.
func (s *store) put(r *row, field, value string) {
	if col := s.col(field); col >= 0 {
		r.set(col, value)
	}
}

// set changes a field of a row in the store, indexes included.
func (s *store) set(r *row, col int, value string) {
	r.set(col, value)
	s.index(r, col)
	if s.name >= 0 && (col == s.name || col == s.first || col == s.last) {
		if col != s.name {
			s.index(r, s.name)
		}
		if s.words != nil {
			s.words.add(r, s.value(r, s.name))
		}
	}
}

func (s *store) insert(r *row) {
	s.byID[r.id] = r
	if n := len(s.order); n > 0 && s.order[n-1].id > r.id {
		s.sorted = false
	}
	s.order = append(s.order, r)
	if n := numberOf(r.id); n > s.counter {
		s.counter = n
	}
	for col := range s.indexes {
		s.index(r, col)
	}
	if s.words != nil {
		s.words.add(r, s.value(r, s.name))
	}
}

// rows lists all rows in order of id.
func (s *store) rows() []*row {
	if !s.sorted {
		slices.SortFunc(s.order, byID)
		s.sorted = true
	}
	return s.order
}

func byID(a, b *row) int { return strings.Compare(a.id, b.id) }

// nextID numbers the records of an object.
func (s *store) nextID() string {
	for {
		s.counter++
		var tail [9]byte
		for i, n := len(tail)-1, s.counter; i >= 0; i, n = i-1, n/62 {
			tail[i] = digits[n%62]
		}
		id, err := crm.WidenID(s.prefix + "000" + string(tail[:]))
		if err == nil && s.byID[id] == nil {
			return id
		}
	}
}

// numberOf gives the number in an id that nextID may have made, else 0. Very
// large numbers are foreign ids and must not use up the rest.
func numberOf(id string) uint64 {
	if id[3:6] != "000" || id[6] != '0' {
		return 0
	}
	var n uint64
	for i := 6; i < 15; i++ {
		n = n*62 + uint64(strings.IndexByte(digits, id[i]))
	}
	return n
}

// record copies a row out: every field that is not blank and not a default.
func (s *store) record(r *row) crm.Record {
	f := make(crm.Fields, len(r.cells)+1)
	for _, c := range r.cells {
		f[s.columns[c.col].field.Name] = c.value
	}
	for i, c := range s.columns {
		if c.origin == fromNames || c.origin == fromTrue {
			if v := s.value(r, i); v != "" {
				f[c.field.Name] = v
			}
		}
	}
	return crm.Record{Object: s.schema.Object, ID: r.id, Version: s.version(r), Deleted: r.deleted, MasterID: r.master, Fields: f}
}

// version is the time of the last change. A record whose file told none has a
// version too, which its first change moves.
func (s *store) version(r *row) crm.Version {
	if s.stamp >= 0 {
		if v := r.get(s.stamp); v != "" {
			return crm.Version(v)
		}
	}
	return "unchanged"
}
