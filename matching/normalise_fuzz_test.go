package matching

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func FuzzCompanyName(f *testing.F) {
	for _, s := range []string{
		"Acme, Inc.", "The Company Group Holdings LLC", "Müller & Söhne GmbH & Co. KG", "株式会社日立製作所", "(주)카카오",
		"บริษัท ปตท. จำกัด (มหาชน)", "Vitamin C S.A.", "a b. foo", "A & B & C", "the the and and", "ACME CORP /DE/", "Disney+", "S.C. Dacia S.R.L.",
		"ŉ", "\u0301a", "E e E", "foo e bar y inc", "\xff\xfe", "ﷺ", "½ co", "x.com com", "עב\"מ", "株式会社 有限公司", "AB Volvo", "a.b/c d.e",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		checkNameWays(t, s)
		n := ParseCompany(s)
		if again := ParseCompany(n.Key); again.Key != n.Key {
			t.Errorf("%q: key %q, key of the key %q", s, n.Key, again.Key)
		}
		if n.Key == "" && strings.ContainsFunc(s, func(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) }) {
			t.Errorf("%q: empty key", s)
		}
		if strings.Join(n.Words, " ") != n.Key || slices.Contains(n.Words, "") && n.Key != "" {
			t.Errorf("%q: words %q of key %q", s, n.Words, n.Key)
		}
		if size := utf8.RuneCountInString(n.Key); size > maxName {
			t.Errorf("key of %d runes", size)
		}
		keys := n.Keys()
		if len(keys) > 4 || keys[0] != n.Key || SameKey(n, n) != (n.Key != "") {
			t.Errorf("%q: keys %q", s, keys)
		}
		if !LegalCompatible(n, n) || !DigitsAgree(n, n) || !slices.IsSorted(n.Legal) || !slices.IsSorted(n.LegalFamily) {
			t.Errorf("%q: legal %q of %q, digits %q", s, n.Legal, n.LegalFamily, n.Digits)
		}
	})
}

func FuzzDomain(f *testing.F) {
	for _, s := range []string{
		"https://www.Acme.com/about?x=1#t", "n/a", "http://", "acme.com; acme.io", "info@delta.com", "localhost", "bücher.de", "xn--bcher-kva.de",
		"alpha.myshopify.com", "www.www.com", "www.co.uk", "[::1]:80", "1.2.3.4", "ａｃｍｅ。ｃｏｍ", "faß.de", "a.b.c.kawasaki.jp", "\xff.com", "xn--.com", "github.io", "www.github.io",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		checkSiteWays(t, s)
		for _, d := range ParseDomains(s) {
			again := ParseDomains(d.Host)
			if len(again) != 1 || again[0].Host != d.Host || again[0].Registrable != d.Registrable {
				t.Errorf("%q: host %q reads as %+v", s, d.Host, again)
			}
			if d.Registrable != d.Host && !strings.HasSuffix(d.Host, "."+d.Registrable) {
				t.Errorf("%q: %q is not above %q", s, d.Registrable, d.Host)
			}
			if !strings.HasSuffix(d.Registrable, "."+d.Suffix) || d.Suffix == "" {
				t.Errorf("%q: suffix %q of %q", s, d.Suffix, d.Registrable)
			}
		}
	})
}

func FuzzEmail(f *testing.F) {
	for _, s := range []string{
		"Jane@ACME.COM", "jane＠acme.com", `"Doe, Jane" <jane@acme.com>`, "mailto:jane@acme.com?subject=x", "jane.doe+crm@gmail.com", "+@gmail.com",
		"...@gmail.com", "x@bücher.de", "\xff@acme.com", "İ@acme.com", "a@b@c.com", "'jane'@acme.com", "jane@acme.com.",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e, ok := ParseEmail(s)
		if !ok {
			if e != (Email{}) {
				t.Errorf("%q: %+v without ok", s, e)
			}
			return
		}
		again, ok := ParseEmail(e.Address)
		if !ok || again != e {
			t.Errorf("%q: %+v, read again %+v", s, e, again)
		}
		for _, plus := range []bool{true, false} {
			key, ok := ParseEmail(e.Key(plus))
			if !ok || key.Key(plus) != e.Key(plus) {
				t.Errorf("%q: key %q, key of the key %q", s, e.Key(plus), key.Key(plus))
			}
		}
		if d := e.Domain(); d.Registrable == "" {
			t.Errorf("%q: no domain of %q", s, e.Host)
		}
	})
}

