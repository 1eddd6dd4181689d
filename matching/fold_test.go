package matching

import "testing"

func TestFold(t *testing.T) {
	tests := map[string]struct{ in, want string }{
		"case":                   {"ACME", "acme"},
		"accents":                {"Société Générale", "societe generale"},
		"accents as marks":       {"Socie\u0301te\u0301", "societe"},
		"stroke and ligature":    {"Łódź Ørsted Æther Œuvre Þór Đ", "lodz orsted aether oeuvre thor d"},
		"sharp s":                {"STRAẞE straße", "strasse strasse"},
		"Turkish i":              {"İstanbul ISPARTA ısparta", "istanbul isparta isparta"},
		"full width":             {"ＡＣＭＥ　株式会社", "acme 株式会社"},
		"half-width kana":        {"ｶﾞｽ", "ガス"},
		"kana keep voicing":      {"ガス カス", "ガス カス"},
		"Hangul stays whole":     {"삼성", "삼성"},
		"Devanagari vowels":      {"हिन्दी", "हिन्दी"},
		"Thai marks":             {"บริษัท", "บริษัท"},
		"Cyrillic stays":         {"Ёлка Й", "елка и"},
		"Greek sigma":            {"ΟΔΟΣ οδος Ωμέγα", "οδοσ οδοσ ωμεγα"},
		"control and zero width": {"ac\u200bme\x00\u00ad", "acme"},
		"white space":            {" \t a \u00a0\n b ", "a b"},
		"no UTF-8":               {"a\xff\xc3b", "ab"},
		"quotes and dashes":      {"O’Brien–Lee", "o'brien-lee"},
		"circled and roman":      {"㈱ Ⅷ ℡", "(株) viii tel"},
		"empty":                  {"", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := Fold(tt.in); got != tt.want {
				t.Errorf("Fold(%q) = %q, want %q", tt.in, got, tt.want)
			}
			if again := Fold(Fold(tt.in)); again != tt.want {
				t.Errorf("Fold twice = %q, want %q", again, tt.want)
			}
		})
	}
}

// TestFoldIsStableForEveryRune walks Unicode but for the unified Han characters
// and the syllables of Hangul, so that a character that needs two rounds cannot
// hide.
func TestFoldIsStableForEveryRune(t *testing.T) {
	for r := rune(0); r <= 0x323af; r++ {
		switch r {
		case 0x3400:
			r = 0x9fff
		case 0xac00:
			r = 0xd7a3
		case 0xe000:
			r = 0xf8ff
		case 0x17000:
			r = 0x18cff
		case 0x20000:
			r = 0x2f7ff
		}
		once := Fold("a" + string(r) + "b")
		if twice := Fold(once); twice != once {
			t.Errorf("%U: %q becomes %q", r, once, twice)
		}
		if dig := foldDigraph(string(r)); Fold(dig) != dig {
			t.Errorf("%U: digraph form %q is not folded", r, dig)
		}
	}
}

func TestTransliterateIsACandidateInLatin(t *testing.T) {
	for in, want := range map[string]string{
		"Газпром": "gazprom",
		"Müller":  "muller",
		"北京":      "bei jing",
		"Acme":    "acme",
		"":        "",
	} {
		if got := Transliterate(in); got != want {
			t.Errorf("Transliterate(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzFold(f *testing.F) {
	for _, s := range []string{"Müller & Söhne KG", "ＡＣＭＥ　株式会社", "a\u0301\u0323\u200d", "\xff", "ﷺ", "İ̇"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := Fold(s)
		if twice := Fold(once); twice != once {
			t.Errorf("Fold(%q) = %q, folded again %q", s, once, twice)
		}
	})
}

// TestFoldShortWaysAgree holds the fast paths against the definition.
func TestFoldShortWaysAgree(t *testing.T) {
	for _, s := range []string{"Acme  Inc.\t", " `a\x00B\x7f\r\nc ", "ｶﾞス", "ガスかー日立", "삼성", "Müller", "ŁÓDŹ ĸ ŋ", "x", "", "  "} {
		if got, want := Fold(s), foldUnicode(s, false); got != want {
			t.Errorf("Fold(%q) = %q, by definition %q", s, got, want)
		}
		if got, want := foldDigraph(s), foldUnicode(s, true); got != want {
			t.Errorf("foldDigraph(%q) = %q, by definition %q", s, got, want)
		}
	}
}
