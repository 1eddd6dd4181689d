package matching

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCompanyKey(t *testing.T) {
	tests := []struct{ name, in, key, legal string }{
		{"MA14 comma and dot", "Acme, Inc.", "acme", "inc"},
		{"MA14 written out", "ACME Incorporated", "acme", "inc"},
		{"MA15 German form", "Acme GmbH", "acme", "gmbh"},
		{"MA16 only general words", "The Company Group Holdings LLC", "company group holdings", "llc"},
		{"MA16 a form for a name", "Company Ltd", "company", "ltd"},
		{"MA16 nothing but a form", "LLC", "llc", ""},
		{"MA16 article and form", "The Limited", "limited", ""},
		{"MA17", "International Business Machines Corporation", "international business machines", "corp"},
		{"MA19 accents", "Société Générale SA", "societe generale", "sa"},
		{"MA19 and, translated", "Müller & Söhne KG", "muller and sohne", "kg"},
		{"MA19 slash", "Ørsted A/S", "orsted", "as"},
		{"MA20 glued in front", "株式会社日立製作所", "日立製作所", "kk"},
		{"MA20 in brackets", "(株)日立製作所", "日立製作所", "kk"},
		{"MA20 one character", "㈱日立製作所", "日立製作所", "kk"},
		{"MA21 English form of a Japanese company", "Hitachi, Ltd.", "hitachi", "ltd"},
		{"MA22 full width", "ＡＣＭＥ　株式会社", "acme", "kk"},
		{"MA22 glued behind", "ACME株式会社", "acme", "kk"},
		{"dotted form", "Acme G.m.b.H.", "acme", "gmbh"},
		{"spaced form", "Acme S. A. R. L.", "acme", "sarl"},
		{"spaced form without dots", "Acme S A R L", "acme", "sarl"},
		{"form behind an initial", "Vitamin C S.A.", "vitamin c", "sa"},
		{"chained forms", "Acme GmbH & Co. KG", "acme", "co gmbh kg"},
		{"Korean in front", "주식회사 카카오", "카카오", "kr"},
		{"Korean in brackets", "(주)카카오", "카카오", "kr"},
		{"Chinese", "北京百度网讯科技有限公司", "北京百度网讯科技", "cn"},
		{"Chinese by shares", "腾讯控股股份有限公司", "腾讯控股", "cn"},
		{"Thai", "บริษัท ปตท. จำกัด (มหาชน)", "ปตท", "th"},
		{"Russian in front", `ООО "Ромашка"`, "ромашка", "ooo"},
		{"Russian written out", "Общество с ограниченной ответственностью Ромашка", "ромашка", "ooo"},
		{"Ukrainian", "ТОВ «Київ»", "киів", "tov"},
		{"Hebrew", `תנובה בע"מ`, "תנובה", "il"},
		{"Polish", "Żabka Polska Sp. z o.o.", "zabka polska", "spzoo"},
		{"Czech", "Škoda Auto a.s.", "skoda auto", "as"},
		{"Czech with spaces", "Acme spol. s r. o.", "acme", "sro"},
		{"Mexican", "Acme S.A. de C.V.", "acme", "sacv"},
		{"Indian", "Infosys (P) Ltd.", "infosys", "pvtltd"},
		{"Malaysian", "Petronas Sdn. Bhd.", "petronas", "sdnbhd"},
		{"Indonesian", "PT Telkom Indonesia (Persero) Tbk", "telkom indonesia", "pt"},
		{"Australian", "Atlassian Pty Ltd", "atlassian", "ptyltd"},
		{"Turkish", "Arçelik A.Ş.", "arcelik", "as"},
		{"Turkish, long", "Acme Sanayi ve Ticaret Ltd. Şti.", "acme", "ltdsti"},
		{"Lithuanian in front", "UAB Maxima", "maxima", "uab"},
		{"Swedish", "Telefonaktiebolaget LM Ericsson AB (publ)", "telefonaktiebolaget lm ericsson", "ab"},
		{"Finnish", "Nokia Oyj", "nokia", "oy"},
		{"Romanian chain", "S.C. Dacia S.R.L.", "dacia", "sc srl"},
		{"Italian, dotted", "Fiat S.p.A.", "fiat", "spa"},
		{"Italian, mixed case", "Fiat SpA", "fiat", "spa"},
		{"a spa is a spa", "Day Spa", "day spa", ""},
		{"Brazilian", "Natura Cosméticos Ltda.", "natura cosmeticos", "ltda"},
		{"Vietnamese", "Công ty TNHH Acme", "acme", "vn"},
		{"Japanese in Latin", "Sony K.K.", "sony", "kk"},
		{"Bulgarian", "Акме ЕООД", "акме", "ood"},
		{"Greek", "Άκμη Α.Ε.", "ακμη", "ae"},
		{"Argentine", "Acme S.R.L.", "acme", "srl"},
		{"and company", "McKinsey & Company", "mckinsey", "co"},
		{"article", "The Home Depot, Inc.", "home depot", "inc"},
		{"article behind", "Home Depot, The", "home depot", ""},
		{"state of registration", "ACME CORP /DE/", "acme", "corp"},
		{"initials", "J. P. Morgan", "jp morgan", ""},
		{"initials without blank", "J.P. Morgan", "jp morgan", ""},
		{"apostrophe", "Lowe’s", "lowes", ""},
		{"abbreviation", "Acme Intl. Mfg. Co.", "acme international manufacturing", "co"},
		{"ampersand between letters", "AT&T Inc.", "at and t", "inc"},
		{"Spanish y", "Pérez y Hijos S.L.", "perez and hijos", "sl"},
		{"a letter is no and", "E Ink", "e ink", ""},
		{"plus", "Disney+", "disney plus", ""},
		{"script boundary", "3M中国有限公司", "3m 中国", "cn"},
		{"form in the middle stays", "Siemens AG Österreich", "siemens ag osterreich", ""},
		{"punctuation", "!!! ... ---", "", ""},
		{"empty", "", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n := ParseCompany(tt.in)
			if n.Key != tt.key || strings.Join(n.Legal, " ") != tt.legal {
				t.Errorf("ParseCompany(%q) = key %q, legal %q; want %q, %q", tt.in, n.Key, n.Legal, tt.key, tt.legal)
			}
			if again := ParseCompany(n.Key).Key; again != n.Key {
				t.Errorf("key of the key %q is %q", n.Key, again)
			}
		})
	}
}

