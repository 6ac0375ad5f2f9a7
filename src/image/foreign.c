/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/foreign.h"

#include "image/pe.h"

static const char not_yet[] = "baton does not start those yet";
static const char as_initrd[] = "it belongs in --initrd";
static const char is_no_kernel[] = "expected a kernel, a bzImage or vmlinux";
static const char mount_it[] = "expected a kernel; mount it and name the kernel in it";
static const char unlock_it[] =
	"expected a kernel; unlock it, mount what is in it and name the kernel";
static const char take_partition[] =
	"expected a kernel; name the partition that begins with one, or mount the one that holds its file";

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

static bool is_pe(struct bytes bytes)
{
	uint64_t header;

	return pe_begins_at(bytes, &header);
}

/* UAPI.5, Unified Kernel Image: a PE file with the kernel in a section ".linux". */
static bool is_uki(struct bytes bytes)
{
	struct pe_section section;
	uint64_t header;

	if (!pe_begins_at(bytes, &header))
		return false;
	for (unsigned int i = 0; pe_section(bytes, header, i, &section); i++)
		if (memcmp(section.name, ".linux\0\0", PE_SECTION_NAME_SIZE) == 0)
			return true;
	return false;
}

/*
 * Documentation/filesystems/ext4/super.rst: the superblock at 1024, s_magic at 0x38 of it. Two
 * bytes are no proof, so the fields beside them must have values that exist.
 */
enum { EXT_BLOCK_SIZE = 0x418, EXT_STATE = 0x43a, EXT_ERRORS = 0x43c, EXT_REVISION = 0x44c };

static bool is_ext(struct bytes bytes)
{
	return bytes_contain(bytes, EXT_REVISION, 4) &&
	       load_le32(bytes.data + EXT_BLOCK_SIZE) <= 6 &&
	       load_le16(bytes.data + EXT_STATE) <= 7 && load_le16(bytes.data + EXT_ERRORS) <= 3 &&
	       load_le32(bytes.data + EXT_REVISION) <= 1;
}

/* The last two bytes of a boot sector, and a table of four partitions before them of which at least
 * one has a type and sectors. Boot sectors of file systems have code there. */
enum { MBR_TABLE = 446, MBR_ROW = 16, MBR_ROWS = 4, MBR_TYPE = 4, MBR_START = 8, MBR_SECTORS = 12 };

