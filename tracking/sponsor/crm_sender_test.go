package sponsor_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/crmtest"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/sponsor"
)

// office is a stage whose effects go to a CRM.
type office struct {
	*stage
	crm    *memcrm.CRM
	driver *crmtest.FaultyDriver
	desk   *sponsor.Desk
	id     string
	who    string
}

// newOffice sets an office in which two tasks are owed about one contact, one for an
// account and one for a relationship. taskKey is the org's field, "" for none.
func newOffice(t *testing.T, taskKey string, script crmtest.Script) *office {
	t.Helper()
	o := &office{stage: newStage(t, oneTask)}
	names := crm.DefaultNames()
	names.TaskKey = taskKey
	o.crm = memcrm.New(&memcrm.Options{Names: names, Now: func() time.Time { return o.now }})
	o.driver = crmtest.Faulty(o.crm, script)
	o.owe(names, crm.NewClient(o.driver, impatient()))
	return o
}

// impatient is a client that tries twice, and does not wait.
func impatient() *crm.ClientOptions {
	return &crm.ClientOptions{MaxAttempts: 2, Sleep: func(context.Context, time.Duration) error { return nil }}
}

// owe makes the desk owe two tasks to the CRM that a client reaches.
func (o *office) owe(names crm.Names, client *crm.Client) {
	o.Helper()
	acme := o.add(crm.ObjectAccount, crm.Fields{"Name": "Acme Inc"})
	o.who = o.add(crm.ObjectContact, crm.Fields{"FirstName": "ann", "LastName": "Lee", "AccountId": acme, "Title": "VP Sales"})
	rep := o.add(crm.ObjectUser, crm.Fields{"Name": "Rep", "IsActive": "true"})
	deps := sponsor.Deps{Store: o.store, Provider: o.provider, Sender: sponsor.NewCRMSender(client, names)}
	rules := sponsor.DefaultRules()
	oneTask(&rules)
	o.desk = must(sponsor.NewDesk(rules, deps, &sponsor.Options{Now: func() time.Time { return o.now }}))
	p := person("ann")
	p.RecordID = o.who
	s := must(o.desk.Enrol(o.Context(), sponsor.Enrolment{Person: p, Location: "Berlin", Entities: []sponsor.Entity{account(acme, rep), relationship("nps-9", rep)}}))
	o.id = s.ID
	o.provider.find("ann", profile("ann"))
	must(o.desk.Start(o.Context(), sponsor.StartOrder{Sponsor: s.ID}))
	must(o.desk.Track(o.Context(), sponsor.Choice{Sponsor: s.ID}, "anna"))
	o.provider.answer("ann", changed("ann", "CRO", "", ""))
	o.now = o.now.Add(week)
	must(o.desk.Work(o.Context()))
}

func (o *office) add(object crm.Object, f crm.Fields) string {
	o.Helper()
	id, err := o.crm.Add(object, f)
	o.ok(err)
	return id
}

// drain sends until nothing is owed any more, whatever goes wrong on the way.
func (o *office) drain() {
	o.Helper()
	for range 40 {
		_, _ = o.desk.Send(o.Context()) // a CRM that is away is part of the test
		o.now = o.now.Add(30 * time.Minute)
	}
	for _, e := range o.effects(o.id) {
		if e.Ended.IsZero() || e.GivenUp {
			o.Errorf("%s was not sent: %s", e.Key, e.Error)
		}
	}
}

// wantTasks checks that each entity has exactly one task.
func (o *office) wantTasks() {
	o.Helper()
	about := map[string]int{}
	for _, r := range o.crm.Records(crm.ObjectTask) {
		for _, kind := range []string{"account", "relationship"} {
			if strings.Contains(r.Fields["Description"], "\n"+kind+": ") {
				about[kind]++
			}
		}
		o.same("who", []string{r.Fields["WhoId"], r.Fields["Subject"], r.Fields["Type"]}, []string{o.who, "Sponsor change: ann Lee", "Call"})
	}
	o.same("tasks", about, map[string]int{"account": 1, "relationship": 1})
}

// TestTasksOnceUnderFaults: whatever call fails in whatever way, before or after it
// has landed, there is one task for each entity in the end; with a key field and
// without.
func TestTasksOnceUnderFaults(t *testing.T) {
	runs := 0
	for _, taskKey := range []string{"Onward_Key__c", ""} {
		for _, call := range []crmtest.Call{crmtest.FindCall, crmtest.WriteCall, crmtest.LandedCall} {
			for _, kind := range crmtest.Kinds() {
				if kind == crmtest.Denied {
					continue // what is refused for good is given up
				}
				for n := 1; n <= 8; n++ {
					o := newOffice(t, taskKey, crmtest.Script{{Call: call, N: n, Kind: kind}})
					o.drain()
					if o.wantTasks(); t.Failed() {
						t.Fatalf("key field %q: %s %d %s", taskKey, call, n, kind)
					}
					if o.driver.Fired() == 0 {
						break // there are no more such calls
					}
					runs++
				}
			}
		}
	}
	if runs < 20 {
		t.Errorf("only %d faults were met", runs)
	}
}

// dying is a store whose process dies before it can say what was sent.
type dying struct {
	*sponsor.MemoryStore
	deaths int
}

var errDead = errors.New("killed")

func (d *dying) Settle(ctx context.Context, ss []sponsor.Settlement) error {
	if d.deaths > 0 {
		d.deaths--
		return errDead
	}
	return d.MemoryStore.Settle(ctx, ss)
}