func TestSameKey(t *testing.T) {
	tests := []struct {
		name, a, b string
		want       bool
	}{
		{"MA14", "Acme, Inc.", "ACME Incorporated", true},
		{"MA19 A1", "Société Générale", "Societe Generale SA", true},
		{"MA19 A2", "Müller & Söhne KG", "Mueller und Soehne", true},
		{"MA19 A2 without dots", "Müller & Söhne KG", "Muller & Sohne", true},
		{"MA19 A3", "Ørsted A/S", "Orsted", true},
		{"MA19 A3 digraph", "Ørsted A/S", "Oersted", true},
		{"MA20", "株式会社日立製作所", "日立製作所", true},
		{"MA22", "ＡＣＭＥ　株式会社", "ACME株式会社", true},
		{"MA25", "Forever 21", "Forever 24", false},
		{"MP03 capitals inside", "Northwind, Inc.", "NorthWind", true},
		{"ue is not u elsewhere", "Blue", "Blu", false},
		{"dot com", "Amazon.com, Inc.", "Amazon", true},
		{"two dot coms", "Amazon.com", "AMAZON COM INC", true},
		{"a blank more", "Face Book", "Facebook Inc", true},
		{"a blank more in Han", "日立 製作所", "日立製作所", true},
		{"numbers do not run together", "Route 6 6", "Route 66", false},
		{"own initials in brackets", "International Business Machines (IBM)", "International Business Machines Corp", true},
		{"country in brackets", "Siemens (Germany)", "Siemens AG", true},
		{"other words in brackets", "Acme (Tools)", "Acme", false},
		{"scripts do not meet", "Газпром", "Gazprom", false},
		{"holdings are another company", "Acme Holdings", "Acme", false},
		{"two empty names", "...", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, b := ParseCompany(tt.a), ParseCompany(tt.b)
			if got := SameKey(a, b); got != tt.want || SameKey(b, a) != tt.want {
				t.Errorf("SameKey(%q, %q) = %v, want %v", a.Keys(), b.Keys(), got, tt.want)
			}
		})
	}
}

