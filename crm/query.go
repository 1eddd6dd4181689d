package crm

// Op says how a condition compares.
type Op string

const (
	// OpIn holds when the field equals one of the values. Text is compared
	// without regard to case, as SOQL does; ids on 18 characters.
	OpIn Op = "in"
	// OpWords holds when all words of one of the values occur as whole words in
	// the record's name (first and last name, or account name), in any order,
	// without regard to case or accents, as SOSL's search in name fields does.
	// Field is not used.
	OpWords Op = "words"
	// OpSince holds when the field is a time at or after the one value.
	OpSince Op = "since"
)

// Cond is one condition of a query.
type Cond struct {
	Field string `json:"field,omitempty"`
	Op    Op     `json:"op"`
	// Values must not be empty: an empty filter is an error, never "all".
	Values []string `json:"values"`
}

// Query asks for the records of one object. All conditions must hold.
// Without conditions all records are asked for. Pages come in order of id.
type Query struct {
	Object Object   `json:"object"`
	Select []string `json:"select"`
	Where  []Cond   `json:"where,omitempty"`
	// Deleted asks for deleted and merged records as well.
	Deleted bool `json:"deleted,omitempty"`
	// Cursor continues after an earlier page.
	Cursor string `json:"cursor,omitempty"`
}

// Page is the answer to one query. Next is the cursor of the following page,
// empty on the last one. Err is set when this query alone failed.
type Page struct {
	Records []Record `json:"records"`
	Next    string   `json:"next,omitempty"`
	Err     error    `json:"-"`
}
