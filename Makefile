# QKLens: build, test, demo. Needs Swift 6.2 or later; Debian's packages are installed by `make packages` when that is allowed.

BUILD := swift build -c release
BIN = $(shell $(BUILD) --show-bin-path)
PACKAGES := libopenblas-dev liblmdb-dev libjansson-dev pkg-config
TEST_PACKAGES := netcat-openbsd socat jq chromium

.PHONY: all demo test python-test python-client fuzz soak load lint format bench quality packages clean

all: packages
	$(BUILD)

# The main job: from a bare clone to the feature pairs that explain a head's look, on the embedded model.
demo: all
	@Clients/Demo/demo.sh "$(BIN)"

# Everything that must hold, in release mode (the kernels are tested as they run). The README's commands need a few more programs;
# a test that lacks one says so and leaves the command out.
test: packages
	@Systemd/packages.sh $(TEST_PACKAGES) || true
	swift build -c release --build-tests
	swift test -c release --skip-build --no-parallel
	@Clients/Python/test.sh "$(BIN)"

# The Python client alone: mypy, its tests against a live daemon, its notebook, its wheel. Without a package index it says so and stops.
python-test: all
	@Clients/Python/test.sh "$(BIN)"

# Its typed methods, written anew from the daemon's OpenRPC document.
python-client: all
	@Clients/Python/regenerate.sh "$(BIN)"

# Spoilt bytes for every parser of strangers' bytes, and for a live service: ten minutes, or FUZZ_SECONDS.
FUZZ_SECONDS ?= 600
FUZZ_SEED ?= 1
fuzz: all
	"$(BIN)/qklens-fuzz" all --seconds $(FUZZ_SECONDS) --seed $(FUZZ_SEED)

# Whatever is done often enough shows what it leaves behind, and every fault that can be made: a hundred thousand clients, a million
# requests, a thousand kill -9, a hundred power cuts, full disks, failing system calls (up to an hour; full disks take root).
soak: packages
	swift build -c release --build-tests
	QKLENS_SOAK=1 swift test -c release --skip-build --no-parallel --filter 'SoakTests|KillTests|PowerCutTests|DiskFullTests|FaultTests'

# How quickly a daemon that trains answers a thousand clients, some of which do not read. Wants an idle machine.
load: all
	Tests/Performance/load.py "$(BIN)"

# Our kernels beside PyTorch's and beside sgemm alone; installs PyTorch into a throw-away environment. Wants an idle machine.
bench: all
	Tests/Performance/bench.py "$(BIN)"
	Tests/Performance/latency.py "$(BIN)"
	Tests/Performance/lookup.py "$(BIN)"

# What the dictionaries reach on the embedded model, layer by layer, beside the reference's figures (about ten minutes).
quality: all
	Tests/Performance/quality.py "$(BIN)"

lint:
	swift format lint --strict --recursive Package.swift Sources Clients Systemd Tests

format:
	swift format --in-place --recursive Package.swift Sources Clients Systemd Tests

# Installs the Debian packages that are missing, or prints the line that would.
packages:
	@Systemd/packages.sh $(PACKAGES)

clean:
	rm -rf .build

include Systemd/install.mk
