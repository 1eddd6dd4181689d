package tracking_test

import (
	"fmt"
	"slices"
	"time"

	"github.com/onward-crm/onward/tracking"
)

func ExampleMerge() {
	person := func(name string) tracking.Person { return tracking.Person{Emails: []string{name + "@example.com"}} }
	lists := []tracking.List{
		{Relationship: tracking.ClosedWon, Importing: true, People: slices.Values([]tracking.Person{person("ann"), person("bob"), person("ann")})},
		{Relationship: tracking.User, People: slices.Values([]tracking.Person{person("bob"), person("cid")})},
	}
	roster, err := tracking.Merge(tracking.DefaultRelationships(), lists)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range roster.Counters() {
		if c.InReport > 0 {
			fmt.Printf("%s: %d in report, %d unique, %d tracking\n", c.Relationship, c.InReport, c.Unique, c.Tracking)
		}
	}
	bob, _ := roster.Find(person("bob").Keys())
	fmt.Println(roster.Credits(), "credits; bob is", bob.Relationship, "of", bob.Relationships)
	// Output:
	// closed_won: 3 in report, 2 unique, 2 tracking
	// user: 2 in report, 2 unique, 1 tracking
	// 3 credits; bob is closed_won of [closed_won user]
}

func ExampleReportID() {
	for _, id := range []string{"00O5g000005ABcd", "0015g00000AbCdE"} {
		wide, err := tracking.ReportID(id)
		fmt.Println(wide, err)
	}
	// Output:
	// 00O5g000005ABcdEAG <nil>
	//  tracking: report: "0015g00000AbCdE" is the id of an account; open the report and copy the 15 or 18 characters that begin with 00O from its address
}

func ExampleScan_Claim() {
	now := time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)
	scan := tracking.Scan{Relationship: tracking.User, Last: now.AddDate(0, 0, -7)}
	held, reason := scan.Claim(tracking.Weekly, now, 10*time.Minute)
	fmt.Printf("%q until %s\n", reason, held.LeaseUntil.Format(time.TimeOnly))
	_, reason = held.Claim(tracking.Weekly, now.Add(time.Minute), 10*time.Minute)
	fmt.Printf("%q\n", reason)
	// Output:
	// "" until 03:10:00
	// "scan_held"
}
