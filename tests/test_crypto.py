import io

import pytest

from dsr import crypto
from dsr.exports import check_audit

KEY = crypto.new_key()


def test_a_seal_opens_in_its_own_context_and_in_no_other() -> None:
    sealed = crypto.seal(KEY, b"Ada", context="row:1")

    assert b"Ada" not in sealed
    assert crypto.unseal(KEY, sealed, context="row:1") == b"Ada"
    with pytest.raises(crypto.SealBroken):
        crypto.unseal(KEY, sealed, context="row:2")
    with pytest.raises(crypto.SealBroken):
        crypto.unseal(crypto.new_key(), sealed, context="row:1")


@pytest.mark.parametrize("position", [0, 1, 13, -1])
def test_a_seal_that_was_changed_anywhere_does_not_open(position: int) -> None:
    sealed = bytearray(crypto.seal(KEY, b"Ada", context="row"))
    sealed[position] ^= 1

    with pytest.raises(crypto.SealBroken):
        crypto.unseal(KEY, bytes(sealed), context="row")


@pytest.mark.parametrize("size", [0, 1, crypto.FRAME_BYTES, crypto.FRAME_BYTES + 1, 3 * crypto.FRAME_BYTES + 7])
def test_a_sealed_stream_gives_back_what_was_written(size: int) -> None:
    plain = bytes(range(256)) * (size // 256) + b"x" * (size % 256)

    assert b"".join(crypto.unseal_stream(KEY, io.BytesIO(_sealed(plain)), context="file")) == plain


def test_a_sealed_stream_that_is_cut_off_at_a_frame_is_refused() -> None:
    sealed = _sealed(b"a" * crypto.FRAME_BYTES + b"b")
    cut = sealed[: len(sealed) - (5 + 1 + 16)]

    with pytest.raises(crypto.SealBroken):
        list(crypto.unseal_stream(KEY, io.BytesIO(cut), context="file"))


def test_a_stream_whose_writing_failed_does_not_look_whole() -> None:
    sink = io.BytesIO()
    with pytest.raises(ZeroDivisionError), crypto.SealedWriter(KEY, sink, context="file") as writer:
        writer.write(b"half")
        raise ZeroDivisionError

    with pytest.raises(crypto.SealBroken):
        list(crypto.unseal_stream(KEY, io.BytesIO(sink.getvalue()), context="file"))


def test_identity_hashes_of_two_shops_do_not_meet() -> None:
    first = crypto.keyed_hash(KEY, shop="one", kind="email", value="ada@example.com")

    assert first == crypto.keyed_hash(KEY, shop="one", kind="email", value="ada@example.com")
    assert first != crypto.keyed_hash(KEY, shop="two", kind="email", value="ada@example.com")


def test_the_stand_alone_checker_agrees_with_the_library_on_signatures() -> None:
    seed, message = crypto.new_key(), b"a head"
    public, signature = crypto.public_key(seed), crypto.sign(seed, message)
    broken = signature[:-1] + bytes([signature[-1] ^ 1])

    for judge in (crypto.is_signed_by, check_audit.is_signed):
        assert judge(public, message, signature)
        assert not judge(public, b"another head", signature)
        assert not judge(public, message, broken)
        assert not judge(crypto.public_key(crypto.new_key()), message, signature)


def _sealed(plain: bytes) -> bytes:
    sink = io.BytesIO()
    with crypto.SealedWriter(KEY, sink, context="file") as writer:
        for start in range(0, len(plain), 100_000):
            writer.write(plain[start : start + 100_000])
    return sink.getvalue()
