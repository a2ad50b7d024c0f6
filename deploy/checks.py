"""What tests in this language share: a line a check, counts at the end, waiting for what others do."""
import os
import sys
import time
import traceback


class Skipped(Exception):
    """A check that this machine cannot do, with the reason."""


def wait_until(condition, what, seconds=120):
    """The condition's first value that is true. No check depends on how soon that is."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what() if callable(what) else what}")
        time.sleep(0.02)


def text(path):
    try:
        with open(path, errors="replace") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def programs(project):
    """The folder with snas and snas-worker: SNAS, or the release build's."""
    folder = os.path.abspath(os.environ.get("SNAS") or f"{project}/.build/release")
    for name in ("snas", "snas-worker"):
        if not os.access(f"{folder}/{name}", os.X_OK):
            sys.exit(f"there is no {folder}/{name}: build it, or say by SNAS where it is")
    return folder


class Report:
    """Prints a line a check, and at the end how many passed, failed and were skipped."""

    def __init__(self, clean_up):
        """clean_up is called after each check, also after one that failed."""
        self.clean_up = clean_up
        self.passed, self.failed, self.skipped = 0, 0, 0

    def check(self, sentence, body, *arguments):
        try:
            figures = body(*arguments)
            self.passed += 1
            print(f"passed   {sentence}" + (f": {figures}" if figures else ""), flush=True)
        except Skipped as reason:
            self.skipped += 1
            print(f"skipped  {sentence}: {reason}", flush=True)
        except Exception as error:  # pylint: disable=broad-except
            self.failed += 1
            kind = "" if isinstance(error, AssertionError) else f"{type(error).__name__}: "
            place = traceback.extract_tb(error.__traceback__)[-1]
            print(f"FAILED   {sentence}: {kind}{str(error) or place.line} (line {place.lineno})", flush=True)
        finally:
            self.clean_up()

    def end(self):
        print(f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped")
        sys.exit(1 if self.failed else 0)
