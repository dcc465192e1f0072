# Installing and packaging; included by the Makefile.
#
#   make staged                          what is to be installed, built with Swift's runtime inside the programs
#   make install [PREFIX=…] [DESTDIR=…]  (as root) puts it there; builds nothing if `make staged` has been run
#   make uninstall                       removes exactly what was installed; the state stays
#   make deb                             .build/qklens_VERSION_ARCHITECTURE.deb, checked by lintian where that is installed
#   make clean-root-test                 (as root) installs the package in a Debian that holds nothing else, runs the demo there, removes it
#   make system-test                     (as root) installs the package in a booted systemd of its own and tries everything there

PREFIX ?= /usr/local
DESTDIR ?=
STATIC := .build/static
STAGE := .build/stage
STATIC_BUILD := swift build -c release --static-swift-stdlib --scratch-path $(STATIC)

.PHONY: staged install uninstall deb clean-root-test system-test

# A machine that runs the programs has no Swift: its runtime is linked in.
staged: packages
	$(STATIC_BUILD)
	Systemd/stage.sh "$$($(STATIC_BUILD) --show-bin-path)" $(STAGE)

install:
	@test -x $(STAGE)/bin/qklensd || $(MAKE) staged
	Systemd/install.sh install $(STAGE) "$(PREFIX)" "$(DESTDIR)"

uninstall:
	Systemd/install.sh uninstall $(STAGE) "$(PREFIX)" "$(DESTDIR)"

deb: staged
	Systemd/debian/build.sh $(STAGE) .build

# Needs a mirror of Debian, which MIRROR names (http://deb.debian.org/debian unless told).
clean-root-test: deb
	@Systemd/packages.sh debootstrap
	Tests/System/clean-root.sh .build/qklens_*.deb

system-test: deb
	Tests/System/run.sh .build/qklens_*.deb
