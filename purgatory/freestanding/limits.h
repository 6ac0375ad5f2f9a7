/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See string.h. */
#ifndef BATON_PURGATORY_FREESTANDING_LIMITS_H
#define BATON_PURGATORY_FREESTANDING_LIMITS_H

#define UINT_MAX   (2U * __INT_MAX__ + 1U)
#define ULONG_MAX  (2UL * __LONG_MAX__ + 1UL)
#define ULLONG_MAX (2ULL * __LONG_LONG_MAX__ + 1ULL)

#endif
