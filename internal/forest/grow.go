package forest

import (
	"math"
	"slices"
)

// Row is one example to learn from.
type Row struct {
	X      []float32
	Right  bool
	Weight float64
}

// Recipe says how a forest is grown.
type Recipe struct {
	// Trees is how many there are at most, Depth how many questions one asks.
	Trees, Depth int
	// Rate is the share of its finding that a tree contributes, from 0 to 1.
	Rate float64
	// LeastWeight is the least weight of rows (weight times p times 1-p) in a leaf,
	// Lambda what is added to it against leaves that believe too much.
	LeastWeight, Lambda float64
	// Bins is the number of thresholds tried for a feature, at most 255.
	Bins int
	// Share is the share of features that a tree may ask for, those that it may being
	// others for each; 0 stands for all.
	Share float64
	// Rising and Falling name features that may only speak for or only against.
	Rising, Falling []string
}

// Grow learns a forest. Nothing in it is random and no order of maps or threads
// shows: the same rows in the same order give the same forest.
func Grow(r Recipe, features []string, rows []Row) *Forest {
	g := newGrower(r, features, rows)
	for range r.Trees {
		g.boost()
	}
	g.forest.lay()
	return g.forest
}

// grower holds what changes while a forest grows.
type grower struct {
	recipe  Recipe
	rows    []Row
	cuts    [][]float32 // thresholds of each feature
	bins    [][]uint8   // of each feature, for each row, how many cuts lie at or below
	slope   []int       // of each feature: 1 rising, -1 falling, 0 free
	forest  *Forest
	odds    []float64
	grad    []float64
	curve   []float64
	members []int32 // rows, those of one leaf side by side
	spare   []int32
	sides   []slopes   // of the rows of one node, in the order of members
	free    [][]slopes // counts that are no longer needed
	asked   []int      // the features that the tree may ask for
}

// slopes are the two sums that an answer follows from: of gradients and of curvatures.
type slopes struct{ grad, curve float64 }

func newGrower(r Recipe, features []string, rows []Row) *grower {
	g := &grower{
		recipe: r, rows: rows, forest: &Forest{Features: features},
		odds: make([]float64, len(rows)), grad: make([]float64, len(rows)), curve: make([]float64, len(rows)),
		members: make([]int32, len(rows)), spare: make([]int32, len(rows)), sides: make([]slopes, len(rows)),
		slope: make([]int, len(features)),
	}
	for i, name := range features {
		switch {
		case slices.Contains(r.Rising, name):
			g.slope[i] = 1
		case slices.Contains(r.Falling, name):
			g.slope[i] = -1
		}
	}
	g.bin(len(features))
	var right, all float64
	for _, row := range rows {
		all += row.Weight
		if row.Right {
			right += row.Weight
		}
	}
	g.forest.Bias = math.Log((right + 1) / (all - right + 1))
	for i := range g.odds {
		g.odds[i] = g.forest.Bias
	}
	return g
}

// bin cuts each feature at its quantiles.
func (g *grower) bin(features int) {
	g.cuts, g.bins = make([][]float32, features), make([][]uint8, features)
	values := make([]float32, len(g.rows))
	for f := range features {
		for i, row := range g.rows {
			values[i] = row.X[f]
		}
		sorted := slices.Clone(values)
		slices.Sort(sorted)
		g.cuts[f] = quantiles(sorted, g.recipe.Bins)
		g.bins[f] = make([]uint8, len(values))
		for i, v := range values {
			at, found := slices.BinarySearch(g.cuts[f], v)
			if found {
				at++
			}
			g.bins[f][i] = uint8(at)
		}
	}
}

// quantiles returns at most n thresholds that part sorted values evenly; values
// are below the first and not below the last.
func quantiles(sorted []float32, n int) []float32 {
	distinct := slices.Compact(slices.Clone(sorted))
	if len(distinct) <= n {
		return distinct[min(1, len(distinct)):]
	}
	var cuts []float32
	for i := 1; i <= n; i++ {
		c := sorted[i*(len(sorted)-1)/n]
		if c > sorted[0] && (len(cuts) == 0 || c > cuts[len(cuts)-1]) {
			cuts = append(cuts, c)
		}
	}
	return cuts
}

// boost adds one tree that mends what the others leave wrong.
func (g *grower) boost() {
	for i, row := range g.rows {
		p := Probability(g.odds[i])
		g.grad[i], g.curve[i] = -p*row.Weight, max(p*(1-p), 1e-9)*row.Weight
		if row.Right {
			g.grad[i] += row.Weight
		}
		g.members[i] = int32(i)
	}
	g.choose(len(g.forest.roots))
	root := g.add(node{})
	g.forest.roots = append(g.forest.roots, root)
	s := span{to: len(g.rows), depth: g.recipe.Depth, low: -math.MaxFloat64, high: math.MaxFloat64}
	g.split(root, s, g.count(s))
}

// choose settles which features a tree may ask for: by a hash of both their numbers,
// so that no dice are needed.
func (g *grower) choose(tree int) {
	g.asked = g.asked[:0]
	for f := range g.cuts {
		h := uint64(tree)<<32 | uint64(f)
		h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
		h = (h ^ h>>27) * 0x94d049bb133111eb
		h ^= h >> 31
		if len(g.cuts[f]) > 0 && (g.recipe.Share == 0 || float64(h>>11)/(1<<53) < g.recipe.Share) {
			g.asked = append(g.asked, f)
		}
	}
}

func (g *grower) add(n node) int32 {
	g.forest.nodes = append(g.forest.nodes, n)
	return int32(len(g.forest.nodes) - 1)
}

// cut is a question that parts the rows of a node.
type cut struct {
	feature, bin int
	gain         float64
	left, right  float64 // what the two sides would answer
}

