"""Draws identifiers of people in the spellings that people and programs use, by their specifications."""

from __future__ import annotations

from collections.abc import Callable

from tests.privacy.dice import Dice
from warroom.privacy import Kind

THAI_DIGITS = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")
WIDE_DIGITS = str.maketrans("0123456789", "０１２３４５６７８９")
ISSUERS = (
    *(("4", 16), ("4", 16), ("51", 16), ("55", 16), ("2221", 16), ("2720", 16)),
    *(("34", 15), ("37", 15), ("3528", 16), ("62", 16), ("6011", 16), ("65", 16)),
)
PROVINCES = (*range(10, 28), *range(30, 50), *range(50, 59), *range(60, 68), *range(70, 78), *range(80, 87))


def citizen(rng: Dice) -> str:
    kind = rng.choices("12345678", (30, 6, 35, 4, 12, 3, 3, 7))[0]
    district = rng.choice((*range(1, 8), 97, 98, 99))  # nearly every province has seven districts
    # Some are made up by whoever fills in a form, or by a test of somebody else.
    place = f"{rng.choice(PROVINCES)}{district:02}" if rng.random() < 0.9 else f"{rng.randrange(10**4):04}"
    digits = f"{kind}{place}{rng.randrange(10**7):07}"
    total = sum(int(digit) * (13 - position) for position, digit in enumerate(digits))
    return f"{digits}{(11 - total % 11) % 10}"


def citizen_spelled(rng: Dice) -> str:
    d = citizen(rng)
    groups = d[0], d[1:5], d[5:10], d[10:12], d[12]
    form = rng.choices(range(6), (50, 25, 8, 8, 5, 4))[0]
    return (
        d,
        "-".join(groups),
        " ".join(groups),
        d.translate(THAI_DIGITS),
        "-".join(groups).translate(THAI_DIGITS),
        d.translate(WIDE_DIGITS),
    )[form]


def phone(rng: Dice) -> str:
    if rng.random() < 0.25:
        d = f"{rng.choice(('02', '038', '042', '043', '044', '053', '055', '074', '076', '077'))}"
        d += f"{rng.randrange(10 ** (9 - len(d))):0{9 - len(d)}}"
        area = 2 if d.startswith("02") else 3
        rest = d[area:]
        cut = 3
        return rng.choice(
            (
                f"{d[:area]}-{rest[:cut]}-{rest[cut:]}",
                f"{d[:area]} {rest[:cut]} {rest[cut:]}",
                d,
                f"({d[:area]}) {rest[:cut]}-{rest[cut:]}",
                f"0-{d[1:5]}-{d[5:]}",
                f"+66{d[1:]}",
                f"+66 {d[1:area]} {rest[:cut]} {rest[cut:]}",
                f"{d[:area]}-{rest}",
                f"{d[:area]}-{rest[:cut]}-{rest[cut:]}".translate(THAI_DIGITS),
            )
        )
    d = f"0{rng.choice('689')}{rng.randrange(10**8):08}"
    return rng.choice(
        (
            d,
            d,
            d,
            f"{d[:3]}-{d[3:6]}-{d[6:]}",
            f"{d[:3]} {d[3:6]} {d[6:]}",
            f"{d[:3]}-{d[3:]}",
            f"{d[:3]}.{d[3:6]}.{d[6:]}",
            f"{d[:2]}-{d[2:6]}-{d[6:]}",
            f"+66{d[1:]}",
            f"+66 {d[1:3]} {d[3:6]} {d[6:]}",
            f"+66-{d[1:3]}-{d[3:6]}-{d[6:]}",
            f"+66(0){d[1:]}",
            f"66{d[1:]}",
            f"0066{d[1:]}",
            d.translate(THAI_DIGITS),
            d.translate(WIDE_DIGITS),
        )
    )


def mail(rng: Dice) -> str:
    local = rng.choice(
        ("somchai.j", "suda_k", "n.wichai", "info+tag", "k" + str(rng.randrange(10**6)), "A.Prasert", "x")
    )
    domain = rng.choice(
        (
            "example.go.th",
            "mail.example.com",
            "example.co.th",
            "xn--12c1fe0br.xn--o3cw4h",
            "ตัวอย่าง.ไทย",
            "tangrat.example",
        )
    )
    return f"{local}@{domain}"


def account(rng: Dice) -> str:
    d = f"{rng.randrange(10**10):010}"
    return f"{d[:3]}-{d[3]}-{d[4:9]}-{d[9]}"


def bare_account(rng: Dice) -> str:
    d = f"{rng.randrange(10**12):012}"
    return rng.choice((d[:10], d[:10], d[:11], d, f"{d[:3]}-{d[3:9]}-{d[9]}", d[:10].translate(THAI_DIGITS)))


def card(rng: Dice) -> str:
    prefix, length = rng.choice(ISSUERS)
    d = prefix + "".join(rng.choice("0123456789") for _ in range(length - 1 - len(prefix)))
    total = sum(sum(divmod(int(c) * (2 - i % 2), 10)) for i, c in enumerate(reversed(d)))
    d += str(-total % 10)
    if length == 15:
        return rng.choice((d, f"{d[:4]} {d[4:10]} {d[10:]}", f"{d[:4]}-{d[4:10]}-{d[10:]}"))
    return rng.choice(
        (d, " ".join(d[i : i + 4] for i in range(0, 16, 4)), "-".join(d[i : i + 4] for i in range(0, 16, 4)))
    )


