# Run "make" for a list of what can be done.

.DEFAULT_GOAL := help
SHELL := /bin/bash

FUZZ_N ?= 100000x
SEEDS  ?= 2000
# Packages whose tests compare with golden files, and so know the flag -update.
golden_packages = $(shell grep -rlE --include='*_test.go' 'internal/golden"|flag.Bool."update"' . | grep -v internal/archtest | xargs -r -n1 dirname | sort -u)

.PHONY: help
help: ## show this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | while IFS=$$'\t' read -r name what; do printf '  make %-14s %s\n' "$$name" "$$what"; done

.PHONY: check
check: ## everything that a change must pass: format, vet, tidy, demo, short fuzz, race
	.ci/run

.PHONY: test
test: ## all tests, quickly
	go test ./...

.PHONY: race
race: ## all tests in random order with the race detector
	go test -race -shuffle=on ./...

.PHONY: arch
arch: ## the rules of the house alone: directions, purity, style, acceptance ids
	go test -v ./internal/archtest

.PHONY: fuzz
fuzz: ## every fuzz target for FUZZ_N executions (100000x)
	.ci/fuzz $(FUZZ_N)

.PHONY: golden
golden: ## rewrite the golden files; read the difference before you keep it
	go test $(golden_packages) -update

.PHONY: sim
sim: ## the seeded simulation as a change runs it
	go test -v ./internal/sim

.PHONY: bench
bench: ## the benchmarks
	go test -run '^$$' -bench . -benchmem ./...

# More of the program's flags go into MATCHING: make bench-matching MATCHING='-quick'.
DATA ?= matching/testdata/quality
MATCHING ?=

.PHONY: bench-matching
bench-matching: ## account matching beside what one would take instead, on the data in DATA
	$(if $(wildcard $(DATA)/labels.csv),,$(error set DATA to a folder with accounts.csv, queries.csv and labels.csv))
	go run ./internal/bench/matching -data $(DATA) $(MATCHING)

# The promises of docs/reliability.md, each at its full figure: make p1 … make p24.
# A change runs smaller ones with all the other tests.
full := ONWARD_KILLS=full
go_test := go test -v -count=1
promise_1  = $(full) $(go_test) ./internal/chaos -run 'Kill|Checker' -timeout 60m
promise_2  = $(promise_1) && $(go_test) ./routing -run 'TestP02'
promise_3  = $(full) $(go_test) ./internal/chaos ./routing/durable ./internal/sqldb -run 'TestP03' -timeout 20m
promise_4  = ONWARD_SIM_ALL=1 $(go_test) ./internal/sim -run EveryFault -timeout 60m
promise_5  = $(go_test) ./crm/salesforce ./crm -run 'TestP05|TestCR04|Lost|Doubt'
promise_6  = $(full) $(go_test) ./internal/chaos ./routing/durable -run 'TestP06' -timeout 30m
promise_7  = $(full) $(go_test) ./internal/chaos -run 'TestP07' -timeout 30m
promise_8  = $(full) $(go_test) ./internal/chaos ./adapter -run 'TestP08' -timeout 30m
promise_9  = $(full) $(go_test) ./internal/chaos -run 'TestP09' -timeout 30m
promise_10 = $(go_test) ./internal/chaos ./routing ./routing/durable -run 'TestP10' -timeout 20m
promise_11 = $(go_test) ./routing/durable ./internal/sqldb -run 'TestP11|TestLedger/.*/Starvation' -timeout 30m && $(go_test) -count=20 ./routing/durable -run 'TestP11Stopped' -timeout 30m
promise_12 = $(go_test) ./internal/chaos -run 'TestP12'
promise_13 = $(go_test) ./crm/... -run 'TestCR0|TestCR1|Limits|Calls|Kit|Conformance'
promise_14 = ONWARD_LOAD=full $(go_test) ./internal/bench/accept -run 'TestP14' -timeout 30m
promise_15 = ONWARD_LOAD=full $(go_test) ./internal/bench/accept -run 'TestP15' -timeout 30m
promise_16 = ONWARD_FORGERIES=1000000 $(go_test) ./adapter -run 'TestP16'
promise_17 = .ci/fuzz 100000x -matching:FuzzIndex && .ci/fuzz 1000000x matching:FuzzIndex
promise_18 = $(full) $(go_test) ./internal/chaos ./routing -run 'TestP18|Golden|Properties' -timeout 30m
promise_19 = ONWARD_SIM_SEEDS=$(SEEDS) $(go_test) ./internal/sim -run Seeds -timeout 60m
promise_20 = go test -race -shuffle=on -count=1 -timeout 30m ./...
promise_21 = $(go_test) ./... -run 'TestP21|Canary|AD13'
promise_22 = $(go_test) ./routing/durable ./internal/sqldb ./routing/memledger -run 'TestP22|Load'
promise_24 = ONWARD_MUTANTS=all $(go_test) ./internal/mutants -timeout 90m

.PHONY: promises
promises: ## the promises at the size of a change
	go test ./internal/chaos ./internal/sqldb ./routing ./routing/durable ./adapter/... ./crm/... -run 'TestP[0-9]|Kill|Checker'

p%:
	$(if $(promise_$*),,$(error there is no promise $*))
	$(promise_$*)

.PHONY: kills forgeries outage load mutants worked
kills: p1 ## P1, P2: 10,000 events, kill -9 at random moments and at 16 named points
outage: p6 ## P6: an hour without the CRM, in virtual time
load: p14 p15 ## P14, P15: acceptance under load and overload, as two processes
forgeries: p16 ## P16: a million altered requests
mutants: p24 ## P24: the twenty planted bugs

worked: ## moves a second from acceptance to record, on each ledger
	go test ./internal/bench -run '^$$' -bench Worked -benchtime 1x

.PHONY: nightly
nightly: ## what takes long: every promise at its full figure, SEEDS simulation seeds (2000)
	for n in 1 3 4 6 7 8 9 10 11 12 14 15 16 17 18 19 24; do $(MAKE) p$$n || exit 1; done

.PHONY: demo
demo: ## twenty moves through the four strategies, offline
	go run ./cmd/onward demo

.PHONY: cover
cover: ## test coverage by package, and as a page in out/cover.html
	@mkdir -p out
	go test -coverprofile=out/cover.out ./...
	go tool cover -html=out/cover.out -o out/cover.html

.PHONY: vuln
vuln: ## known vulnerabilities (needs the network)
	go run golang.org/x/vuln/cmd/govulncheck@v1.1.4 ./...

.PHONY: fmt
fmt: ## format all Go files
	gofmt -w .

.PHONY: tidy
tidy: ## tidy go.mod and go.sum
	go mod tidy
