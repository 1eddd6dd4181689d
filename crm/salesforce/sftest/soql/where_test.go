package soql_test

import "testing"

// TestWhere selects contacts 1 to 4 (5 is deleted) or accounts 1 to 3, and says
// which ones come, in order.
func TestWhere(t *testing.T) {
	o := newOrg(t)
	for _, c := range []struct{ from, where, want string }{
		{"Contact", "", "1 2 3 4"},
		{"Contact", "LastName = 'lee'", "1 2"},
		{"Contact", "lastname = 'LEE' and EMAIL = 'ann@acme.example'", "1"},
		{"Contact", "LastName != 'Lee'", "3 4"},
		{"Contact", "LastName <> 'Lee'", "3 4"},
		{"Contact", "Email = null", "3"},
		{"Contact", "Email = ''", "3"},
		{"Contact", "Email != null", "1 2 4"},
		{"Contact", "Email != 'mo@free.example'", "1 2 3"},
		{"Contact", "LastName = 'O\\'Neil'", "3"},
		{"Contact", "LastName IN ('Mo', 'o\\'neil', 'nobody')", "3 4"},
		{"Contact", "Email IN ('mo@free.example', null)", "3 4"},
		{"Contact", "LastName NOT IN ('Mo', 'Lee')", "3"},
		{"Contact", "Email NOT IN ('mo@free.example')", "1 2 3"},
		{"Contact", "Title = 'CEO' OR LastName = 'Mo'", "1 3 4"},
		{"Contact", "(Title = 'CEO' OR LastName = 'Mo') AND Email != null", "1 4"},
		{"Contact", "NOT LastName = 'Lee'", "3 4"},
		{"Contact", "(NOT Email LIKE '%acme%') AND (NOT LastName = 'Mo')", "3"},
		{"Contact", "HasOptedOutOfEmail = true", "2"},
		{"Contact", "HasOptedOutOfEmail = FALSE", "1 3 4"},
		{"Contact", "HasOptedOutOfEmail = null", "1 3 4"},
		{"Contact", "HasOptedOutOfEmail != null", "2"},
		{"Contact", "HasOptedOutOfEmail IN (true, false)", "1 2 3 4"},
		{"Contact", "Email LIKE '%@acme.example'", "1 2"},
		{"Contact", "Email LIKE 'ANN@%'", "1"},
		{"Contact", "FirstName LIKE '_o'", "3"},
		{"Contact", "FirstName LIKE 'zo_'", "2"},
		{"Contact", "Birthdate = 1980-02-29", "1"},
		{"Contact", "Birthdate > 1980-02-29", "3"},
		{"Contact", "Birthdate <= 1990-01-01", "1 3"},
		{"Contact", "Birthdate != 1980-02-29", "2 3 4"},
		{"Contact", "CreatedDate = 2026-10-02T10:00:00+02:00", "2"},
		{"Contact", "CreatedDate >= 2026-10-03T08:00:00Z", "3 4"},
		{"Contact", "CreatedDate > 2026-10-03T08:00:00.000z", "4"},
		{"Contact", "Id = '003000000000002'", "2"},
		{"Contact", "Id IN ('003000000000003AAA', '003000000000001')", "1 3"},
		{"Contact", "Id > '003000000000002AAA'", "3 4"},
		{"Contact", "Id >= '003000000000002AAA' AND Id < '003000000000004AAA'", "2 3"},
		{"Contact", "LastName > 'mn' AND LastName < 'p'", "3 4"},
		{"Contact", "Account.Name = 'acme'", "1 2"},
		{"Account", "Onward_Key__c = 'key-a'", ""},
		{"Account", "Onward_Key__c LIKE 'key%'", ""},
		{"Account", "Onward_Key__c LIKE '%ey-_'", "1"},
		{"Account", "AnnualRevenue = 1000.0", "1"},
		{"Account", "AnnualRevenue IN (+250.50, .5)", "2"},
		{"Account", "AnnualRevenue != 1000", "2 3"},
		{"Account", "AnnualRevenue < 1000", "2"},
		{"Contact", "Account.Owner.Email = 'mia@own.example'", "3"},
		{"Contact", "Account.Owner.Manager.Name = 'Mia Boss'", "1 2"},
		{"Contact", "Account.Name != 'Acme'", "3 4"},
		{"Contact", "Account.Name = null", "4"},
		{"Contact", "Account.Owner.IsActive = false", "1 2 4"},
		{"Contact", "Contact.LastName = 'Mo'", "4"},
		{"Contact c", "c.LastName = 'Mo' AND c.Account.Id = null", "4"},
		{"Contact", "AccountId IN (SELECT Id FROM Account WHERE Industry = 'food')", "3"},
		{"Contact", "AccountId NOT IN (SELECT Id FROM Account WHERE Industry = 'Food')", "1 2 4"},
		{"Contact", "Id IN (SELECT ContactId FROM OpportunityContactRole)", "1"},
		{"Contact", "Id NOT IN (SELECT Contact__c FROM Job_Change__c) AND LastName != 'Mo'", "1 2"},
		{"Contact", "Id IN (SELECT Contact__c FROM Job_Change__c WHERE External_Id__c = 'none')", ""},
		{"Account", "AnnualRevenue = 250.50", "2"},
		{"Account", "AnnualRevenue > 250.5", "1"},
		{"Account", "AnnualRevenue < +1e3", "error"},
		{"Account", "AnnualRevenue >= -.5", "1 2"},
		{"Account", "AnnualRevenue != 1000", "2 3"},
		{"Account", "Name = 'Bob\\'s BBQ'", "2"},
		{"Account", "Name LIKE '100\\%\\_p%'", "3"},
		{"Account", "Name LIKE '100_\\_pure'", "3"},
		{"Account", "Name LIKE '%\\\\%'", ""},
		{"Account", "Onward_Key__c = 'Key-A'", "1"},
		{"Account", "Onward_Key__c = 'key-a'", ""},
		{"Account", "CreatedDate = TODAY", "1"},
		{"Account", "CreatedDate = YESTERDAY", "2"},
		{"Account", "CreatedDate < TODAY", "2 3"},
		{"Account", "CreatedDate = LAST_N_DAYS:1", "1 2"},
		{"Account", "CreatedDate > N_DAYS_AGO:1", "1"},
		{"Account", "CreatedDate != TODAY", "2 3"},
		{"Account", "CreatedDate = LAST_YEAR", "3"},
		{"Account", "CreatedDate >= THIS_YEAR", "1 2"},
		{"Account", "CreatedDate <= LAST_YEAR", "3"},
		{"Account", "IsDeleted = true", ""},
	} {
		t.Run(c.from+" "+c.where, func(t *testing.T) {
			statement := "SELECT Id FROM " + c.from
			if c.where != "" {
				statement += " WHERE " + c.where
			}
			if c.want == "error" {
				if _, _, err := try(o, statement, false); code(err) == "" {
					t.Fatal("was not refused")
				}
				return
			}
			size, rows := answer(t, o, statement, false)
			if got := names(t, rows); got != c.want || size != len(rows) {
				t.Errorf("got %q (size %d), want %q", got, size, c.want)
			}
		})
	}
}

