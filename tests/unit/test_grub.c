/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * GRUB's configuration, as far as grub-emu cannot be asked (tests/cli/test_grub_language.py asks it
 * about the language): devices, environment blocks, what entries start, Red Hat's entries.
 */
#include "test.h"

#include "base/blob.h"
#include "grub/interpreter.h"
#include "grub/rpm_version.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Files of a small world: on the devices hd0,gpt1 and hd0,gpt2. */
struct file {
	const char *device, *path, *text;
};

struct fixture {
	struct file files[16];
	size_t count;
	struct grub_world world;
	struct grub *grub;
	char printed[4096];
};

static bool has_device(void *data, const char *device)
{
	return strcmp(device, "hd0,gpt1") == 0 || strcmp(device, "hd0,gpt2") == 0;
}

static const char *device_at(void *data, unsigned int index)
{
	static const char *const names[] = {"hd0", "hd0,gpt1", "hd0,gpt2"};

	return index < 3 ? names[index] : NULL;
}

static const struct file *find(const struct fixture *fixture, const char *device, const char *path)
{
	for (size_t i = 0; i < fixture->count; i++)
		if (strcmp(fixture->files[i].device, device) == 0 &&
			strcmp(fixture->files[i].path, path) == 0)
			return &fixture->files[i];
	return NULL;
}

static struct grub_file look(void *data, const char *device, const char *path)
{
	const struct file *file = find(data, device, path);

	return (struct grub_file){.there = file, .size = file ? strlen(file->text) : 0};
}

static struct error *read_file(void *data, const char *device, const char *path, uint64_t limit,
	bool *ret_found, struct blob *ret)
{
	const struct file *file = find(data, device, path);

	*ret_found = file;
	return file ? blob_append(ret, file->text, strlen(file->text)) : NULL;
}

static struct error *list(void *data, const char *device, const char *path,
	struct error *(*add)(void *context, const char *name), void *context)
{
	const struct fixture *fixture = data;
	size_t length = strcmp(path, "/") == 0 ? 0 : strlen(path);

	for (size_t i = 0; i < fixture->count; i++) {
		const struct file *file = &fixture->files[i];

		if (strcmp(file->device, device) == 0 && strncmp(file->path, path, length) == 0 &&
			file->path[length] == '/' && !strchr(file->path + length + 1, '/'))
			TRY(add(context, file->path + length + 1));
	}
	return NULL;
}

static bool search(void *data, enum grub_search kind, const char *key, char ret[static 256])
{
	strcpy(ret, "hd0,gpt2");
	if (kind == GRUB_SEARCH_UUID)
		return strcasecmp(key, "AB-12") == 0;
	return kind == GRUB_SEARCH_FILE && find(data, "hd0,gpt2", key);
}

static const char *identity(void *data, const char *device, char which)
{
	return which == 'u' && strcmp(device, "hd0,gpt2") == 0 ? "AB-12" : NULL;
}

static void print(void *data, const char *text)
{
	struct fixture *fixture = data;

	strncat(fixture->printed, text, sizeof(fixture->printed) - strlen(fixture->printed) - 1);
}

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	fixture->world = (struct grub_world){.data = fixture,
		.has_device = has_device,
		.device = device_at,
		.look = look,
		.read = read_file,
		.list = list,
		.search = search,
		.identity = identity,
		.print = print};
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	grub_destroy(fixture->grub);
	free(fixture);
	return 0;
}

static void put(struct fixture *fixture, const char *device, const char *path, const char *text)
{
	assert_true(fixture->count < 16);
	fixture->files[fixture->count++] = (struct file){device, path, text};
}

/* Run @text as (hd0,gpt1)/grub/grub.cfg. */
static struct grub *run_as(struct fixture *fixture, enum grub_make make, const char *text)
{
	const struct grub_setup setup = {.world = &fixture->world,
		.make = make,
		.platform = "pc",
		.cpu = "i386",
		.root = "hd0,gpt1",
		.prefix = "(hd0,gpt1)/grub"};
	bool found;

	put(fixture, "hd0,gpt1", "/grub/grub.cfg", text);
	assert_ok(grub_create(&setup, &fixture->grub));
	assert_ok(grub_run(fixture->grub, "(hd0,gpt1)/grub/grub.cfg", &found));
	assert_true(found);
	return fixture->grub;
}

