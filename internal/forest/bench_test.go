package forest

import "testing"

// BenchmarkLogOdds asks a forest of the size that matching uses.
func BenchmarkLogOdds(b *testing.B) {
	names := make([]string, 50)
	var rows []Row
	for i := range 4000 {
		x := make([]float32, len(names))
		for f := range x {
			names[f] = "f"
			x[f] = float32((i*(f+7) + i*i) % 101)
		}
		rows = append(rows, Row{X: x, Right: x[0]+x[1] > x[2]+x[3]+20, Weight: 1})
	}
	f := Grow(Recipe{Trees: 120, Depth: 5, Rate: 0.1, LeastWeight: 1, Lambda: 1, Bins: 64}, names, rows)
	for i := 0; b.Loop(); i++ {
		f.LogOdds(rows[i%len(rows)].X)
	}
}