// TestTasksOnceUnderCrash: the process dies after the CRM has taken the tasks, three
// times, and the next one takes them up when the lease has ended.
func TestTasksOnceUnderCrash(t *testing.T) {
	for _, taskKey := range []string{"Onward_Key__c", ""} {
		t.Run(fmt.Sprintf("key field %q", taskKey), func(t *testing.T) {
			o := newOffice(t, taskKey, nil)
			names := crm.DefaultNames()
			names.TaskKey = taskKey
			rules := sponsor.DefaultRules()
			o.desk = must(sponsor.NewDesk(rules, sponsor.Deps{
				Store: &dying{o.store, 3}, Provider: o.provider, Sender: sponsor.NewCRMSender(crm.NewClient(o.crm, nil), names),
			}, &sponsor.Options{Now: func() time.Time { return o.now }}))
			for range 3 {
				if _, err := o.desk.Send(t.Context()); !errors.Is(err, errDead) {
					t.Fatalf("send: %v", err)
				}
				o.now = o.now.Add(sponsor.DefaultLease)
			}
			o.drain()
			o.wantTasks()
		})
	}
}

// TestTasksAreNotTakenForOthers: without a key field, a task that somebody else made
// for the same person and account is no answer to a lost one.
func TestTasksAreNotTakenForOthers(t *testing.T) {
	o := newOffice(t, "", nil)
	o.add(crm.ObjectTask, crm.Fields{"Subject": "Sponsor change: ann Lee", "WhoId": o.who, "Type": "Call", "Description": "by hand"})
	o.same("sent", must(o.desk.Send(t.Context())), sponsor.SendReport{Sent: 2})
	o.same("tasks", len(o.crm.Records(crm.ObjectTask)), 3)
}

// TestTasksThrownAwayAreNotMadeAgain: somebody deleted a task before we could note
// that it was there.
func TestTasksThrownAwayAreNotMadeAgain(t *testing.T) {
	for _, taskKey := range []string{"Onward_Key__c", ""} {
		o := newOffice(t, taskKey, nil)
		names := crm.DefaultNames()
		names.TaskKey = taskKey
		sender := sponsor.NewCRMSender(crm.NewClient(o.crm, nil), names)
		es := o.effects(o.id)
		o.same("first", must(sender.Send(t.Context(), es)), []error{nil, nil})
		o.same("again", must(sender.Send(t.Context(), es)), []error{nil, nil})
		o.wantTasks()
		if taskKey == "" {
			o.ok(o.crm.Delete(o.crm.Records(crm.ObjectTask)[0].ID))
			o.same("after it was deleted", must(sender.Send(t.Context(), es)), []error{nil, nil})
			o.same("tasks", len(o.crm.Records(crm.ObjectTask)), 1)
		}
	}
}

// TestAcceptedValuesReachTheRecord: the title is written on the contact, and again
// changes nothing.
func TestAcceptedValuesReachTheRecord(t *testing.T) {
	o := newOffice(t, "Onward_Key__c", nil)
	u := o.load(o.id).Updates[0]
	_, _, err := o.desk.Accept(t.Context(), sponsor.Verdict{Sponsor: o.id, Update: u.ID, By: "anna"})
	o.ok(err)
	o.drain()
	r, _ := o.crm.Record(o.who)
	o.same("title", r.Fields["Title"], "CRO")
	o.ok(o.crm.Edit(o.who, crm.Fields{"Title": "CEO"}))
	o.drain()
	r, _ = o.crm.Record(o.who)
	o.same("what somebody wrote afterwards stays", r.Fields["Title"], "CEO")
}

// TestRefusedTasksAreGivenUp: an owner who is no user any more.
func TestRefusedTasksAreGivenUp(t *testing.T) {
	o := newOffice(t, "Onward_Key__c", nil)
	o.crm.AddValidation(memcrm.Validation{Object: crm.ObjectTask, Name: "No", Check: func(_, _ crm.Fields) []string { return []string{"Subject"} }})
	o.same("sent", must(o.desk.Send(t.Context())), sponsor.SendReport{GivenUp: 2})
}

// TestOffIsNoTrouble: what is switched off ends, and nothing is tried again.
func TestOffIsNoTrouble(t *testing.T) {
	s, id := withTask(t)
	s.sender.fail = func(sponsor.Effect) error { return sponsor.ErrOff }
	s.same("sent", s.send(), sponsor.SendReport{GivenUp: 1})
	s.same("why", s.effects(id)[0].Error, "switched off")
}

// TestCRMRecords reads titles, companies and locations of contacts and leads.
func TestCRMRecords(t *testing.T) {
	o := newOffice(t, "", nil)
	lead := o.add(crm.ObjectLead, crm.Fields{"LastName": "Poe", "Company": "Globex", "Title": "CFO"})
	gone := o.add(crm.ObjectContact, crm.Fields{"LastName": "Gone"})
	o.ok(o.crm.Edit(o.who, crm.Fields{"MailingCountry": "DE"}))
	o.ok(o.crm.Delete(gone))
	var people []tracking.Person
	for _, id := range []string{o.who[:15], lead, gone, "", "hubspot-7"} {
		p := person("x")
		p.RecordID = id
		people = append(people, p)
	}
	got, err := sponsor.CRMRecords{Client: crm.NewClient(o.crm, nil)}.Read(t.Context(), people)
	o.ok(err)
	o.same("records", got, []sponsor.Record{{Title: "VP Sales", Company: "Acme Inc"}, {Title: "CFO", Company: "Globex"}, {}, {}, {}})
	got, err = sponsor.CRMRecords{Client: crm.NewClient(o.crm, nil), LocationField: "MailingCountry"}.Read(t.Context(), people[:1])
	o.ok(err)
	o.same("location", got[0].Location, "DE")
}
