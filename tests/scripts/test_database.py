"""Starting over leaves nothing behind that only the removed keys could open."""

from pathlib import Path

from dsr import settings as app
from scripts.database import MADE_BY_THE_DEMO


def test_whatever_the_settings_keep_in_the_var_folder_goes_with_the_demos_database() -> None:
    kept = [app.DSR_KEYRING, app.DSR_ANCHORS, Path(app.DSR_LEDGER), app.STATIC_ROOT]
    kept += [app.STORAGES["default"]["OPTIONS"]["location"]]

    assert {path.relative_to(app.VAR).parts[0] for path in kept} <= set(MADE_BY_THE_DEMO)
