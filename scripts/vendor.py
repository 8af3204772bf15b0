"""Refresh the front-end files in ``static/vendor/`` and ``tests/browser/vendor/``.

Run it by hand after changing a version below: ``python3 scripts/vendor.py``. It needs Node's ``npm`` and a network; setting
up or running the project needs neither, because the files are committed. Every package is checked against the integrity
value pinned here before a single file is taken from it, and every file taken is listed with its SHA-256 in ``MANIFEST``.
"""

from __future__ import annotations

import base64
import hashlib
import io
import re
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Vendored:
    """One npm package: its pinned version, its licence, and which of its files go where (path inside to name outside)."""

    name: str
    version: str
    licence: str
    integrity: str
    folder: str
    files: dict[str, str]


INTER_FILES = {
    f"files/inter-{subset}-{weight}-normal.woff2": f"inter/inter-{subset}-{weight}.woff2"
    for subset in ("latin", "latin-ext")
    for weight in (400, 600)
}
ICON_NAMES = """
archive arrow-clockwise arrow-left arrow-right arrow-repeat bar-chart bell-slash box-arrow-right
calendar-event chat-left-text check-circle-fill check-lg chevron-down chevron-left chevron-right chevron-up
circle clipboard-check clock clock-history dash-circle database download envelope exclamation-circle-fill
exclamation-triangle-fill eye eye-slash file-earmark-pdf file-earmark-text file-earmark-zip filetype-csv
filetype-json flag funnel gear gem geo-alt hourglass-split inbox info-circle journal-text key keyboard
link-45deg list lock pencil people person person-circle person-vcard plug plus-lg printer question-circle
record-circle search send shield-check shield-lock shop slash-circle telephone three-dots trash x-circle x-lg
"""
PACKAGES = (
    Vendored(
        "bootstrap",
        "5.3.9",
        "MIT",
        "sha512-20cU0rcfw8WdxtVbmfU+xT2EjvVTw9Ror/h1Qvd7DXCujRg8OO9mdBCsmTHdJFf3BuadmBNJtgIuUXsBqSkk/w==",
        "static/vendor",
        {
            "dist/css/bootstrap.min.css": "bootstrap/bootstrap.min.css",
            "dist/js/bootstrap.bundle.min.js": "bootstrap/bootstrap.bundle.min.js",
            "LICENSE": "bootstrap/LICENSE",
        },
    ),
    Vendored(
        "bootstrap-icons",
        "1.13.2",
        "MIT",
        "sha512-fAU1Ly3dH7hwRg+CB8EZ0Vl0fF80zgXHeUVJyfUOKzoURr+TbwISbCW5tKUoQLERaWYG2emTCybcPbD96hdD1A==",
        "static/vendor",
        {"LICENSE": "icons/LICENSE"},
    ),
    Vendored(
        "@fontsource/inter",
        "5.3.0",
        "OFL-1.1",
        "sha512-RofMylZmjlJEfELXeNHFWBRcSs75rGU/6bV2S2jfnvv/3rPXPGe0LgUJTklcHZ9lM4OZmAVFhcJPnACfb91A3g==",
        "static/vendor",
        INTER_FILES | {"LICENSE": "inter/LICENSE"},
    ),
    Vendored(
        "axe-core",
        "4.14.1",
        "MPL-2.0",
        "sha512-FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==",
        "tests/browser/vendor",
        {
            "axe.min.js": "axe/axe.min.js",
            "LICENSE": "axe/LICENSE",
            "LICENSE-3RD-PARTY.txt": "axe/LICENSE-3RD-PARTY.txt",
        },
    ),
)
SOURCE_MAP_NOTE = re.compile(rb"\n?(/\*|//)# sourceMappingURL=[^\n]*\n?")
"""The maps are not vendored, and the static file storage refuses a stylesheet that points at a missing file."""


def download(package: Vendored, folder: Path) -> dict[str, bytes]:
    """Every file of the package by its path inside; raises SystemExit when the archive is not the one pinned."""
    address = f"{package.name}@{package.version}"
    packed = subprocess.run(
        ["npm", "pack", "--silent", "--pack-destination", str(folder), address],
        check=True,
        capture_output=True,
        text=True,
    )
    archive = (folder / packed.stdout.split()[-1]).read_bytes()
    found = "sha512-" + base64.b64encode(hashlib.sha512(archive).digest()).decode()
    if found != package.integrity:
        raise SystemExit(f"{address}: the archive's integrity is {found}, pinned is {package.integrity}")
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        members = [member for member in opened.getmembers() if member.isfile()]
        return {member.name.partition("/")[2]: opened.extractfile(member).read() for member in members}  # type: ignore[union-attr]  # isfile() holds


def sprite(inside: dict[str, bytes]) -> bytes:
    """The chosen icons as the symbols of one SVG file, each under its own name."""
    symbols = []
    for name in ICON_NAMES.split():
        svg = inside[f"icons/{name}.svg"].decode()
        body = re.sub(r"\s*\n\s*", "", svg[svg.index(">") + 1 : svg.rindex("</svg>")])
        symbols.append(f'<symbol id="{name}" viewBox="0 0 16 16">{body}</symbol>')
    return ('<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n").encode()


def wanted(package: Vendored, inside: dict[str, bytes]) -> dict[str, bytes]:
    """The files to keep, by their name in the package's folder of this project."""
    kept = {outside: inside[path] for path, outside in package.files.items()}
    for outside, content in kept.items():
        if outside.endswith((".css", ".js")):
            kept[outside] = SOURCE_MAP_NOTE.sub(b"\n", content)
    if package.name == "bootstrap-icons":
        kept["icons/icons.svg"] = sprite(inside)
    return kept


def main() -> None:
    """Fetch all packages, then write the files and one MANIFEST per folder."""
    manifests: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for package in PACKAGES:
            for outside, content in sorted(wanted(package, download(package, Path(folder))).items()):
                target = ROOT / package.folder / outside
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
                line = f"{hashlib.sha256(content).hexdigest()}  {outside}  {package.name} {package.version} {package.licence}"
                manifests.setdefault(package.folder, []).append(line)
    for manifest, lines in manifests.items():
        (ROOT / manifest / "MANIFEST").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
