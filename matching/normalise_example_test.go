package matching_test

import (
	"fmt"

	"github.com/onward-crm/onward/matching"
)

func ExampleParseCompany() {
	for _, name := range []string{"Müller & Söhne GmbH & Co. KG", "株式会社日立製作所", "The Home Depot, Inc."} {
		n := matching.ParseCompany(name)
		fmt.Println(n.Key, n.Legal)
	}
	// Output:
	// muller and sohne [co gmbh kg]
	// 日立製作所 [kk]
	// home depot [inc]
}

func ExampleSameKey() {
	a := matching.ParseCompany("Müller & Söhne KG")
	b := matching.ParseCompany("Mueller und Soehne")
	fmt.Println(matching.SameKey(a, b))
	// Output: true
}

func ExampleParseDomains() {
	for _, d := range matching.ParseDomains("https://www.ACME.co.uk/about; bücher.de, me@gmail.com, n/a") {
		fmt.Println(d.Host, d.Registrable, d.Label, d.Usable())
	}
	// Output:
	// acme.co.uk acme.co.uk acme true
	// xn--bcher-kva.de xn--bcher-kva.de bucher true
	// gmail.com gmail.com gmail false
}

func ExampleEmail_Key() {
	a, _ := matching.ParseEmail(" Jane.Doe+crm@ACME.com ")
	b, _ := matching.ParseEmail("jane.doe＠acme.com")
	fmt.Println(a.Key(true), a.Key(true) == b.Key(true))
	// Output: jane.doe@acme.com true
}

func ExampleLinkedInPerson() {
	fmt.Println(matching.LinkedInPerson("https://de.linkedin.com/in/j%C3%BCrgen-m%C3%BCller/?trk=x"))
	// Output: /in/jürgen-müller true
}

func ExampleSamePersonName() {
	a := matching.ParsePersonName("", "", "Núñez, José")
	b := matching.ParsePersonName("Pepe", "Nunez", "")
	fmt.Printf("%q %q\n", matching.SamePersonName(a, b, true), matching.SamePersonName(a, b, false))
	// Output: "nickname" ""
}

func ExampleSplitFullName() {
	first, last := matching.SplitFullName("Prof. Dr. Ludwig van der Berg, MBA")
	fmt.Println(first, "/", last)
	// Output: Ludwig / van der Berg
}
