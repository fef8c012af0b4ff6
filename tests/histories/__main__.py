"""``python -m tests.histories SEED…`` tells single histories again, as a failing test asks for it."""

import sys

from tests.histories.history import tell

for seed in sys.argv[1:]:
    tell(int(seed))