func TestDeletedRows(t *testing.T) {
	o := newOrg(t)
	const statement = "SELECT Id FROM Contact WHERE FirstName = 'Cy'"
	if size, _ := answer(t, o, statement, false); size != 0 {
		t.Errorf("query shows %d deleted rows", size)
	}
	if size, _ := answer(t, o, statement+" AND IsDeleted = true", true); size != 1 {
		t.Errorf("queryAll shows %d deleted rows, want 1", size)
	}
}

// TestLeads sees which conditions reach the source: without them every look-up
// reads the whole table.
func TestLeads(t *testing.T) {
	for statement, want := range map[string]int{
		"SELECT Id FROM Contact WHERE Email IN ('a@b.example')":                           1,
		"SELECT Id FROM Contact WHERE Email = 'a@b.example' AND (Title = 'x' OR Id = '')": 1,
		"SELECT Id FROM Contact WHERE Email = 'a@b.example' OR Title = 'x'":               0,
		"SELECT Id FROM Contact WHERE Email = null OR Email IN ('a@b.example')":           1,
		"SELECT Id FROM Contact WHERE NOT Email = 'a@b.example'":                          0,
		"SELECT Id FROM Contact WHERE Account.Name = 'x'":                                 0,
		"SELECT Id FROM Contact WHERE SystemModstamp > 2026-01-01T00:00:00Z":              1,
	} {
		o := newOrg(t)
		answer(t, o, statement, false)
		if got := len(o.finds[0].Where); got != want {
			t.Errorf("%s: %d conditions reach the source, want %d", statement, got, want)
		}
	}
	o := newOrg(t)
	answer(t, o, "SELECT Id FROM Contact WHERE Id > '003000000000002AAA' ORDER BY Id LIMIT 1", false)
	if n, from := len(o.finds), o.finds[0].Cursor; n != 1 || from != "003000000000002AAA" {
		t.Errorf("%d reads, the first from %q: paging by id should read one page from the last id", n, from)
	}
}
