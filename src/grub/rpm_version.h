/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BATON_GRUB_RPM_VERSION_H
#define BATON_GRUB_RPM_VERSION_H

/** As rpm's rpmvercmp(): which of two versions is the newer one, as strcmp() would say. */
int rpm_version_compare(const char *a, const char *b);

/** Of file names, which are split at their last two dashes into name, version and release. */
int rpm_package_compare(const char *a, const char *b);

#endif
