# netrelay: start with `make test` and `make demo`. Both need git, make and 64-bit python3 (3.11 or
# newer), and install everything else into .venv.
#
# GNU make exits with 2 for every failed recipe. If the set-up lacks something, make prints "Error 69";
# scripts that need the status 69 call .ci/setup first.

PYTHON3 ?= python3
PYTHON := .venv/bin/python
PYTEST_ARGUMENTS ?=
# Processes that share the tests: 0 runs them in pytest's own process, auto takes one for each core.
TEST_WORKERS ?= 2
BENCH_ARGUMENTS ?=
NEWCOMER_ARGUMENTS ?=
BOOTED_TEST_ARGUMENTS ?=
HW_TEST_ARGUMENTS ?=
# The hardware bench: env-qemu.yaml, env-rig.yaml or another file, relative to hw-tests.
ENV ?= env-qemu.yaml
POWER_CUTS_ARGUMENTS ?= --role relay --images 5
ATTACKS_ARGUMENTS ?=
FUZZ_STICKS_ARGUMENTS ?=
HUB_ARGUMENTS ?=
KILL_POINTS ?= all_points
KILL_POINTS_BYTES ?= 1073741824
KILL_POINTS_FOLDER ?= /var/tmp
IMAGE_ARGUMENTS ?=
RELEASE_ARGUMENTS ?=
BROKEN_CONNECTIONS_BYTES ?= 536870912
BESIDE_MIB ?= 24
ROUTER_FILES ?= 200
LANDING_FILES ?= 500
LANDING_FOLDER ?= /var/tmp
OTHER_VERSION ?=
DEB_ARCHITECTURE ?=
DEB_PYTHON ?=

# Without byte code each of the eight processes of a node compiles the program at every start.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup test demo bench bench-quick bench-parts bench-broken-lines bench-plans bench-wire bench-serial bench-landing landing power-cuts kill-points attacks fuzz-frames fuzz-sticks hub broken-connections ways-beside newcomer routers page-browser
.PHONY: deb deb-reproducible image image-reproducible booted-test reference
.PHONY: lint lint-rules lint-format lint-types lint-unused clean
.PHONY: hw-test hw-test-rig other-version wheel release release-dry-run

help:
	@echo 'make setup    make .venv; the command is then .venv/bin/netrelay'
	@echo 'make test     run all tests (PYTEST_ARGUMENTS=tests/ring for one room, TEST_WORKERS=0 on one core)'
	@echo 'make demo     start nodes on this machine and send files between them'
	@echo 'make bench         compare with rsync, scp, nncp, syncthing, mosquitto and nats (as root; in shards)'
	@echo '                   BENCH_ARGUMENTS=--list, "--only large,texts", or --report for docs/evidence'
	@echo 'make bench-quick   compare with rsync on the same disk (as root; BENCH_ARGUMENTS=--json)'
	@echo 'make bench-parts   one number for each part: walk, commit, ring, seal, hash, TLS, write'
	@echo 'make bench-broken-lines   files over lines that break, beside rsync --partial (as root)'
	@echo 'make bench-plans   what netrelay plan says, beside what happens (as root; writes docs/evidence/plans.md)'
	@echo 'make bench-serial  a file over serial lines, beside kermit and zmodem, into docs/evidence/serial.md'
	@echo 'make bench-wire    bytes of greetings, texts and receipts (as root), into docs/evidence/wire.md'
	@echo 'make landing       land 500 files in a real store while it is killed (LANDING_FILES=N; installs OpenStack Swift)'
	@echo 'make bench-landing   rate of landing beside rclone, into docs/evidence/landing.md'
	@echo 'make power-cuts    cut the power of a node while files flow (as root; POWER_CUTS_ARGUMENTS=--help)'
	@echo 'make kill-points   kill every process at every point while 1 GiB is on its way'
	@echo 'make attacks       attack a node in thirteen ways, a minute each, and measure (ATTACKS_ARGUMENTS=--help)'
	@echo 'make fuzz-frames   a million frames of a serial line with any bytes'
	@echo 'make fuzz-sticks   a hundred thousand bad files on sticks, in shards (FUZZ_STICKS_ARGUMENTS=--help)'
	@echo 'make hub           one hub with 10,000 light nodes, into docs/evidence/hub.md (HUB_ARGUMENTS=--help)'
	@echo 'make broken-connections   break the line five times during 512 MiB'
	@echo 'make ways-beside   one file by two ways at once: its rate, ways that are cut, processes that are killed'
	@echo 'make page-browser  look at the page in chromium (NETRELAY_BROWSER_FOLDER=DIR keeps pictures)'
	@echo 'make routers       send 200 files between nodes behind routers that forget (as root; ROUTER_FILES=N)'
	@echo 'make other-version   exchange files with nodes of another commit (OTHER_VERSION=COMMIT)'
	@echo 'make newcomer      type docs/tutorial.md into two clean Debians (as root; NEWCOMER_ARGUMENTS=trixie bookworm)'
	@echo '                   or another page into one (NEWCOMER_ARGUMENTS=--page readme|how-do-i ...: .ci/newcomer-page)'
	@echo 'make deb      make the Debian package for this machine (DEB_ARCHITECTURE=arm64 for a Raspberry Pi)'
	@echo 'make deb-reproducible   make it twice, and compare'
	@echo 'make hw-test       boot the image on emulated Raspberry Pis, or on a bench (ENV=env-rig.yaml)'
	@echo 'make hw-test-rig   check the rig itself, without an image'
	@echo 'make booted-test   install the package on Debians and boot them (as root)'
	@echo 'make image    make the image of a card (as root; the first time half an hour, then two minutes)'
	@echo 'make image-reproducible   make it twice, and compare'
	@echo 'make reference  write the documents that are made from the code'
	@echo 'make lint     ruff, mypy and vulture'
	@echo 'make wheel    make the Python wheel'
	@echo 'make release  make a release: changelog, tag, packages, manifest, signature (docs/release.md)'
	@echo 'make release-dry-run   check that a release can be made; changes nothing'
	@echo 'make clean    remove .venv and what the tools cached'