static struct grub *run(struct fixture *fixture, const char *text)
{
	return run_as(fixture, GRUB_UPSTREAM, text);
}

static void assert_variable(const struct grub *grub, const char *name, const char *value)
{
	const char *found = grub_get(grub, name);

	if (!value) {
		assert_null(found);
		return;
	}
	assert_non_null(found);
	assert_string_equal(found, value);
}

static void every_command_of_the_table_is_found(void **state)
{
	FILE *file = fopen(TEST_SOURCE_DIR "/../../src/grub/commands.c", "r");
	char line[256], name[128];
	unsigned int count = 0;

	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "\t{\"%127[^\"]\", %*s", name) == 1 && strchr(line, '}')) {
			if (!grub_command_find(name))
				fail_msg("%s is not in its place", name);
			count++;
		}
	fclose(file);
	assert_true(count > 100);
	assert_null(grub_command_find("nosuch"));
	assert_null(grub_command_find(""));
}

static void devices_are_searched_and_a_variable_stays_if_none_is_found(void **state)
{
	struct grub *grub;

	put(*state, "hd0,gpt2", "/marker", "");
	grub = run(*state, "search --no-floppy --fs-uuid --set=a --hint-bios=hd7 ab-12\n"
			   "search --fs-uuid --set AB-12\n"
			   "b=before\nsearch -u --set=b nothing; c=$?\n"
			   "search.file /marker d\nsearch -f /marker -s e --hint hd0,gpt1\n"
			   "search --file --set=f /nothing\n"
			   "probe -u (hd0,gpt2) --set=g; probe --set=h -l hd0,gpt2; i=$?\n");
	assert_variable(grub, "a", "hd0,gpt2");
	assert_variable(grub, "root", "hd0,gpt2");
	assert_variable(grub, "b", "before");
	assert_variable(grub, "c", "5");
	assert_variable(grub, "d", "hd0,gpt2");
	assert_variable(grub, "e", "hd0,gpt2");
	assert_variable(grub, "f", NULL);
	assert_variable(grub, "g", "AB-12");
	assert_variable(grub, "h", NULL);
	assert_variable(grub, "i", "12");
}

static void an_environment_block_sets_what_is_wanted_of_it(void **state)
{
	struct grub *grub;

	put(*state, "hd0,gpt1", "/grub/grubenv",
		"# GRUB Environment Block\n# WARNING\nsaved_entry=1>2\nb=x\\\\y\\\nz\nempty=\n##########");
	put(*state, "hd0,gpt1", "/other", "# GRUB Environment Block\na=1\nb=2\n####");
	put(*state, "hd0,gpt1", "/none", "something else\n");
	grub = run(*state, "load_env; c=$?\nload_env -f /other a\nload_env --file /none; d=$?\n"
			   "load_env -f /gone; e=$?\nsave_env saved_entry c\nsave_env\n");
	assert_variable(grub, "saved_entry", "1>2");
	assert_variable(grub, "b", "x\\y\nz");
	assert_variable(grub, "empty", "");
	assert_variable(grub, "a", "1");
	assert_variable(grub, "c", "0");
	assert_variable(grub, "d", "4");
	assert_variable(grub, "e", "5");
	assert_true(grub_saved(grub, "saved_entry") && grub_saved(grub, "c"));
	assert_false(grub_saved(grub, "b"));
}

