"""Text is read in whatever it was written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warroom.intel.formats.encoding import as_utf8
from warroom.intel.formats.reading import FormatRefusedError

TEXT = "ที่อยู่ 198.51.100.7 ของผู้โจมตี\r\nบรรทัดที่สอง evil.example\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp874"])
def test_thai(encoding: str) -> None:
    assert as_utf8(TEXT.encode(encoding)).decode() == TEXT


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_wide_text_without_its_mark(encoding: str) -> None:
    assert as_utf8("198.51.100.7\n198.51.100.8\n".encode(encoding)) == b"198.51.100.7\n198.51.100.8\n"


def test_western_code_pages() -> None:
    text = "déjà vu, café – 198.51.100.7\n"
    assert as_utf8(text.encode("cp1252")).decode() == text


def test_a_line_in_another_encoding_leaves_the_others_as_they_are() -> None:
    content = "ที่อยู่ one\n".encode() + "ที่อยู่ two\n".encode("cp874") + "ที่อยู่ three\n".encode()
    assert as_utf8(content).decode() == "ที่อยู่ one\nที่อยู่ two\nที่อยู่ three\n"


@pytest.mark.parametrize("content", [b"\x7fELF\x02\x01\x01\0\0\0", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"])
def test_what_is_no_text_is_refused(content: bytes) -> None:
    with pytest.raises(FormatRefusedError, match="neither text nor"):
        as_utf8(content)


@given(st.binary(max_size=200))
def test_whatever_comes_is_utf8_or_refused(content: bytes) -> None:
    try:
        as_utf8(content).decode()
    except FormatRefusedError:
        assert b"\0" in content
