package adapter

import (
	"bytes"
	"encoding/json"
)

// readLenient reads JSON of a sender who may add members whenever it likes: unknown
// ones are passed over, numbers keep their digits. Text that is no JSON is refused
// with 400, JSON of another shape with 422.
func readLenient(body []byte, depth int, v any) *Refusal {
	if why := checkJSON(body, depth); why != nil {
		return why
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if d.Decode(v) != nil {
		return invalid("", "has another shape than is documented")
	}
	return nil
}