static void what_an_entry_starts_is_what_linux_is_given(void **state)
{
	struct grub *grub;
	struct grub_boot boot;

	put(*state, "hd0,gpt2", "/vmlinuz", "kernel");
	put(*state, "hd0,gpt2", "/ucode", "initrd");
	grub = run(*state,
		"v=first\nmenuentry t 'two words' {\n"
		"set root=(hd0,gpt2)\nset root=hd0,gpt2\n"
		"linux /old x\ninitrd /old\n"
		"linux /vmlinuz root=/dev/sda2 \"a b\" c\\\"d 'e\\f' $v \"$2\" --x\n"
		"initrd /ucode newc:etc/x:(hd0,gpt1)/file\ndevicetree /tree\n}\nv=last\n");
	assert_int_equal(grub_menu(grub)->count, 1);
	assert_ok(grub_enter(grub, 0, &boot));
	assert_string_equal(boot.command, "linux");
	assert_string_equal(boot.kernel.device, "hd0,gpt2");
	assert_string_equal(boot.kernel.path, "/vmlinuz");
	assert_string_equal(boot.command_line,
		"BOOT_IMAGE=/vmlinuz root=/dev/sda2 \"a b\" c\\\"d e\\\\f last "
		"\"two words\" --x");
	assert_int_equal(boot.initrd_count, 2);
	assert_string_equal(boot.initrds[0].file.path, "/ucode");
	assert_string_equal(boot.initrds[1].file.device, "hd0,gpt1");
	assert_string_equal(boot.initrds[1].member, "etc/x");
	assert_string_equal(boot.device_tree.path, "/tree");
	grub_leave(grub);
}

static void what_an_entry_does_is_undone_when_it_is_left(void **state)
{
	struct grub *grub = run(*state,
		"v=1\nfunction f { echo old; }\n"
		"menuentry a { v=2; w=3; eval \"function f { echo new; }\"; f\nlinux /x }\n"
		"submenu b { v=4; menuentry c { linux /y }\n}\n"
		"menuentry d { f }\n");
	struct fixture *fixture = *state;
	struct grub_boot boot;

	for (int round = 0; round < 3; round++) {
		assert_ok(grub_enter(grub, 0, &boot));
		assert_variable(grub, "v", "2");
		assert_int_equal(grub_menu(grub)->count, 0);
		grub_leave(grub);
		assert_variable(grub, "v", "1");
		assert_variable(grub, "w", NULL);
		assert_variable(grub, "chosen", NULL);
		assert_ok(grub_enter(grub, 1, &boot));
		assert_null(boot.command);
		assert_int_equal(grub_menu(grub)->count, 1);
		assert_ok(grub_enter(grub, 0, &boot));
		assert_string_equal(boot.kernel.path, "/y");
		assert_variable(grub, "chosen", "b>c");
		grub_leave(grub);
		grub_leave(grub);
		assert_int_equal(grub_menu(grub)->count, 3);
		assert_variable(grub, "v", "1");
		assert_ok(grub_enter(grub, 2, &boot));
		grub_leave(grub);
	}
	assert_string_equal(fixture->printed, "new\nold\nnew\nold\nnew\nold\n");
}

static void another_configuration_takes_over_for_good(void **state)
{
	struct grub *grub;

	put(*state, "hd0,gpt2", "/boot.cfg",
		"menuentry there { linux /x }\nset seen=$x\nset seen2=$y\n");
	put(*state, "hd0,gpt2", "/empty.cfg", "set x=changed\n");
	grub = run(*state, "x=1; y=2; export y\nsource (hd0,gpt2)/empty.cfg\n"
			   "configfile (hd0,gpt2)/empty.cfg\nmenuentry here { linux /y }\n"
			   "configfile (hd0,gpt2)/boot.cfg\nmenuentry never { linux /z }\n");
	assert_int_equal(grub_menu(grub)->count, 1);
	assert_string_equal(grub_menu(grub)->entries[0].title, "there");
	assert_variable(grub, "seen", "");
	assert_variable(grub, "seen2", "2");
}

static void mistakes_are_noted_with_their_lines(void **state)
{
	struct grub *grub = run(*state, "echo a && b\n\nif true; then\n  echo b\nfi fi\nnosuch\n"
					"menuentry x {\n  nosuch2\n}\nmenuentry { true }\n");
	const struct grub_mistake *mistakes;
	struct grub_boot boot;
	size_t count, total;

	assert_ok(grub_enter(grub, 0, &boot));
	grub_leave(grub);
	mistakes = grub_mistakes(grub, &count, &total);
	assert_int_equal(count, 5);
	assert_int_equal(total, 5);
	assert_int_equal(mistakes[0].line, 1);
	assert_int_equal(mistakes[1].line, 5);
	assert_int_equal(mistakes[2].line, 6);
	assert_string_equal(mistakes[2].what, "nosuch: no such command");
	assert_int_equal(mistakes[3].line, 10);
	assert_string_equal(mistakes[4].what, "nosuch2: no such command");
	assert_int_equal(mistakes[4].line, 8);
	assert_string_equal(mistakes[4].file, "(hd0,gpt1)/grub/grub.cfg");
}

