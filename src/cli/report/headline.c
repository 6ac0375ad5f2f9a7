/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What kind of boot it was, in sentences. */
#include <stdlib.h>
#include <time.h>

#include "cli/report/chart.h"
#include "ledger/ledger_json.h"

/* "1st", "2nd", "3rd", "11th". */
static const char *ordinal_ending(uint32_t number)
{
	static const char *const endings[] = {"th", "st", "nd", "rd"};

	if (number % 100 / 10 == 1 || number % 10 > 3)
		return endings[0];
	return endings[number % 10];
}

/* " on 2026-11-24 at 08:53:51", or nothing. */
static void put_date(FILE *stream, const struct ledger_boot *boot)
{
	time_t seconds = (time_t)boot->started_at;
	struct tm local;
	char text[64];

	if (!boot->started_at || !localtime_r(&seconds, &local) ||
		!strftime(text, sizeof(text), " on %Y-%m-%d at %H:%M:%S", &local))
		return;
	fputs(text, stream);
}

static void put_linux(FILE *stream, const char *release)
{
	fputs("Linux", stream);
	if (!*release)
		return;
	fputc(' ', stream);
	print_escaped(stream, release);
}

static void put_digests(FILE *stream, const struct ledger_boot *boot)
{
	const char *digests = ledger_digest_id(boot->digest_result);

	if (digests[0] == 'g')
		fputs(" Every digest was compared before the jump, and matched.", stream);
	else if (digests[0] == 's')
		fputs(" Digests were not compared (--no-verify).", stream);
	else
		fputs(" No digests were compared.", stream);
	if (boot->direct)
		fputs(" The kernel was entered directly, past its decompressor.", stream);
}

static void put_handoff(FILE *stream, const struct ledger_boot *boot, const char *arrow)
{
	fputs("A handoff by baton: ", stream);
	put_linux(stream, boot->from_release);
	fprintf(stream, " %s ", arrow);
	put_linux(stream, boot->release);
	put_date(stream, boot);
	if (boot->chain == 1)
		fputs(", the first since the firmware ran", stream);
	else if (boot->chain)
		fprintf(stream, ", the %u%s in a row since the firmware ran", boot->chain,
			ordinal_ending(boot->chain));
	fputc('.', stream);
	put_digests(stream, boot);
}

static void put_kexec(FILE *stream, const struct ledger_boot *boot, const char *arrow)
{
	fputs("A handoff by kexec, without baton's record: ", stream);
	put_linux(stream, boot->from_release);
	if (!*boot->from_release)
		fputs(" of unknown version", stream);
	fprintf(stream, " %s ", arrow);
	put_linux(stream, boot->release);
	put_date(stream, boot);
	if (boot->chain)
		fprintf(stream, ", the %u%s handoff in a row", boot->chain,
			ordinal_ending(boot->chain));
	fputs(". It was loaded by kexec_file_load, or by another program than baton.", stream);
}

static void put_firmware(FILE *stream, const struct ledger_boot *boot)
{
	fputs("No handoff: ", stream);
	put_linux(stream, boot->release);
	fputs(" was started", stream);
	put_date(stream, boot);
	fputs(" through firmware and a boot loader.", stream);
}

struct error *chart_headline(const struct ledger_boot *boot, bool utf8, char **ret)
{
	const char *arrow = utf8 ? "→" : "->";
	size_t size;
	FILE *stream = open_memstream(ret, &size);

	if (!stream)
		return error_no_memory();
	switch (boot->kind) {
	case LEDGER_KIND_BATON:
		put_handoff(stream, boot, arrow);
		break;
	case LEDGER_KIND_KEXEC:
		put_kexec(stream, boot, arrow);
		break;
	case LEDGER_KIND_FIRMWARE:
		put_firmware(stream, boot);
		break;
	case LEDGER_KIND_UNKNOWN:
		fputs("How this system, ", stream);
		put_linux(stream, boot->release);
		fputs(", was started is not known.", stream);
		break;
	}
	if (fclose(stream) == 0)
		return NULL;
	free(*ret);
	*ret = NULL;
	return error_no_memory();
}
