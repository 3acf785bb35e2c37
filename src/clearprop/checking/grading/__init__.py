"""Grading a folder of submissions: found, checked side by side, credited, written down.

``grade`` takes paths and the check of one file, and gives a ``Grade`` for each
submission; ``grade_command`` is the same for the command line. The check itself, and
the sandbox it runs other people's programs in, come from outside.
"""

from clearprop.checking.grading.command import grade_command
from clearprop.checking.grading.grade import Grade, grade

__all__ = ["Grade", "grade", "grade_command"]
