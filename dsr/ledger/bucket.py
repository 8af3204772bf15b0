"""Objects below a prefix of an S3-compatible bucket: the other thing that the erasure ledger is kept in.

No lock reaches over machines here, so the storage itself decides: an object is created under the condition that there is none of
its name (``If-None-Match: *``), and the checkpoint replaced under the condition that it is the one that was read. Whoever comes
second is told so and begins again behind the first. An object is whole or absent, so none is ever torn. What was created is never
taken back: somebody else may have written behind it, and an entry too many harms nobody.

A put whose answer was lost is sent again, and the storage then says that the object is there. So before a writer believes that
another was faster it looks whose object it is: no two entries, sealed as they are, have the same bytes.

Credentials, region and endpoint come from the usual environment (``AWS_ACCESS_KEY_ID`` and so on, ``AWS_ENDPOINT_URL``).
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import tempfile
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, NotFoundError, PreconditionError
from obstore.store import S3Store

from dsr.ledger.folder import Taken

SECONDS = "10s"
TRIES_MORE = 2
AT_ONCE = 32
"""Objects on their way to a reader at one time."""
PROBE = "condition-probe"
"""An object by which is seen whether the storage heeds a condition at all."""
HEEDS_NOTHING = "the object storage takes no notice of If-None-Match, so two writers could get one number"
FORKED = "this process was forked from one that had spoken with the object storage already, and must be started anew"


class DurableBucket:
    """Flat objects of bytes below ``address`` (``s3://bucket/prefix``). Made by ``storage.storage_at``."""

    shared = True

    def __init__(self, address: str) -> None:
        """Raises ValueError when the address or an AWS_ setting cannot be meant; the storage itself is not asked."""
        self.address = address
        is_plain = os.environ.get("AWS_ENDPOINT_URL", "").startswith("http://")
        try:
            self._store = S3Store.from_url(
                address,
                client_options={"timeout": SECONDS, "connect_timeout": SECONDS, "allow_http": is_plain},
                retry_config={"max_retries": TRIES_MORE},
            )
        except BaseError as error:
            raise ValueError(type(error).__name__) from error
        self._seen = threading.local()
        self._heeds = False

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
            found = [str(each["path"]) for some in obstore.list(self._store) for each in some]
        return [name for name in found if name != PROBE]

    def has(self, name: str) -> bool:
        """True when there is such an object."""
        try:
            self._head(name)
        except FileNotFoundError:
            return False
        return True

    def read(self, name: str) -> bytes:
        """The object's content. Raises FileNotFoundError."""
        self._remember(name, None)
        with _named():
            found = obstore.get(self._store, name)
            content = bytes(found.bytes())
        self._remember(name, found.meta["e_tag"])
        return content

    def read_many(self, names: Iterable[str]) -> Iterator[bytes | None]:
        """The objects' contents, in order; None for one that is not there. Several are asked for at once: each is a journey."""
        left, asked, width = iter(names), deque[Future[bytes | None]](), 1
        with ThreadPoolExecutor(AT_ONCE) as pool:
            while True:
                asked.extend(pool.submit(self._read_if_there, name) for name in islice(left, width - len(asked)))
                if not asked:
                    return
                yield asked.popleft().result()
                width = min(2 * width, AT_ONCE)  # Who wants a single one does not have many fetched.

    def _read_if_there(self, name: str) -> bytes | None:
        try:
            return self.read(name)
        except FileNotFoundError:
            return None

    def stamp(self, name: str) -> tuple[object, ...]:
        """What changes when the object is written anew. Raises FileNotFoundError."""
        head = self._head(name)
        return head["e_tag"], head["size"], head["last_modified"]

    def create(self, files: Sequence[tuple[str, bytes]]) -> None:
        """Add objects, in order, none of which may exist. They are durable when this returns.

        Raises Taken when somebody else was faster; what was made before that stays.
        """
        self._must_heed()
        for made, (name, content) in enumerate(files):
            try:
                self._put(name, content, "create")
            except FileExistsError:
                raise Taken(made) from None

    def replace(self, name: str, content: bytes) -> None:
        """Write one object in the place of the one that this thread read last, or where it found none.

        Raises FileExistsError when something else stands there now.
        """
        seen, tag = getattr(self._seen, "last", (name, None))
        if seen != name:
            raise ValueError(f"{name} was not read before it is replaced")
        self._put(name, content, "create" if tag is None else tag)

    def _must_heed(self) -> None:
        """Asked once, before the first entry: a storage that puts in spite of the condition would lose entries unseen."""
        for _ in range(0 if self._heeds else 2):
            try:
                self._put(PROBE, os.urandom(16), "create")
            except FileExistsError:
                self._heeds = True
                return
        if not self._heeds:
            raise OSError(errno.ENOTSUP, HEEDS_NOTHING)

    def _put(self, name: str, content: bytes, condition: str) -> None:
        try:
            with _named():
                mode: Any = condition if condition == "create" else {"e_tag": condition}
                tag = obstore.put(self._store, name, content, mode=mode, use_multipart=False)["e_tag"]
        except FileExistsError:
            if not self._is_ours(name, content):
                raise
        else:
            self._remember(name, tag)

    def _is_ours(self, name: str, content: bytes) -> bool:
        try:
            return self.read(name) == content
        except FileNotFoundError:
            return False

    def _remember(self, name: str, tag: str | None) -> None:
        """By thread: what another one read since is not what this one decided by."""
        self._seen.last = (name, tag)

    def set_aside(self, name: str) -> str:
        """Refused: two machines that set aside one object could take away what one of them has written in its place."""
        raise OSError(errno.ENOTSUP, f"{name} is in object storage, where nothing is ever torn")

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


class _Spoken:
    """Which process the library's own threads live in. A fork has not got them, and would wait for their answer for ever."""

    process = 0


@contextmanager
def _named() -> Iterator[None]:
    """The storage's errors as those of a file system; their text may hold an address, and is not repeated."""
    _Spoken.process = _Spoken.process or os.getpid()
    if _Spoken.process != os.getpid():
        raise OSError(errno.EIO, FORKED)
    try:
        yield
    except (NotFoundError, FileNotFoundError) as error:
        raise FileNotFoundError(errno.ENOENT, "there is no such object") from error
    except (AlreadyExistsError, PreconditionError) as error:
        raise FileExistsError(errno.EEXIST, "another process wrote it a moment before") from error
    except BaseError as error:
        raise OSError(errno.EIO, f"the object storage did not do it: {type(error).__name__}") from error
