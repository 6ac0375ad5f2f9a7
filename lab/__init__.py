"""The lab boots real Linux kernels in QEMU guests and listens to what they report.

Start with :mod:`lab.guest`; README.md in this folder says how the parts fit together.
"""