// span is the rows of a node, members[from:to], how many questions may follow,
// between which bounds answers stay, and the sums over the rows.
type span struct {
	from, to, depth int
	low, high       float64
	grad, curve     float64
}

// answer is what a leaf would say to rows with these sums.
func (g *grower) answer(s span, grad, curve float64) float64 {
	return min(max(grad/(curve+g.recipe.Lambda), s.low), s.high)
}

// split grows the node for a span whose rows are counted; the counts are its own.
func (g *grower) split(at int32, s span, counts []slopes) {
	s.grad, s.curve = 0, 0
	for _, i := range g.members[s.from:s.to] {
		s.grad, s.curve = s.grad+g.grad[i], s.curve+g.curve[i]
	}
	best := cut{feature: -1}
	if s.depth > 0 {
		best = g.best(s, counts)
	}
	if best.feature < 0 {
		g.leaf(at, s)
		g.release(counts)
		return
	}
	middle := g.part(s.from, s.to, best)
	left := g.add(node{})
	g.add(node{})
	g.forest.nodes[at] = node{feature: int32(best.feature), left: left, value: g.cuts[best.feature][best.bin]}
	below, above := s, s
	below.to, above.from = middle, middle
	below.depth, above.depth = s.depth-1, s.depth-1
	between := (best.left + best.right) / 2
	switch g.slope[best.feature] {
	case 1:
		below.high, above.low = min(s.high, between), max(s.low, between)
	case -1:
		below.low, above.high = max(s.low, between), min(s.high, between)
	}
	first, second := g.share(below, above, counts)
	g.split(left, below, first)
	g.split(left+1, above, second)
}

// leaf ends a branch with the answer for its rows.
func (g *grower) leaf(at int32, s span) {
	answer := float32(g.recipe.Rate * g.answer(s, s.grad, s.curve))
	g.forest.nodes[at] = node{feature: -1, value: answer}
	for _, i := range g.members[s.from:s.to] {
		g.odds[i] += float64(answer)
	}
}

// share counts the smaller of two halves; the other is what the whole has more.
func (g *grower) share(below, above span, whole []slopes) (first, second []slopes) {
	if below.depth == 0 {
		return nil, whole
	}
	small := below
	if above.to-above.from < below.to-below.from {
		small = above
	}
	counts := g.count(small)
	for i, c := range counts {
		whole[i].grad -= c.grad
		whole[i].curve -= c.curve
	}
	if small == below {
		return counts, whole
	}
	return whole, counts
}

// width is the number of bins of a feature.
func (g *grower) width() int { return g.recipe.Bins + 1 }

func (g *grower) release(counts []slopes) {
	if counts != nil {
		g.free = append(g.free, counts)
	}
}

// count sums up the rows of a span by feature and bin.
func (g *grower) count(s span) []slopes {
	var counts []slopes
	if n := len(g.free); n > 0 {
		counts, g.free = g.free[n-1], g.free[:n-1]
		clear(counts)
	} else {
		counts = make([]slopes, len(g.cuts)*g.width())
	}
	members, sides := g.members[s.from:s.to], g.sides[:s.to-s.from]
	for k, i := range members {
		sides[k] = slopes{g.grad[i], g.curve[i]}
	}
	g.eachFeature(func(f int) {
		sums, bins := counts[f*g.width():(f+1)*g.width()], g.bins[f]
		for k, i := range members {
			sum := &sums[bins[i]]
			sum.grad += sides[k].grad
			sum.curve += sides[k].curve
		}
	})
	return counts
}

// eachFeature calls do with all features that the tree may ask for, some at a time.
func (g *grower) eachFeature(do func(f int)) {
	done := make(chan struct{})
	const workers = 2
	for w := range workers {
		go func() {
			for i := w; i < len(g.asked); i += workers {
				do(g.asked[i])
			}
			done <- struct{}{}
		}()
	}
	for range workers {
		<-done
	}
}

// best finds the question that helps most; feature is -1 when none does.
func (g *grower) best(s span, counts []slopes) cut {
	best := cut{feature: -1, gain: 1e-6}
	for _, f := range g.asked {
		if c := g.bestOf(f, s, counts[f*g.width():]); c.gain > best.gain {
			best = c
		}
	}
	return best
}

// bestOf finds the best threshold of one feature.
func (g *grower) bestOf(f int, s span, sums []slopes) cut {
	best := cut{feature: -1}
	lambda, least := g.recipe.Lambda, g.recipe.LeastWeight
	whole := worth(s.grad, s.curve+lambda, g.answer(s, s.grad, s.curve))
	var lg, lc float64
	for b := range g.cuts[f] {
		lg, lc = lg+sums[b].grad, lc+sums[b].curve
		if lc < least {
			continue
		}
		if s.curve-lc < least {
			break
		}
		left, right := g.answer(s, lg, lc), g.answer(s, s.grad-lg, s.curve-lc)
		if slope := float64(g.slope[f]); slope*(right-left) < 0 {
			continue
		}
		gain := worth(lg, lc+lambda, left) + worth(s.grad-lg, s.curve-lc+lambda, right) - whole
		if gain > best.gain {
			best = cut{feature: f, bin: b, gain: gain, left: left, right: right}
		}
	}
	return best
}

// worth is by how much an answer lessens the loss.
func worth(grad, curve, answer float64) float64 { return answer * (2*grad - curve*answer) }

// part brings the rows below the cut to the front and returns where they end.
func (g *grower) part(from, to int, c cut) int {
	left, spare := from, g.spare[:0]
	for _, i := range g.members[from:to] {
		if int(g.bins[c.feature][i]) <= c.bin {
			g.members[left] = i
			left++
		} else {
			spare = append(spare, i)
		}
	}
	copy(g.members[left:], spare)
	return left
}
