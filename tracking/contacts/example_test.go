package contacts_test

import (
	"context"
	"fmt"
	"log"
	"strings"

	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/contacts"
	"github.com/onward-crm/onward/tracking/importfile"
	"github.com/onward-crm/onward/tracking/memstore"
)

func ExampleService_Import() {
	ctx := context.Background()
	service, err := contacts.New(contacts.Deps{Store: new(memstore.Store), Secret: []byte("sixteen bytes or more")}, nil)
	if err != nil {
		log.Fatal(err)
	}
	file, err := importfile.Read("users.csv", strings.NewReader("Vorname;Name;Firma;E-Mail\nAnn;Lee;Acme;ann@acme.com\nBob;;;\n"))
	if err != nil {
		log.Fatal(err)
	}
	src, err := file.Source(tracking.GuessMapping(file.Header()))
	if err != nil {
		log.Fatal(err)
	}
	users := tracking.Import{ID: "users", Kind: tracking.ImportCSV, Relationship: tracking.User, Ref: "users.csv"}
	dry, err := service.Preview(ctx, users, src, nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("would use %d credits instead of %d\n", dry.After, dry.Before)
	done, err := service.Import(ctx, users, src, nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d of %d rows\n", done.Accepted, done.Rows)
	for _, p := range done.Problems {
		fmt.Println(p)
	}
	// Output:
	// would use 1 credits instead of 0
	// 1 of 2 rows
	// row 3: no_identity: needs an e-mail address, or first name, last name and company
}