setup:
	@PYTHON3='$(PYTHON3)' .ci/setup

test: setup
	$(PYTHON) -m pytest --numprocesses '$(TEST_WORKERS)' --dist loadfile --no-loadscope-reorder $(PYTEST_ARGUMENTS)

demo: setup
	$(PYTHON) bench/demo.py

bench-broken-lines: setup
	$(PYTHON) -m bench.broken_lines $(BENCH_ARGUMENTS)

bench-plans: setup
	$(PYTHON) -m bench.plans --record docs/evidence/plans.md $(BENCH_ARGUMENTS)

bench-wire: setup
	$(PYTHON) -m bench.wire $(BENCH_ARGUMENTS)

bench-serial: setup
	$(PYTHON) -m bench.serial_lines $(BENCH_ARGUMENTS)

bench: setup
	$(PYTHON) -m bench.full $(BENCH_ARGUMENTS)

bench-parts: setup
	$(PYTHON) -m bench.parts $(BENCH_ARGUMENTS)

bench-quick: setup
	$(PYTHON) -m bench.quick $(BENCH_ARGUMENTS)

power-cuts: setup
	$(PYTHON) -m tests.crash.campaign $(POWER_CUTS_ARGUMENTS)

kill-points: setup
	NETRELAY_KILL_BYTES=$(KILL_POINTS_BYTES) NETRELAY_KILL_FOLDER='$(KILL_POINTS_FOLDER)' \
	NETRELAY_STORY_DEADLINE_S=600 \
	$(PYTHON) -m pytest -s -o timeout=1800 tests/story/test_kills.py -k '$(KILL_POINTS)' \
	--durations=0 $(PYTEST_ARGUMENTS)

hub: setup
	NETRELAY_STORY_DEADLINE_S=300 $(PYTHON) -m tests.story.hub.campaign $(HUB_ARGUMENTS)

attacks: setup
	$(PYTHON) -m tests.story.attacks.campaign $(ATTACKS_ARGUMENTS)

fuzz-frames: setup
	NETRELAY_LINE_FRAMES=1000000 $(PYTHON) -m pytest -o timeout=1800 \
	tests/core/serial/test_serial_line.py $(PYTEST_ARGUMENTS)

fuzz-sticks: setup
	NETRELAY_STORY_DEADLINE_S=300 $(PYTHON) -m tests.story.sticks.campaign $(FUZZ_STICKS_ARGUMENTS)

broken-connections: setup
	NETRELAY_BROKEN_BYTES=$(BROKEN_CONNECTIONS_BYTES) NETRELAY_STORY_DEADLINE_S=600 \
	$(PYTHON) -m pytest -s -o timeout=1800 tests/story/test_broken_connections.py $(PYTEST_ARGUMENTS)

