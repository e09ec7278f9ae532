"""Suites that the plugin is tried on, and how."""

QUICK = ("--leakscan", "--leakscan-calls=120", "-p", "no:cacheprovider")
KEPT = """
import functools, itertools, pytest
numbers = itertools.count(1000)
"""
MIXED = f"""
{KEPT}
import unittest
CACHE = {{}}
RUNS = []
def test_leaky(): CACHE[next(numbers)] = object()
def test_clean(): pass
def test_failing(): assert 0
def test_skipped(): pytest.skip("not here")
@pytest.mark.xfail
def test_expected(): assert 0
def test_once():
    RUNS.append(1)
    assert len(RUNS) < 5, "only once, password=hunter2"
@pytest.fixture
def four():
    RUNS.append(1)
    yield
    assert len(RUNS) < 20, "torn down too often"
def test_teardown(four): pass
@pytest.mark.leakscan(skip="it waits for a server")
def test_waits(): pass
class TestCase(unittest.TestCase):
    def test_unit(self): CACHE[next(numbers)] = object()
"""
