// Command load sends signed moves to a feed of a running server at a set rate and
// prints one line of JSON: counts by status, requests a second answered 2xx, and
// latencies from the intended time of each request.
//
//	go run ./internal/bench/load -url http://127.0.0.1:8080/feeds/load -secret "$SECRET" -rate 1000 -for 60s
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"time"

	"github.com/onward-crm/onward/internal/bench/openloop"
)

func main() {
	url := flag.String("url", "", "address of the feed, such as http://127.0.0.1:8080/feeds/NAME")
	secret := flag.String("secret", os.Getenv("ONWARD_LOAD_SECRET"), "secret of the feed (whsec_…); default $ONWARD_LOAD_SECRET")
	rate := flag.Float64("rate", 1000, "requests a second; 0 sends as fast as they are answered")
	span := flag.Duration("for", 10*time.Second, "how long to send")
	conns := flag.Int("conns", 256, "greatest number of connections")
	batch := flag.Int("batch", 1, "moves in one request, up to 200")
	run := flag.String("run", strconv.FormatInt(time.Now().Unix(), 36), "name of the run: the moves of another name are other moves")
	flag.Parse()
	if *url == "" || *secret == "" || *conns < 1 || *batch < 1 || *batch > 200 {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	report := openloop.Run(ctx, openloop.Options{
		Rate: *rate, For: *span, Conns: *conns, Make: openloop.Feed(*url, *secret, *run, *batch),
	})
	if err := json.NewEncoder(os.Stdout).Encode(report); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