func FuzzLinkedIn(f *testing.F) {
	for _, s := range []string{
		"https://de.linkedin.com/in/j%C3%BCrgen-m%C3%BCller/?trk=x", "linkedin.com/company/ACME-Corp", "/in/x", "in/x", "/in/%25", "/in/%ff", "/in/İ",
		"https://www.linkedin.com/sales/company/1441", "/in/'x'", "/in/a%CC%81", "//linkedin.com//in//x", "/in/%E2%80%8Bx", "/company/%EF%BC%8F",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if slug, ok := LinkedInPerson(s); ok {
			if again, ok := LinkedInPerson(slug); !ok || again != slug {
				t.Errorf("%q: slug %q, read again %q", s, slug, again)
			}
		}
		if slug, ok := LinkedInCompany(s); ok {
			if again, ok := LinkedInCompany("/company/" + slug); !ok || again != slug {
				t.Errorf("%q: slug %q, read again %q", s, slug, again)
			}
		}
	})
}

func FuzzPersonName(f *testing.F) {
	f.Add("Robert", "Smith", "")
	f.Add("", "Núñez, José", "")
	f.Add("", "", "Dr. Ludwig van der Berg, PhD")
	f.Add("", "", "山田 太郎")
	f.Add("Jean-Pierre", "O’Brien Jr.", "")
	f.Add("Dr", "Jr", "II III")
	f.Add("\xff", "-", "\u0301")
	f.Add("J.R.R.", "Jr. Sr.", "")
	f.Add("(Bob", "\"x\"", "|")
	f.Fuzz(func(t *testing.T, first, last, full string) {
		n := ParsePersonName(first, last, full)
		if n.Complete() {
			again := ParsePersonName(n.First, n.Last, "")
			if again.First != n.First || again.Last != n.Last {
				t.Errorf("%q %q %q: %q %q, read again %q %q", first, last, full, n.First, n.Last, again.First, again.Last)
			}
			if m := SamePersonName(n, n, false); m != NameExact {
				t.Errorf("%q %q %q: %+v is not itself", first, last, full, n)
			}
		}
		if n.First != strings.Join(n.FirstWords, " ") || n.Last != strings.Join(n.LastWords, " ") {
			t.Errorf("words %q %q of %q %q", n.FirstWords, n.LastWords, n.First, n.Last)
		}
		SplitFullName(full)
		if variants := NicknameVariants(first); len(variants) > maxVariants || !slices.IsSorted(variants) {
			t.Errorf("variants of %q: %q", first, variants)
		}
	})
}

func FuzzSimilarity(f *testing.F) {
	f.Add("Microsoft", "Microsfot")
	f.Add("University of Washington", "Washington University")
	f.Add("Forever 21", "Forever 24")
	f.Add("a b a b", "b a b a")
	f.Add("Face Book", "Facebook")
	f.Add("", "x")
	f.Add("日立製作所", "日立製作")
	f.Add("\xff", "\xfe")
	f.Add("Müller", "Mueller")
	f.Add("бетонстрой", "бетоностройк")
	f.Add("бетонстрой", "бетоснтрой")
	f.Add("bétonstroi", "bétonstrio")
	f.Fuzz(func(t *testing.T, a, b string) {
		a, b = cut(a, 200), cut(b, 200)
		x, y := ParseCompany(a), ParseCompany(b)
		for name, pair := range map[string][2]float64{
			"NameSimilarity": {NameSimilarity(x, y), NameSimilarity(y, x)},
			"JaroWinkler":    {JaroWinkler(a, b), JaroWinkler(b, a)},
			"WordSimilarity": {WordSimilarity(a, b), WordSimilarity(b, a)},
		} {
			if pair[0] != pair[1] || !(pair[0] >= 0 && pair[0] <= 1) {
				t.Errorf("%s(%q, %q) = %v and turned round %v", name, a, b, pair[0], pair[1])
			}
		}
		if JaroWinkler(a, a) != 1 || WordSimilarity(a, a) != 1 || x.Key != "" && NameSimilarity(x, x) != 1 {
			t.Errorf("%q is not equal to itself", a)
		}
		if typable(a) && typable(b) && (a[0] == b[0] || min(len(a), len(b)) >= sureTypo) && oneTypo(a, b) != (TypoDistance(a, b) == 1) {
			t.Errorf("%q and %q: one typo %v, distance %d", a, b, oneTypo(a, b), TypoDistance(a, b))
		}
		l, o := Levenshtein(a, b), TypoDistance(a, b)
		if l != Levenshtein(b, a) || o != TypoDistance(b, a) || o > l || o < 0 {
			t.Errorf("distances of %q and %q: %d and %d", a, b, l, o)
		}
		if pairs, back := AlignWords(x.Words, y.Words), AlignWords(y.Words, x.Words); len(pairs) != len(back) {
			t.Errorf("%q and %q: pairs %v and %v", x.Words, y.Words, pairs, back)
		}
	})
}
