package forest

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"
)

var recipe = Recipe{Trees: 40, Depth: 3, Rate: 0.3, LeastWeight: 1, Lambda: 1, Bins: 16}

// exclusive is rows that are right where exactly one of two features is high; a
// third feature says nothing.
func exclusive() []Row {
	var rows []Row
	for i := range 400 {
		a, b := float32(i%2), float32(i/2%2)
		rows = append(rows, Row{X: []float32{a, b, float32(i * 31 % 17)}, Right: a != b, Weight: 1})
	}
	return rows
}

func TestGrowLearnsWhatNoSingleFeatureTells(t *testing.T) {
	f := Grow(recipe, []string{"a", "b", "noise"}, exclusive())
	for _, row := range exclusive() {
		if p := Probability(f.LogOdds(row.X)); (p > 0.5) != row.Right || math.Abs(p-0.5) < 0.4 {
			t.Fatalf("%v is right %v, said %.3f", row.X, row.Right, p)
		}
	}
	if f.Trees() != recipe.Trees {
		t.Errorf("%d trees, want %d", f.Trees(), recipe.Trees)
	}
}

// TestRisingNeverSpeaksAgainst: a feature that may only rise gives no lower answer for
// a higher value, though the rows would have it so.
func TestRisingNeverSpeaksAgainst(t *testing.T) {
	var rows []Row
	for i := range 300 {
		x := float32(i % 10)
		rows = append(rows, Row{X: []float32{x}, Right: x > 3 && x != 7, Weight: 1})
	}
	r := recipe
	r.Rising = []string{"x"}
	f := Grow(r, []string{"x"}, rows)
	last := math.Inf(-1)
	for x := range 10 {
		now := f.LogOdds([]float32{float32(x)})
		if now < last {
			t.Errorf("%d: %.4f after %.4f", x, now, last)
		}
		last = now
	}
	if f.LogOdds([]float32{9}) <= f.LogOdds([]float32{0}) {
		t.Error("nothing was learned")
	}
}

func TestTextIsTheForest(t *testing.T) {
	f := Grow(recipe, []string{"a", "b", "noise"}, exclusive())
	var first, second bytes.Buffer
	if _, err := f.WriteTo(&first); err != nil {
		t.Fatal(err)
	}
	again, err := Read(bytes.NewReader(first.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range exclusive() {
		if f.LogOdds(row.X) != again.LogOdds(row.X) {
			t.Fatalf("%v: %v, read back %v", row.X, f.LogOdds(row.X), again.LogOdds(row.X))
		}
	}
	if _, err := again.WriteTo(&second); err != nil || !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Errorf("written twice, not the same bytes (%v)", err)
	}
	var twice bytes.Buffer
	_, _ = Grow(recipe, []string{"a", "b", "noise"}, exclusive()).WriteTo(&twice)
	if !bytes.Equal(first.Bytes(), twice.Bytes()) {
		t.Error("grown twice, not the same forest")
	}
}

func TestReadRefusesWhatIsNoForest(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":             "",
		"no features":         "bias 0\ntree =1\n",
		"another line":        "features a\nshrub =1\n",
		"an unknown feature":  "features a\ntree 1:0 =1 =2\n",
		"a negative feature":  "features a\ntree -1:0 =1 =2\n",
		"a tree that ends":    "features a\ntree 0:1 =1\n",
		"words behind a tree": "features a\ntree =1 =2\n",
		"no bias":             "features a\nbias\ntree =1\n",
		"a bias of nothing":   "features a\nbias NaN\ntree =1\n",
		"no number":           "features a\ntree =x\n",
		"not a number":        "features a\ntree =NaN\n",
	} {
		if _, err := Read(strings.NewReader(text)); !errors.Is(err, ErrText) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
