/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What purgatory must notice: a flipped bit, pages swapped, missing, repeated; in any length. */
#include "test.h"

#include "wire/digest.h"

enum { PAGE = 4096, PAGES = 16, SIZE = PAGE * PAGES };

static const enum digest_algorithm algorithms[] = {DIGEST_XXH3_128, DIGEST_CRC32C_LANES};

static uint8_t *make_pages(void)
{
	uint8_t *data = malloc(SIZE);
	uint64_t word = 1;

	for (size_t i = 0; i < SIZE; i++) {
		word = word * UINT64_C(6364136223846793005) + 1442695040888963407;
		data[i] = (uint8_t)(word >> 56);
	}
	return data;
}

#define FOR_EACH_ALGORITHM(name)                                                                   \
	for (size_t name##_i = 0; name##_i < 2; name##_i++)                                        \
		for (enum digest_algorithm name = algorithms[name##_i], *name##_once = &name;      \
			name##_once; name##_once = NULL)

static void every_single_flipped_bit_is_found(void **state)
{
	uint8_t *data = make_pages();

	(void)state;
	FOR_EACH_ALGORITHM(algorithm)
	{
		struct digest good = digest_of(algorithm, data, 300);

		for (size_t bit = 0; bit < 300 * 8; bit++) {
			data[bit / 8] ^= (uint8_t)(1 << bit % 8);
			assert_false(digest_equal(good, digest_of(algorithm, data, 300)));
			data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
		assert_true(digest_equal(good, digest_of(algorithm, data, 300)));
	}
	free(data);
}

static void swapped_missing_and_repeated_pages_are_found(void **state)
{
	uint8_t *data = make_pages(), *other = malloc(SIZE);

	(void)state;
	FOR_EACH_ALGORITHM(algorithm)
	{
		struct digest good = digest_of(algorithm, data, SIZE);

		for (size_t a = 0; a < PAGES; a++)
			for (size_t b = 0; b < PAGES; b++) {
				if (a == b)
					continue;
				memcpy(other, data, SIZE);
				memcpy(other + a * PAGE, data + b * PAGE, PAGE);
				assert_false(digest_equal(good, digest_of(algorithm, other, SIZE)));
				memcpy(other + b * PAGE, data + a * PAGE, PAGE);
				assert_false(digest_equal(good, digest_of(algorithm, other, SIZE)));
			}
		for (size_t a = 0; a < PAGES; a++) {
			memcpy(other, data, SIZE);
			memset(other + a * PAGE, 0, PAGE);
			assert_false(digest_equal(good, digest_of(algorithm, other, SIZE)));
		}
	}
	free(other);
	free(data);
}

static void the_instruction_and_the_loop_agree_at_every_length(void **state)
{
	uint8_t *data = make_pages();

	(void)state;
	for (uint64_t size = 0; size < 300; size++) {
		struct digest slow = digest_crc32c_by(data, size, digest_crc32c_slow);

		assert_true(digest_equal(slow, digest_of(DIGEST_CRC32C_LANES, data, size)));
	}
	free(data);
}

static void a_lane_is_the_crc_32c_of_the_standard(void **state)
{
	/* RFC 3720, B.4: 32 bytes of zeros have CRC 0x8a9136aa; each lane here is fed all 32. */
	uint8_t zeros[128] = {0};
	struct digest digest = digest_of(DIGEST_CRC32C_LANES, zeros, sizeof(zeros));

	(void)state;
	assert_int_equal((uint32_t)digest.word[0] ^ UINT32_MAX, 0x8a9136aa);
	assert_int_equal(digest.word[0], digest.word[1]);
}

static void every_byte_of_a_tail_counts(void **state)
{
	uint8_t data[64] = {0};

	(void)state;
	FOR_EACH_ALGORITHM(algorithm)
	for (uint64_t size = 1; size < sizeof(data); size++) {
		struct digest zeros = digest_of(algorithm, data, size);

		data[size - 1] = 1;
		assert_false(digest_equal(zeros, digest_of(algorithm, data, size)));
		data[size - 1] = 0;
		data[size] = 1;
		assert_true(digest_equal(zeros, digest_of(algorithm, data, size)));
		data[size] = 0;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_single_flipped_bit_is_found),
		cmocka_unit_test(swapped_missing_and_repeated_pages_are_found),
		cmocka_unit_test(the_instruction_and_the_loop_agree_at_every_length),
		cmocka_unit_test(a_lane_is_the_crc_32c_of_the_standard),
		cmocka_unit_test(every_byte_of_a_tail_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
