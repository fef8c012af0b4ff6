"""Which tests reach what, and whether any of them notices a change. Each run is a fork of a process that has read nothing of ours.

So a change of what is computed while modules are imported (the table of kinds) is judged too, which a tool that imports the
tests once cannot do, and yet nobody waits for pytest and botocore to be imported three hundred times.
"""

import ast
import importlib
import json
import os
import resource
import shutil
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from time import process_time
from typing import Any

import coverage
import pytest

from scripts.mutation.mutants import Mutant

# What the tests import of others, read once before the first fork.
FOREIGN = ("boto3", "hypothesis.strategies", "jsonschema", "kubernetes.client", "yaml")
COPIED = ("controller", "docs", "iam", "simulator", "scripts", "tests", "pyproject.toml")
# Seconds of the processor (not of the clock, so that a busy machine changes nothing) after which a change counts as noticed,
# because it made something endless: the tests all together take about 20.
ENDLESS = 50
# Bytes, likewise: the tests take about 300 MB.
BOUNDLESS = 4 << 30
# A test failed, or a module could not be imported any more.
NOTICED = frozenset({pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED})
OPTIONS = (
    "-W",
    "ignore::pytest.PytestAssertRewriteWarning",
    "-q",
    "-x",
    "-p",
    "no:xdist",
    "-p",
    "no:cacheprovider",
    "--timeout=0",
    "--hypothesis-seed=0",
)


class Reach:
    """Which tests run which lines of a module. ``lines``: by line the tests that run it, or a file of tests whose import does.

    ``shared``: what an import computes is kept for everybody, as the table of kinds is.
    """

    def __init__(self, source: str, lines: dict[str, list[str]], *, shared: bool) -> None:
        self._shared = shared
        self._lines = {int(line): tuple(names) for line, names in lines.items()}
        functions = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.FunctionDef)]
        self._bodies = [(f.body[0].lineno, f.end_lineno or f.body[0].lineno) for f in functions]

    def of(self, line: int) -> tuple[str, ...] | None:
        """The tests that reach a line; None for all of them. NB: a statement of several lines counts by its first ones."""
        begins = max((first for first, last in self._bodies if first <= line <= last), default=None)
        if begins is None:
            return None
        names = next((self._lines[near] for near in range(line, begins - 1, -1) if near in self._lines), ())
        return None if self._shared and not all("::" in name for name in names) else names


class NoJudge(Exception):
    """The tests cannot judge; one sentence, and what they printed."""


