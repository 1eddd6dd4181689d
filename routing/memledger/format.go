package memledger

import (
	"encoding/json"

	"github.com/onward-crm/onward/routing"
)

// A saved ledger is a text of JSON lines: a header, one line for each entry,
// and a trailer with the checksum of everything before it. Equal ledgers are
// equal texts.
const (
	formatName    = "onward-ledger"
	formatVersion = 1
)

type header struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
}

// entry is one line; exactly one field is set.
type entry struct {
	Delivery *savedRow `json:"delivery,omitempty"`
	Alias    *alias    `json:"alias,omitempty"`
	Landed   *landed   `json:"landed,omitempty"`
	Rota     *pointer  `json:"rota,omitempty"`
	// Tombstone is a keyed hash, Noticed the id of a notice that was stored, and
	// sent unless it follows as Notice.
	Tombstone *string         `json:"tombstone,omitempty"`
	Noticed   *string         `json:"noticed,omitempty"`
	Notice    *routing.Notice `json:"notice,omitempty"`
	End       *trailer        `json:"end,omitempty"`
}

// savedRow is a delivery with its state in the queue. A lease is not saved: who
// held it is gone when the file is loaded. That somebody held it is, because
// that attempt counts.
type savedRow struct {
	routing.Record
	Held   bool `json:"held,omitempty"`
	Purged bool `json:"purged,omitempty"`
	// Watches counts the DRI claims.
	Watches int `json:"watches,omitempty"`
}

type alias struct {
	Alias routing.Alias `json:"alias"`
	routing.Identity
}

type landed struct {
	Identity string `json:"identity"`
	ID       string `json:"id"`
}

type pointer struct {
	Pool string `json:"pool"`
	Next int    `json:"next"`
}

// trailer closes the file. Sum is the CRC-32C of all lines before this one.
type trailer struct {
	Sum uint32 `json:"sum"`
}

func line(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	return append(b, '\n'), err
}