static void assert_default(struct fixture *fixture, const char *wanted, size_t index, bool known)
{
	bool is_known;

	assert_ok(grub_set(fixture->grub, "default", wanted));
	if (grub_default(fixture->grub, &is_known) != index || is_known != known)
		fail_msg("\"%s\" is not %zu", wanted, index);
}

#define MENU                                                                                       \
	"menuentry 'A' --id x1 { true }\nmenuentry '2 go' --id 1st { true }\n"                     \
	"menuentry 'B>C' --id b { true }\n"

static void upstreams_default_takes_a_digit_for_a_number(void **state)
{
	run(*state, MENU);
	assert_default(*state, "1", 1, true);
	assert_default(*state, "1st", 1, true);
	assert_default(*state, "2 go", 2, true);
	assert_default(*state, "0x2", 2, true);
	assert_default(*state, "3", 0, false);
	assert_default(*state, "b", 2, true);
	assert_default(*state, "B>>C", 2, true);
	assert_default(*state, "B>C", 0, false);
	assert_default(*state, "A>1", 0, true);
}

static void red_hats_default_looks_at_names_first(void **state)
{
	run_as(*state, GRUB_RED_HAT, MENU);
	assert_default(*state, "1st", 1, true);
	assert_default(*state, "2 go", 1, true);
	assert_default(*state, "2", 2, true);
	assert_default(*state, "2x", 0, false);
}

static void red_hats_entries_are_sorted_as_packages_are(void **state)
{
	static const char *const rising[] = {"0-rescue-abc", "m-5.14.0-9.el9", "m-5.14.0-70.el9",
		"m-5.14.0-70.el9.2", "m-6.1.0-1", "m-6.1.0-1.a", "m-6.1.0-1.1", "m-6.12.0~rc1-1",
		"m-6.12.0-1"};

	for (size_t i = 1; i < sizeof(rising) / sizeof(rising[0]); i++)
		for (size_t j = i + 1; j < sizeof(rising) / sizeof(rising[0]); j++)
			if (rpm_package_compare(rising[i], rising[j]) >= 0 ||
				rpm_package_compare(rising[j], rising[i]) <= 0)
				fail_msg("%s is not older than %s", rising[i], rising[j]);
	assert_int_equal(rpm_version_compare("1.01", "1_1"), 0);
	assert_true(rpm_version_compare("1.0a", "1.0") > 0);
	assert_true(rpm_version_compare("1.0~a", "1.0") < 0);
	assert_true(rpm_version_compare("a", "1") < 0);
}

#define CONF "/loader/entries/"

static void red_hats_files_become_scripts(void **state)
{
	struct grub_boot boot;
	struct grub *grub;

	put(*state, "hd0,gpt1", CONF "m-1-1.conf",
		"title One\nlinux /one\ninitrd /i1 $tuned\ninitrd /i2\noptions $kernelopts \"q r\" $none x\n"
		"options second\ngrub_arg hello\ngrub_class c\n");
	put(*state, "hd0,gpt1", CONF "m-2-1.conf", "linux /two\n#comment\n\ntitle unseen\n");
	put(*state, "hd0,gpt1", CONF "m-3-1.conf", "title No kernel\n");
	put(*state, "hd0,gpt1", CONF ".hidden.conf", "linux /x\n");
	put(*state, "hd0,gpt1", CONF "readme", "linux /x\n");
	grub = run_as(*state, GRUB_RED_HAT,
		"kernelopts='root=/dev/x ro'\ndefault_kernelopts='fall back'\n"
		"early_initrd='ucode1 ucode2'\ntuned=/t.img\nblscfg\nblscfg\n");
	assert_int_equal(grub_menu(grub)->count, 2);
	assert_string_equal(grub_menu(grub)->entries[0].title, "/two");
	assert_string_equal(grub_menu(grub)->entries[0].id, "m-2-1");
	assert_ok(grub_enter(grub, 0, &boot));
	assert_string_equal(boot.command_line, "BOOT_IMAGE=(hd0,gpt1)/two fall back");
	assert_int_equal(boot.initrd_count, 2);
	assert_string_equal(boot.initrds[1].file.path, "/ucode2");
	grub_leave(grub);
	assert_ok(grub_enter(grub, 1, &boot));
	assert_string_equal(
		boot.command_line, "BOOT_IMAGE=(hd0,gpt1)/one root=/dev/x ro \"q r\" x");
	assert_int_equal(boot.initrd_count, 5);
	assert_string_equal(boot.initrds[3].file.path, "/t.img");
	grub_leave(grub);
}

