# SPDX-License-Identifier: LGPL-2.1-or-later
# A thin front over Meson. `make help` lists the targets.

PREFIX ?= /usr/local
DESTDIR ?=
PYTHON ?= /usr/bin/python3
STATIC ?= 0
BUILD := build
SETUP_ARGS := --prefix=$(PREFIX) -Dtests=false

ifneq ($(STATIC),0)
BUILD := build-static
SETUP_ARGS += -Dstatic=true
endif

.PHONY: all help setup static install check check-fast demo bench bench-digest clean format fuzz

all:
	@command -v meson >/dev/null && command -v ninja >/dev/null || \
		{ echo "meson or ninja is missing; 'make setup' installs what is needed"; exit 1; }
	@if [ -f $(BUILD)/build.ninja ]; then meson configure $(BUILD) $(SETUP_ARGS) >/dev/null; \
		else meson setup $(BUILD) $(SETUP_ARGS); fi
	ninja -C $(BUILD)

help:
	@echo "make              build/baton and build/kexec (STATIC=1: build-static/, for an initramfs)"
	@echo "make install      below PREFIX=$(PREFIX), staged in DESTDIR"
	@echo "make setup        install what build, tests and demo need (apt, asks sudo)"
	@echo "make check-fast   unit tests and command line, under two minutes"
	@echo "make check        every test; boots guests"
	@echo "make demo         a machine reboots into another kernel, before your eyes (KERNEL=nokexec: from one without kexec)"
	@echo "make bench        figures beside kexec-tools, on the deterministic clock (BENCH=--quick: Linux 6.1 only)"
	@echo "make bench-digest the digests that purgatory could run, beside memory's speed on this computer"
	@echo "make format       clang-format on every C file"

setup:
	scripts/setup

static:
	$(MAKE) STATIC=1 all

install: all
	DESTDIR=$(DESTDIR) meson install -C $(BUILD) --no-rebuild

check:
	scripts/setup
	PYTHON=$(PYTHON) scripts/check all

check-fast:
	PYTHON=$(PYTHON) scripts/check fast

demo:
	scripts/setup demo $(if $(KERNEL),check)
	$(MAKE) static
	$(PYTHON) -m lab.demo

bench:
	scripts/setup
	$(MAKE) static
	$(PYTHON) -m bench $(BENCH)

bench-digest:
	scripts/setup
	$(MAKE) static
	$(PYTHON) -m bench.digest

format:
	clang-format -i $$(git ls-files '*.c' '*.h')

clean:
	rm -rf build build-*
