import io
import json
import re
import shutil
import struct
import subprocess
import zipfile
import zlib
from collections import Counter
from pathlib import Path

import docx
import numpy as np
import pytest
import typst
from filled_forms import AT, HOSTILE, THAI, answered, how
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from warroom.catalog.answers import MOST_TEXT
from warroom.catalog.forms import load_forms
from warroom.errors import UsageError
from warroom.report.layout import Heading, Page, Paragraph, Picture, Run, Sheet, line, rows, text
from warroom.report.marking import Tlp
from warroom.report.printing import FILES, FONTS, print_pdf, print_pictures
from warroom.report.sheets import sheet_of
from warroom.report.thai_text import BREAK, printed, same
from warroom.report.typst_source import SOURCE, TLP_COLOURS, files
from warroom.report.word import print_docx

FORMS = load_forms()
MARKUP = '#panic("x") $x^2$ <script>alert(1)</script> &amp; ]]> *b* _i_ {x} \\ @ref ฟื้นฟู ปี้ Ж שלום 😀 漢字 '


def a_png() -> bytes:
    """A picture of one grey dot."""
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"\0\x80")),
        (b"IEND", b""),
    )
    told = (
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(told)


PNG = a_png()


def a_sheet(*blocks: object, **page: object) -> Sheet:
    own = {"language": "th", "tlp": Tlp.GREEN, "secrecy": "ลับ", "left": ("ฉบับที่ 1",)} | page
    return Sheet("ทดสอบ", Page(**own), tuple(blocks), made_at=AT)  # type: ignore[arg-type]


def must_be_there(program: str, package: str) -> None:
    """Fail with what to install where a program is missing."""
    if shutil.which(program) is None:
        pytest.fail(f"{program} is missing: install Debian's package {package}")


def pdf_text(pdf: bytes, *options: str) -> str:
    must_be_there("pdftotext", "poppler-utils")
    done = subprocess.run(["pdftotext", *options, "-", "-"], input=pdf, capture_output=True, check=True, timeout=60)
    return done.stdout.decode()


def docx_text(data: bytes) -> str:
    made = docx.Document(io.BytesIO(data))
    return same("".join(f"{one.text} " for one in made.element.body.iter() if one.tag.endswith("}t") and one.text))


def letters(told: str) -> Counter[str]:
    """What is written, however lines, columns and pages part it."""
    return Counter("".join(told.replace(BREAK, "").split()))


def of_sheet(told: object) -> str:
    """Every text of a sheet's blocks."""
    if isinstance(told, dict):
        return " ".join(
            of_sheet(one) for key, one in told.items() if key in ("blocks", "rows", "runs", "text", "header")
        )
    if isinstance(told, list):
        return " ".join(map(of_sheet, told))
    return told if isinstance(told, str) else ""


def test_thai_is_found_in_the_pdf_as_it_was_written() -> None:
    pdf = print_pdf(a_sheet(*(line(one) for one in THAI), line("น\u0e4d\u0e49\u0e32 ซึ่ง สิ่ง กึ่ง เปื้อน ปั้น ฝึก")))
    found = same(pdf_text(pdf))
    for word in (*THAI, "น้ำ ซึ่ง สิ่ง กึ่ง เปื้อน ปั้น ฝึก"):
        assert word in found


CLUSTERS = tuple(f"{one}{vowel}{tone}" for one in "ปฝฟกคธ" for vowel in "ัิีึื" for tone in "่้๊๋์")


def ink(cluster: str, face: str, features: str) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """The dots of a cluster that are black, as Typst draws it."""
    source = (
        f"#set page(width: 40pt, height: 60pt, margin: 15pt)\n"
        f'#set text(font: "Sarabun", size: 20pt, lang: "th", {face}, features: ({features}))\n#text("{cluster}")'
    )
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])
    made = typst.compile(source.encode(), font_paths=fonts, format="png", ppi=200)
    return np.asarray(Image.open(io.BytesIO(bytes(made))).convert("L")) < 128  # type: ignore[arg-type]


