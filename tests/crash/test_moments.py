"""When objects that nothing happens to are looked at: each once a period at a moment of its own, whatever becomes of controllers."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest

from tests.crash.cloud import sagemaker
from tests.crash.rig import KINDS, RESYNC, Rig
from tests.crash.test_churn import spec_of

# Every kind of which SageMaker tells no states, so that nothing but such a look tells anything.
STATELESS = [kind for kind in KINDS.values() if kind.states is None]
EACH = 8
MANY = EACH * len(STATELESS)
NEAR = 2.0  # seconds: a start takes the clock in whole ones

Moments = dict[str, list[float]]


@pytest.fixture(scope="module")
def rig() -> Rig:
    """Many objects that have settled, born within two minutes."""
    there = Rig(sagemaker(check_references=False))
    for kind in STATELESS:
        spec = {
            key: value for key, value in spec_of(kind).items() if key != "tags"
        }  # they would be asked for too
        for number in range(EACH):
            there.apply(kind, f"{kind.plural}{number}", spec)
    there.rest(120)
    return there


@pytest.fixture(scope="module")
def before(rig: Rig) -> Moments:
    """When each was looked at in a whole period."""
    return looks(rig, RESYNC)


def looks(rig: Rig, seconds: float) -> Moments:
    """When each object was looked at while so much time goes by."""
    found: Moments = defaultdict(list)
    end = rig.clock.now() + seconds
    while (due := rig._next()) is not None and due <= end:
        rig.sagemaker.forget_calls()
        rig.step()
        for call in rig.sagemaker.log:
            found[f"{call.operation} {call.name}"].append(rig.clock.now())
    rig.advance(max(end - rig.clock.now(), 0.0))
    return found


def test_everything_is_looked_at_once_a_period_and_not_all_at_once(before: Moments) -> None:
    assert len(before) == MANY
    assert {name.partition(" ")[0] for name in before} == {kind.verbs.describe for kind in STATELESS}
    assert all(len(times) == 1 for times in before.values())
    hours = Counter(int(times[0] % RESYNC // 3600) for times in before.values())
    # 16 of 160 in each of ten hours, give or take four times the square root, which is what chance makes of it
    assert set(hours) == set(range(10)) and max(hours.values()) <= 16 + 4 * 16**0.5
    minutes = Counter(int(times[0] // 60) for times in before.values())
    assert max(minutes.values()) <= 5  # 0.3 in the middle


def test_a_restart_neither_puts_moments_off_nor_bunches_them(rig: Rig, before: Moments) -> None:
    """Soon after another one, after a while, after a long time without a controller: whoever's moment comes then is looked at."""
    for seconds, down in ((3333.0, 1.0), (17.0, 600.0), (20000.0, 1.0), (RESYNC, 1.0)):
        rig.down = down
        rig.kill()
        since = rig.clock.now()
        after = looks(rig, seconds)
        for name, (moment,) in before.items():
            until = (moment - since) % RESYNC  # seconds from the start to its moment
            if NEAR < until < min(seconds, RESYNC) - NEAR:
                assert [abs(at - since - until) < NEAR for at in after[name]] == [True], name
            elif until > seconds + NEAR:
                assert not after[name], name
