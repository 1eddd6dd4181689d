package forest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// ErrText is what Read says of anything that WriteTo did not write.
var ErrText = errors.New("forest: not a forest")

// WriteTo writes the forest as text: the names of the features, the bias, and one
// line for each tree, its questions before their answers. Numbers are written so
// that reading them gives the same bits.
func (f *Forest) WriteTo(w io.Writer) (int64, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "features %s\nbias %s\n", strings.Join(f.Features, " "), strconv.FormatFloat(f.Bias, 'g', -1, 64))
	for _, root := range f.roots {
		b.WriteString("tree")
		f.writeNode(&b, root)
		b.WriteByte('\n')
	}
	n, err := io.WriteString(w, b.String())
	return int64(n), err
}

// writeNode writes "feature:threshold" and the two sides, or "=answer".
func (f *Forest) writeNode(b *strings.Builder, at int32) {
	n := f.nodes[at]
	value := strconv.FormatFloat(float64(n.value), 'g', -1, 32)
	if n.feature < 0 {
		b.WriteString(" =" + value)
		return
	}
	fmt.Fprintf(b, " %d:%s", n.feature, value)
	f.writeNode(b, n.left)
	f.writeNode(b, n.left+1)
}

// Read reads what WriteTo wrote, up to the first empty line or the end.
func Read(r io.Reader) (*Forest, error) {
	f := &Forest{}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() && lines.Text() != "" {
		kind, rest, _ := strings.Cut(lines.Text(), " ")
		var err error
		switch kind {
		case "features":
			f.Features = strings.Fields(rest)
		case "bias":
			if f.Bias, err = strconv.ParseFloat(rest, 64); err != nil || math.IsNaN(f.Bias) {
				err = fmt.Errorf("%w: bias %q", ErrText, rest)
			}
		case "tree":
			err = f.readTree(strings.Fields(rest))
		default:
			err = fmt.Errorf("%w: line %q", ErrText, kind)
		}
		if err != nil {
			return nil, err
		}
	}
	if len(f.Features) == 0 || len(f.Features) > most {
		return nil, fmt.Errorf("%w: %d features", ErrText, len(f.Features))
	}
	f.lay()
	return f, lines.Err()
}

func (f *Forest) readTree(words []string) error {
	root := f.grow()
	f.roots = append(f.roots, root)
	rest, err := f.readNode(root, words)
	if len(f.nodes)-int(root) > most {
		return fmt.Errorf("%w: a tree of more than %d nodes", ErrText, most)
	}
	if err == nil && len(rest) > 0 {
		return fmt.Errorf("%w: %d words too many in a tree", ErrText, len(rest))
	}
	return err
}

func (f *Forest) grow() int32 {
	f.nodes = append(f.nodes, node{})
	return int32(len(f.nodes) - 1)
}

func (f *Forest) readNode(at int32, words []string) ([]string, error) {
	if len(words) == 0 {
		return nil, fmt.Errorf("%w: a tree ends early", ErrText)
	}
	feature, value, asks := strings.Cut(words[0], ":")
	if !asks {
		value = strings.TrimPrefix(feature, "=")
	}
	v, err := strconv.ParseFloat(value, 32)
	if err != nil || math.IsNaN(v) {
		return nil, fmt.Errorf("%w: %q", ErrText, words[0])
	}
	if !asks {
		f.nodes[at] = node{feature: -1, value: float32(v)}
		return words[1:], nil
	}
	n, err := strconv.Atoi(feature)
	if err != nil || n < 0 || n >= len(f.Features) {
		return nil, fmt.Errorf("%w: %q", ErrText, words[0])
	}
	left := f.grow()
	f.grow()
	f.nodes[at] = node{feature: int32(n), left: left, value: float32(v)}
	rest, err := f.readNode(left, words[1:])
	if err != nil {
		return nil, err
	}
	return f.readNode(left+1, rest)
}