@pytest.mark.parametrize("face", ['weight: "regular"', 'weight: "bold"', 'style: "italic"'])
def test_tone_marks_stand_where_the_anchors_of_the_font_put_them(face: str) -> None:
    """Its own glyph, chosen by ``calt``, against the font's GPOS with ``calt`` off: the eye sees no difference."""
    drawing = re.search(r"features: \(([^)]*)\)", SOURCE.read_text("utf-8"))
    assert drawing
    without = 0
    for cluster in ("ปี้", "ฟื้", "ปิ่", "ปั้", "ฝึ๊", "ธิ์", "คื่", "ที่"):
        ours, anchors = ink(cluster, face, drawing[1]), ink(cluster, face, '"calt": 0')
        rows_of_mark = slice(0, int(np.argmax(ours.any(1))) + 12)
        for columns in (ours, anchors):
            assert columns[rows_of_mark].any()
        left, right = (np.flatnonzero(one[rows_of_mark].any(0)) for one in (ours, anchors))
        assert abs(int(left[0]) - int(right[0])) <= 2  # of 200 to the inch
        assert abs(int(left[-1]) - int(right[-1])) <= 2
        without += int((ink(cluster, face, '"calt": 0, "mark": 0, "mkmk": 0') ^ anchors).sum())
    assert without > 500  # what stands right of its place without either


@pytest.mark.parametrize("bold", [False, True])
def test_every_vowel_with_every_tone_is_found_once_in_the_text_of_the_pdf(bold: bool) -> None:  # noqa: FBT001
    told = [" ".join(f"{one}น" for one in CLUSTERS[place : place + 10]) for place in range(0, len(CLUSTERS), 10)]
    found = same(pdf_text(print_pdf(a_sheet(*(Paragraph(text(one, bold=bold)) for one in told)))))
    assert " ".join(told) in found


def test_fonts_are_those_of_the_reference_data_and_embedded() -> None:
    pdf = print_pdf(a_sheet(line("ก", bold=True), line("ข"), Paragraph(text("ค", faint=True)), line("☑ Ж")))
    told = subprocess.run(["pdffonts", "-"], input=pdf, capture_output=True, check=True, timeout=60).stdout.decode()
    fonts = [one.split() for one in told.splitlines()[2:]]
    assert {one[0].partition("+")[2] for one in fonts} == {
        *("Sarabun-Bold", "Sarabun-Regular", "Sarabun-Italic", "DejaVuSans")
    }
    assert all(one[-5:-2] == ["yes", "yes", "yes"] for one in fonts)


@pytest.mark.parametrize("key", FORMS)
@pytest.mark.parametrize("language", ["th", "en"])
def test_every_field_of_every_form_is_printed(key: str, language: str) -> None:
    form = FORMS[key]
    told = answered(form, "ข้อความทดสอบ")
    sheet = sheet_of(form, told, how(language=language))
    found = letters(pdf_text(print_pdf(sheet)))
    labels = letters("".join(one.th if language == "th" else one.en for one in form.fields))
    del labels["-"]  # at the end of a line it counts as a hyphen
    answers = letters("ข้อความทดสอบ" * sum(one.type == "text" for one in form.fields))
    assert labels + answers - found == Counter()
    body = docx_text(print_docx(sheet)).replace(" ", "")
    for field in form.fields:
        assert (field.th if language == "th" else field.en).replace(" ", "") in body
        for option in field.options:
            assert (option.th if language == "th" else option.en).replace(" ", "") in body


