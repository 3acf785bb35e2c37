"""Exercises: a forward pass goes in; blanks, fresh numbers, a key and a spec come out.

``forward`` reads the given half of a program, ``blanks`` the half to be written from
its derivation. ``numbers`` deals out fresh numbers, ``paper`` and ``notebook`` write
them down, ``spec`` says how they are graded, and ``maker`` puts a folder together.
"""
