/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How fast the digests are that purgatory could run, beside memory itself.
 *
 *	digest RUNS SIZE...       time each candidate over SIZE bytes, RUNS times; print JSON
 *	digest --once NAME SIZE   run one, for a tool that counts its instructions
 *
 * Before it measures, it compares what must be equal: a candidate that computes something else
 * would prove nothing.
 */
#include "digest_candidates.h"

#include <cpuid.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

static const uint8_t *copy_source;
static uint8_t *copy_target;

static void copy(const uint8_t *data, uint64_t size, uint64_t ret[4])
{
	uint8_t *target = copy_target + (data - copy_source);

	memcpy(target, data, size);
	memcpy(ret, target, 32);
}

/* By integer registers, as purgatory must. */
static void sum(const uint8_t *data, uint64_t size, uint64_t ret[4])
{
	uint64_t a = 0, b = 0, c = 0, d = 0;

	for (; size >= 32; data += 32, size -= 32) {
		__asm__("addq %4, %0; addq %5, %1; addq %6, %2; addq %7, %3"
			: "+r"(a), "+r"(b), "+r"(c), "+r"(d)
			: "m"(((const uint64_t *)data)[0]), "m"(((const uint64_t *)data)[1]),
			"m"(((const uint64_t *)data)[2]), "m"(((const uint64_t *)data)[3])
			: "cc");
	}
	ret[0] = a, ret[1] = b, ret[2] = c, ret[3] = d;
}

/* CPUID leaf 7, EBX bit 29 (Intel SDM 2A, CPUID). */
static bool has_sha(void)
{
	unsigned int eax, ebx = 0, ecx, edx;

	return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) && (ebx >> 29 & 1);
}

static bool has_sse42(void)
{
	return __builtin_cpu_supports("sse4.2");
}

static bool has_avx2(void)
{
	return __builtin_cpu_supports("avx2");
}

static const struct candidate {
	const char *name;
	digest_candidate *run;
	bool (*possible)(void); /* NULL: on every x86-64 */
} candidates[] = {
	{"sum", sum, NULL},
	{"memcpy", copy, NULL},
	{"crc32c-4", crc32c_four_lanes, has_sse42},
	{"crc32c-3", crc32c_three_lanes, has_sse42},
	{"crc32c-1", crc32c_one_lane, has_sse42},
	{"xxh3-integer", xxh3_integer, NULL},
	{"xxh3-sse2", xxh3_sse2, NULL},
	{"xxh3-avx2", xxh3_avx2, has_avx2},
	{"sha256-ni", sha256_sha_ni, has_sha},
	{"sha256-plain", sha256_plain, NULL},
};

enum { CANDIDATES = sizeof(candidates) / sizeof(candidates[0]) };

static bool is_possible(const struct candidate *candidate)
{
	return !candidate->possible || candidate->possible();
}

/* In large pages where they can be had, as purgatory finds memory mapped. */
static uint8_t *allocate(uint64_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED) {
		perror("digest: memory for the buffer");
		exit(1);
	}
	madvise(memory, size, MADV_HUGEPAGE);
	return memory;
}

static void fill(uint8_t *data, uint64_t size)
{
	uint64_t word = 1;

	for (uint64_t i = 0; i + 8 <= size; i += 8) {
		word = word * UINT64_C(6364136223846793005) + 1442695040888963407;
		memcpy(data + i, &word, 8);
	}
}

static void fail(const char *what)
{
	fprintf(stderr, "digest: %s\n", what);
	exit(1);
}

static bool same(digest_candidate *a, digest_candidate *b, const uint8_t *data, uint64_t size)
{
	uint64_t first[4], second[4];

	a(data, size, first);
	b(data, size, second);
	return memcmp(first, second, sizeof(first)) == 0;
}

/* FIPS 180-4's example "abc"; RFC 3720, B.4: 32 bytes of zeros. */
static void check_known(void)
{
	static const uint8_t zeros[32];
	uint64_t ret[4];

	sha256_plain((const uint8_t *)"abc", 3, ret);
	if (ret[0] != UINT64_C(0x8f01cfeaba7816bf) || ret[3] != UINT64_C(0xf20015adb410ff61))
		fail("SHA-256 of \"abc\" is wrong");
	if (!has_sse42())
		return;
	crc32c_one_lane(zeros, sizeof(zeros), ret);
	if ((uint32_t)ret[0] != ~UINT32_C(0x8a9136aa))
		fail("CRC-32C of zeros is wrong");
}

static void check_equal(void)
{
	enum { SIZE = 5000 };
	uint8_t data[SIZE];

	fill(data, SIZE);
	for (uint64_t size = 0; size <= SIZE; size += size < 300 ? 1 : 47) {
		if (!same(xxh3_integer, xxh3_sse2, data, size) ||
			(has_avx2() && !same(xxh3_integer, xxh3_avx2, data, size)))
			fail("the ways to compute XXH3 differ");
		if (has_sha() && !same(sha256_plain, sha256_sha_ni, data, size))
			fail("the ways to compute SHA-256 differ");
	}
}

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/* What is timed at once: short enough that some of the runs are not interrupted. */
#define PIECE (UINT64_C(1) << 20)

