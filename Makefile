# Thin names over the CMake presets; docs/DEVELOPING.md says more about each.
.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: release deps run test test-release check tidy fuzz tsan format clean help bench faults deb soak compare-dovecot search soak-imap mutants storm bench-judge

JOBS ?= $(shell nproc)
SECONDS ?= 60
ROUNDS ?= 20
BENCH_ROUNDS ?= 3
# Debian's RocksDB is not instrumented: tests that use it skip themselves when they see YUBIN_TSAN.
TSAN_TESTS = $(foreach folder,base kv store net,$(if $(wildcard src/$(folder)/*_test.cpp),$(folder)_test))

release: build/release/build.ninja  ## build build/release/yubin (also: plain make)
	cmake --build build/release --target yubin -j $(JOBS)

deps:  ## install the Debian packages that the build and the tests need
	@tools/deps.sh

run: deps release  ## a complete server for example.test in ./demo, ports from 10000
	build/release/yubin demo --dir demo --base-port 10000

test: deps build/asan/build.ninja  ## everything that must pass, with ASan and UBSan
	cmake --build build/asan -j $(JOBS)
	@ninja -C build/asan -t cleandead >/dev/null
	python3 tools/run_tests.py --build-dir build/asan

test-release: deps build/release/build.ninja  ## the whole server's tests again, on the program as it is shipped
	cmake --build build/release --target yubin fault_steps power_cut break_in bad_machine -j $(JOBS)
	python3 tools/run_tests.py --build-dir build/release --end-to-end

check: build/asan/build.ninja  ## form: format, include table, RFC index, links, clang-tidy on changed files
	python3 tools/check.py

tidy: build/asan/build.ninja  ## clang-tidy on all files
	python3 tools/check.py --all tidy

fuzz: build/fuzz/build.ninja  ## fuzz T=target (all in turn without T) for SECONDS=60 each
	python3 tools/fuzz.py --seconds $(SECONDS) --jobs $(JOBS) $(RECORD) $(T)

tsan: build/tsan/build.ninja  ## the unit tests of base, kv, store and net with ThreadSanitizer
	cmake --build build/tsan -j $(JOBS) --target $(TSAN_TESTS)
	YUBIN_TSAN=1 python3 tools/run_tests.py --build-dir build/tsan --only '*_test'

faults: deps build/asan/build.ninja build/release/build.ninja  ## a fault at each step; kill -9 and power under load, ROUNDS=20
	cmake --build build/asan -j $(JOBS)
	cmake --build build/release --target fault_steps -j $(JOBS)
	YUBIN_FAULT_ROUNDS=$(ROUNDS) python3 tools/run_tests.py --only 'test_nothing_lost.py'
	YUBIN_FAULT_STEPS=$(CURDIR)/build/release/tests YUBIN_FAULT_ROUNDS=all python3 tools/run_tests.py --only 'test_fault_steps.py'

soak: build/asan/build.ninja  ## random operations of many sessions against a model, for SECONDS=60
	cmake --build build/asan --target store_soak_test -j $(JOBS)
	build/asan/tests/store_soak_test --seconds $(SECONDS) --seed $(shell date +%s)

compare-dovecot: deps build/asan/build.ninja  ## ENVELOPE and BODYSTRUCTURE beside Dovecot's, as root; COMPARE="--seed 7"
	cmake --build build/asan --target yubin -j $(JOBS)
	python3 tests/peers/compare.py $(COMPARE)

search: build/asan/build.ninja  ## SEARCH against brute force: 2,000 questions on 10,000 messages
	cmake --build build/asan --target imap_test -j $(JOBS)
	YUBIN_SEARCH_MESSAGES=10000 YUBIN_SEARCH_QUESTIONS=2000 build/asan/tests/imap_test --gtest_filter='SearchProperty*'

soak-imap: build/asan/build.ninja  ## twenty IMAP clients against a model for SECONDS=60; YUBIN_SOAK_SEED=1
	cmake --build build/asan --target yubin -j $(JOBS)
	YUBIN_SOAK_SECONDS=$(SECONDS) python3 -m unittest -v tests.e2e.test_imap_soak

storm: build/release/build.ninja  ## 1,000 destinations while peers misbehave; a million recipients in the queue
	cmake --build build/release --target yubin -j $(JOBS)
	python3 bench/storm.py

bench-judge: build/release/build.ninja  ## what SPF, DKIM and DMARC cost, beside opendkim
	cmake --build build/release --target yubin_bench_judge -j $(JOBS)
	python3 bench/judge.py

mutants:  ## plants known bugs in a copy of the last commit; each must be caught by the test named for it
	python3 tools/mutants.py --jobs $(JOBS)

deb: deps release  ## build/yubin_VERSION_ARCHITECTURE.deb
	tools/make_deb.sh build/release/yubin build

format:  ## clang-format on all C++ files
	git ls-files -co --exclude-standard '*.cpp' '*.h' | xargs clang-format-19 -i

clean:  ## remove build/
	rm -rf build

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*  ## /\1\t/p' Makefile

bench: deps build/release/build.ninja  ## side by side with Postfix and Dovecot, as root; QUICK=1, BENCH_ROUNDS=3, PEERS=all
	cmake --build build/release --target yubin yubin_bench_machine yubin_bench_store yubin_bench_load -j $(JOBS)
	python3 bench/run.py $(if $(QUICK),--quick,--rounds $(BENCH_ROUNDS)) $(if $(PEERS),--peers $(PEERS))

# Configured anew when the presets change; CMake itself watches its own files, the table of folders and new sources.
build/%/build.ninja: CMakePresets.json
	@command -v cmake >/dev/null || { echo "cmake is not installed: run make deps first" >&2; exit 1; }
	cmake --preset $*
