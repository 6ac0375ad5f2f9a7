/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BATON_PURGATORY_X86_VGA_H
#define BATON_PURGATORY_X86_VGA_H

/** Program the standard VGA registers for mode 3: 80 by 25 characters, 720 by 400 dots. */
void vga_set_text_mode(void);
/** Blank the text screen and start at its top. */
void vga_clear(void);
/** Put a character; '\r', '\n' and scrolling are understood. */
void vga_put(char character);

#endif