def passport(rng: Dice) -> str:
    return f"{rng.choice(('AA', 'AB', 'AC', 'B', 'OF'))}{rng.randrange(10**7):07}"


AREAS = (
    ("บางพูด", "ปากเกร็ด", "นนทบุรี", "Bang Phut", "Pak Kret", "Nonthaburi"),
    ("สุเทพ", "เมืองเชียงใหม่", "เชียงใหม่", "Suthep", "Mueang Chiang Mai", "Chiang Mai"),
    ("ในเมือง", "เมืองขอนแก่น", "ขอนแก่น", "Nai Mueang", "Mueang Khon Kaen", "Khon Kaen"),
    ("กะทู้", "กะทู้", "ภูเก็ต", "Kathu", "Kathu", "Phuket"),
    ("หาดใหญ่", "หาดใหญ่", "สงขลา", "Hat Yai", "Hat Yai", "Songkhla"),
)


def address(rng: Dice) -> str:
    tambon, amphoe, province, tambon_en, amphoe_en, province_en = rng.choice(AREAS)
    house, moo, code = f"{rng.randint(1, 999)}/{rng.randint(1, 99)}", rng.randint(1, 15), rng.randint(10100, 96220)
    street = rng.choice(("สุขใจ", "พหลโยธิน", "มิตรภาพ"))
    forms = (
        f"{house} หมู่ {moo} ตำบล{tambon} อำเภอ{amphoe} จังหวัด{province} {code}",
        f"บ้านเลขที่ {house} หมู่ที่ {moo} ถนน{street} ต.{tambon} อ.{amphoe} จ.{province} {code}",
        f"{house} ม.{moo} ต.{tambon} อ.{amphoe} จ.{province}",
        f"เลขที่{house}หมู่{moo}ตำบล{tambon}อำเภอ{amphoe}จังหวัด{province}{code}",
        f"{house} ซอย{street} {moo} ถนนพหลโยธิน แขวงจตุจักร เขตจตุจักร กรุงเทพมหานคร 10900",
        f"{house} ซ.{moo} ถ.{street} แขวงคลองเตย เขตคลองเตย กทม. 10110",
        f"{house} Moo {moo}, {tambon_en}, {amphoe_en} District, {province_en} {code}",
        f"{house} Moo {moo}, Tambon {tambon_en}, Amphoe {amphoe_en}, {province_en} {code}",
        f"{house} Soi Sukhumvit {moo}, Sukhumvit Road, Khwaeng Khlong Toei, Khet Khlong Toei, Bangkok 10110",
        f"{moo} Phahonyothin Rd., Chatuchak, Bangkok 10900",
    )
    found = rng.choice(forms)
    return found.translate(THAI_DIGITS) if rng.random() < 0.1 else found


# kind → (draw, keys, Thai words, English words, also without a word)
PEOPLE: dict[str, tuple[Callable[[Dice], str], tuple[str, ...], tuple[str, ...], tuple[str, ...], bool]] = {
    Kind.CITIZEN_ID: (
        citizen_spelled,
        ("citizen_id", "cid", "nationalId", "id_card", "pid", "idcard", "user", "เลขบัตรประชาชน"),
        ("เลขบัตรประชาชน", "เลขประจำตัวประชาชน", "บัตรประชาชนเลขที่", "ปชช.", "ผู้ใช้"),
        ("citizen id", "national ID no.", "ID card", "user", "for"),
        True,
    ),
    Kind.PHONE: (
        phone,
        ("phone", "tel", "mobile_no", "msisdn", "contactPhone", "to", "เบอร์โทร"),
        ("โทร", "เบอร์โทรศัพท์", "มือถือ", "ติดต่อ", "โทร."),
        ("phone", "call", "tel.", "SMS to", "number"),
        True,
    ),
    Kind.EMAIL: (mail, ("email", "mail", "user", "from", "อีเมล"), ("อีเมล", "ส่งถึง"), ("e-mail", "from", "user"), True),
    Kind.ADDRESS: (address, ("address", "addr", "ที่อยู่"), ("ที่อยู่", "อาศัยอยู่ที่"), ("lives at", "address"), True),
    "account, written": (account, ("acct", "v", "dest"), ("โอนไป", "บัญชี"), ("to", "account"), True),
    Kind.ACCOUNT: (
        bare_account,
        ("account_no", "acct", "bankAccount", "accountNumber", "เลขบัญชี"),
        ("บัญชี", "เลขที่บัญชี", "บัญชีธนาคารกรุงไทย"),
        ("bank account", "account number", "acct no."),
        False,
    ),
    Kind.CARD: (
        card,
        ("card", "pan", "cardNumber", "v"),
        ("บัตรเครดิต", "หมายเลขบัตร"),
        ("credit card", "paid with"),
        True,
    ),
    Kind.PASSPORT: (
        passport,
        ("passport", "passport_no", "passportNumber", "หนังสือเดินทาง"),
        ("หนังสือเดินทาง", "พาสปอร์ต", "หนังสือเดินทางเลขที่"),
        ("passport", "passport no."),
        False,
    ),
}