func TestCompanyFacts(t *testing.T) {
	type facts struct {
		Initials string
		Acronyms []string
		Digits   []string
		Script   Script
		Generic  bool
		Common   bool
	}
	tests := []struct {
		name, in string
		want     facts
	}{
		{"MA16", "The Company Group Holdings LLC", facts{Initials: "cgh", Acronyms: []string{"cgh"}, Script: ScriptLatin, Generic: true}},
		{"MA17", "International Business Machines Corporation", facts{Initials: "ibm", Acronyms: []string{"ibm"}, Script: ScriptLatin}},
		{"MA18", "Atlas Tooling", facts{Initials: "at", Acronyms: []string{"at"}, Script: ScriptLatin}},
		{"MA20", "株式会社日立製作所", facts{Script: ScriptHan}},
		{"MA25 3M", "3M", facts{Digits: []string{"3"}, Script: ScriptLatin}},
		{"MA25 Forever", "Forever 21", facts{Digits: []string{"21"}, Script: ScriptLatin}},
		{"MA44 common", "Apex", facts{Script: ScriptLatin, Common: true}},
		{"MA44 common with a form", "Apex, Inc.", facts{Script: ScriptLatin, Common: true}},
		{"MA44 two words are not", "Apex Tooling", facts{Initials: "at", Acronyms: []string{"at"}, Script: ScriptLatin}},
		{"MA14 Acme is not", "Acme", facts{Script: ScriptLatin}},
		{"MA08 Beta is not", "Beta", facts{Script: ScriptLatin}},
		{"small words", "Bank of America", facts{Initials: "ba", Acronyms: []string{"ba", "boa"}, Script: ScriptLatin}},
		{"Cyrillic", "Газпром", facts{Script: ScriptCyrillic}},
		{"no company", "Self-employed", facts{Initials: "se", Acronyms: []string{"se"}, Script: ScriptLatin, Generic: true}},
		{"N/A", "N/A", facts{Script: ScriptLatin, Generic: true}},
		{"nothing", "", facts{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n := ParseCompany(tt.in)
			got := facts{n.Initials, n.Acronyms(), n.Digits, n.Script, n.Generic, n.Common()}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("ParseCompany(%q): -want +got\n%s", tt.in, diff)
			}
		})
	}
}

func TestLegalCompatible(t *testing.T) {
	tests := []struct {
		name, a, b string
		want       bool
	}{
		{"MA14", "Acme, Inc.", "ACME Incorporated", true},
		{"MA15", "Acme Inc", "Acme GmbH", false},
		{"MA15 none on one side", "Acme", "Acme GmbH", true},
		{"one country", "Acme Inc", "Acme LLC", true},
		{"MA21 translated", "株式会社日立製作所", "Hitachi, Ltd.", true},
		{"translated, other", "株式会社日立製作所", "Hitachi GmbH", false},
		{"Swiss both ways", "Nestlé S.A.", "Nestlé AG", true},
		{"chain", "Acme GmbH & Co. KG", "Acme KG", true},
		{"a company of any land", "Acme & Co", "Acme GmbH", true},
		{"as of many lands", "Telenor A/S", "Telenor ASA", true},
		{"Asian companies abroad", "Acme Inc", "Acme Co., Ltd.", true},
		{"Ltd is not SA", "Acme Ltd", "Acme S.A.", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, b := ParseCompany(tt.a), ParseCompany(tt.b)
			if got := LegalCompatible(a, b); got != tt.want || LegalCompatible(b, a) != tt.want {
				t.Errorf("LegalCompatible(%v, %v) = %v, want %v", a.Legal, b.Legal, got, tt.want)
			}
		})
	}
}

func TestMA25DigitsAgree(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"Forever 21", "Forever 24", false},
		{"3M", "M", false},
		{"3M", "3M Company", true},
		{"Acme", "Acme Inc", true},
		{"Studio 54 21", "Studio 21 54", false},
	} {
		if got := DigitsAgree(ParseCompany(tt.a), ParseCompany(tt.b)); got != tt.want {
			t.Errorf("DigitsAgree(%q, %q) = %v", tt.a, tt.b, got)
		}
	}
}

func TestMA16LongNamesAreBounded(t *testing.T) {
	for _, in := range []string{
		strings.Repeat("a", 10_000), strings.Repeat("a ", 10_000), strings.Repeat(".", 10_000) + "x",
		strings.Repeat("gmbh & co ", 2_000), strings.Repeat("株式会社", 5_000), strings.Repeat("é.", 9_000),
	} {
		n := ParseCompany(in)
		if size := len([]rune(n.Key)); size == 0 || size > maxName {
			t.Errorf("%.10q…: key of %d runes", in, size)
		}
		if again := ParseCompany(n.Key).Key; again != n.Key {
			t.Errorf("%.10q…: key of the key differs", in)
		}
	}
}

func BenchmarkParseCompany(b *testing.B) {
	for name, in := range map[string]string{
		"ascii":   "Northwind Traders International, Inc.",
		"umlauts": "Müller & Söhne GmbH & Co. KG",
		"cjk":     "株式会社日立製作所",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				ParseCompany(in)
			}
		})
	}
}
