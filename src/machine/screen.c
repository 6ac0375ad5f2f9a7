/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Does the screen information this kernel was started with still describe the hardware?
 *
 * It does as long as whoever drives the screen has not programmed another mode: nobody at all, or a
 * driver of the firmware's framebuffer. A native DRM driver may have kept the firmware's mode or
 * set its own; it is trusted to scan out from the firmware's place only if the mode that runs now
 * has the very geometry of the old one, and the place is still memory of a display device.
 */
#include "machine/facts.h"

#include <stdlib.h>

enum {
	/* include/uapi/linux/screen_info.h */
	SCREEN_TYPE_OFFSET = 0x0f,
	SCREEN_WIDTH_OFFSET = 0x12,
	SCREEN_HEIGHT_OFFSET = 0x14,
	SCREEN_DEPTH_OFFSET = 0x16,
	SCREEN_BASE_OFFSET = 0x18,
	SCREEN_STRIDE_OFFSET = 0x24,
	SCREEN_CAPABILITIES_OFFSET = 0x36,
	SCREEN_BASE_HIGH_OFFSET = 0x3a,
	SCREEN_CAPABILITY_64BIT_BASE = 1 << 1,
	/* orig_video_isVGA */
	SCREEN_NONE = 0x00,
	SCREEN_VGA_TEXT = 0x01, /* the setup code's word for VGAC */
	SCREEN_EGA_FIRST = 0x20,
	SCREEN_VGAC = 0x22,
	SCREEN_VESA = 0x23,
	SCREEN_EFI = 0x70,
	/* include/linux/pci_ids.h, and include/linux/ioport.h for the flags in "resource" */
	PCI_BASE_CLASS_DISPLAY = 0x03,
	RESOURCE_MEMORY = 0x200,
};

/* As /sys/class/graphics/fb0/name and the DRM device's driver name them. */
static const char *const firmware_drivers[] = {
	"EFI VGA",
	"VESA VGA",
	"simple",
	"simpledrmdrmfb",
	"efidrmdrmfb",
	"vesadrmdrmfb",
	"simple-framebuffer",
	"efi-framebuffer",
	"vesa-framebuffer",
};

static bool drives_firmware_framebuffer(const char *driver)
{
	for (size_t i = 0; i < sizeof(firmware_drivers) / sizeof(firmware_drivers[0]); i++)
		if (strcmp(driver, firmware_drivers[i]) == 0)
			return true;
	return false;
}

/* The firmware's framebuffer; empty if there is none or its size does not make sense. */
static struct range framebuffer_of(const uint8_t *info)
{
	uint64_t size = (uint64_t)load_le16(info + SCREEN_HEIGHT_OFFSET) *
			load_le16(info + SCREEN_STRIDE_OFFSET);
	struct range range = {.start = load_le32(info + SCREEN_BASE_OFFSET)};

	if (load_le32(info + SCREEN_CAPABILITIES_OFFSET) & SCREEN_CAPABILITY_64BIT_BASE)
		range.start |= (uint64_t)load_le32(info + SCREEN_BASE_HIGH_OFFSET) << 32;
	if (!range.start || __builtin_add_overflow(range.start, size, &range.end))
		return (struct range){0};
	return range;
}

/* The height may be more than one screen: drivers that pan count all of it. */
static bool mode_is_unchanged(const uint8_t *info, struct screen_mode mode)
{
	return mode.width && mode.width == load_le16(info + SCREEN_WIDTH_OFFSET) &&
	       mode.height >= load_le16(info + SCREEN_HEIGHT_OFFSET) &&
	       mode.bits_per_pixel == load_le16(info + SCREEN_DEPTH_OFFSET) &&
	       mode.stride == load_le16(info + SCREEN_STRIDE_OFFSET);
}

static bool text_is_valid(const char *driver, const char **ret_reason)
{
	*ret_reason =
		driver ? "the screen was in text mode at the start, and a graphics driver has "
			 "taken over since"
		       : "the screen is in text mode, and no graphics driver has taken over";
	return !driver;
}

static bool graphics_are_valid(const uint8_t *info, const char *driver, struct screen_mode mode,
	const struct range_set *display_memory, const char **ret_reason)
{
	struct range framebuffer = framebuffer_of(info);

	*ret_reason = "the screen information names no framebuffer";
	if (range_is_empty(framebuffer))
		return false;
	*ret_reason = "the firmware's framebuffer is what the driver uses";
	if (driver && drives_firmware_framebuffer(driver))
		return true;
	*ret_reason = "no graphics driver has taken over the firmware's framebuffer";
	if (!driver)
		return true;
	*ret_reason = "a graphics driver has taken over, and the firmware's framebuffer is not "
		      "memory of a display device";
	if (!range_set_contains(display_memory, framebuffer))
		return false;
	*ret_reason = "a graphics driver has taken over and set another mode";
	if (!mode_is_unchanged(info, mode))
		return false;
	*ret_reason = "a graphics driver has taken over, but the mode and the framebuffer's place "
		      "are still those of the firmware";
	return true;
}

