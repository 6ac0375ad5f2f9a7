/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plan's account of itself: nothing that is noted is lost. */
#include "test.h"

#include "decision/notes.h"

#include <stdio.h>

static void no_note_is_lost_and_all_keep_their_order(void **state)
{
	struct notes notes = {0};
	char text[32];

	(void)state;
	for (unsigned int i = 0; i < 200; i++)
		note_add(&notes, i % 3 ? NOTE_WARNING : NOTE_ENTRY, "number %u", i);
	assert_ok(notes_error(&notes));
	assert_int_equal(notes.count, 200);
	for (unsigned int i = 0; i < 200; i++) {
		snprintf(text, sizeof(text), "number %u", i);
		assert_string_equal(notes.list[i].text, text);
		assert_int_equal(notes.list[i].topic, i % 3 ? NOTE_WARNING : NOTE_ENTRY);
	}
	notes_deinit(&notes);
	assert_int_equal(notes.count, 0);
}

static void one_list_goes_behind_another(void **state)
{
	struct notes notes = {0}, from = {0};

	(void)state;
	for (unsigned int i = 0; i < 40; i++)
		note_add(i < 20 ? &notes : &from, NOTE_KASLR, "number %u", i);
	notes_move(&from, &notes);
	assert_int_equal(from.count, 0);
	assert_int_equal(notes.count, 40);
	assert_string_equal(notes.list[20].text, "number 20");
	assert_string_equal(notes.list[39].text, "number 39");
	/* Nothing moves nothing, and what is missing stays missing. */
	notes_move(&from, &notes);
	assert_int_equal(notes.count, 40);
	from.no_memory = true;
	notes_move(&from, &notes);
	assert_fails(notes_error(&notes), ERROR_NO_MEMORY, "memory");
	notes_deinit(&notes);
}

static void want_of_memory_is_told_at_the_end(void **state)
{
	struct notes notes = {0};

	(void)state;
	assert_ok(notes_error(&notes));
	notes.no_memory = true;
	assert_fails(notes_error(&notes), ERROR_NO_MEMORY, "memory");
	notes_deinit(&notes);
	assert_ok(notes_error(&notes));
}

static void every_topic_has_a_name(void **state)
{
	(void)state;
	for (enum note_topic topic = 0; topic <= NOTE_WARNING; topic++)
		assert_non_null(note_topic_name(topic));
	assert_string_equal(note_topic_name(NOTE_WARNING), "warning");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_note_is_lost_and_all_keep_their_order),
		cmocka_unit_test(one_list_goes_behind_another),
		cmocka_unit_test(want_of_memory_is_told_at_the_end),
		cmocka_unit_test(every_topic_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
