"""Objects below a prefix of an S3-compatible bucket: the other thing that the erasure ledger is kept in.

No lock reaches over machines here, so the storage itself decides: an object is created under the condition that there is none of
its name (``If-None-Match: *``), and the checkpoint replaced under the condition that it is the one that was read. Whoever comes
second is told so and begins again behind the first. An object is whole or absent, so none is ever torn. What was created is never
taken back: somebody else may have written behind it, and an entry too many harms nobody.

Credentials, region and endpoint come from the usual environment (``AWS_ACCESS_KEY_ID`` and so on, ``AWS_ENDPOINT_URL``).
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, NotFoundError, PreconditionError
from obstore.store import S3Store

from dsr.ledger.folder import Taken

SECONDS = "10s"
TRIES_MORE = 2


class DurableBucket:
    """Flat objects of bytes below ``address`` (``s3://bucket/prefix``). Made by ``storage.storage_at``."""

    def __init__(self, address: str) -> None:
        self.address = address
        is_plain = os.environ.get("AWS_ENDPOINT_URL", "").startswith("http://")
        self._store = S3Store.from_url(
            address,
            client_options={"timeout": SECONDS, "connect_timeout": SECONDS, "allow_http": is_plain},
            retry_config={"max_retries": TRIES_MORE},
        )

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Be the only writer on this machine, which saves vain tries; over machines the storage decides."""
        name = f"dsr-ledger-{os.getuid()}-{hashlib.sha256(self.address.encode()).hexdigest()[:16]}.lock"
        lock = os.open(Path(tempfile.gettempdir(), name), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def names(self) -> list[str]:
        """The names of all objects, in no order."""
        with _named():
            return [str(each["path"]) for some in obstore.list(self._store) for each in some]

    def has(self, name: str) -> bool:
        """True when there is such an object."""
        try:
            self._head(name)
        except FileNotFoundError:
            return False
        return True

    def read(self, name: str) -> bytes:
        """The object's content. Raises FileNotFoundError."""
        with _named():
            return bytes(obstore.get(self._store, name).bytes())

    def stamp(self, name: str) -> tuple[object, ...]:
        """What changes when the object is written anew. Raises FileNotFoundError."""
        head = self._head(name)
        return head["e_tag"], head["size"], head["last_modified"]

    def create(self, files: Sequence[tuple[str, bytes]]) -> None:
        """Add objects, in order, none of which may exist. They are durable when this returns.

        Raises Taken when somebody else was faster; what was made before that stays.
        """
        for made, (name, content) in enumerate(files):
            try:
                with _named():
                    obstore.put(self._store, name, content, mode="create", use_multipart=False)
            except FileExistsError:
                raise Taken(made) from None

    def replace(self, name: str, content: bytes) -> None:
        """Write one object in the place of the one that is there now."""
        try:
            tag = str(self._head(name)["e_tag"])
        except FileNotFoundError:
            tag = ""
        with _named():
            obstore.put(self._store, name, content, mode={"e_tag": tag} if tag else "create", use_multipart=False)

    def set_aside(self, name: str) -> str:
        """Rename a damaged object so that its name is free again, and say its new name. Nothing is overwritten."""
        count = 1
        while self.has(aside := f"{name}.torn{count if count > 1 else ''}"):
            count += 1
        self.create([(aside, self.read(name))])
        self.remove([name])
        return aside

    def remove(self, names: Sequence[str]) -> None:
        """Take objects away, in order; those that are gone already do not matter."""
        for name in names:
            with _named():
                obstore.delete(self._store, name)

    def clear_unfinished(self, names: Sequence[str]) -> None:
        """Nothing: an object is whole or absent."""

    def _head(self, name: str) -> Any:
        with _named():
            return obstore.head(self._store, name)


@contextmanager
def _named() -> Iterator[None]:
    """The storage's errors as those of a file system; their text may hold an address, and is not repeated."""
    try:
        yield
    except (NotFoundError, FileNotFoundError) as error:
        raise FileNotFoundError(errno.ENOENT, "there is no such object") from error
    except (AlreadyExistsError, PreconditionError) as error:
        raise FileExistsError(errno.EEXIST, "another process wrote it a moment before") from error
    except BaseError as error:
        raise OSError(errno.EIO, f"the object storage did not do it: {type(error).__name__}") from error
