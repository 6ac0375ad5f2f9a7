/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A program that does nothing, to see whether this machine runs those of its architecture:
 * lab/foreign.py. */
int main(void)
{
	return 42;
}