def test_every_page_shows_the_mark_the_class_the_version_and_the_time_of_the_data() -> None:
    form = FORMS["ncsa_k2"]
    pdf = print_pdf(sheet_of(form, answered(form), how(digits=True)))
    pages = [one for one in pdf_text(pdf, "-layout").split("\f") if one.strip()]
    assert len(pages) > 3
    for number, page in enumerate(pages, 1):
        assert page.count("TLP:AMBER+STRICT") == 2
        assert page.count("ลับ") >= 2
        assert "ฉบับที่ ๒" in same(page)
        assert "ข้อมูล ณ วันที่ ๒๒ พฤศจิกายน พ.ศ. ๒๕๖๙ เวลา ๑๕.๐๐ น." in same(page)
        assert f"หน้า {'๐๑๒๓๔๕๖๗๘๙'[number]}/" in same(page)


def test_pages_of_a_letter_are_counted_from_the_second() -> None:
    form = FORMS["pdpc_notification"]
    pages = pdf_text(print_pdf(sheet_of(form, answered(form), how(letter=True, digits=True)))).split("\f")
    assert re.search(r"-\s*๒\s*-", pages[1])
    assert not re.search(r"-\s*[๐-๙]\s*-", pages[0])
    assert "ขอแสดงความนับถือ" in same(pages[0])
    assert "เลขาธิการคณะกรรมการคุ้มครองข้อมูลส่วนบุคคล" not in same(pages[0])  # somebody entered another recipient


def test_what_is_missing_is_said_and_boxes_are_ticked_as_on_paper() -> None:
    form = FORMS["ncsa_k2"]
    told = {"threat_level": "undetermined", "core_mission": False}
    found = same(pdf_text(print_pdf(sheet_of(form, told, how()))))
    assert found.count("ยังไม่มีข้อมูล") > 40
    assert "ยังไม่มีข้อมูล 47 รายการ" in found
    assert "☑ ยังไม่สามารถระบุได้" in found
    assert "☐ ร้ายแรง" in found
    assert found.index("☐ ใช่") < found.index("☑ ไม่ใช่")


def test_a_notice_to_all_is_an_announcement_and_one_to_a_person_a_letter() -> None:
    form = FORMS["subject_notice"]
    letter, public = (
        docx_text(print_docx(sheet_of(form, answered(form) | {"channel": one}, how(letter=True, secrecy="none"))))
        for one in ("individual_letter", "public_media")
    )
    assert "ขอแสดงความนับถือ" in letter
    assert "ประกาศ ณ วันที่" not in letter
    assert "ประกาศ ณ วันที่ 22 พฤศจิกายน 2569" in public
    assert "ขอแสดงความนับถือ" not in public


def test_a_form_without_a_letter_has_none() -> None:
    with pytest.raises(UsageError, match="has no letter"):
        sheet_of(FORMS["ropa"], {}, how(letter=True))
    with pytest.raises(UsageError, match="classes of secrecy"):
        sheet_of(FORMS["ropa"], {}, how(secrecy="hidden"))


@pytest.mark.parametrize("letter", [False, True])
@pytest.mark.parametrize("bad", HOSTILE)
def test_no_text_breaks_out_of_its_place_and_none_vanishes(bad: str, letter: bool) -> None:  # noqa: FBT001
    form = FORMS["pdpc_notification"]
    sheet = sheet_of(form, answered(form, bad), how(letter=letter, made_by=bad, case=bad))
    wanted = letters(printed(bad))
    for emoji in "\u200d😀👨👩👧":  # drawn as one sign that the font lacks: a box stands for it
        del wanted[emoji]
    found = letters(pdf_text(print_pdf(sheet)))
    assert wanted - found == Counter()
    assert letters(printed(bad)) - letters(docx_text(print_docx(sheet))) == Counter()