static bool is_partitioned(struct bytes bytes)
{
	unsigned int used = 0;

	if (!bytes_match(bytes, 510, "\x55\xaa", 2))
		return false;
	for (unsigned int i = 0; i < MBR_ROWS; i++) {
		const uint8_t *row = bytes.data + MBR_TABLE + i * MBR_ROW;

		if (row[0] & 0x7f)
			return false;
		used += row[MBR_TYPE] && load_le32(row + MBR_START) && load_le32(row + MBR_SECTORS);
	}
	return used > 0;
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
	{"a multiboot2 kernel, such as Xen", not_yet, ERROR_UNSUPPORTED, NULL, 0, 0, is_multiboot2,
		false},
	{"a multiboot kernel", not_yet, ERROR_UNSUPPORTED, NULL, 0, 0, is_multiboot, false},
	/* These three may begin with "MZ" as EFI programs and are also more than that. */
	/* Documentation/arch/arm64/booting.rst, 4: magic at 56. */
	{"an arm64 kernel Image", not_yet, ERROR_UNSUPPORTED, "ARM\x64", 56, 4, NULL, false},
	/* Documentation/arch/riscv/boot-image-header.rst: magic2 at 56. */
	{"a RISC-V kernel Image", not_yet, ERROR_UNSUPPORTED, "RSC\x05", 56, 4, NULL, false},
	/* drivers/firmware/efi/libstub/zboot-header.S: "zimg" at 4. */
	{"a compressed EFI kernel (zboot)", not_yet, ERROR_UNSUPPORTED, "zimg", 4, 4, NULL, false},
	{"a unified kernel image (UKI)", not_yet, ERROR_UNSUPPORTED, "MZ", 0, 2, is_uki, false},
	{"an EFI program", "baton starts Linux kernels", ERROR_UNSUPPORTED, "MZ", 0, 2, is_pe,
		false},
	/* Documentation/arch/arm/booting.rst and head.S: 0x016f2818 at 0x24. */
	{"a 32-bit Arm zImage", not_yet, ERROR_UNSUPPORTED, "\x18\x28\x6f\x01", 0x24, 4, NULL,
		false},
	/* U-Boot include/image.h: IH_MAGIC, big-endian. */
	{"a U-Boot uImage", not_yet, ERROR_UNSUPPORTED, "\x27\x05\x19\x56", 0, 4, NULL, false},
	/* Devicetree Specification 0.4, 5.2; a U-Boot FIT is one, too. */
	{"a device tree or a U-Boot FIT image", not_yet, ERROR_UNSUPPORTED, "\xd0\x0d\xfe\xed", 0,
		4, NULL, false},
	/* AOSP bootimg.h: BOOT_MAGIC. */
	{"an Android boot image", not_yet, ERROR_UNSUPPORTED, "ANDROID!", 0, 8, NULL, false},
	/* Documentation/driver-api/early-userspace/buffer-format.rst */
	{"a cpio archive, an initrd and not a kernel", as_initrd, ERROR_FORMAT, "070701", 0, 6,
		NULL, true},
	{"a cpio archive, an initrd and not a kernel", as_initrd, ERROR_FORMAT, "070702", 0, 6,
		NULL, true},
	/* Documentation/filesystems/squashfs.rst, "hsqs". */
	{"a squashfs file system", mount_it, ERROR_FORMAT, "hsqs", 0, 4, NULL, true},
	{"an ext2, ext3 or ext4 file system", mount_it, ERROR_FORMAT, "\x53\xef", 0x438, 2, is_ext,
		true},
	/* fs/xfs/libxfs/xfs_format.h, XFS_SB_MAGIC. */
	{"an XFS file system", mount_it, ERROR_FORMAT, "XFSB", 0, 4, NULL, false},
	/* fs/btrfs: BTRFS_MAGIC at 64 of the superblock at 64 KiB. */
	{"a Btrfs file system", mount_it, ERROR_FORMAT, "_BHRfS_M", 0x10040, 8, NULL, false},
	/* fatgen103, BS_FilSysType: at 54 with FAT12 and FAT16, at 82 with FAT32. */
	{"a FAT file system", mount_it, ERROR_FORMAT, "FAT1", 54, 4, NULL, false},
	{"a FAT file system", mount_it, ERROR_FORMAT, "FAT32", 82, 5, NULL, false},
	/* LUKS On-Disk Format, "phdr magic", version 1 and 2 alike. */
	{"a LUKS volume", unlock_it, ERROR_FORMAT, "LUKS\xba\xbe", 0, 6, NULL, false},
	/* LVM2, lib/format_text/layout.h, label_header: in the second sector. */
	{"an LVM physical volume", mount_it, ERROR_FORMAT, "LABELONE", 512, 8, NULL, false},
	/* mm/swapfile.c: at the end of the first page. */
	{"swap space", is_no_kernel, ERROR_FORMAT, "SWAPSPACE2", 4086, 10, NULL, false},
	/* ECMA-119, 8.1: a volume descriptor in sector 16. */
	{"an ISO 9660 file system", mount_it, ERROR_FORMAT, "CD001", 0x8001, 5, NULL, false},
	/* UEFI 2.10, 5.3.2: the header of a GPT, in the second block. */
	{"a partition table (GPT)", take_partition, ERROR_FORMAT, "EFI PART", 512, 8, NULL, false},
	{"a partition table (GPT)", take_partition, ERROR_FORMAT, "EFI PART", 4096, 8, NULL, false},
	/* UEFI 2.10, 5.2.1: legacy MBR. */
	{"a partition table (MBR)", take_partition, ERROR_FORMAT, NULL, 0, 0, is_partitioned,
		false},
	{"a GRUB configuration", is_no_kernel, ERROR_FORMAT, NULL, 0, 0, is_grub_config, false},
	{"a script", is_no_kernel, ERROR_FORMAT, "#!", 0, 2, is_text, false},
	{"a text file", is_no_kernel, ERROR_FORMAT, NULL, 0, 0, is_text, false},
	{"nothing but zeros at its beginning", is_no_kernel, ERROR_FORMAT, NULL, 0, 0, is_zero,
		false},
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
