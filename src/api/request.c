/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The public request: owns its strings and descriptors, and is a struct choice beside. */
#include "api/request.h"

#include "base/error.h"
#include "job/choice_options.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A copy that lives as long as the request; NULL for NULL. */
static struct error *keep(struct baton_request *request, const char *text, const char **ret)
{
	char **grown;

	*ret = NULL;
	if (!text)
		return NULL;
	grown = reallocarray(request->strings, request->string_count + 1, sizeof(*grown));
	if (!grown)
		return error_no_memory();
	request->strings = grown;
	grown[request->string_count] = strdup(text);
	if (!grown[request->string_count])
		return error_no_memory();
	*ret = grown[request->string_count++];
	return NULL;
}

/* A name for an open file that stays open as long as the request. */
static struct error *keep_fd(struct baton_request *request, int fd, const char **ret)
{
	char path[32];
	int copy;

	if (request->fd_count == REQUEST_FDS_MAX)
		return error_new(ERROR_USAGE, "more than %d open files", REQUEST_FDS_MAX);
	copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (copy < 0)
		return error_system(errno, "file descriptor %d", fd);
	request->fds[request->fd_count++] = copy;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", copy);
	return keep(request, path, ret);
}

static struct baton_request *create(void)
{
	struct baton_request *request = calloc(1, sizeof(*request));

	if (request)
		request->choice.job.reuse_by_default = true;
	return request;
}

static struct baton_error *finish(
	struct baton_request *request, struct error *error, struct baton_request **ret)
{
	*ret = error ? NULL : request;
	if (error)
		baton_request_free(request);
	return wrap(error);
}

struct baton_error *baton_request_create(const char *kernel_path, struct baton_request **ret)
{
	struct baton_request *request = create();

	*ret = NULL;
	if (!request)
		return wrap(error_no_memory());
	request->choice.job.find_kernel = !kernel_path;
	return finish(request, keep(request, kernel_path, &request->choice.job.kernel), ret);
}

struct baton_error *baton_request_create_fd(int kernel, struct baton_request **ret)
{
	struct baton_request *request = create();

	*ret = NULL;
	if (!request)
		return wrap(error_no_memory());
	return finish(request, keep_fd(request, kernel, &request->choice.job.kernel), ret);
}

struct baton_error *baton_request_add_initrd(struct baton_request *request, const char *path)
{
	return baton_request_set(request, "initrd", path);
}

static struct error *add_initrd_fd(struct baton_request *request, int fd)
{
	const char *path = NULL;

	TRY(keep_fd(request, fd, &path));
	return choice_set(&request->choice, "initrd", path);
}

struct baton_error *baton_request_add_initrd_fd(struct baton_request *request, int initrd)
{
	return wrap(add_initrd_fd(request, initrd));
}

void baton_request_set_find_initrd(struct baton_request *request, int find_initrd)
{
	request->choice.job.find_initrd = find_initrd;
}

struct baton_error *baton_request_set_command_line(
	struct baton_request *request, const char *command_line)
{
	const char *copy = NULL;
	struct error *error = keep(request, command_line, &copy);

	if (!error)
		request->choice.job.request.command_line = copy;
	return wrap(error);
}

struct baton_error *baton_request_append(struct baton_request *request, const char *parameters)
{
	return baton_request_set(request, "append", parameters);
}

void baton_request_set_method(struct baton_request *request, enum baton_method method)
{
	static const struct {
		enum method method;
		const char *name; /* for an option that contradicts */
	} methods[] = {
		[BATON_METHOD_AUTO] = {METHOD_AUTO, "BATON_METHOD_AUTO"},
		[BATON_METHOD_KEXEC_LOAD] = {METHOD_KEXEC_LOAD, "BATON_METHOD_KEXEC_LOAD"},
		[BATON_METHOD_FILE_LOAD] = {METHOD_FILE_LOAD, "BATON_METHOD_FILE_LOAD"},
		[BATON_METHOD_MODULE] = {METHOD_MODULE, "BATON_METHOD_MODULE"},
		[BATON_METHOD_ELF] = {METHOD_ELF, "BATON_METHOD_ELF"},
	};

	if ((size_t)method >= sizeof(methods) / sizeof(methods[0]))
		return;
	request->choice.job.request.method = methods[method].method;
	request->choice.via_option = methods[method].name;
}

void baton_request_set_target(struct baton_request *request, enum baton_target target)
{
	request->choice.job.request.target =
		target == BATON_TARGET_CRASH ? TARGET_CRASH : TARGET_NORMAL;
}

void baton_request_set_describe_only(struct baton_request *request, int describe_only)
{
	request->choice.job.request.describe_only = describe_only;
}

void baton_request_set_entry(struct baton_request *request, enum baton_entry entry)
{
	static const enum entry_choice entries[] = {
		[BATON_ENTRY_AUTO] = ENTRY_AUTO,
		[BATON_ENTRY_DIRECT] = ENTRY_DIRECT,
		[BATON_ENTRY_STUB] = ENTRY_STUB,
	};

	if ((size_t)entry < sizeof(entries) / sizeof(entries[0]))
		request->choice.job.request.entry_choice = entries[entry];
}

void baton_request_set_unpack_initrd(struct baton_request *request, enum baton_unpack unpack)
{
	static const enum initrd_choice choices[] = {
		[BATON_UNPACK_AUTO] = INITRD_AUTO,
		[BATON_UNPACK_ALWAYS] = INITRD_UNPACK,
		[BATON_UNPACK_NEVER] = INITRD_KEEP,
	};

	if ((size_t)unpack < sizeof(choices) / sizeof(choices[0]))
		request->choice.job.request.initrd_choice = choices[unpack];
}

void baton_request_set_go_ahead(struct baton_request *request, int go_ahead)
{
	request->choice.job.warn_of_start = go_ahead;
}

void baton_request_set_seed(struct baton_request *request, const uint8_t seed[64])
{
	memcpy(request->choice.job.request.seed, seed, REQUEST_SEED_SIZE);
	request->choice.job.seed_given = true;
}

void baton_request_set_ledger(struct baton_request *request, int ledger)
{
	request->choice.job.makes_mailbox = ledger;
}

struct baton_error *baton_request_set_root(struct baton_request *request, const char *root)
{
	const char *copy = NULL;
	struct error *error = keep(request, root, &copy);

	if (!error)
		request->choice.job.root = copy;
	return wrap(error);
}

static struct error *set(struct baton_request *request, const char *name, const char *value)
{
	const char *copy;

	if (!name)
		return error_new(ERROR_USAGE, "no option is named");
	TRY(keep(request, value, &copy));
	return choice_set(&request->choice, name, copy);
}

struct baton_error *baton_request_set(
	struct baton_request *request, const char *name, const char *value)
{
	return wrap(set(request, name, value));
}

void baton_request_set_progress(struct baton_request *request, baton_progress progress, void *data)
{
	request->progress = progress;
	request->progress_data = data;
}

void baton_request_set_log(struct baton_request *request, baton_log log, void *data)
{
	request->log = log;
	request->log_data = data;
}

void baton_request_free(struct baton_request *request)
{
	if (!request)
		return;
	choice_deinit(&request->choice);
	for (size_t i = 0; i < request->string_count; i++)
		free(request->strings[i]);
	free(request->strings);
	for (unsigned int i = 0; i < request->fd_count; i++)
		close(request->fds[i]);
	free(request);
}