@pytest.mark.parametrize("one", ["a", "ก", "ก่", "กขคง", "W", "a b ", "ทดสอบ", "/etc/passwd", "é", "\u0e48"])
def test_a_text_of_ten_thousand_characters_is_printed_to_its_end_within_the_page(one: str) -> None:
    told = (one * MOST_TEXT)[:10_000] + "จบแล้ว"
    sheet = a_sheet(rows(("ก", "ข"), [("ชื่อ", told)]), Paragraph(text(told), align="justify", indent=2.5))
    pdf = print_pdf(sheet)
    assert letters(printed(told)) - letters(pdf_text(pdf)) == Counter()
    boxes = re.findall(r'<word xMin="([-\d.]+)" yMin="[-\d.]+" xMax="([-\d.]+)"', pdf_text(pdf, "-bbox"))
    assert boxes
    assert min(float(left) for left, _ in boxes) > 2.5 / 2.54 * 72
    assert max(float(right) for _, right in boxes) < (21 - 1.7) / 2.54 * 72


@pytest.mark.slow
@pytest.mark.parametrize("key", FORMS)
def test_ten_thousand_characters_of_markup_in_every_field_of_every_form_are_printed_whole(key: str) -> None:
    form = FORMS[key]
    told = (MARKUP * 200)[:9_994] + "จบแล้ว"
    sheet = sheet_of(form, answered(form, told), how())
    wanted = letters(of_sheet(json.loads(files(sheet)["sheet.json"])))
    fields = sum(one.type == "text" for one in form.fields)
    assert wanted["Ж"] >= fields * told.count("Ж")
    emoji = dict.fromkeys("😀漢字", wanted["😀"])  # boxes in the PDF: no font has them
    pdf = print_pdf(sheet)
    assert wanted - Counter(emoji) - letters(pdf_text(pdf)) == Counter()
    assert wanted - letters(docx_text(print_docx(sheet))) == Counter()


def test_a_sign_that_no_font_has_is_shown_as_a_box() -> None:
    without = print_pdf(a_sheet(line("a")))
    box = print_pdf(a_sheet(line("a\U00012345")))
    assert len(box) > len(without)  # the outline of .notdef is drawn
    assert "\U00012345" in docx_text(print_docx(a_sheet(line("a\U00012345"))))


@given(st.text(max_size=200))
@settings(max_examples=20)
def test_any_text_can_be_printed(told: str) -> None:
    sheet = a_sheet(Heading(1, told), line(told), rows((told,), [(told,)]), name=told, left=(told,), secrecy=told)
    assert print_pdf(sheet).startswith(b"%PDF")
    assert letters(printed(told)) - letters(docx_text(print_docx(sheet))) == Counter()


@given(st.text(max_size=300))
def test_text_for_paper_loses_nothing_and_hides_nothing(told: str) -> None:
    shown = printed(told)
    assert printed(shown) == shown
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x08\x0b\x0c\x0e-\x1f]", shown)


def test_data_never_reaches_the_drawing() -> None:
    made = files(a_sheet(line("#panic()"), Picture(2.0, "รูป", png=PNG)))
    assert made["main.typ"] == SOURCE.read_bytes()
    assert set(made) == {"main.typ", "sheet.json", "picture-1.png"}
    assert "#panic()" in json.dumps(json.loads(made["sheet.json"]))


def test_the_same_sheet_gives_the_same_pdf() -> None:
    form = FORMS["ncsa_k1"]
    one, two = (print_pdf(sheet_of(form, answered(form), how())) for _ in range(2))
    assert one == two


def test_pictures_are_printed_and_broken_ones_refused() -> None:
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><rect width="9" height="9"/></svg>'
    sheet = a_sheet(Picture(3.0, "แผนภูมิ", png=PNG, svg=svg))
    assert print_pdf(sheet).startswith(b"%PDF")
    with zipfile.ZipFile(io.BytesIO(print_docx(sheet))) as kept:
        assert any(one.startswith("word/media/") for one in kept.namelist())
        assert "แผนภูมิ" in kept.read("word/document.xml").decode()
    for wrong in (Picture(3.0, "x", png=b"no picture"), Picture(3.0, "x", svg=b"<svg")):
        with pytest.raises(UsageError, match="cannot be printed"):
            print_pdf(a_sheet(wrong))


