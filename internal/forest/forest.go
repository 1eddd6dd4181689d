// Package forest is gradient-boosted decision trees small enough to live in a
// repository as text and fast enough to be asked some ten times a look-up.
//
// A [Forest] is data: [Read] and [Forest.WriteTo] are inverse, byte by byte, and
// [Grow] makes the same forest from the same rows, on all machines with one kind of
// processor; others round differently.
package forest

import "math"

// Forest is a sum of small trees over a vector of features. It is safe for
// concurrent use.
type Forest struct {
	// Features are the names of the vector's elements, in order.
	Features []string
	// Bias is the log odds before any tree has spoken.
	Bias float64

	roots []int32
	nodes []node
	trees []tree // the same, laid out to be asked
	steps []step
	says  []float32 // what a leaf says, by its step
}

// node asks whether a feature is below a threshold: then the next node is left,
// else the one behind left. A leaf has a negative feature and answers value.
type node struct {
	feature int32
	left    int32
	value   float32 // the threshold, or a leaf's share of the log odds
}

// tree is where the steps of a tree begin, and how many are taken from there to a leaf.
type tree struct{ from, depth int32 }

// step is a node without branches: left counts from the first step of its tree, and a
// leaf leads to itself, whatever is asked, so that all paths of a tree are of one
// length and the processor need not guess.
type step struct {
	value   float32
	feature uint16
	left    uint16
}

// most is the most nodes of a tree, and the most features.
const most = math.MaxUint16

// lay lays the trees out.
func (f *Forest) lay() {
	f.trees, f.steps, f.says = nil, nil, nil
	for _, root := range f.roots {
		from := int32(len(f.steps))
		f.steps, f.says = append(f.steps, step{}), append(f.says, 0)
		f.trees = append(f.trees, tree{from, f.put(root, from, from)})
	}
}

// put lays a node out at a step and returns how many questions may follow.
func (f *Forest) put(at, to, from int32) int32 {
	n := f.nodes[at]
	if n.feature < 0 {
		f.steps[to] = step{value: float32(math.Inf(1)), left: uint16(to - from)}
		f.says[to] = n.value
		return 0
	}
	left := int32(len(f.steps))
	f.steps, f.says = append(f.steps, step{}, step{}), append(f.says, 0, 0)
	f.steps[to] = step{value: n.value, feature: uint16(n.feature), left: uint16(left - from)}
	return 1 + max(f.put(n.left, left, from), f.put(n.left+1, left+1, from))
}

// LogOdds sums what the trees say of x, which has one finite value for each feature.
func (f *Forest) LogOdds(x []float32) float64 { return f.ask(f.trees, x, f.Bias) }

// Glance is LogOdds, but takes the word of the first trees where these say less than
// enough: most of what is asked about is far from it, and known by then.
func (f *Forest) Glance(x []float32, trees int, enough float64) float64 {
	trees = min(trees, len(f.trees))
	sum := f.ask(f.trees[:trees], x, f.Bias)
	if sum < enough {
		return sum
	}
	return f.ask(f.trees[trees:], x, sum)
}

// ask adds what some trees say to a sum. Four are asked side by side: a step waits for
// the one before it, but not for those of another tree.
func (f *Forest) ask(trees []tree, x []float32, sum float64) float64 {
	steps := f.steps
	for ; len(trees) >= 4; trees = trees[4:] {
		t, u, v, w := trees[0], trees[1], trees[2], trees[3]
		i, j, k, l := t.from, u.from, v.from, w.from
		for range max(t.depth, u.depth, v.depth, w.depth) {
			a, b, c, d := steps[i], steps[j], steps[k], steps[l]
			i = t.from + int32(a.left) + above(x[a.feature], a.value)
			j = u.from + int32(b.left) + above(x[b.feature], b.value)
			k = v.from + int32(c.left) + above(x[c.feature], c.value)
			l = w.from + int32(d.left) + above(x[d.feature], d.value)
		}
		sum += float64(f.says[i])
		sum += float64(f.says[j])
		sum += float64(f.says[k])
		sum += float64(f.says[l])
	}
	for _, t := range trees {
		at := t.from
		for range t.depth {
			s := steps[at]
			at = t.from + int32(s.left) + above(x[s.feature], s.value)
		}
		sum += float64(f.says[at])
	}
	return sum
}

// above is 1 for a value that is not below a threshold, without a branch.
func above(x, threshold float32) int32 {
	k := int32(0)
	if x >= threshold {
		k = 1
	}
	return k
}

// Probability turns log odds into a probability.
func Probability(logOdds float64) float64 { return 1 / (1 + math.Exp(-logOdds)) }

// Trees returns the number of trees.
func (f *Forest) Trees() int { return len(f.roots) }
