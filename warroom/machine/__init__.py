"""Compiled functions: what they are made of, and whether there is a compiler.

Where lines, values or matches come by the million, a few functions are compiled by Numba: each has one job, works on
arrays, is bounded, and is tested against a plain one. Modules that define them end in ``_kernel``.
"""