bool screen_info_is_valid(const uint8_t *info, const char *driver, struct screen_mode mode,
	const struct range_set *display_memory, const char **ret_reason)
{
	uint8_t type = info[SCREEN_TYPE_OFFSET];

	if (type == SCREEN_VESA || type == SCREEN_EFI)
		return graphics_are_valid(info, driver, mode, display_memory, ret_reason);
	if (type == SCREEN_VGA_TEXT || (type >= SCREEN_EGA_FIRST && type <= SCREEN_VGAC))
		return text_is_valid(driver, ret_reason);
	*ret_reason = type == SCREEN_NONE ? "this kernel was started without screen information"
					  : "the screen is of a type that is not handed on";
	return false;
}

/* Triples START END FLAGS, a resource each. */
static struct error *add_resources(struct text resources, struct range_set *ret)
{
	struct text start_word, end_word, flags_word;

	while (text_word(&resources, &start_word) && text_word(&resources, &end_word) &&
		text_word(&resources, &flags_word)) {
		uint64_t start, last, flags;

		if (text_is_hex(start_word, &start) && text_is_hex(end_word, &last) &&
			text_is_hex(flags_word, &flags) && flags & RESOURCE_MEMORY && start &&
			last >= start && last < UINT64_MAX)
			TRY(range_set_add(ret, (struct range){start, last + 1}));
	}
	return NULL;
}

struct error *display_memory_parse(struct bytes table, struct range_set *ret)
{
	struct text text = text_of(table), line, class_column;
	uint64_t class;

	while (text_take(&text, '\n', &line))
		if (text_take(&line, '\t', &class_column) && text_is_hex(class_column, &class) &&
			class >> 16 == PCI_BASE_CLASS_DISPLAY)
			TRY(add_resources(line, ret));
	return NULL;
}

/* The first DRM device's driver: "DRIVER=i915" in its uevent. For kernels without fbdev. */
static struct error *read_drm_driver(struct source *source, char **ret)
{
	static const char *const columns[] = {"device/uevent", NULL};
	struct text text, word;
	struct bytes table;
	bool found;

	TRY(source_table(source, "sys/class/drm", columns, &found, &table));
	for (text = text_of(table); text_word(&text, &word);)
		if (text_skip(&word, "DRIVER=")) {
			*ret = text_dup(word);
			return *ret ? NULL : error_no_memory();
		}
	return NULL;
}

/* "0 EFI VGA": the number and the name of each framebuffer, a line each. */
static struct error *read_proc_fb(struct source *source, char **ret)
{
	struct text text, line = {"", ""}, number;
	struct bytes contents;
	bool found;

	TRY(source_file(source, "proc/fb", &found, &contents));
	text = text_of(contents);
	if (!text_take(&text, '\n', &line) || !text_take(&line, ' ', &number) ||
		text_is_empty(line))
		return NULL;
	*ret = text_dup(line);
	return *ret ? NULL : error_no_memory();
}

static struct error *read_mode(struct source *source, struct screen_mode *ret)
{
	struct bytes contents;
	struct text size;
	bool found;

	TRY(source_file(source, "sys/class/graphics/fb0/virtual_size", &found, &contents));
	size = text_trim(text_of(contents));
	if (!text_decimal(&size, &ret->width) || !text_skip(&size, ",") ||
		!text_decimal(&size, &ret->height))
		*ret = (struct screen_mode){0};
	TRY(read_decimal(
		source, "sys/class/graphics/fb0/bits_per_pixel", &found, &ret->bits_per_pixel));
	return read_decimal(source, "sys/class/graphics/fb0/stride", &found, &ret->stride);
}

static struct error *read_display_memory(struct source *source, struct range_set *ret)
{
	static const char *const columns[] = {"class", "resource", NULL};
	struct bytes table;
	bool found;

	TRY(source_table(source, "sys/bus/pci/devices", columns, &found, &table));
	return display_memory_parse(table, ret);
}

/* A native driver took over from the firmware's framebuffer: only the modes and places can tell. */
static bool must_compare(const struct machine *machine)
{
	uint8_t type = machine->boot_params[SCREEN_TYPE_OFFSET];

	return (type == SCREEN_VESA || type == SCREEN_EFI) && machine->screen.driver &&
	       !drives_firmware_framebuffer(machine->screen.driver);
}

struct error *read_screen(struct source *source, struct machine *machine)
{
	_cleanup_range_set_ struct range_set display_memory = {0};
	struct screen_facts *screen = &machine->screen;
	struct screen_mode mode = {0};
	const char *reason;

	TRY(read_string(source, "sys/class/graphics/fb0/name", &screen->driver));
	if (!screen->driver)
		TRY(read_proc_fb(source, &screen->driver));
	if (!screen->driver)
		TRY(read_drm_driver(source, &screen->driver));
	if (!machine->has_boot_params)
		return set_string(&screen->reason, "boot_params, which would tell, is not there");
	if (must_compare(machine)) {
		TRY(read_mode(source, &mode));
		TRY(read_display_memory(source, &display_memory));
	}
	screen->valid = screen_info_is_valid(
		machine->boot_params, screen->driver, mode, &display_memory, &reason);
	return set_string(&screen->reason, "%s", reason);
}
