"""How hypothesis runs: at random on a desk, always the same way in CI.

No deadline, because the first example of a property pays for imports and caches.
"""

import os

from hypothesis import settings

settings.register_profile("desk", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "desk")
