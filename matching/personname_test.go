package matching

import "testing"

func TestSamePersonName(t *testing.T) {
	type name [3]string // first, last, full
	tests := []struct {
		title     string
		a, b      name
		nicknames bool
		want      NameMatch
	}{
		{"MP01", name{"Petra", "Lang"}, name{"petra", "LANG"}, false, NameExact},
		{"MP11 nickname", name{"Robert", "Smith"}, name{"Bob", "Smith"}, true, NameNickname},
		{"MP11 off", name{"Robert", "Smith"}, name{"Bob", "Smith"}, false, NameDiffers},
		{"MP11 two nicknames of one name", name{"Bill", "Smith"}, name{"Will", "Smith"}, true, NameNickname},
		{"MP11 nickname of another name", name{"Bob", "Smith"}, name{"Bill", "Smith"}, true, NameDiffers},
		{"MP11 German", name{"Hans", "Weber"}, name{"Johannes", "Weber"}, true, NameNickname},
		{"MP11 Spanish", name{"Pepe", "García"}, name{"José", "Garcia"}, true, NameNickname},
		{"MP11 Russian", name{"Sasha", "Petrov"}, name{"Alexander", "Petrov"}, true, NameNickname},
		{"MP12 whole name in one field", name{"", "Núñez, José"}, name{"Jose", "Nunez"}, false, NameExact},
		{"MP12 full name", name{"", "", "Núñez, José"}, name{"", "", "José Núñez"}, false, NameExact},
		{"MP13 scripts do not meet", name{"", "", "山田 太郎"}, name{"Taro", "Yamada"}, true, NameDiffers},
		{"MP13 family name first", name{"", "", "山田 太郎"}, name{"太郎", "山田"}, false, NameExact},
		{"MP14 transposed", name{"Lang", "Petra"}, name{"Petra", "Lang"}, false, NameTransposed},
		{"MP14 one part only", name{"Lang", "Petra"}, name{"Petra", "Long"}, false, NameDiffers},
		{"MP17 one word", name{"", "", "Madonna"}, name{"", "", "Madonna"}, true, NameDiffers},
		{"MP17 no first name", name{"", "Lang"}, name{"Petra", "Lang"}, true, NameDiffers},
		{"umlaut", name{"Jürgen", "Müller"}, name{"Juergen", "Mueller"}, false, NameExact},
		{"umlaut dropped", name{"Jürgen", "Müller"}, name{"Jurgen", "Muller"}, false, NameExact},
		{"title and degree", name{"Dr. Petra", "Lang, PhD"}, name{"Petra", "Lang"}, false, NameExact},
		{"middle initial", name{"John A.", "Smith"}, name{"John", "Smith"}, false, NameExact},
		{"initial and middle name", name{"John A.", "Smith"}, name{"John Albert", "Smith"}, false, NameExact},
		{"other initial", name{"John A.", "Smith"}, name{"John B.", "Smith"}, false, NameDiffers},
		{"first initial before the name in use", name{"J. Robert", "Oppenheimer"}, name{"Robert", "Oppenheimer"}, false, NameExact},
		{"an initial is no name", name{"J.", "Smith"}, name{"Jane", "Smith"}, true, NameDiffers},
		{"hyphen", name{"Jean-Pierre", "Dupont"}, name{"Jean Pierre", "Dupont"}, false, NameExact},
		{"half of a hyphenated name", name{"Jean-Pierre", "Dupont"}, name{"Jean", "Dupont"}, false, NameDiffers},
		{"particles", name{"Ludwig", "van der Berg"}, name{"Ludwig", "VanDerBerg"}, false, NameExact},
		{"apostrophe", name{"Sean", "O’Brien"}, name{"Sean", "OBrien"}, false, NameExact},
		{"generations", name{"John", "Smith Jr."}, name{"John", "Smith Sr."}, false, NameDiffers},
		{"generation on one side", name{"John", "Smith Jr."}, name{"John", "Smith"}, false, NameExact},
	}
	for _, tt := range tests {
		t.Run(tt.title, func(t *testing.T) {
			a, b := ParsePersonName(tt.a[0], tt.a[1], tt.a[2]), ParsePersonName(tt.b[0], tt.b[1], tt.b[2])
			if got := SamePersonName(a, b, tt.nicknames); got != tt.want || SamePersonName(b, a, tt.nicknames) != tt.want {
				t.Errorf("SamePersonName(%+v, %+v) = %q, want %q", a, b, got, tt.want)
			}
		})
	}
}

func TestSplitFullName(t *testing.T) {
	tests := []struct{ in, first, last string }{
		{"Petra Lang", "Petra", "Lang"},
		{"Núñez, José", "José", "Núñez"},
		{"Dr. Petra Lang", "Petra", "Lang"},
		{"Prof. Dr. med. Petra Lang, MBA", "Petra", "Lang"},
		{"Jane Doe, PhD, CFA", "Jane", "Doe"},
		{"Jane Doe CPA", "Jane", "Doe"},
		{"Jack Ma", "Jack", "Ma"},
		{"SMITH, JOHN", "JOHN", "SMITH"},
		{"John Smith Jr.", "John", "Smith Jr."},
		{"Smith, John, Jr.", "John", "Smith Jr."},
		{"Ludwig van der Berg", "Ludwig", "van der Berg"},
		{"van der Berg", "", "van der Berg"},
		{"María de la Cruz", "María", "de la Cruz"},
		{"José Ortega y Gasset", "José", "Ortega y Gasset"},
		{"Mary Jane Watson", "Mary Jane", "Watson"},
		{`Robert "Bob" Smith`, "Robert", "Smith"},
		{"Jane Doe (she/her) | Acme", "Jane", "Doe"},
		{"山田 太郎", "太郎", "山田"},
		{"김 철수", "철수", "김"},
		{"山田太郎", "山田太郎", ""},
		{"Madonna", "Madonna", ""},
		{"  ", "", ""},
		{",", "", ""},
		{"(Bob)", "(Bob)", ""},
	}
	for _, tt := range tests {
		if first, last := SplitFullName(tt.in); first != tt.first || last != tt.last {
			t.Errorf("SplitFullName(%q) = %q, %q; want %q, %q", tt.in, first, last, tt.first, tt.last)
		}
	}
}