static void parts_of_red_hats_entries_can_be_asked_for(void **state)
{
	struct grub *grub;

	put(*state, "hd0,gpt2", CONF "m-1-1.conf", "title One\nlinux /one\n");
	put(*state, "hd0,gpt2", CONF "m-2-1.conf", "title Two\nlinux /two\n");
	put(*state, "hd0,gpt2", "/dir/m-9-1.conf", "title Nine\nlinux /nine\n");
	grub = run_as(*state, GRUB_RED_HAT,
		"boot=hd0,gpt2\ndefault=m-1-1\nblscfg default\n"
		"blscfg (hd0,gpt2)/dir\nblscfg m-2-1\nblscfg non-default\n");
	assert_int_equal(grub_menu(grub)->count, 3);
	assert_string_equal(grub_menu(grub)->entries[0].title, "One");
	assert_string_equal(grub_menu(grub)->entries[1].title, "Nine");
	assert_string_equal(grub_menu(grub)->entries[2].title, "Two");
}

static void wildcards_are_for_paths_and_stand_for_themselves_without_a_match(void **state)
{
	struct fixture *fixture = *state;

	put(fixture, "hd0,gpt2", "/vmlinuz-6.1", "");
	put(fixture, "hd0,gpt2", "/vmlinuz-6.12", "");
	put(fixture, "hd0,gpt2", "/boot/vmlinuz-6", "");
	run(fixture,
		"echo (hd0,gpt2)/vmlinuz-* x* /x* '(hd0,gpt2)/v*'\n"
		"set root=hd0,gpt2; v='/vm?inuz-6.1'\necho $v \"$v\" /vmlinuz\\-* (*)/boot (hd0,*) *\n");
	assert_string_equal(fixture->printed,
		"(hd0,gpt2)/vmlinuz-6.1 (hd0,gpt2)/vmlinuz-6.12 x* /x* (hd0,gpt2)/v*\n"
		"/vmlinuz-6.1 /vm?inuz-6.1 /vmlinuz-6.1 /vmlinuz-6.12 (*)/boot (hd0,gpt1) (hd0,gpt2) (hd0)\n");
}

/* Run @text in a grub of its own, which must come to a bound. */
static void assert_bound(struct fixture *fixture, const char *text, const char *part)
{
	const struct grub_setup setup = {
		.world = &fixture->world, .platform = "pc", .cpu = "i386", .root = "hd0,gpt1"};
	bool found;

	fixture->count = 0;
	grub_destroy(fixture->grub);
	put(fixture, "hd0,gpt1", "/grub.cfg", text);
	assert_ok(grub_create(&setup, &fixture->grub));
	assert_fails(grub_run(fixture->grub, "/grub.cfg", &found), ERROR_LIMIT, part);
}

