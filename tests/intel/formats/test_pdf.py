"""Advisories that come as PDF are read in a process of their own, and no PDF is more than refused."""

from __future__ import annotations

import io
import zlib

import pypdf
import pytest
import typst
from intel.formats.reading_rows import pairs, rows

from warroom.intel.formats import pdf, pdf_child
from warroom.intel.formats.pdf import read_pdf
from warroom.intel.formats.reading import FormatRefusedError, Told
from warroom.report.printing import FONTS, read_fonts

TOLD = Told("advisory.pdf")
HASH = "9b8e7d6c5b4a39281706f5e4d3c2b1a09b8e7d6c5b4a39281706f5e4d3c2b1a0"
ADVISORY = """\
#set text(font: "Sarabun", lang: "th")
= แจ้งเตือนภัย
ผู้โจมตีใช้ที่อยู่ 198.51.100[.]7 และโดเมน evil[.]com ในการโจมตี

#raw("hxxps://bad[.]example[.]org/gate.php?id=1")

#raw("CVE-2024-3400")

#raw("HASH")
#pagebreak()
= อ้างอิง
https://cert.example.org/news
"""


def printed(source: str) -> bytes:
    files = {"main.typ": source.encode()}
    return bytes(typst.compile(files, font_paths=read_fonts(FONTS), format="pdf"))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def advisory() -> bytes:
    return printed(ADVISORY.replace("HASH", HASH))


def made(stream: bytes) -> bytes:
    """Write a PDF of one page, whose content is a compressed stream."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    content = b"%PDF-1.7\n"
    places = []
    for number, one in enumerate(objects, 1):
        places.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(content)
    content += b"xref\n0 6\n0000000000 65535 f \n%strailer << /Size 6 /Root 1 0 R >>\n" % table
    return content + b"startxref\n%d\n%%%%EOF" % start


def encrypted(content: bytes, password: str) -> bytes:
    writer = pypdf.PdfWriter(clone_from=pypdf.PdfReader(io.BytesIO(content)))
    writer.encrypt(password, f"{password}!", algorithm="AES-256")
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def test_a_thai_advisory_is_read(advisory: bytes) -> None:
    found = read_pdf(advisory, TOLD)
    assert found.format == "pdf"
    assert pairs(found) == [
        ("ipv4", "198.51.100.7"),
        ("domain", "evil.com"),
        ("url", "https://bad.example.org/gate.php?id=1"),
        ("cve", "CVE-2024-3400"),
        ("sha256", HASH),
    ]
    assert "โจมตี" in rows(found)[0]["comment"]
    assert [one.item.partition(": ")[2] for one in found.refused] == ["https://cert.example.org/news"]


def test_what_a_narrow_column_broke_is_put_together() -> None:
    width = 'table(columns: (6em,), raw("{}"))'
    broken = " ".join((HASH[:20], HASH[20:40], HASH[40:60], HASH[60:]))
    found = read_pdf(printed(f"#set page(width: 20em)\n#{width.format(broken)}"), TOLD)
    assert pairs(found) == [("sha256", HASH)]


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("evil[.]\ncom", "evil[.]com"),
        ("evil\n[.]com", "evil[.]com"),
        (f"{HASH[:40]}\n{HASH[40:]}\nnext", f"{HASH[:40]}\n{HASH[40:]}\nnext"),  # 40 digits are a hash of their own
        (f"{HASH[:48]}\n{HASH[48:]}\nadd more", f"{HASH}\nadd more"),
        (f"{HASH[:32]}\n{HASH[32:]}", f"{HASH[:32]}\n{HASH[32:]}"),
        (f"{HASH[:30]}\n{HASH[30:60]}\n{HASH[60:]}\n{HASH[:30]}\n{HASH[30:60]}\n{HASH[60:]}", f"{HASH}\n{HASH}"),
        ("a sentence.\nAnother one", "a sentence.\nAnother one"),
    ],
)
def test_lines_are_joined_only_where_they_belong_together(text: str, whole: str) -> None:
    assert pdf._unwrapped(text) == whole  # noqa: SLF001


def test_an_encrypted_one_is_refused_unless_it_opens_without_a_password(advisory: bytes) -> None:
    with pytest.raises(FormatRefusedError, match="an encrypted PDF: save it without a password"):
        read_pdf(encrypted(advisory, "secret"), TOLD)
    assert pairs(read_pdf(encrypted(advisory, ""), TOLD)) == pairs(read_pdf(advisory, TOLD))


def test_a_broken_one_is_refused(advisory: bytes) -> None:
    for content in (advisory[: len(advisory) // 2], b"%PDF-1.7\n" + b"\xff" * 1000, b"%PDF-"):
        with pytest.raises(FormatRefusedError, match="a broken PDF"):
            read_pdf(content, TOLD)


def test_one_without_text_is_refused() -> None:
    with pytest.raises(FormatRefusedError, match="without text: pictures of pages are not read"):
        read_pdf(made(zlib.compress(b"0 0 m 9 9 l S")), TOLD)


def test_a_bomb_is_refused() -> None:
    packer = zlib.compressobj(9)
    stream = b"".join(packer.compress(b" " * (1 << 20)) for _ in range(300)) + packer.flush()
    with pytest.raises(FormatRefusedError, match=r"a broken PDF: Limit reached|too much memory|of memory"):
        read_pdf(made(stream), TOLD)


def test_one_too_large_is_refused_before_it_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "MOST_BYTES", 100)
    with pytest.raises(FormatRefusedError, match="a PDF of more than"):
        read_pdf(b"%PDF-1.7" + b" " * 100, TOLD)


@pytest.mark.slow
def test_one_that_keeps_a_processor_busy_is_given_up() -> None:
    stream = zlib.compress(b"BT /F1 12 Tf " + b"(aaaa) Tj " * 5_000_000 + b" ET")
    with pytest.raises(FormatRefusedError, match=f"more than {pdf_child.CPU_SECONDS} seconds|a broken PDF|of text"):
        read_pdf(made(stream), TOLD)
