/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The state of the interpreter, for the files of this folder. */
#ifndef BATON_GRUB_INTERPRETER_H
#define BATON_GRUB_INTERPRETER_H

#include "base/arena.h"
#include "grub/environment.h"
#include "grub/grub.h"
#include "grub/lexer.h"
#include "grub/parser.h"

enum {
	GRUB_MISTAKES_MAX = 16,
	GRUB_FUNCTIONS_MAX = 1024,
	GRUB_SAVED_MAX = 32,
	GRUB_LEVELS_MAX = 16,	 /* entries in each other */
	GRUB_CALLS_MAX = 64,	 /* functions, files and eval in each other */
	GRUB_FILE_MAX = 4 << 20, /* bytes of a configuration file */
	GRUB_STEPS_MAX = 200000, /* commands; a large configuration has some thousands */
	GRUB_MEMORY_MAX = 32 << 20,
	GRUB_ENTRIES_MAX = 10000, /* of all menus together */
};

/** GRUB's error numbers as far as scripts see them in $? (include/grub/err.h of GRUB). */
enum grub_status {
	GRUB_OK = 0,
	GRUB_FALSE = 1,
	GRUB_BAD_FILE_TYPE = 4,
	GRUB_FILE_NOT_FOUND = 5,
	GRUB_BAD_FILENAME = 7,
	GRUB_BAD_NUMBER = 10,
	GRUB_UNKNOWN_DEVICE = 12,
	GRUB_INVALID_COMMAND = 17,
	GRUB_BAD_ARGUMENT = 18,
	GRUB_NO_KERNEL = 22,
	GRUB_MENU_ERROR = 30,
};

struct grub_function {
	const char *name;
	const struct grub_statement *body;
};

/** $1, $2, … of a function or an entry. */
struct grub_scope {
	const char *const *params;
	size_t count;
	struct grub_scope *outer;
};

/** Variables and menu of a configuration file that was gone over to, or of a submenu. */
struct grub_context {
	struct grub_variables variables;
	struct grub_menu menu;
	struct grub_context *outer;
};

struct grub_functions {
	struct grub_function *list; /* in the arena */
	size_t count, room;
};

/** What grub_leave() goes back to. What runs inside has copies of all that it could change. */
struct grub_level {
	struct arena_mark mark;
	struct grub_context *context, kept;
	struct grub_functions functions;
	struct grub_scope *scope;
	struct grub_boot boot;
	size_t saved_count;
};

struct grub {
	struct grub_setup setup;
	struct arena arena;   /* what lasts */
	struct arena scratch; /* words of the commands that are running */
	struct grub_lexer lexer;
	struct grub_context *context;
	struct grub_scope *scope; /* NULL outside of functions and entries */
	struct grub_functions functions;
	char saved[GRUB_SAVED_MAX][64];
	size_t saved_count;
	struct grub_boot boot;
	struct grub_level levels[GRUB_LEVELS_MAX];
	unsigned int level;

	const char *file;  /* that is being run */
	unsigned int line; /* of the statement */
	unsigned int calls, steps;
	size_t entry_count;

	unsigned int loops, breaks;
	bool is_continue, returning;
	bool stopped; /* another menu is shown, or GRUB was left: nothing after this happens */

	struct grub_mistake mistakes[GRUB_MISTAKES_MAX];
	size_t mistake_count, mistake_total;
};

/** Words of a command that is being run. */
struct grub_words {
	const char **list; /* NULL-terminated, in the scratch arena */
	size_t count;
	const char *block; /* the text of {…} behind the last word; NULL: there was none */
};

/* expand.c */

/** Expand words: variables, quotes, wildcards. */
struct error *grub_expand(struct grub *grub, const struct grub_word *words, struct grub_words *ret);

/** Has the word that goes with a variable a name that GRUB keeps for parameters: $1, $#? */
bool grub_is_parameter(const char *name);

/* execute.c */

/** Run a list of statements. *@ret is its status. */
struct error *grub_execute(
	struct grub *grub, const struct grub_statement *list, enum grub_status *ret);
/** Parse and run text line by line. */
struct error *grub_execute_text(struct grub *grub, struct grub_lines *lines, enum grub_status *ret);
/** Read a configuration file into the present menu; what it lacks is told by @ret_found. */
struct error *grub_execute_file(struct grub *grub, const char *path, bool *ret_found);
/** Note a mistake; its text is copied. */
void grub_note_mistake(struct grub *grub, unsigned int line, const char *what);
/** Begin a context with the exported variables, and no entries. */
struct error *grub_open_context(struct grub *grub);
void grub_close_context(struct grub *grub);

/* menu.c */

/** A copy of @entry, with all that it points to, behind the present menu's last. */
struct error *grub_menu_add(struct grub *grub, const struct grub_entry *entry);
/** Add what blscfg finds; @argument as that command has it, NULL: none. */
struct error *grub_blscfg(struct grub *grub, const char *argument, enum grub_status *ret);

/* environment_block.c */

/**
 * Set variables from an environment block (GRUB's lib/envblk.c); of those in @only if that is not
 * empty. GRUB_BAD_FILE_TYPE in @ret: it is none.
 */
struct error *grub_environment_block(struct grub *grub, struct bytes block,
	const struct grub_words *only, enum grub_status *ret);

/* files.c */

/** Device and path of a file's name; a device that is left out is $root. */
struct error *grub_split_path(struct grub *grub, const char *name, struct grub_path *ret);
/** As the world's read(); status of what went wrong. */
struct error *grub_read(
	struct grub *grub, const char *name, uint64_t limit, bool *ret_found, struct blob *ret);

/* commands.c */

/** What a command's function is given. */
struct grub_call {
	struct grub *grub;
	const char *name;
	size_t count;	    /* of words */
	const char **words; /* behind the name; NULL-terminated */
	const char *block;  /* {…} behind them; NULL: none */
};

struct grub_command {
	const char *name;
	struct error *(*run)(const struct grub_call *call, enum grub_status *ret);
};

/** NULL: GRUB has no such command. */
const struct grub_command *grub_command_find(const char *name);

/** An option of a command (GRUB's lib/arg.c has the rules). */
struct grub_option {
	const char *name; /* long */
	char letter;	  /* short, or 0 */
	enum { GRUB_NO_VALUE, GRUB_VALUE, GRUB_OPTIONAL_VALUE } value;
	bool accepted; /* set by grub_options_read(): it was there */
	const char *text;
	const char **texts; /* all of them, for one that may be repeated: room for each word */
	size_t text_count;
};

enum grub_option_rules {
	GRUB_KEEPS_OTHERS = 1 << 0,  /* what is no option known here stays a word */
	GRUB_OPTIONS_FIRST = 1 << 1, /* behind the first word there are none */
};

/**
 * Take the options of @options (which ends with one without a name and letter) out of the words.
 * @param rules  of enum grub_option_rules
 * @param ret    the words that are left
 */
struct error *grub_options_read(const struct grub_call *call, struct grub_option *options,
	unsigned int rules, struct grub_words *ret, enum grub_status *ret_status);

/** As GRUB's grub_strtoul(): any C base, digits up to what is none. False: no digit. */
bool grub_number(const char *text, unsigned long *ret, const char **ret_end);

#endif
