package durable

import (
	"bytes"
	"compress/flate"
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"
)

// packFrom is the length from which a text is compressed: facts hold the same names
// many times, and a sixth of the bytes is a sixth of the log.
const packFrom = 4096

// packed begins a compressed text; a JSON text never begins with it.
const packed = 'z'

// pack is the stored form of a value.
func pack(v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("durable: cannot be stored: %w", err)
	}
	return text, nil
}

// press makes the stored form of what may be long. Its compressors are used again:
// each is a megabyte. It is safe for concurrent use.
type press struct{ writers sync.Pool }

// pack is the stored form of a value, compressed if it is long.
func (p *press) pack(v any) ([]byte, error) {
	text, err := pack(v)
	if err != nil || len(text) < packFrom {
		return text, err
	}
	var b bytes.Buffer
	b.Grow(len(text) / 4)
	b.WriteByte(packed)
	w, ok := p.writers.Get().(*flate.Writer)
	if ok {
		w.Reset(&b)
	} else if w, err = flate.NewWriter(&b, flate.BestSpeed); err != nil {
		return nil, err
	}
	defer p.writers.Put(w)
	if _, err := w.Write(text); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// unpack reads the stored form. Its error does not quote what it read: that is
// personal data.
func unpack(text []byte, v any) error {
	if len(text) > 0 && text[0] == packed {
		var err error
		if text, err = io.ReadAll(flate.NewReader(bytes.NewReader(text[1:]))); err != nil {
			return fmt.Errorf("durable: damaged: %w", err)
		}
	}
	if err := json.Unmarshal(text, v); err != nil {
		return fmt.Errorf("durable: damaged: a stored %T cannot be read", v)
	}
	return nil
}

// unpacked reads a value of its own; nothing stored is nil.
func unpacked[T any](text []byte) (*T, error) {
	if len(text) == 0 {
		return nil, nil
	}
	v := new(T)
	return v, unpack(text, v)
}

// jsonText is a value as text; an empty list is "".
func jsonText[T any](list []T) (string, error) {
	if len(list) == 0 {
		return "", nil
	}
	text, err := json.Marshal(list)
	if err != nil {
		return "", fmt.Errorf("durable: cannot be stored: %w", err)
	}
	return string(text), nil
}

// jsonList reads what jsonText wrote.
func jsonList[T any](text string) ([]T, error) {
	if text == "" {
		return nil, nil
	}
	var list []T
	return list, unpack([]byte(text), &list)
}

// micros is the stored form of a time: microseconds since 1970, 0 for none.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// moment reads the stored form of a time.
func moment(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}
