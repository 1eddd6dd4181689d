package soql

// Query is a parsed statement. Names are as they were written; whether they exist
// is a matter of [Prepare].
type Query struct {
	Items  []Item
	Object string
	Alias  string
	// Where and Having are nil when there is no such clause.
	Where   Expr
	With    string
	GroupBy []string
	Having  Expr
	OrderBy []Order
	// Limit and Offset are -1 when they are not given.
	Limit, Offset int
	// For is "VIEW" or "REFERENCE", or "" without a FOR clause.
	For     string
	AllRows bool
}

// Item is one entry of the SELECT list: a field, an aggregate, FIELDS(…) or a
// query over child records.
type Item struct {
	Term
	Alias string
	// Children is the sub-query; the other fields are blank then.
	Children *Query
}

// Term is a field, or a function of one.
type Term struct {
	// Func is an aggregate function or FIELDS in capitals, "" for a plain field.
	Func string
	// Path is the field with its relationships, such as "Account.Owner.Name". It
	// is "" in COUNT().
	Path string
}

// Order is one entry of ORDER BY.
type Order struct {
	Term
	Descending bool
	NullsLast  bool
}

// Expr is a condition: *And, *Or, *Not or *Compare.
type Expr interface{ write(p *printer) }

// And holds when all its conditions do; there are at least two.
type And struct{ All []Expr }

// Or holds when one of its conditions does; there are at least two.
type Or struct{ Any []Expr }

// Not holds when its condition does not.
type Not struct{ X Expr }

// Op is a comparison operator.
type Op string

// The comparison operators.
const (
	OpEqual          Op = "="
	OpUnequal        Op = "!="
	OpLess           Op = "<"
	OpLessOrEqual    Op = "<="
	OpGreater        Op = ">"
	OpGreaterOrEqual Op = ">="
	OpLike           Op = "LIKE"
	OpIn             Op = "IN"
	OpNotIn          Op = "NOT IN"
	OpIncludes       Op = "INCLUDES"
	OpExcludes       Op = "EXCLUDES"
)

// Compare compares a term with one value, with a list, or with what a sub-query
// selects.
type Compare struct {
	Term   Term
	Op     Op
	Values []Literal
	Select *Query
}

// Kind tells the literals apart.
type Kind string

// The kinds of literals.
const (
	KindNull     Kind = "null"
	KindBool     Kind = "boolean"
	KindNumber   Kind = "number"
	KindString   Kind = "string"
	KindPattern  Kind = "pattern"
	KindDate     Kind = "date"
	KindDateTime Kind = "dateTime"
	KindCalendar Kind = "calendar"
)

// Literal is a value in a statement.
type Literal struct {
	Kind Kind
	// Text is the decoded string, the number or date as written, or the name of a
	// date literal such as LAST_N_DAYS. In a pattern, backslashes still mark the
	// characters after them as plain.
	Text string
	// N is the number of a date literal that takes one.
	N int
}

// IsAggregate reports whether the rows of the answer are groups, not records.
func (q *Query) IsAggregate() bool {
	if len(q.GroupBy) > 0 {
		return true
	}
	for _, it := range q.Items {
		if it.Func != "" && it.Func != fieldsFunc && !q.IsCount() {
			return true
		}
	}
	return false
}

// IsCount reports whether the statement asks for COUNT() alone, which is answered
// by a number and no rows.
func (q *Query) IsCount() bool {
	return len(q.Items) == 1 && q.Items[0].Func == countFunc && q.Items[0].Path == "" && q.Items[0].Children == nil
}
