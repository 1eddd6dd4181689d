# Run "make" for a list of what can be done.

.DEFAULT_GOAL := help
SHELL := /bin/bash

FUZZ_N ?= 100000x
SEEDS  ?= 2000
# Packages whose tests compare with golden files, and so know the flag -update.
golden_packages = $(shell grep -rlE --include='*_test.go' 'internal/golden"|flag.Bool."update"' . | grep -v internal/archtest | xargs -r -n1 dirname | sort -u)

.PHONY: help
help: ## show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | while IFS=$$'\t' read -r name what; do printf '  make %-10s %s\n' "$$name" "$$what"; done

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

.PHONY: nightly
nightly: ## what takes long: all fuzz targets, SEEDS simulation seeds (2000), all fault positions
	.ci/fuzz 100000x
	ONWARD_SIM_SEEDS=$(SEEDS) ONWARD_SIM_ALL=1 go test -v ./internal/sim -timeout 60m

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
