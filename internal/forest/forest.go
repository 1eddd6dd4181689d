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
}

// node asks whether a feature is below a threshold: then the next node is left,
// else the one behind left. A leaf has a negative feature and answers value.
type node struct {
	feature int32
	left    int32
	value   float32 // the threshold, or a leaf's share of the log odds
}

// LogOdds sums what the trees say of x, which has one value for each feature.
func (f *Forest) LogOdds(x []float32) float64 {
	sum := f.Bias
	for _, at := range f.roots {
		n := f.nodes[at]
		for n.feature >= 0 {
			at = n.left
			if !(x[n.feature] < n.value) {
				at++
			}
			n = f.nodes[at]
		}
		sum += float64(n.value)
	}
	return sum
}

// Probability turns log odds into a probability.
func Probability(logOdds float64) float64 { return 1 / (1 + math.Exp(-logOdds)) }

// Trees returns the number of trees.
func (f *Forest) Trees() int { return len(f.roots) }
