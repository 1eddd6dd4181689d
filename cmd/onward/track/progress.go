package track

import (
	"time"

	"github.com/schollz/progressbar/v3"
)

// drawEvery is the time between two drawings.
const drawEvery = 100 * time.Millisecond

// progress counts rows on a terminal, and says nothing elsewhere; done takes the line
// away again.
func (d *desk) progress(what string) (rows func(int), done func()) {
	if !d.env.Terminal {
		return nil, func() {}
	}
	bar := progressbar.NewOptions(-1, progressbar.OptionSetWriter(d.env.Stderr), progressbar.OptionSetDescription(what),
		progressbar.OptionShowCount(), progressbar.OptionSetItsString("rows"), progressbar.OptionShowIts(), progressbar.OptionClearOnFinish(),
		progressbar.OptionThrottle(drawEvery), progressbar.OptionSetSpinnerChangeInterval(0)) // 0: drawn here alone
	return func(n int) { _ = bar.Set(n) }, func() { _ = bar.Finish() }
}
