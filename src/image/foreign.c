/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/foreign.h"

static const char not_yet[] = "baton does not start those yet";
static const char as_initrd[] = "it belongs in --initrd";
static const char is_no_kernel[] = "expected a kernel, a bzImage or vmlinux";

/* Multiboot Specification 0.6.96, 3.1: in the first 8192 bytes, at a multiple of 4. */
enum { MULTIBOOT_SEARCH = 8192, MULTIBOOT_STEP = 4, MULTIBOOT_SIZE = 12 };
#define MULTIBOOT_MAGIC 0x1badb002u
/* Multiboot2 Specification 2.0, 3.1.1: in the first 32768 bytes, at a multiple of 8. */
enum { MULTIBOOT2_SEARCH = 32768, MULTIBOOT2_STEP = 8, MULTIBOOT2_SIZE = 16 };
#define MULTIBOOT2_MAGIC 0xe85250d6u

/* Both: magic, then fields that with it sum up to zero; @words is their number. */
static bool find_summed_header(
	struct bytes bytes, uint32_t magic, uint64_t search, uint64_t step, unsigned int words)
{
	for (uint64_t at = 0; at < search && bytes_contain(bytes, at, words * 4); at += step) {
		uint32_t sum = 0;

		if (load_le32(bytes.data + at) != magic)
			continue;
		for (unsigned int i = 0; i < words; i++)
			sum += load_le32(bytes.data + at + i * 4);
		if (sum == 0)
			return true;
	}
	return false;
}

static bool is_multiboot(struct bytes bytes)
{
	return find_summed_header(
		bytes, MULTIBOOT_MAGIC, MULTIBOOT_SEARCH, MULTIBOOT_STEP, MULTIBOOT_SIZE / 4);
}

static bool is_multiboot2(struct bytes bytes)
{
	return find_summed_header(
		bytes, MULTIBOOT2_MAGIC, MULTIBOOT2_SEARCH, MULTIBOOT2_STEP, MULTIBOOT2_SIZE / 4);
}

/* PE format, "MS-DOS Stub" and "COFF File Header"; only the first sections are looked at. */
enum {
	PE_OFFSET = 0x3c,      /* where the signature is */
	PE_SECTION_COUNT = 6,  /* from the signature on: NumberOfSections */
	PE_OPTIONAL_SIZE = 20, /* SizeOfOptionalHeader */
	PE_OPTIONAL = 24,      /* the optional header, then the section table */
	PE_SECTION_SIZE = 40,
	PE_SECTION_NAME_SIZE = 8,
};

static bool is_pe(struct bytes bytes)
{
	return bytes_contain(bytes, PE_OFFSET, 4) &&
	       bytes_match(bytes, load_le32(bytes.data + PE_OFFSET), "PE\0\0", 4);
}

/* UAPI.5, Unified Kernel Image: a PE file with the kernel in a section ".linux". */
static bool is_uki(struct bytes bytes)
{
	uint64_t header, section;
	unsigned int count;

	if (!is_pe(bytes))
		return false;
	header = load_le32(bytes.data + PE_OFFSET);
	if (!bytes_contain(bytes, header, PE_OPTIONAL))
		return false;
	count = load_le16(bytes.data + header + PE_SECTION_COUNT);
	section = header + PE_OPTIONAL + load_le16(bytes.data + header + PE_OPTIONAL_SIZE);
	for (unsigned int i = 0; i < count; i++, section += PE_SECTION_SIZE) {
		if (!bytes_contain(bytes, section, PE_SECTION_SIZE))
			return false;
		if (bytes_match(bytes, section, ".linux\0\0", PE_SECTION_NAME_SIZE))
			return true;
	}
	return false;
}

enum { TEXT_LOOK = 4096 };

static bool is_text(struct bytes bytes)
{
	uint64_t look = bytes.size < TEXT_LOOK ? bytes.size : TEXT_LOOK;

	for (uint64_t i = 0; i < look; i++) {
		uint8_t c = bytes.data[i];

		/* Anything above ASCII may be UTF-8. */
		if (c == 0x7f || (c < 0x20 && (c < '\t' || c > '\r') && c != 0x1b))
			return false;
	}
	return look > 0;
}

static bool is_grub_config(struct bytes bytes)
{
	uint64_t look = bytes.size < TEXT_LOOK * 4 ? bytes.size : TEXT_LOOK * 4;

	return is_text(bytes) && memmem(bytes.data, look, "menuentry", 9);
}

