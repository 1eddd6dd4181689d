package accountfile

import (
	"slices"
	"strings"
	"unicode"
)

// field is one value that rows may have.
type field struct {
	// name is the column as the documentation calls it.
	name string
	// headers are the names under which it is found, in plain form: lower-case
	// letters and digits.
	headers []string
	// needed names other headers to whoever lacks a column that must be there; ""
	// for one that need not.
	needed string
}

// The fields of accounts, in the order in which account takes them. A country
// and its code are two fields, and so are website and domain: exports have both.
const (
	accountID = iota
	accountName
	accountWebsite
	accountDomain
	accountCountryCode
	accountCountry
	accountCity
	accountPhone
	accountParent
)

var accountFields = []field{
	{"id", []string{"id", "accountid", "recordid", "recordidcompany", "hsobjectid"}, "Account ID or Record ID"},
	{"name", []string{"name", "accountname", "companyname", "company"}, "Account Name or Company name"},
	{"website", []string{"website", "websiteurl", "url"}, ""},
	{"domain", []string{"domain", "domainname", "companydomainname"}, ""},
	{"country_code", []string{"countrycode", "billingcountrycode", "countryregioncode", "hscountrycode"}, ""},
	{"country", []string{"country", "billingcountry", "countryregion"}, ""},
	{"city", []string{"city", "billingcity"}, ""},
	{"phone", []string{"phone", "phonenumber", "accountphone"}, ""},
	{"parent_id", []string{"parentid", "parentaccountid", "parentcompanyid", "parentrecordid", "hsparentcompanyid"}, ""},
}

// The fields of queries, in the order in which query takes them.
const (
	queryID = iota
	queryCompany
	queryDomain
	queryEmail
	queryCountryCode
	queryCountry
	queryCity
)

var queryFields = []field{
	{"id", []string{"id", "queryid", "recordid", "leadid", "contactid", "recordidcontact"}, "Lead ID, Contact ID or Record ID"},
	{"company", []string{"company", "companyname", "accountname", "companyaccount", "newcompany"}, "Company name or Account Name"},
	{"email_domain", []string{"emaildomain", "domain", "companydomainname", "newdomain"}, ""},
	{"email", []string{"email", "emailaddress", "workemail", "newemail"}, ""},
	{"country_code", []string{"countrycode", "countryregioncode", "mailingcountrycode"}, ""},
	{"country", []string{"country", "countryregion", "mailingcountry", "newcountry"}, ""},
	{"city", []string{"city", "mailingcity", "newcity"}, ""},
}

// plain writes a header without case, blanks and punctuation.
func plain(header string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, header)
}

// columns finds for each field the column that holds it, -1 for none.
func columns(fields []field, header []string) ([]int, error) {
	at := make([]int, len(fields))
	for i := range at {
		at[i] = -1
	}
	for column, h := range header {
		i := slices.IndexFunc(fields, func(f field) bool { return slices.Contains(f.headers, plain(h)) })
		if i < 0 {
			continue
		}
		if at[i] >= 0 {
			return nil, Problem{Column: h, Message: "means the same as column " + header[at[i]] + ", want one of the two"}
		}
		at[i] = column
	}
	for i, f := range fields {
		if f.needed != "" && at[i] < 0 {
			return nil, Problem{Message: "no column holds the " + f.name + ", want one named " + f.name + ", " + f.needed +
				" in the first row; cells are parted by comma, semicolon or tab"}
		}
	}
	return at, nil
}

// sniffComma finds the character between cells: the one that the first line has
// most of, outside quotes.
func sniffComma(line []byte) byte {
	best, most := byte(','), 0
	for _, c := range []byte{',', ';', '\t'} {
		if n := countOutsideQuotes(line, c); n > most {
			best, most = c, n
		}
	}
	return best
}

func countOutsideQuotes(line []byte, c byte) int {
	n, in := 0, false
	for _, b := range line {
		switch {
		case b == '"':
			in = !in
		case in:
		case b == '\n' || b == '\r':
			return n
		case b == c:
			n++
		}
	}
	return n
}