class Judge:
    """A copy of the tree, and the tests that judge it. The tree itself is never touched."""

    def __init__(self, root: Path, copy: Path, judges: Sequence[str]) -> None:
        self._copy, self._judges = copy, tuple(judges)
        for name in FOREIGN:
            importlib.import_module(name)
        for name in COPIED:
            if (root / name).is_dir():
                shutil.copytree(root / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(root / name, copy / name)
        self._root = root
        self._seconds: dict[str, float] = {}
        self._reached: dict[str, Reach] = {}
        self._number = 0

    def rehearse(self, modules: Sequence[str]) -> float:
        """Run every test on the code as it is; answers with the seconds of the processor that they take.

        Raises:
            NoJudge: they do not pass as it is, so that they could not judge.
        """
        notes = self._copy / "rehearsal.json"
        if self._forked(lambda: self._rehearsed(modules, notes), limited=False) != 0:
            raise NoJudge(f"the tests fail on the code as it is:\n{self.said()}")
        noted = json.loads(notes.read_text())
        self._seconds = noted["seconds"]
        self._reached = {
            module: Reach(
                (self._copy / module).read_text(), lines, shared=module.startswith("controller/kinds")
            )
            for module, lines in noted["lines"].items()
        }
        return sum(self._seconds.values())

    def notices(self, mutant: Mutant) -> bool:
        """Whether a test fails once this is changed."""
        reach = self._reached.get(mutant.module)
        chosen = reach.of(mutant.line) if reach else ()
        if chosen == ():
            return False
        path = self._copy / mutant.module
        original = path.read_text()
        self._write(path, mutant.code)
        try:
            code = self._forked(lambda: self._run(_Chosen(chosen, self._seconds), chosen))
        finally:
            self._write(path, original)
        if code not in NOTICED | {pytest.ExitCode.OK} and code >= 0:
            raise NoJudge(f"no judgement of {mutant}: pytest ended with {code}\n{self.said()}")
        return code != pytest.ExitCode.OK

    def said(self) -> str:
        """The end of what the last run printed."""
        return (self._copy / "said.txt").read_text(errors="replace")[-3000:]

    def _write(self, path: Path, code: str) -> None:
        """NB: with a time that nothing compiled earlier has, for Python tells a stale module by its second and its size only."""
        self._number += 1
        path.write_text(code)
        os.utime(path, (2_000_000_000 + self._number,) * 2)

    def _forked(self, task: Callable[[], int], *, limited: bool = True) -> int:
        """What a task answers in a process of its own; that of a signal where it never answers."""
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            code = 70
            try:
                if limited:
                    resource.setrlimit(resource.RLIMIT_CPU, (ENDLESS, ENDLESS))
                    resource.setrlimit(resource.RLIMIT_AS, (BOUNDLESS, BOUNDLESS))
                code = self._alone(task)
            except BaseException:
                traceback.print_exc()  # nobody further up may go on: this is the child
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code)
        _, status = os.waitpid(child, 0)
        return os.waitstatus_to_exitcode(status)

    def _alone(self, task: Callable[[], int]) -> int:
        said = os.open(self._copy / "said.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(said, 1)
        os.dup2(said, 2)
        os.chdir(self._copy)
        sys.path[:] = [str(self._copy), *(p for p in sys.path if Path(p).resolve() != self._root.resolve())]
        for name in [n for n in sys.modules if n.partition(".")[0] in COPIED]:
            del sys.modules[name]
        sys.dont_write_bytecode = True
        return task()

    def _run(self, plugin: Any, chosen: Sequence[str] | None = None) -> int:
        files = dict.fromkeys(name.partition("::")[0] for name in chosen or ())
        return int(pytest.main([*OPTIONS, *(files or self._judges)], plugins=[plugin]))

    def _rehearsed(self, modules: Sequence[str], notes: Path) -> int:
        sys.dont_write_bytecode = False  # what is compiled now need not be again
        watched = coverage.Coverage(
            data_file=None, include=[str(self._copy / m) for m in modules], config_file=False
        )
        plugin = _Watching(watched)
        watched.start()
        code = self._run(plugin)
        watched.stop()
        data = watched.get_data()
        lines = {
            m: {
                line: [name for context in contexts for name in plugin.with_imported(context)]
                for line, contexts in data.contexts_by_lineno(str(self._copy / m)).items()
            }
            for m in modules
        }
        notes.write_text(json.dumps({"seconds": plugin.seconds, "lines": lines}))
        return code


class _Watching:
    """Notes for each test what it reaches and how long it takes."""

    def __init__(self, watched: coverage.Coverage) -> None:
        self._watched = watched
        self._imported: dict[str, list[str]] = {}
        self.seconds: dict[str, float] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> Iterator[None]:
        """The import of one file of tests."""
        if not isinstance(collector, pytest.Module):
            return (yield)
        self._watched.switch_context(collector.nodeid)
        before = set(sys.modules)
        result = yield
        files = (f"{name.replace('.', '/')}.py" for name in sys.modules.keys() - before)
        self._imported[collector.nodeid] = [file for file in files if Path(file).name.startswith("test_")]
        return result

    def with_imported(self, name: str) -> list[str]:
        """A test or a file; with a file those whose first import it was, for what they compute then they judge later."""
        return list(dict.fromkeys([name, *sorted(self._imported.get(name, ()))]))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """One test."""
        self._watched.switch_context(item.nodeid)
        began = process_time()
        result = yield
        self.seconds[item.nodeid] = process_time() - began
        return result


class _Chosen:
    """Leaves only the tests that reach a change, the quick ones first."""

    def __init__(self, names: Sequence[str] | None, seconds: dict[str, float]) -> None:
        self._names = None if names is None else set(names)
        self._seconds = seconds

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Once all tests are known."""
        kept = [
            item
            for item in items
            if self._names is None or self._names & {item.nodeid, item.nodeid.partition("::")[0]}
        ]
        items[:] = sorted(kept, key=lambda item: self._seconds.get(item.nodeid, 0.0))
