package crmtest

import (
	"slices"
	"testing"

	"github.com/onward-crm/onward/crm"
)

// Harness is one empty CRM with a driver, and the means to bring it into the
// states that the suite asks about. Driver, Names and Seed are needed; a nil
// function is something that the CRM or its test bed cannot do, and skips the
// tests that need it.
type Harness struct {
	Driver crm.Driver
	Names  crm.Names
	// Seed puts records in as an administrator does, past duplicate rules, and
	// gives their ids. Records come without ids and name one another by ids that
	// an earlier Seed gave.
	Seed func(records ...crm.Record) ([]string, error)
	// Lacks are the powers that the CRM does not have.
	Lacks []Lack

	// Delete moves a record to the recycle bin, Merge merges the first into the
	// second, Convert converts a lead into a contact of an account.
	Delete  func(id string) error
	Merge   func(loser, master string) error
	Convert func(lead, contact, account string) error
	// Hide takes a record out of the integration user's sight.
	Hide func(id string) error
	// Edit changes a record as another user does.
	Edit func(id string, f crm.Fields) error
	// Lock makes the next writes that touch a record fail, so many times.
	Lock func(id string, times int) error
	// AddDuplicateRule makes the CRM look for duplicates.
	AddDuplicateRule func(DuplicateRule)
	// Refuse adds a validation rule: this value may not stand in that field.
	Refuse func(o crm.Object, field, value string)
	// Keyless gives a fresh, empty CRM in which contacts have no field for the key
	// of a create; its driver is a crm.Seeker.
	Keyless func() Harness
}

// DuplicateRule refuses a new record of Object when one of Against has the same
// values, not blank, in all Fields. Block rules hold always, others pass with
// Write.AllowDuplicate.
type DuplicateRule struct {
	Name    string
	Object  crm.Object
	Against crm.Object
	Fields  []string
	Block   bool
}

// Lack names something that a CRM cannot do.
type Lack string

// What a CRM may lack.
const (
	LacksVersions    Lack = "versions"     // optimistic versions (Write.If)
	LacksWords       Lack = "words"        // OpWords
	LacksSince       Lack = "since"        // OpSince
	LacksDeleted     Lack = "deleted"      // reading deleted and merged records
	LacksIDForms     Lack = "id forms"     // ids of 15 and 18 characters
	LacksOwnerRules  Lack = "owner rules"  // refusing inactive owners
	LacksQueues      Lack = "queues"       // queues as owners of leads
	LacksLengths     Lack = "lengths"      // refusing texts that are too long
	LacksRequired    Lack = "required"     // required fields
	LacksEmailForm   Lack = "e-mail form"  // refusing malformed e-mail addresses
	LacksReferences  Lack = "references"   // refusing references to nothing
	LacksLeads       Lack = "leads"        // leads at all
	LacksEventRecord Lack = "event record" // the event record and upserts
	LacksCreates     Lack = "creates"      // creating records: it is read, and its records updated
)

// Run runs the suite. newHarness is called for each test, sometimes more than
// once, and gives an empty CRM every time.
func Run(t *testing.T, newHarness func(t *testing.T) Harness) {
	for _, topic := range topics() {
		t.Run(topic.name, func(t *testing.T) {
			for _, c := range topic.cases {
				t.Run(c.name, func(t *testing.T) {
					fresh := func() *kit {
						h := newHarness(t)
						if h.Driver == nil || h.Seed == nil {
							t.Fatal("crmtest: a Harness needs a Driver and Seed")
						}
						return &kit{T: t, Harness: h}
					}
					k := fresh()
					k.fresh = fresh
					c.test(k)
				})
			}
		})
	}
}

type topic struct {
	name  string
	cases []testCase
}

type testCase struct {
	name string
	test func(k *kit)
}

func topics() []topic {
	return []topic{
		{"find", findCases()},
		{"words", wordCases()},
		{"paging", pagingCases()},
		{"describe", describeCases()},
		{"create", creating(createCases()...)},
		{"update", updateCases()},
		{"upsert", creating(upsertCases()...)},
		{"duplicates", creating(duplicateCases()...)},
		{"owners", creating(ownerCases()...)},
		{"leads", leadCases()},
		{"merged", mergedCases()},
		{"versions", versionCases()},
		{"visibility", visibilityCases()},
		{"landed", creating(landedCases()...)},
		{"errors", errorCases()},
		{"client", clientCases()},
		{"links", creating(linkCases()...)},
		{"retries", retryCases()},
		{"lost answers", lostCases()},
		{"keyless", creating(keylessCases()...)},
		{"reading", readingCases()},
	}
}

// needs skips a test unless the CRM has all powers.
func (k *kit) needs(powers ...Lack) {
	k.Helper()
	for _, p := range powers {
		if k.lacks(p) {
			k.Skipf("the CRM lacks %s", p)
		}
	}
}

func (k *kit) lacks(p Lack) bool { return slices.Contains(k.Lacks, p) }

// can skips a test when the harness cannot bring something about.
func (k *kit) can(what string, able bool) {
	k.Helper()
	if !able {
		k.Skipf("the harness cannot %s", what)
	}
}
