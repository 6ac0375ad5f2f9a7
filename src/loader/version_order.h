/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BATON_LOADER_VERSION_ORDER_H
#define BATON_LOADER_VERSION_ORDER_H

/**
 * Which of two versions is the newer one, as strcmp() would say: the UAPI Group's version format
 * specification, "Version Comparison", which systemd-boot and `systemd-analyze compare-versions`
 * keep.
 */
int version_order(const char *a, const char *b);

#endif