static bool is_zero(struct bytes bytes)
{
	uint64_t look = bytes.size < TEXT_LOOK ? bytes.size : TEXT_LOOK;

	return look > 0 && bytes_are_zero(bytes_part(bytes, 0, look));
}

/* In the order of probing: a file is described by the first row that fits it. */
static const struct foreign foreigners[] = {
	/* A multiboot kernel is often an ELF file too, so it goes before anything with a magic. */
	{"a multiboot2 kernel, such as Xen", not_yet, ERROR_UNSUPPORTED, NULL, 0, 0, is_multiboot2},
	{"a multiboot kernel", not_yet, ERROR_UNSUPPORTED, NULL, 0, 0, is_multiboot},
	/* These three may begin with "MZ" as EFI programs and are also more than that. */
	/* Documentation/arch/arm64/booting.rst, 4: magic at 56. */
	{"an arm64 kernel Image", not_yet, ERROR_UNSUPPORTED, "ARM\x64", 56, 4, NULL},
	/* Documentation/arch/riscv/boot-image-header.rst: magic2 at 56. */
	{"a RISC-V kernel Image", not_yet, ERROR_UNSUPPORTED, "RSC\x05", 56, 4, NULL},
	/* drivers/firmware/efi/libstub/zboot-header.S: "zimg" at 4. */
	{"a compressed EFI kernel (zboot)", not_yet, ERROR_UNSUPPORTED, "zimg", 4, 4, NULL},
	{"a unified kernel image (UKI)", not_yet, ERROR_UNSUPPORTED, "MZ", 0, 2, is_uki},
	{"an EFI program", "baton starts Linux kernels", ERROR_UNSUPPORTED, "MZ", 0, 2, is_pe},
	/* Documentation/arch/arm/booting.rst and head.S: 0x016f2818 at 0x24. */
	{"a 32-bit Arm zImage", not_yet, ERROR_UNSUPPORTED, "\x18\x28\x6f\x01", 0x24, 4, NULL},
	/* U-Boot include/image.h: IH_MAGIC, big-endian. */
	{"a U-Boot uImage", not_yet, ERROR_UNSUPPORTED, "\x27\x05\x19\x56", 0, 4, NULL},
	/* Devicetree Specification 0.4, 5.2; a U-Boot FIT is one, too. */
	{"a device tree or a U-Boot FIT image", not_yet, ERROR_UNSUPPORTED, "\xd0\x0d\xfe\xed", 0,
		4, NULL},
	/* AOSP bootimg.h: BOOT_MAGIC. */
	{"an Android boot image", not_yet, ERROR_UNSUPPORTED, "ANDROID!", 0, 8, NULL},
	/* Documentation/driver-api/early-userspace/buffer-format.rst */
	{"a cpio archive, an initrd and not a kernel", as_initrd, ERROR_FORMAT, "070701", 0, 6,
		NULL},
	{"a cpio archive, an initrd and not a kernel", as_initrd, ERROR_FORMAT, "070702", 0, 6,
		NULL},
	/* Documentation/filesystems/squashfs.rst, "hsqs". */
	{"a squashfs file system", is_no_kernel, ERROR_FORMAT, "hsqs", 0, 4, NULL},
	/* ECMA-119, 8.1: a volume descriptor in sector 16. */
	{"an ISO 9660 file system", is_no_kernel, ERROR_FORMAT, "CD001", 0x8001, 5, NULL},
	{"a GRUB configuration", is_no_kernel, ERROR_FORMAT, NULL, 0, 0, is_grub_config},
	{"a script", is_no_kernel, ERROR_FORMAT, "#!", 0, 2, is_text},
	{"a text file", is_no_kernel, ERROR_FORMAT, NULL, 0, 0, is_text},
	{"nothing but zeros at its beginning", is_no_kernel, ERROR_FORMAT, NULL, 0, 0, is_zero},
};

static bool fits(const struct foreign *foreign, struct bytes bytes)
{
	if (foreign->magic && !bytes_match(bytes, foreign->offset, foreign->magic, foreign->length))
		return false;
	return !foreign->matches || foreign->matches(bytes);
}

const struct foreign *foreign_recognize(struct bytes bytes)
{
	for (size_t i = 0; i < sizeof(foreigners) / sizeof(foreigners[0]); i++) {
		if (fits(&foreigners[i], bytes))
			return &foreigners[i];
	}
	return NULL;
}