def test_without_its_fonts_nothing_is_printed_and_the_file_and_the_remedy_are_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"missing in .*: Sarabun-Regular\.ttf, .*DejaVuSans\.ttf; .*put the files of"):
        print_pdf(a_sheet(line("ก")), fonts=tmp_path)
    for name in FILES:
        shutil.copy(FONTS / name, tmp_path)
    assert print_pdf(a_sheet(line("ก")), fonts=tmp_path).startswith(b"%PDF")
    (tmp_path / "Sarabun-Italic.ttf").unlink()
    with pytest.raises(UsageError, match=r": Sarabun-Italic\.ttf; "):
        print_pictures(a_sheet(line("ก")), fonts=tmp_path)


def test_files_that_are_no_fonts_are_told_apart_from_missing_ones(tmp_path: Path) -> None:
    for name in FILES:
        (tmp_path / name).write_bytes(b"no font")
    with pytest.raises(UsageError, match=r"files of DejaVu Sans, Sarabun in .* are no fonts; .*put the files of"):
        print_pdf(a_sheet(line("ก")), fonts=tmp_path)


def test_colours_are_those_of_the_standard() -> None:
    assert set(TLP_COLOURS) == set(Tlp)
    assert (TLP_COLOURS["red"], TLP_COLOURS["amber"], TLP_COLOURS["green"]) == ("#FF2B2B", "#FFC000", "#33FF00")
    drawing = SOURCE.read_text("utf-8")
    assert re.search(r"size: 12pt, weight: \"bold\", fill: rgb\(page-of\.tlp_colour\)", drawing)


def test_thai_in_docx_has_the_face_size_and_language_of_a_complex_script() -> None:
    sheet = a_sheet(Paragraph((Run("ไทย", bold=True), Run("จาง", faint=True)), size=13.0), digits=True)
    with zipfile.ZipFile(io.BytesIO(print_docx(sheet))) as kept:
        body, styles = kept.read("word/document.xml").decode(), kept.read("word/styles.xml").decode()
        footers = [kept.read(one).decode() for one in kept.namelist() if "footer" in one]
    assert 'w:cs="Sarabun"' in body
    assert '<w:szCs w:val="26"/>' in body
    assert "<w:bCs/>" in body
    assert 'w:bidi="th-TH"' in styles
    assert 'w:fmt="thaiNumbers"' in body
    assert any("PAGE" in one and "TLP:GREEN" in one and 'w:fill="000000"' in one for one in footers)


@pytest.mark.slow
@pytest.mark.parametrize("letter", [False, True])
def test_libreoffice_prints_the_docx_with_the_text_of_the_document(tmp_path: Path, letter: bool) -> None:  # noqa: FBT001
    form = FORMS["pdpc_notification"]
    sheet = sheet_of(form, answered(form, "ฟื้นฟูระบบ สำนักงาน <b>&amp; น้ำ"), how(letter=letter, digits=True))
    (tmp_path / "one.docx").write_bytes(print_docx(sheet))
    (tmp_path / "fonts.conf").write_text(
        f'<?xml version="1.0"?><fontconfig><dir>{FONTS}</dir><cachedir>{tmp_path}/cache</cachedir></fontconfig>'
    )
    must_be_there("soffice", "libreoffice-writer-nogui")
    command = ["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/profile", "--convert-to", "pdf"]
    environment = {"FONTCONFIG_FILE": str(tmp_path / "fonts.conf"), "HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    subprocess.run([*command, "one.docx"], cwd=tmp_path, env=environment, check=True, timeout=150, capture_output=True)
    # the body alone: what is between the margins of the page, in points
    crop = ("-x", "80", "-y", "70", "-W", "470", "-H", "715")
    found = letters(pdf_text((tmp_path / "one.pdf").read_bytes(), *crop))
    wanted = letters(of_sheet(json.loads(files(sheet)["sheet.json"])))
    ticks = {one: found.pop(one, 0) for one in "☑☐"}
    assert found == wanted
    assert ticks["☑"] > 3
