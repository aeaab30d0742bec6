"""Runs a harness in a forked process of its own, so that a broken build breaks nothing else."""

import asyncio
import json
import logging
import os
import sys
import traceback
from collections.abc import Callable, Coroutine
from dataclasses import asdict
from typing import Any

from tests.trials import broken
from tests.trials.hurry import shorten_waits
from tests.trials.results import Result

Harness = Callable[[], Coroutine[Any, Any, Result]]


def apart(harness: Harness, *, control: str | None = None, is_hurried: bool = True) -> Result:
    """The result of the harness, run against the build `control` names or against the shipped one."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.close(reading)
            _run(harness, control, writing, is_hurried=is_hurried)
            code = 0
        except BaseException:  # noqa: BLE001 - the last thing this process does
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as pipe:
        text = pipe.read()
    _, status = os.waitpid(pid, 0)
    if status or not text:
        raise RuntimeError(f"the harness ended with status {status}")
    fields = json.loads(text)
    return Result(**fields | {"promises": tuple(fields["promises"])})


def _run(harness: Harness, control: str | None, writing: int, *, is_hurried: bool) -> None:
    logging.disable(logging.CRITICAL)
    if is_hurried:
        shorten_waits()
    if control is not None:
        broken.BROKEN[control]()
    found = asyncio.run(harness())
    found.control = control
    with os.fdopen(writing, "w", encoding="utf-8") as pipe:
        pipe.write(json.dumps(asdict(found)))
