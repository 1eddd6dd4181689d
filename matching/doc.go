// Package matching decides whether two records mean the same company or the
// same person, and which account of a CRM a company is.
//
// It is pure: no clock, no network, no files, no randomness. The same values
// give the same answer in any order, on any machine. All functions are safe
// for concurrent use.
//
// The package has three layers. At the bottom, normalisation turns what people
// type into comparable forms: [ParseCompany], [ParseDomains], [ParseEmail],
// [ParsePersonName], [LinkedInPerson], [Country]. Comparable forms never cross
// a script by guessing: a transliteration ([Transliterate]) finds candidates
// and proves nothing. In the middle, similarity ([NameSimilarity],
// [JaroWinkler]) compares what is not equal. On top stand the account match and
// the person scan, which weigh the evidence by a [Profile] and name the reason
// for every answer. How likely an account is was learned from labelled data
// (data/model.txt); rules stand above that number. An [Index] finds the few accounts
// that are worth comparing among very many.
//
// No function of this package panics, whatever bytes it is given, but an [Index] that
// is to hold more than [MaxAccounts]; the work for one name is bounded: a name longer
// than 512 characters is cut.
package matching
