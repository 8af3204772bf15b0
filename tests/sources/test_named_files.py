"""Names of files lead to nothing outside their folder, whoever typed them."""

from __future__ import annotations

from pathlib import Path

import pytest

from dsr.sources import named_files
from dsr.sources.named_files import NotReached

ODD = (
    "",
    "/etc/passwd",
    "..",
    "../secret.txt",
    "a/../../secret.txt",
    "https://shop.example/a.png",
    "file:///etc/passwd",
    "C:\\a.png",
    "a\0.png",
    ".",
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "secret.txt").write_text("not the person's")
    (tmp_path / "files/media/ada").mkdir(parents=True)
    (tmp_path / "files/media/ada/photo.png").write_bytes(b"Ada")
    return tmp_path / "files"


@pytest.mark.parametrize("name", ODD)
def test_name_when_it_is_none_of_a_file_below_the_folder_then_leads_nowhere(name: str) -> None:
    assert named_files.path_of("media", "ada/photo.png") == "media/ada/photo.png"
    assert named_files.path_of("media", name) == ""


def test_file_when_removed_then_is_gone_and_nothing_else_and_a_second_time_harms_nothing(root: Path) -> None:
    (root / "media/ada/other.png").write_bytes(b"Bela")

    assert named_files.is_there(str(root), "media", "media/ada/photo.png")
    assert named_files.remove(str(root), "media", "media/ada/photo.png")
    assert not named_files.remove(str(root), "media", "media/ada/photo.png")
    assert not named_files.remove(str(root), "media", "media/nobody/photo.png")

    assert [each.name for each in root.rglob("*.png")] == ["other.png"]


@pytest.mark.parametrize(
    ("link", "target", "name"),
    [
        ("media/out", "..", "media/out/secret.txt"),
        ("media/out", "/etc", "media/out/passwd"),
        ("media/mine.txt", "../../secret.txt", "media/mine.txt"),
        ("linked", "media", "linked/ada/photo.png"),
    ],
)
def test_file_when_a_symbolic_link_stands_on_the_way_then_is_not_reached(
    root: Path, link: str, target: str, name: str
) -> None:
    (root / link).symlink_to(target)
    folder = name.partition("/")[0]

    for ask in (named_files.is_there, named_files.remove):
        with pytest.raises(NotReached):
            ask(str(root), folder, name)

    assert (root.parent / "secret.txt").read_text() == "not the person's"
    assert (root / "media/ada/photo.png").exists()
    assert (root / link).is_symlink()


def test_file_when_it_is_a_folder_or_its_folder_is_not_there_then_is_not_reached(root: Path) -> None:
    for place, folder, path in (
        (root, "media", "media/ada"),
        (root, "mounted", "mounted/a.png"),
        (root / "nowhere", "media", "media/a.png"),
        (root, "media", "media/" + "a" * 300),
    ):
        with pytest.raises(NotReached):
            named_files.remove(str(place), folder, path)
    assert (root / "media/ada/photo.png").exists()
