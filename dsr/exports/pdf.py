"""HTML to PDF in a child process with limits. Whatever goes wrong there leaves here as a PdfError."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from dsr.exports import pdf_exit

ROOT = Path(__file__).resolve().parents[2]
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "FONTCONFIG_FILE", "FONTCONFIG_PATH", "XDG_CACHE_HOME")
"""The child gets these and nothing else of the environment: database addresses and keys are not its business."""


class PdfError(Exception):
    """No PDF was made. ``code`` is one of the constants below; the text is for staff and holds no personal data."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code


UNAVAILABLE, TOO_LARGE, TOO_SLOW, BROKEN = "pdf_unavailable", "pdf_too_large", "pdf_too_slow", "pdf_broken"


@dataclass(frozen=True, slots=True)
class PdfLimits:
    """What the child may use: address space in bytes, and seconds by the clock."""

    memory_bytes: int = 1_500_000_000
    seconds: int = 180


def render_pdf(html: str, limits: PdfLimits | None = None) -> bytes:
    """The PDF of a self-contained HTML page. Raises PdfError, and nothing else, when there is none."""
    limits = limits or PdfLimits()
    command = [sys.executable, "-m", "dsr.exports.pdf_child", str(limits.memory_bytes), str(limits.seconds)]
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    environment["MALLOC_ARENA_MAX"] = (
        "1"  # Else each thread of Pango reserves 128 MB of the address space it never uses.
    )
    try:
        done = subprocess.run(
            command,
            input=html.encode("utf-8", "replace"),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # A renderer's complaint quotes the page.
            cwd=ROOT,
            env=environment,
            timeout=limits.seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise PdfError(TOO_SLOW, f"not finished after {limits.seconds} seconds") from None
    except OSError as error:
        raise PdfError(BROKEN, f"the renderer did not start ({error.strerror})") from None
    if done.returncode == pdf_exit.DONE and done.stdout.startswith(b"%PDF-"):
        return done.stdout
    raise _error(done.returncode, limits)


def _error(returncode: int, limits: PdfLimits) -> PdfError:
    if returncode == pdf_exit.UNAVAILABLE:
        packages = "libpango-1.0-0 libpangoft2-1.0-0"
        return PdfError(UNAVAILABLE, f"WeasyPrint's libraries are missing: apt-get install {packages}")
    if returncode == -signal.SIGXCPU:
        return PdfError(TOO_SLOW, f"stopped after {limits.seconds} seconds of work")
    # Pango and its relatives end the process when they get no memory; the system's last resort is SIGKILL.
    if returncode == pdf_exit.TOO_LARGE or returncode in (
        -signal.SIGABRT,
        -signal.SIGSEGV,
        -signal.SIGTRAP,
        -signal.SIGKILL,
    ):
        return PdfError(TOO_LARGE, f"more than {limits.memory_bytes // 1_000_000:,} MB of memory would be needed")
    return PdfError(BROKEN, f"the renderer ended with code {returncode}")
