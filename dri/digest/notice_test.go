package digest_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/dri"
	"github.com/onward-crm/onward/dri/digest"
)

func TestNotices(t *testing.T) {
	joins := move(t, "Ana", "2026-11-18T10:00:00Z", part(dri.Joins, dri.Target, una, "New"))
	joins.Relationship = "User"
	leaves := move(t, "Ana", "2026-11-18T10:00:00Z", part(dri.Leaves, dri.Customer, una, "Old"))
	both := move(t, "Ana", "2026-11-18T10:00:00Z", part(dri.Leaves, dri.Customer, una, "Old"), part(dri.Joins, dri.Target, una, "New"))
	hostile := joins
	hostile.Person.Name = "{account}\r\nBcc: all@example.com\u202e{to}"
	for _, row := range []struct {
		name   string
		rules  []digest.Rule
		change digest.Change
		want   string
	}{
		{"joins", nil, joins, "Person Ana joined New"},
		{"leaves", nil, leaves, "Person Ana left Old"},
		{"both at once", nil, both, "Person Ana left Old and joined New"},
		{"own words", []digest.Rule{{Say: "{person} ({role}, {relationship}): {class} {account}, {from} to {to}"}}, joins, "Person Ana (CTO, User): target account New, Old to New"},
		{"the first rule that fits", []digest.Rule{
			{Scenario: dri.Leaves, Say: "no"}, {Class: dri.Customer, Say: "no"}, {Scenario: dri.Joins, Class: dri.Target, Say: "yes"}, {Say: "late"},
		}, joins, "yes"},
		{"off", []digest.Rule{{Scenario: dri.Joins, Off: true}}, joins, ""},
		{"off for another", []digest.Rule{{Scenario: dri.Joins, Off: true}}, leaves, "Person Ana left Old"},
		{"the more important half decides", []digest.Rule{{Scenario: dri.Leaves, Say: "left"}, {Scenario: dri.Joins, Say: "joined"}}, both, "left"},
		{"values are not read again", nil, hostile, "{account} Bcc: all@example.com {to} joined New"},
	} {
		t.Run(row.name, func(t *testing.T) {
			m, ok := digest.Notice(row.rules, row.change, una)
			if ok != (row.want != "") || m.Subject != row.want {
				t.Errorf("subject %q, %v, want %q", m.Subject, ok, row.want)
			}
		})
	}
	if m, ok := digest.Notice(nil, joins, uwe); ok {
		t.Errorf("Uwe has no part in it, and is told %q", m.Subject)
	}
	long := joins
	long.Person.Name = strings.Repeat("ä", 4000)
	if m, _ := digest.Notice(nil, long, una); len([]rune(m.Subject)) != digest.MaxSubject {
		t.Errorf("a subject of %d characters", len([]rune(m.Subject)))
	}
}

func TestRulesAreChecked(t *testing.T) {
	good := []digest.Rule{{}, {Scenario: dri.Joins, Class: dri.Other, Say: "{person}", Lead: "{to} {"}, {Off: true}}
	if err := digest.CheckRules(good); err != nil {
		t.Errorf("good rules: %v", err)
	}
	err := digest.CheckRules([]digest.Rule{{Scenario: "moves"}, {Class: "partner"}, {Say: "{name} left"}, {Lead: "{}"}})
	for _, want := range []string{
		`rules[0].scenario: "moves": want joins or leaves`, `rules[1].class: "partner": want open_opportunity`,
		"rules[2].say: no placeholder {name}: want one of {person}, {role}", "rules[3].lead: no placeholder {}",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("errors %v, want %q", err, want)
		}
	}
}

func TestAlert(t *testing.T) {
	rows := []digest.Row{{Person: digest.Party{Name: "Ana"}}}
	m := digest.Alert(mia, "3 missing\nchampions", "They won deals.", rows)
	if d := cmp.Diff(digest.Message{
		Kind: digest.KindAlert, To: mia, Subject: "3 missing champions", Title: "3 missing\nchampions", Lead: "They won deals.",
		Sections: []digest.Section{{Topic: digest.TopicAlert, Total: 1, Rows: rows}},
	}, m); d != "" {
		t.Errorf("alert (-want +got):\n%s", d)
	}
	if m := digest.Alert(mia, "none", "", nil); !m.Empty() {
		t.Errorf("an alert without rows: %+v", m)
	}
}
