# SPDX-License-Identifier: LGPL-2.1-or-later
"""docs/performance.svg: a bar for each outage, split into the gap and the rest. Text and rectangles, no library."""

from bench import figures, loaders

WIDTH = 760
LEFT = 212                          # where the bars begin; names stand before it
RIGHT = 96                          # for the sums behind the bars
TOP = 92
BAR, BETWEEN, GROUP = 22, 6, 22     # height of a bar, space below it, more space below a group
LABEL_FITS = 96                     # a gap at least so wide carries its figure inside
PROGRAMS = (loaders.PEER, loaders.PEER_FILE, loaders.BATON)

# One file for light and dark pages: a browser applies the media query inside an image, too.
STYLE = """
    text { font: 13px system-ui, -apple-system, "Segoe UI", "Liberation Sans", sans-serif; fill: #1f2933 }
    .title { font-size: 16px; font-weight: 600 }
    .group { font-size: 14px; font-weight: 600 }
    .quiet { fill: #5b6875; font-size: 12px; font-weight: 400 }
    .ours { font-weight: 700 }
    .gap { fill: #c2410c }
    .inside { fill: #ffffff; font-size: 12px }
    .rest { fill: #9cc3e6 }
    .axis { stroke: #cbd2d9; stroke-width: 1 }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3 }
      .quiet { fill: #9aa7b4 }
      .gap { fill: #d9541e }
      .inside { fill: #ffffff }
      .rest { fill: #39678f }
      .axis { stroke: #3d4752 }
    }
"""


def svg(handoffs, initrd="debian"):
    """Return the picture of the outages with one initrd, from Handoffs of the deterministic clock."""
    every = list(dict.fromkeys(each.series for each in handoffs))
    longest = max(each.outage for each in handoffs if each.initrd == initrd)
    scale = (WIDTH - LEFT - RIGHT) / longest
    parts, y = [], TOP
    for series in every:
        parts.append(_text(12, y + 15, f"Linux {series}", "group"))
        for loader in PROGRAMS:
            parts += _bar(handoffs, series, initrd, loader, y, scale)
            y += BAR + BETWEEN
        y += GROUP - BETWEEN
    parts.append(f'<line class="axis" x1="{LEFT}" y1="{TOP - 8}" x2="{LEFT}" y2="{y - GROUP + 8}"/>')
    return _document(y - GROUP + 16, [*_head(), *parts])


def _head():
    return [_text(12, 26, "Outage: from the reboot call to the first program of the new kernel", "title"),
            _text(12, 46, "Debian’s kernels with Debian’s own initrds; 4 GiB, one processor; 1 instruction = 1 ns", "quiet"),
            _box(12, 60, 12, "gap"), _text(30, 70, "gap: no kernel runs"),
            _box(168, 60, 12, "rest"), _text(186, 70, "the new kernel starts")]


def _bar(handoffs, series, initrd, loader, y, scale):
    """Return the parts of one bar: its name, the gap, the rest, and the sum behind it."""
    gap, outage = (figures.median(handoffs, series, initrd, loader.name, field) for field in ("gap", "outage"))
    middle, end = LEFT + gap * scale, LEFT + outage * scale
    kind = "ours" if loader.ours else ""
    parts = [_text(LEFT - 10, y + 15, loader.name, kind, "end"),
             _box(LEFT, y, gap * scale, "gap", BAR), _box(middle, y, end - middle, "rest", BAR)]
    words = f"gap {figures.seconds(gap)}"
    if middle - LEFT >= LABEL_FITS:
        parts.append(_text(LEFT + 8, y + 15, words, "inside"))
        words = ""
    total = f'{figures.seconds(outage)}<tspan class="quiet" dx="8">{words}</tspan>'
    return [*parts, _text(end + 8, y + 15, total, kind)]


def _text(x, y, words, kind="", anchor="start"):
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{words}</text>'


def _box(x, y, width, kind, height=12):
    return f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{max(width, 1):.1f}" height="{height}"/>'


def _document(height, parts):
    body = "\n".join(f"  {part}" for part in parts)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
            f'role="img" aria-label="Outage of kexec-tools and baton">\n  <style>{STYLE}  </style>\n{body}\n</svg>\n')
