/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/print.h"
#include "cli/verbs.h"
#include "loader/entries.h"

static const char *or_nothing(const char *text)
{
	return text ? text : "";
}

static void print_path(const struct cli *cli, const char *label, const char *text)
{
	if (!text)
		return;
	printf("     %s%-12s%s ", style_out(cli, STYLE_DIM), label, style_out(cli, STYLE_PLAIN));
	print_escaped(stdout, text);
	putchar('\n');
}

/* What -v has besides. */
static void print_details(const struct cli *cli, const struct loader_entry *entry)
{
	print_path(cli, "id", entry->id);
	print_path(cli, "kernel", entry->kernel);
	for (unsigned int i = 0; i < entry->initrd_count; i++)
		print_path(cli, "initrd", entry->initrds[i]);
	print_path(cli, "device tree", entry->device_tree);
	print_path(cli, "command line", entry->command_line);
	printf("     %s%-12s%s ", style_out(cli, STYLE_DIM), "from", style_out(cli, STYLE_PLAIN));
	print_escaped(stdout, or_nothing(entry->file));
	if (entry->line)
		printf(":%u", entry->line);
	putchar('\n');
}

static void print_entry(const struct cli *cli, const struct loader_entries *entries,
	const struct loader_entry *entry)
{
	bool next = entry == loader_entries_next(entries);

	printf("%s%3zu  ", style_out(cli, next ? STYLE_BOLD : STYLE_PLAIN),
		(size_t)(entry - entries->list) + 1);
	print_escaped(stdout, or_nothing(entry->title));
	fputs(style_out(cli, STYLE_PLAIN), stdout);
	if (next)
		printf("  %s[starts next%s]%s", style_out(cli, STYLE_GOOD),
			entry->is_one_shot ? ", once" : "", style_out(cli, STYLE_PLAIN));
	else if (entry->is_default)
		fputs("  [default]", stdout);
	putchar('\n');
	if (entry->problem) {
		printf("     %s", style_out(cli, STYLE_WARN));
		print_escaped(stdout, entry->problem);
		printf("%s\n", style_out(cli, STYLE_PLAIN));
	}
	if (cli->verbose)
		print_details(cli, entry);
}

static void print_entries(const struct cli *cli, const struct loader_entries *entries)
{
	print_label(cli, "Boot loader");
	printf("%s: ", entries->loader);
	print_escaped(stdout, entries->why);
	putchar('\n');
	for (size_t i = 0; i < entries->count; i++)
		print_entry(cli, entries, &entries->list[i]);
	if (!entries->count)
		puts("It has no entries.");
}

static void add_entry(struct json_object *array, const struct loader_entries *entries, size_t index)
{
	const struct loader_entry *entry = &entries->list[index];
	struct json_object *object = json_object_new_object(), *initrds;

	json_object_array_add(array, object);
	json_add_number(object, "number", index + 1);
	json_add_text(object, "id", entry->id);
	json_add_text(object, "title", entry->title);
	json_add_text(object, "version", entry->version);
	json_add_text(object, "file", entry->file);
	if (entry->line)
		json_add_number(object, "line", entry->line);
	json_add_text(object, "kernel", entry->kernel);
	initrds = json_add_array(object, "initrds");
	for (unsigned int i = 0; i < entry->initrd_count; i++)
		json_object_array_add(initrds, json_object_new_string(entry->initrds[i]));
	json_add_text(object, "command_line", entry->command_line);
	if (entry->device_tree)
		json_add_text(object, "device_tree", entry->device_tree);
	json_add_bool(object, "default", entry->is_default);
	json_add_bool(object, "one_shot", entry->is_one_shot);
	json_add_bool(object, "next", entry == loader_entries_next(entries));
	json_add_text(object, "problem", entry->problem);
}

static void print_json(const struct loader_entries *entries)
{
	struct json_object *object = json_object_new_object();
	struct json_object *list, *doubts;

	json_add_text(object, "loader", entries->loader);
	json_add_text(object, "why", entries->why);
	list = json_add_array(object, "entries");
	for (size_t i = 0; i < entries->count; i++)
		add_entry(list, entries, i);
	doubts = json_add_array(object, "doubts");
	for (size_t i = 0; i < entries->doubt_count; i++)
		json_object_array_add(doubts, json_object_new_string(entries->doubts[i]));
	json_print(object);
}

/** What the boot loader has, and what of it would start next. */
struct error *verb_list(struct cli *cli, struct options *options, const char *argument)
{
	_cleanup_loader_entries_ struct loader_entries entries = {0};
	_cleanup_tree_ struct tree tree = {0};

	(void)argument;
	TRY(tree_read(options->root ? options->root : cli->system->reboot.root, &tree));
	TRY(loader_entries_read(&tree, &entries));
	if (cli->json) {
		print_json(&entries);
		return NULL;
	}
	print_entries(cli, &entries);
	for (size_t i = 0; i < entries.doubt_count; i++)
		cli_warn_text(cli, entries.doubts[i]);
	return NULL;
}
