package tracking

import (
	"maps"
	"slices"
	"strings"

	"github.com/onward-crm/onward/matching"
)

// Field is a part of a Person that a column can hold.
type Field string

// The fields of an import.
const (
	FieldFirstName Field = "first_name"
	FieldLastName  Field = "last_name"
	FieldFullName  Field = "full_name"
	FieldCompany   Field = "company"
	FieldEmail     Field = "email"
	// FieldOtherEmails may hold several addresses.
	FieldOtherEmails Field = "other_emails"
	FieldTitle       Field = "title"
	FieldLinkedIn    Field = "linkedin"
	FieldDomain      Field = "domain"
	FieldRecordID    Field = "record_id"
	FieldHubSpotID   Field = "hubspot_id"
	FieldAccountID   Field = "account_id"
)

// columnNames are names that columns of a field have, as columnKey gives them, the
// likelier first.
type columnNames struct {
	field Field
	names []string
}

var guesses = []columnNames{
	{FieldFirstName, []string{"firstname", "first", "givenname", "forename", "vorname", "prenom", "nombre", "nome", "voornaam", "imie", "fornamn", "名"}},
	{FieldLastName, []string{"lastname", "last", "surname", "familyname", "nachname", "name2", "nomdefamille", "apellido", "apellidos", "cognome", "sobrenome", "achternaam", "nazwisko", "efternamn", "姓"}},
	{FieldFullName, []string{"fullname", "name", "contactname", "leadname", "contact", "person", "vollstandigername", "nomcomplet", "nombrecompleto", "nomecompleto", "氏名"}},
	{FieldCompany, []string{"company", "companyname", "accountname", "account", "organization", "organisation", "employer", "firma", "unternehmen", "societe", "entreprise", "empresa", "azienda", "bedrijf", "会社名"}},
	{FieldEmail, []string{"email", "emailaddress", "mail", "workemail", "businessemail", "primaryemail", "emailadresse", "adressemail", "courriel", "correo", "correoelectronico", "メール"}},
	{FieldOtherEmails, []string{"otheremails", "otheremail", "additionalemails", "personalemail", "secondaryemail", "alternateemail"}},
	{FieldTitle, []string{"title", "jobtitle", "position", "role", "titel", "poste", "cargo", "funktion"}},
	{FieldLinkedIn, []string{"linkedin", "linkedinurl", "linkedinprofile", "linkedinprofileurl", "personlinkedinurl"}},
	{FieldDomain, []string{"domain", "companydomain", "website", "companywebsite", "webseite"}},
	{FieldRecordID, []string{"contactid", "leadid", "recordid", "salesforceid", "contactorleadid", "crmid", "id"}},
	{FieldHubSpotID, []string{"hubspotid", "hubspotcontactid", "vid", "hsobjectid"}},
	{FieldAccountID, []string{"accountid", "accountid18"}},
}

// Mapping says which column holds which field, by the column's name. A field that
// is missing is not read.
type Mapping map[Field]string

// GuessMapping proposes a mapping for a header, for people to look at and change. A
// column called "Record ID" may be a Salesforce or a HubSpot one: it is taken for
// Salesforce's.
func GuessMapping(header []string) Mapping {
	m := Mapping{}
	taken := map[string]bool{}
	for _, g := range guesses {
		for _, name := range g.names {
			at := slices.IndexFunc(header, func(h string) bool { return columnKey(h) == name && !taken[h] })
			if at >= 0 {
				m[g.field] = header[at]
				taken[header[at]] = true
				break
			}
		}
	}
	if m[FieldFirstName] != "" && m[FieldLastName] == "" && m[FieldFullName] != "" && strings.EqualFold(m[FieldFullName], "name") {
		// Beside a first name, "Name" is the last one.
		m[FieldLastName] = m[FieldFullName]
		delete(m, FieldFullName)
	}
	return m
}

