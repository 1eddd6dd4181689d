package matching

import (
	"testing"
)

func TestCountry(t *testing.T) {
	for in, want := range map[string]string{
		"DE": "DE", "de": "DE", "DEU": "DE", "Deutschland": "DE", "Germany": "DE", "Allemagne": "DE",
		"USA": "US", "U.S.A.": "US", "U.S.": "US", "United States of America": "US", "the united states": "US",
		"UK": "GB", "United Kingdom": "GB", "England": "GB", "Korea, Republic of": "KR", "Republic of Korea": "KR",
		"日本": "JP", "中国": "CN", "Österreich": "AT", "España": "ES", "Россия": "RU", "Türkiye": "TR", "Turkey": "TR",
		"Côte d'Ivoire": "CI", "Bosnia and Herzegovina": "BA", "Bosnia & Herzegovina": "BA", "EL": "GR",
		"": "", "XX": "", "Atlantis": "", "Europe": "", "...": "",
	} {
		if got, ok := Country(in); got != want || ok != (want != "") {
			t.Errorf("Country(%q) = %q, %v, want %q", in, got, ok, want)
		}
	}
	if n := len(countries().codes); n < 249 {
		t.Errorf("%d countries", n)
	}
}
