package main

import (
	"cmp"
	"hash/fnv"
	"slices"
	"strings"
	"unicode"
)

// Who made a row is proven by the labels alone: the source of a query, and the kind
// of its text, which may come from another source than the query does. Both lists
// name what is in the public domain or CC0; everything else stays out.
var (
	freeSources = []string{"ror", "sec", "occ"}
	freeKinds   = []string{"exact", "exact_paren", "alias", "acronym", "label", "successor", "sec_2015", "x_sec", homonym}
)

// homonym is the kind of a company that has the name of an account and is another.
const homonym = "homonym"

const (
	// oneIn is the share of the queries that is taken; of homonyms all are.
	oneIn = 4
	// wantAccounts is the number of accounts, those that queries name included.
	wantAccounts = 3100
)

func isFree(label row) bool {
	return slices.Contains(freeSources, label["source"]) && slices.Contains(freeKinds, label["kind"])
}

// named are the ids of the accounts that a label says are right.
func named(label row) []string {
	return strings.FieldsFunc(label["account_id"]+"|"+label["ok_ids"], func(r rune) bool { return r == '|' })
}

// freeAccounts are the accounts that free queries name and no other query does, and
// those whose name a free homonym has: it comes from the same register as they.
func freeAccounts(s *set, asked map[string]row) map[string]bool {
	free := map[string]bool{}
	byName := map[string][]string{}
	for _, a := range s.accounts {
		name := strings.ToLower(a["name"])
		byName[name] = append(byName[name], a["id"])
	}
	for _, l := range s.labels {
		switch {
		case !isFree(l):
		case l["kind"] == homonym:
			if same := byName[strings.ToLower(asked[l["query_id"]]["company"])]; len(same) == 1 {
				free[same[0]] = true
			}
		case l["account_id"] != "":
			free[l["account_id"]] = true
		}
	}
	for _, l := range s.labels {
		if !isFree(l) {
			for _, id := range named(l) {
				delete(free, id)
			}
		}
	}
	return free
}

// choose takes every so-many-th free query, the accounts that they name, and as
// many others as are wanted, those first that are easily mistaken.
func choose(s *set) *set {
	asked := map[string]row{}
	for _, q := range s.queries {
		asked[q["id"]] = q
	}
	free := freeAccounts(s, asked)
	out, taken := &set{}, map[string]bool{}
	for _, l := range s.labels {
		if !isFree(l) || l["account_id"] != "" && !free[l["account_id"]] {
			continue
		}
		if l["kind"] != homonym && spread(l["query_id"])%oneIn != 0 {
			continue
		}
		l = withOnly(l, free)
		out.labels = append(out.labels, l)
		out.queries = append(out.queries, asked[l["query_id"]])
		for _, id := range named(l) {
			taken[id] = true
		}
	}
	var rest []row
	for _, a := range s.accounts {
		if free[a["id"]] && !taken[a["id"]] {
			rest = append(rest, a)
		}
	}
	for _, a := range mistakable(rest, out.queries) {
		if len(taken) < wantAccounts {
			taken[a["id"]] = true
		}
	}
	for _, a := range s.accounts {
		if !taken[a["id"]] {
			continue
		}
		if !taken[a["parent_id"]] {
			a["parent_id"] = ""
		}
		out.accounts = append(out.accounts, a)
	}
	return out
}

// withOnly leaves out the accounts that are right too and are not free.
func withOnly(label row, free map[string]bool) row {
	var ok []string
	for id := range strings.SplitSeq(label["ok_ids"], "|") {
		if free[id] {
			ok = append(ok, id)
		}
	}
	label["ok_ids"] = strings.Join(ok, "|")
	return label
}

// mistakable orders accounts: first the one of each query that shares the rarest
// words with it, then the others by their hash.
func mistakable(accounts, queries []row) []row {
	having := map[string][]int{} // places of the accounts with a word
	for i, a := range accounts {
		for _, w := range words(a["name"]) {
			having[w] = append(having[w], i)
		}
	}
	first := map[int]bool{}
	for _, q := range queries {
		shared := map[int]float64{}
		best := -1
		for _, w := range words(q["company"]) {
			for _, i := range having[w] {
				shared[i] += 1 / float64(len(having[w]))
				if best < 0 || shared[i] > shared[best] {
					best = i
				}
			}
		}
		first[best] = true
	}
	place := map[string]int{}
	for i, a := range accounts {
		place[a["id"]] = i
	}
	return slices.SortedFunc(slices.Values(accounts), func(a, b row) int {
		if x, y := first[place[a["id"]]], first[place[b["id"]]]; x != y {
			if x {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(spread(a["id"]), spread(b["id"])), strings.Compare(a["id"], b["id"]))
	})
}

// words are the different words of a name.
func words(name string) []string {
	list := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	slices.Sort(list)
	return slices.Compact(list)
}

// spread is a hash: ids stand in no order, yet files are best not cut by it.
func spread(id string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id)) // never fails
	return h.Sum32()
}
