"""The process that makes the PDF: HTML on stdin, PDF on stdout, a code on exit, and not one word of the content
elsewhere.

It is a process of its own because a report may be any size: its memory and time are capped by the operating system,
and a renderer that runs wild takes nobody else with it. Run as ``python -m dsr.exports.pdf_child MEMORY_BYTES
CPU_SECONDS``.
"""

from __future__ import annotations

import base64
import gc
import logging
import re
import resource
import sys
from pathlib import Path

from dsr.exports import pdf_exit

try:
    import weasyprint
except (ImportError, OSError):  # OSError: the Python part is there, Pango is not.
    weasyprint = None


FONTS = Path(__file__).resolve().parents[2] / "static" / "vendor" / "inter"
LATIN = (
    "U+0000-00FF, U+0131, U+0152-0153, U+02BB-02BC, U+02C6, U+02DA, U+02DC, U+0304, U+0308, U+0329, U+2000-206F, "
    "U+20AC, U+2122, U+2191, U+2193, U+2212, U+2215, U+FEFF, U+FFFD"
)
LATIN_EXTENDED = (
    "U+0100-0130, U+0132-0151, U+0154-02BA, U+02BD-02C5, U+02C7-02CC, U+02CE-02D7, U+02DD-02FF, U+1D00-1DBF, "
    "U+1E00-1E9F, U+1EF2-1EFF, U+2020, U+20A0-20AB, U+20AD-20C0, U+2113, U+2C60-2C7F, U+A720-A7FF"
)
EXTENDED_SIGN = re.compile(
    "[\u0100-\u0130\u0132-\u0151\u0154-\u02ff\u1d00-\u1eff\u20a0-\u20ab\u20ad-\u20c0\u2c60-\u2c7f\ua720-\ua7ff]"
)


def main(memory_bytes: int, cpu_seconds: int) -> int:
    """Render stdin to stdout within the limits and return an exit code."""
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # A core dump would be somebody's data on a disk.
    logging.disable(logging.CRITICAL)  # The renderer quotes the page in its warnings.
    gc.disable()  # Measured: a sixth of the time; the process is short-lived.
    if weasyprint is None:
        return pdf_exit.UNAVAILABLE
    try:
        pdf = render(sys.stdin.buffer.read().decode())
    except MemoryError:
        return pdf_exit.TOO_LARGE
    except Exception:  # noqa: BLE001 -- whatever a renderer may raise; its words could quote the page
        return pdf_exit.TOO_LARGE if _is_at_limit(memory_bytes) else pdf_exit.BROKEN
    sys.stdout.buffer.write(pdf)
    sys.stdout.buffer.flush()
    return pdf_exit.DONE


def _is_at_limit(memory_bytes: int) -> bool:
    """True when the process came near its limit: a library that gets no memory rarely says so by its right name."""
    status = Path("/proc/self/status")
    peak = re.search(r"VmPeak:\s*([0-9]+) kB", status.read_text()) if status.exists() else None
    return peak is not None and int(peak[1]) * 1024 > 0.85 * memory_bytes


def render(html: str) -> bytes:
    """A tagged PDF (variant ua-1) of the page. Nothing is fetched from a network or a disk, only ``data:`` is read."""
    fetcher = weasyprint.urls.URLFetcher(allowed_protocols={"data"}, allow_redirects=False)
    fonts = weasyprint.text.fonts.FontConfiguration()
    faces = weasyprint.CSS(string=_font_faces(html), base_url=None, url_fetcher=fetcher, font_config=fonts)
    page = weasyprint.HTML(string=html, base_url=None, url_fetcher=fetcher)
    pdf: bytes = page.write_pdf(stylesheets=[faces], font_config=fonts, pdf_variant="pdf/ua-1")
    return pdf


def _font_faces(html: str) -> str:
    """The house's own font, embedded; where a file is missing, the next font of the stack is used.

    Each file is a family of its own name: WeasyPrint tells fonts apart by family and weight, and would print the glyphs
    of one file with the numbers of the other ("Ýukasz" for "Łukasz", with the right text underneath).
    """
    subsets = [("latin", "Inter Latin", LATIN)]
    if EXTENDED_SIGN.search(html):  # Unpacking a font takes longer than setting five pages.
        subsets.append(("latin-ext", "Inter Extended", LATIN_EXTENDED))
    rules = []
    for weight in (400, 600):
        for subset, family, characters in subsets:
            path = FONTS / f"inter-{subset}-{weight}.woff2"
            if path.is_file():
                source = base64.b64encode(path.read_bytes()).decode()
                rules.append(
                    f'@font-face {{ font-family: "{family}"; font-weight: {weight}; unicode-range: {characters}; '
                    f"src: url(data:font/woff2;base64,{source}) }}"
                )
    return "".join(rules)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