ways-beside: setup
	NETRELAY_BESIDE_MIB=$(BESIDE_MIB) NETRELAY_STORY_DEADLINE_S=600 \
	$(PYTHON) -m pytest -s -v -o timeout=1800 tests/story/test_ways_beside.py $(PYTEST_ARGUMENTS)

# A real store, in an environment of its own: nothing of it is in the package.
build/landing/venv/bin/swift-proxy-server: tests/landed/store-packages.txt
	'$(PYTHON3)' -m venv build/landing/venv
	build/landing/venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		-r tests/landed/store-packages.txt
	@touch '$@'

landing: setup build/landing/venv/bin/swift-proxy-server
	TMPDIR='$(LANDING_FOLDER)' NETRELAY_LANDING_FILES=$(LANDING_FILES) NETRELAY_STORY_DEADLINE_S=300 \
	$(PYTHON) -m pytest -s -o timeout=1800 tests/landed $(PYTEST_ARGUMENTS)

bench-landing: setup build/landing/venv/bin/swift-proxy-server
	$(PYTHON) -m bench.landing --record docs/evidence/landing.md $(BENCH_ARGUMENTS)

page-browser: setup
	[ -d .venv/accessibility ] || $(PYTHON) -m pip install --quiet --disable-pip-version-check \
		--no-deps --require-hashes --target .venv/accessibility -r tests/story/accessibility.txt
	NETRELAY_BROWSER=yes $(PYTHON) -m pytest -s tests/story/test_page_in_browser.py $(PYTEST_ARGUMENTS)

routers: setup
	NETRELAY_ROUTER_FILES=$(ROUTER_FILES) NETRELAY_STORY_DEADLINE_S=600 \
	$(PYTHON) -m pytest -s -o timeout=1800 tests/story/test_behind_router.py $(PYTEST_ARGUMENTS)

other-version: setup
	.ci/other-version '$(OTHER_VERSION)' $(PYTEST_ARGUMENTS)

newcomer: setup
	.ci/newcomer $(NEWCOMER_ARGUMENTS)

booted-test: setup
	.ci/booted-test $(BOOTED_TEST_ARGUMENTS)

deb: setup
	@DEB_ARCHITECTURE='$(DEB_ARCHITECTURE)' DEB_PYTHON='$(DEB_PYTHON)' image/package/build

deb-reproducible: setup
	@DEB_ARCHITECTURE='$(DEB_ARCHITECTURE)' DEB_PYTHON='$(DEB_PYTHON)' \
	image/package/build --check-reproducible

# The image is built only if there is none; LG_NETRELAY_IMAGE names another one.
hw-test: setup
	@PYTHON3='$(PYTHON3)' hw-tests/setup
	@test -n "$$LG_NETRELAY_IMAGE" || test -n "$(wildcard build/image/netrelay-*-arm64.img)" || \
	$(MAKE) image
	cd hw-tests && .venv/bin/python -m pytest --lg-env '$(ENV)' $(HW_TEST_ARGUMENTS)

hw-test-rig:
	@PYTHON3='$(PYTHON3)' hw-tests/setup
	cd hw-tests && .venv/bin/python -m pytest -q rig_tests $(HW_TEST_ARGUMENTS)

image:
	@image/build $(IMAGE_ARGUMENTS)

image-reproducible:
	@image/build --check-reproducible $(IMAGE_ARGUMENTS)

wheel: setup
	rm -rf build/wheel build/lib
	$(PYTHON) -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir build/wheel .

release: setup
	$(PYTHON) -m release $(RELEASE_ARGUMENTS)

release-dry-run: setup
	$(PYTHON) -m release --dry-run $(RELEASE_ARGUMENTS)

reference: setup
	$(PYTHON) -m netrelay.cli.reference.documents

lint: lint-rules lint-format lint-types lint-unused

lint-rules: setup
	$(PYTHON) -m ruff check .

lint-format: setup
	$(PYTHON) -m ruff format --check .

lint-types: setup
	$(PYTHON) -m mypy --strict

lint-unused: setup
	$(PYTHON) -m vulture --config .ci/vulture.toml

clean:
	rm -rf .venv hw-tests/.venv .mypy_cache .pytest_cache .ruff_cache .hypothesis build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
