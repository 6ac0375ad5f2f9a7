# SPDX-License-Identifier: LGPL-2.1-or-later
# A thin front over Meson. `make help` lists the targets.

PREFIX ?= /usr/local
DESTDIR ?=
PYTHON ?= /usr/bin/python3
STATIC ?= 0
BUILD := build
# Below /usr/local too, the kernel packages' hooks are looked for in /etc alone.
SETUP_ARGS := --prefix=$(PREFIX) -Dtests=false $(if $(filter /usr/local,$(PREFIX)),--sysconfdir=/etc)
# In an environment cleared of everything make itself would find no program.
ifeq ($(PATH),)
export PATH := /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
endif
# What `make demo` can be told, on its command line only: to a kernel developer these are variables of the environment, and
# mean something else.
DEMO := ARCH KERNEL FROM TO
DEMO_ARGS := $(foreach name,$(DEMO),$(if $(findstring command line,$(origin $(name))),$(name)=$($(name))))
DEMO_I386 := $(filter ARCH=i386,$(DEMO_ARGS))

ifneq ($(STATIC),0)
BUILD := build-static
SETUP_ARGS += -Dstatic=true
endif

.PHONY: all help module setup static i386 install check check-fast check-long demo bench bench-digest clean format fuzz

all:
	@command -v meson >/dev/null && command -v ninja >/dev/null || \
		{ echo "meson or ninja is missing; 'make setup' installs what is needed"; exit 1; }
	@if [ -f $(BUILD)/build.ninja ]; then meson configure $(BUILD) $(SETUP_ARGS) >/dev/null; \
		else meson setup $(BUILD) $(SETUP_ARGS); fi
	ninja -C $(BUILD)

help:
	@echo "make              build/baton and build/kexec (STATIC=1: build-static/, for an initramfs)"
	@echo "make install      below PREFIX=$(PREFIX), staged in DESTDIR"
	@echo "make module        module/baton.ko for the running kernel, or for KDIR=FOLDER (docs/module.md)"
	@echo "make setup        install what build, tests and demo need (apt, asks sudo)"
	@echo "make check-fast   unit tests and command line, under two minutes"
	@echo "make check        every test but those of check-long; boots guests"
	@echo "make i386         build-i386/baton for 32-bit x86, static; the libraries come from Debian into the lab's cache"
	@echo "make check-long   hours: soak runs, the widest matrices (LONG=\"chain fuzz\" HANDOFFS=1000 FUZZ_SECONDS=3600)"
	@echo "make demo         a machine reboots into another kernel, before your eyes"
	@echo "                  (KERNEL=nokexec: from one without kexec; ARCH=i386: a 32-bit one)"
	@echo "make bench        figures beside kexec-tools, on the deterministic clock (BENCH=--quick: Linux 6.1 only)"
	@echo "make bench-digest the digests that purgatory could run, beside memory's speed on this computer"
	@echo "make format       clang-format on every C file"

module:
	$(MAKE) -C module

setup:
	scripts/setup

# With the lab's liblzma, newer than Debian 12's: what is measured is what Debian 13 and later have.
static:
	$(MAKE) STATIC=1 SETUP_ARGS="$(SETUP_ARGS) -Dstatic=true -Dpkg_config_path=$$($(PYTHON) -m lab liblzma)" all

# The folder of scripts/check i386, which builds the tests as well.
i386:
	PYTHON=$(PYTHON) scripts/configure-i386
	ninja -C build-i386 src/cli/names.stamp

install: all
	DESTDIR=$(DESTDIR) meson install -C $(BUILD) --no-rebuild
	@if [ -z "$(DESTDIR)" ] && [ "$$(id -u)" = 0 ] && command -v ldconfig >/dev/null; then ldconfig; fi
	@DESTDIR="$(DESTDIR)" integration/prepare-installed "$(PREFIX)/sbin/baton"

check:
	scripts/setup
	PYTHON=$(PYTHON) scripts/check all

check-long:
	scripts/setup long
	PYTHON=$(PYTHON) scripts/check-long $(LONG)

check-fast:
	PYTHON=$(PYTHON) scripts/check fast

demo:
	scripts/setup demo $(if $(filter KERNEL=%,$(DEMO_ARGS)),check) $(if $(DEMO_I386),i386)
	$(MAKE) $(if $(DEMO_I386),i386,static)
	$(PYTHON) -m lab.demo $(DEMO_ARGS)

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
	rm -rf module/*.o module/*.ko module/*.mod module/*.mod.c module/.*.cmd module/.tmp_versions module/Module.symvers module/modules.order