// columnKey is a column's name without case, accents, blanks and signs.
func columnKey(name string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case ' ', '_', '-', '.', '/', '(', ')', ':', '#', '*':
			return -1
		}
		return r
	}, matching.Fold(name))
}

// Columns is a mapping bound to the header of one table.
type Columns struct{ at map[Field]int }

// Bind looks for the mapped columns in a header, whatever their case. The error names
// each column that is missing, what it was mapped to, and what the table has instead;
// or says that the mapping cannot tell people from each other. It is an ErrConfig.
func (m Mapping) Bind(header []string) (Columns, error) {
	c := Columns{at: map[Field]int{}}
	var lost []string
	for _, g := range guesses {
		column := strings.TrimSpace(m[g.field])
		if column == "" {
			continue
		}
		at := slices.IndexFunc(header, func(h string) bool { return strings.EqualFold(strings.TrimSpace(h), column) })
		if at < 0 {
			lost = append(lost, `"`+clip(column)+`" (`+string(g.field)+")")
			continue
		}
		c.at[g.field] = at
	}
	if len(lost) > 0 {
		return Columns{}, configError("mapping", "there is no column %s; the columns are %s: put it back, or map the field to another",
			strings.Join(lost, ", "), headerText(header))
	}
	return c, m.check(header)
}

// check refuses a mapping that names no field by which people are known, or an
// unknown field.
func (m Mapping) check(header []string) error {
	for _, f := range slices.Sorted(maps.Keys(m)) {
		if !slices.ContainsFunc(guesses, func(g columnNames) bool { return g.field == f }) {
			return configError("mapping", "%q is no field of a person", f)
		}
	}
	has := func(f Field) bool { return strings.TrimSpace(m[f]) != "" }
	for _, f := range []Field{FieldEmail, FieldOtherEmails, FieldRecordID, FieldHubSpotID, FieldLinkedIn} {
		if has(f) {
			return nil
		}
	}
	if has(FieldCompany) && (has(FieldFullName) || has(FieldFirstName) && has(FieldLastName)) {
		return nil
	}
	return configError("mapping", "no column is mapped by which people are known: map email, or first_name, last_name and company; the columns are %s", headerText(header))
}

func headerText(header []string) string {
	if len(header) == 0 {
		return "none"
	}
	var out []string
	for _, h := range header[:min(len(header), 30)] {
		out = append(out, `"`+clip(h)+`"`)
	}
	return strings.Join(out, ", ")
}

// Person reads one row of the table. Cells that are missing are blank. A number where
// Salesforce's id should be is HubSpot's, unless it has the length of the other.
func (c Columns) Person(cells []string) Person {
	get := func(f Field) string {
		at, ok := c.at[f]
		if !ok || at >= len(cells) {
			return ""
		}
		return strings.TrimSpace(cells[at])
	}
	p := Person{
		RecordID: get(FieldRecordID), HubSpotID: get(FieldHubSpotID), LinkedIn: get(FieldLinkedIn),
		FirstName: get(FieldFirstName), LastName: get(FieldLastName), Title: get(FieldTitle), AccountID: get(FieldAccountID),
		Company: matching.Company{Name: get(FieldCompany), Domain: get(FieldDomain)},
	}
	if p.HubSpotID == "" && allDigits(p.RecordID) && len(p.RecordID) != 15 {
		p.RecordID, p.HubSpotID = "", p.RecordID
	}
	if full := get(FieldFullName); full != "" && p.FirstName == "" && p.LastName == "" {
		p.FirstName, p.LastName = matching.SplitFullName(full)
	}
	if e := get(FieldEmail); e != "" {
		p.Emails = append(p.Emails, e)
	}
	for e := range strings.FieldsFuncSeq(get(FieldOtherEmails), func(r rune) bool { return strings.ContainsRune(",; \t\n|", r) }) {
		p.Emails = append(p.Emails, e)
	}
	return p
}