/* The best time of each piece of the buffer, by each candidate. */
struct times {
	uint64_t pieces;
	uint64_t *best;
};

static void take_time(
	const struct candidate *candidate, const uint8_t *data, uint64_t size, uint64_t *best)
{
	uint64_t ret[4], start = now(), spent;

	candidate->run(data, size, ret);
	__asm__ volatile("" : : "r"(ret) : "memory");
	spent = now() - start;
	if (!*best || spent < *best)
		*best = spent;
}

/* Once over the buffer; a small one many times, so that it is in the cache. */
static void one_run(
	const struct candidate *candidate, const uint8_t *data, uint64_t size, uint64_t *best)
{
	unsigned int repeat = size <= PIECE ? 64 : 1;

	for (unsigned int i = 0; i < repeat; i++)
		for (uint64_t at = 0; at < size; at += PIECE)
			take_time(candidate, data + at, size - at < PIECE ? size - at : PIECE,
				&best[at / PIECE]);
}

/* All candidates by turns, so that what else this computer does hits each alike. */
static struct times measure(const uint8_t *data, uint64_t size, unsigned int runs)
{
	struct times times = {.pieces = (size + PIECE - 1) / PIECE};

	times.best = calloc(CANDIDATES * times.pieces, sizeof(*times.best));
	if (!times.best)
		fail("no memory");
	for (unsigned int run = 0; run < runs; run++)
		for (unsigned int i = 0; i < CANDIDATES; i++)
			if (is_possible(&candidates[i]))
				one_run(&candidates[i], data, size, &times.best[i * times.pieces]);
	return times;
}

static uint64_t total(const struct times *times, unsigned int candidate)
{
	uint64_t sum = 0;

	for (uint64_t i = 0; i < times->pieces; i++)
		sum += times->best[candidate * times->pieces + i];
	return sum;
}

/* Intel SDM 2A, CPUID: leaves 0x80000002 to 4 are the brand, leaf 1 has family and model in EAX. */
static void print_cpu(void)
{
	unsigned int words[13] = {0}, eax = 0, ebx, ecx, edx, family, model;

	for (unsigned int i = 0; i < 3; i++)
		__get_cpuid(0x80000002 + i, &words[4 * i], &words[4 * i + 1], &words[4 * i + 2],
			&words[4 * i + 3]);
	__get_cpuid(1, &eax, &ebx, &ecx, &edx);
	family = eax >> 8 & 0xf;
	model = (eax >> 4 & 0xf) | (eax >> 12 & 0xf0);
	printf("{\"cpu\": \"%s (family %u, model %u)\", \"rows\": [\n", (const char *)words,
		family == 15 ? family + (eax >> 20 & 0xff) : family, model);
}

/* @comma: ",\n", or "" before the first row. */
static void measure_size(unsigned int runs, uint64_t size, const char **comma)
{
	uint8_t *data = allocate(size);
	struct times times;

	copy_source = data;
	copy_target = allocate(size);
	fill(data, size);
	times = measure(data, size, runs);
	for (unsigned int i = 0; i < CANDIDATES; i++) {
		if (!is_possible(&candidates[i]))
			continue;
		printf("%s{\"name\": \"%s\", \"size\": %llu, \"nanoseconds\": %llu}", *comma,
			candidates[i].name, (unsigned long long)size,
			(unsigned long long)total(&times, i));
		*comma = ",\n";
	}
	free(times.best);
	munmap(data, size);
	munmap(copy_target, size);
}

static void measure_all(unsigned int runs, int count, char **sizes)
{
	const char *comma = "";

	print_cpu();
	for (int i = 0; i < count; i++)
		measure_size(runs, strtoull(sizes[i], NULL, 0), &comma);
	puts("]}");
}

static void run_once(const char *name, uint64_t size)
{
	uint8_t *data = allocate(size);
	uint64_t ret[4];

	copy_source = data;
	copy_target = allocate(size);
	for (unsigned int i = 0; i < CANDIDATES; i++) {
		if (strcmp(candidates[i].name, name) != 0 || !is_possible(&candidates[i]))
			continue;
		candidates[i].run(data, size, ret);
		return;
	}
	fail("no such candidate on this CPU");
}

int main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "--once") == 0) {
		run_once(argv[2], strtoull(argv[3], NULL, 0));
		return 0;
	}
	if (argc < 3)
		fail("usage: digest RUNS SIZE... | digest --once NAME SIZE");
	check_known();
	check_equal();
	measure_all((unsigned int)atoi(argv[1]), argc - 2, argv + 2);
	return 0;
}
