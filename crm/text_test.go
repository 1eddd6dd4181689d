package crm_test

import (
	"testing"
	"time"

	"github.com/onward-crm/onward/crm"
)

func TestIsTrue(t *testing.T) {
	for text, want := range map[string]bool{
		"true": true, "TRUE": true, "True": true, "1": true,
		"false": false, "0": false, "": false, "yes": false, " true": false,
	} {
		if got := crm.IsTrue(text); got != want {
			t.Errorf("IsTrue(%q) is %v", text, got)
		}
	}
	if crm.FormatBool(true) != "true" || crm.FormatBool(false) != "false" {
		t.Error("FormatBool does not write true and false")
	}
}

func TestTimes(t *testing.T) {
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"2026-03-01T12:00:00.000Z":     noon,
		"2026-03-01T12:00:00Z":         noon,
		"2026-03-01T13:00:00+01:00":    noon,
		"2026-03-01T12:00:00.000+0000": noon,
		"2026-03-01 12:00:00":          noon,
		"2026-03-01":                   noon.Add(-12 * time.Hour),
		"2026-02-30":                   {},
		"1.3.2026":                     {},
		"":                             {},
	} {
		if got := crm.ParseTime(text); !got.Equal(want) {
			t.Errorf("ParseTime(%q) is %v, want %v", text, got, want)
		}
	}
	east := noon.In(time.FixedZone("east", 14*3600))
	if got := crm.FormatTime(east); got != "2026-03-01T12:00:00.000Z" {
		t.Errorf("FormatTime gives %s", got)
	}
	if got := crm.FormatDate(east); got != "2026-03-01" {
		t.Errorf("FormatDate gives %s", got)
	}
	if crm.FormatTime(time.Time{}) != "" || crm.FormatDate(time.Time{}) != "" {
		t.Error("the zero time is not blank")
	}
}
