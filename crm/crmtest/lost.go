package crmtest

import "github.com/onward-crm/onward/crm"

func lostCases() []testCase {
	var cases []testCase
	for _, kind := range []Kind{LostBeforeLanding, LostAfterLanding, HalfLanded, ShortResults} {
		cases = append(cases, testCase{"CR04 updates, " + string(kind), lostUpdates(kind)})
		cases = append(cases, creating(
			testCase{"CR04 creates, " + string(kind), lostCreates(kind)},
			testCase{"CR04 upserts, " + string(kind), lostUpserts(kind)},
			testCase{"CR04 a whole move, " + string(kind), lostMove(kind)},
		)...)
	}
	cases = append(cases, testCase{"CR04 an update keeps what was before", lostBefore})
	return append(cases, creating(
		testCase{"CR04 a create waits for the look-up", lostLookUp},
		testCase{"CR04 answers lost for ever", lostForEver},
	)...)
}

// lostOnce is a client whose first write call loses its answer.
func (k *kit) lostOnce(kind Kind) (*crm.Client, *FaultyDriver) {
	d := Faulty(k.Driver, Script{{Call: WriteCall, Kind: kind}})
	c, _ := k.client(Limited(d, crm.Limits{}))
	return c, d
}

// wantCheap checks the price of a lost answer: at most two writes and one
// look-up for each effect.
func (k *kit) wantCheap(d *FaultyDriver) {
	k.Helper()
	if n := d.Calls(); n.Write > 2 || n.Landed > 1 {
		k.Errorf("%+v, want at most 2 writes and 1 look-up", n)
	}
}

func lostCreates(kind Kind) func(*kit) {
	return func(k *kit) {
		c, d := k.lostOnce(kind)
		var batch []crm.Write
		for n := range 4 {
			batch = append(batch, create(key(n), crm.ObjectContact, crm.Fields{"LastName": "Lee"}))
		}
		for i, r := range k.succeed(c, batch...) {
			if !r.Created {
				k.Errorf("create %d is not Created", i)
			}
		}
		k.wantCount(crm.ObjectContact, "LastName", "Lee", 4)
		k.wantCheap(d)
	}
}

func lostUpdates(kind Kind) func(*kit) {
	return func(k *kit) {
		people := k.seed(contact("Lee", crm.Fields{"Title": "CTO"}), contact("Lee", crm.Fields{"Title": "CTO"}))
		c, d := k.lostOnce(kind)
		var batch []crm.Write
		for n, id := range people {
			w := update(key(n), crm.ObjectContact, id, crm.Fields{"Title": "CEO"})
			w.Fill = crm.Fields{"Phone": "1"}
			if !k.lacks(LacksVersions) {
				w.If = k.version(id)
			}
			batch = append(batch, w)
		}
		for _, r := range k.succeed(c, batch...) {
			k.wantFields(r.Before, crm.Fields{"Title": "CTO", "Phone": ""})
			k.wantFields(r.Changed, crm.Fields{"Title": "CEO", "Phone": "1"})
		}
		k.wantCount(crm.ObjectContact, "Title", "CEO", 2)
		k.wantCheap(d)
		if n := d.Calls().Landed; n != 0 {
			k.Errorf("%d look-ups for updates, want none", n)
		}
	}
}

func lostUpserts(kind Kind) func(*kit) {
	return func(k *kit) {
		k.needs(LacksEventRecord)
		field := k.textField(crm.ObjectJobChange)
		k.write(event(key(1), crm.Fields{field: "before"}))
		c, d := k.lostOnce(kind)
		batch := []crm.Write{event(key(1), crm.Fields{field: "after"}), event(key(2), crm.Fields{field: "after"})}
		for _, r := range k.succeed(c, batch...) {
			k.wantFields(k.get(crm.ObjectJobChange, r.ID, field), crm.Fields{field: "after"})
		}
		if rows := k.ask(crm.Query{Object: crm.ObjectJobChange}); len(rows) != 2 {
			k.Errorf("%d event records, want 2", len(rows))
		}
		k.wantCheap(d)
	}
}

// lostMove loses the answer of every first attempt of every wave.
func lostMove(kind Kind) func(*kit) {
	return func(k *kit) {
		var batch []crm.Write
		for n := range 3 {
			batch = append(batch, k.move(n+1)...)
		}
		for wave := range 4 {
			k := k.fresh()
			d := Faulty(k.Driver, Script{
				{Call: WriteCall, N: wave + 1, Kind: kind}, {Call: WriteCall, N: wave + 3, Kind: kind},
			})
			c, _ := k.client(Limited(d, crm.Limits{}))
			k.succeed(c, batch...)
			k.wantMoves(3)
		}
	}
}

func lostLookUp(k *kit) {
	d := Faulty(k.Driver, Script{
		{Call: WriteCall, Kind: LostAfterLanding}, {Call: LandedCall, Kind: Unavailable, Sticky: true},
	})
	c, _ := k.client(d)
	r := k.applyOne(c, create(key(1), crm.ObjectContact, crm.Fields{"LastName": "Lee"}))
	k.wantClass(r.Err, crm.ErrUnknownOutcome)
	if n := d.Calls(); n.Write != 1 || n.Landed != attempts {
		k.Errorf("%+v, want one write and %d look-ups", n, attempts)
	}
	k.wantCount(crm.ObjectContact, "LastName", "Lee", 1)
}

func lostBefore(k *kit) {
	id := k.seed(contact("Lee", crm.Fields{"Title": "CTO"}))[0]
	c, d := k.lostOnce(LostAfterLanding)
	r := k.succeed(c, update(key(1), crm.ObjectContact, id, crm.Fields{"Title": "CEO"}))[0]
	k.wantFields(r.Before, crm.Fields{"Title": "CTO"})
	if n := d.Calls(); n.Write != 1 || n.Find != 2 {
		k.Errorf("%+v, want one write and a read on both sides of it", n)
	}
}

func lostForEver(k *kit) {
	d := Faulty(k.Driver, Script{{Call: WriteCall, Kind: LostAfterLanding, Sticky: true}})
	c, _ := k.client(Limited(d, crm.Limits{Writes: 2}))
	var batch []crm.Write
	for n := range 6 {
		batch = append(batch, k.move(n+1)...)
	}
	k.succeed(c, batch...)
	k.wantMoves(6)
}
