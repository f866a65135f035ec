# Thin names over the CMake presets and tools/. `make help` lists them.
.DEFAULT_GOAL := help
.PHONY: help setup build install package demo test check bench soak conformance conformance-all fuzz format style tidy clean distclean

# The emulator under test; `make conformance EMULATOR=/path` judges another one.
EMULATOR ?= build/bin/aws-lambda-rie

help: ## This list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 25

setup: ## Install what is missing: Debian packages, build/venv
	@tools/setup

build: setup ## The command line tool, and the static programs for both processors, into build/
	@tools/build

PREFIX ?= /usr/local
install: ## What was built, into PREFIX (/usr/local)
	@cmake --install build/cli --prefix "$(PREFIX)"

package: build ## A tarball that works wherever it is unpacked
	@tools/package

demo: setup ## See it work
	@tools/build $$(uname -m) cli
	@tools/demo

test: ## Everything that must pass; `make test STEPS="style asan"` for some of it
	@tools/test $(STEPS)

check: setup ## The quick one: debug build, headers alone, unit tests
	@cmake --workflow --preset check

bench: setup ## Measure the emulator and the C++ client
	@tools/build $$(uname -m)
	@benchmarks/emulator/run
	@benchmarks/ric/run

soak: setup ## A million invocations, with telemetry and without, kills in every state, orphans
	@tools/build $$(uname -m)
	@benchmarks/emulator/soak
	@benchmarks/emulator/soak --telemetry
	@benchmarks/emulator/soak --kill
	@benchmarks/emulator/soak --orphans

conformance: setup ## The protocol tests alone, against EMULATOR
	@[ "$(EMULATOR)" != build/bin/aws-lambda-rie ] || tools/build $$(uname -m)
	@EMULATOR=$(abspath $(EMULATOR)) build/venv/bin/python -m pytest tests/conformance

conformance-all: setup ## Every runtime interface client, the ones that take minutes to build, too
	@tools/setup runtimes
	@tools/build
	@ALL_RUNTIMES=1 build/venv/bin/python -m pytest tests/integration

fuzz: setup ## Search with one fuzz target: make fuzz TARGET=json SECONDS=60
	@tools/fuzz $(TARGET) $(SECONDS)

format: setup ## Lay out the C++ sources
	@tools/format

style: setup ## The style tests alone
	@build/venv/bin/python -m pytest -q tests/style

tidy: setup ## clang-tidy over everything
	@tools/tidy

clean: ## Remove what was built; keeps build/venv and zig's cache, which are slow to make
	@[ ! -d build ] || find build -mindepth 1 -maxdepth 1 ! -name venv ! -name zig -exec rm -rf {} +

distclean: ## Remove all of build/
	@rm -rf build