static void a_bound_is_an_error_that_says_which(void **state)
{
	static const struct {
		const char *text, *part;
	} rows[] = {
		{"while true; do true; done\n", "more than 200000 commands"},
		{"function f { f; }\nf\n", "calls in each other"},
		{"a=xxxxxxxxxxxxxxxx\nwhile true; do a=$a$a$a$a$a$a$a$a; done\n", "MiB"},
		{"a=x\nwhile true; do menuentry $a { true }\ndone\n", "10000 entries"},
		{"a=x\nwhile true; do a=x$a; set v$a=1; done\n", "4096 variables"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_bound(*state, rows[i].text, rows[i].part);
}

/* @text so many times, behind @before; to be freed. */
static char *repeated(const char *before, const char *text, size_t count)
{
	char *all = malloc(strlen(before) + strlen(text) * count + 1), *to = stpcpy(all, before);

	for (size_t i = 0; i < count; i++)
		to = stpcpy(to, text);
	return all;
}

static void what_is_repeated_too_often_comes_to_a_bound(void **state)
{
	static const struct {
		const char *before, *text, *part;
		size_t count;
	} rows[] = {
		{"echo", " a", "more than 65536 words", 70000},
		{"linux /x; initrd", " a", "more than 64 initrds", 65},
		{"echo ", "abcdefgh", "a line of more than 1 MiB", 140000},
		{"echo '", "abcdefg\n", "a command of more than 1 MiB", 140000},
	};
	char *functions = malloc(64 * 1100), *to = functions;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *text = repeated(rows[i].before, rows[i].text, rows[i].count);

		assert_bound(*state, text, rows[i].part);
		free(text);
	}
	for (int i = 0; i < 1025; i++)
		to += sprintf(to, "function f%d { true; }\n", i);
	assert_bound(*state, functions, "more than 1024 functions");
	free(functions);
}

static struct error *list_many(void *data, const char *device, const char *path,
	struct error *(*add)(void *context, const char *name), void *context)
{
	char name[32];

	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "a-%d.conf", i);
		TRY(add(context, name));
	}
	return NULL;
}

static struct error *read_any(void *data, const char *device, const char *path, uint64_t limit,
	bool *ret_found, struct blob *ret)
{
	const struct fixture *fixture = data;
	const char *text = strcmp(path, "/grub.cfg") == 0 ? fixture->files[0].text : "linux /x\n";

	*ret_found = true;
	return blob_append(ret, text, strlen(text));
}

static void a_folder_of_too_many_files_comes_to_a_bound(void **state)
{
	struct fixture *fixture = *state;

	fixture->world.list = list_many;
	fixture->world.read = read_any;
	assert_bound(fixture, "blscfg\n", "more than 1024 entries in /loader/entries");
	assert_bound(fixture, "echo /*\n", "more than 4096 files for a wildcard");
}

static void menus_in_each_other_and_long_values_come_to_a_bound(void **state)
{
	char *text = repeated("", "submenu s {\n", 20), *whole = repeated(text, "}\n", 20);
	char *value = repeated("", "0123456789abcdef", 70000);
	struct error *error = NULL;
	struct grub_boot boot;

	free(whole);
	whole = repeated("", "submenu s {\n", 20);
	free(text);
	text = repeated(whole, "menuentry e { true }\n", 1);
	free(whole);
	whole = repeated(text, "}\n", 20);
	run(*state, whole);
	while (!error)
		error = grub_menu(((struct fixture *)*state)->grub)->count
				? grub_enter(((struct fixture *)*state)->grub, 0, &boot)
				: error_new(ERROR_OTHER, "the menus end");
	assert_fails(error, ERROR_LIMIT, "more than 16 menus in each other");
	assert_fails(grub_set(((struct fixture *)*state)->grub, "x", value), ERROR_LIMIT,
		"a variable of more than 1 MiB");
	free(text);
	free(whole);
	free(value);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_command_of_the_table_is_found),
		TEST(devices_are_searched_and_a_variable_stays_if_none_is_found),
		TEST(an_environment_block_sets_what_is_wanted_of_it),
		TEST(what_an_entry_starts_is_what_linux_is_given),
		TEST(what_an_entry_does_is_undone_when_it_is_left),
		TEST(another_configuration_takes_over_for_good),
		TEST(mistakes_are_noted_with_their_lines),
		TEST(upstreams_default_takes_a_digit_for_a_number),
		TEST(red_hats_default_looks_at_names_first),
		TEST(red_hats_entries_are_sorted_as_packages_are),
		TEST(red_hats_files_become_scripts),
		TEST(parts_of_red_hats_entries_can_be_asked_for),
		TEST(wildcards_are_for_paths_and_stand_for_themselves_without_a_match),
		TEST(a_bound_is_an_error_that_says_which),
		TEST(what_is_repeated_too_often_comes_to_a_bound),
		TEST(a_folder_of_too_many_files_comes_to_a_bound),
		TEST(menus_in_each_other_and_long_values_come_to_a_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
