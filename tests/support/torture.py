"""Long and random tests: short in "make test", in full in "make torture".

    pytestmark = pytest.mark.torture  # what "make torture" picks

    kills = scale(3, 20)
    chance = dice("kills")
    pause = chance.uniform(0, 2)

The seed is printed at the start and with every failure. SEED=… repeats a run.
"""

import os
import random
import sys

TORTURE = bool(os.environ.get("TORTURE"))
# Through the environment, so that parallel test processes share it.
SEED = os.environ.setdefault("SEED", str(random.randrange(10**9)))


def scale(short, full):
    """Return the number (or what it is) for the form that runs."""
    return full if TORTURE else short


def dice(name):
    """Return a source of chance for one test, the same for the same seed."""
    print(f"SEED={SEED} ({name})", file=sys.stderr)
    return random.Random(f"{SEED} {name}")
