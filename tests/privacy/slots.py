"""What fills the slots of drawn lines: identifiers by bank, network and state, and the other numbers of logs."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from tests.privacy.dice import Dice

Draw = Callable[[Dice], str]
THAI_DIGITS = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")
THAI_MONTHS = (
    "ม.ค.",
    "ก.พ.",
    "มีนาคม",
    "เม.ย.",
    "พฤษภาคม",
    "มิ.ย.",
    "กรกฎาคม",
    "ส.ค.",
    "ก.ย.",
    "ต.ค.",
    "พฤศจิกายน",
    "ธ.ค.",
)
#: First digits of accounts, and how the bank writes them.
BANKS = (
    ("kasikornbank", "xxx-x-xxxxx-x"),
    ("scb", "xxx-xxxxxx-x"),
    ("bangkok bank", "xxx-x-xxxxx-x"),
    ("krungthai", "xxx-x-xxxxx-x"),
    ("krungsri", "xxx-x-xxxxx-x"),
    ("ttb", "xxx-x-xxxxx-x"),
    ("plain", "xxxxxxxxxx"),
    ("plain", "xxxxxxxxxx"),
    ("gsb", "xxxxxxxxxxxx"),
    ("baac", "xxxxxxxxxxxx"),
    ("ghb", "xxx-xx-xxxxxx-x"),
    ("blanks", "xxx x xxxxx x"),
)
PHONES = (
    *("0abbbbbbbb",) * 5,
    *("0ab-bbb-bbbb",) * 4,
    *("0ab-bbbbbbb", "0a-bbbb-bbbb", "0ab bbb bbbb", "0ab.bbb.bbbb", "0ab bbbbbbb", "(0ab) bbb-bbbb", "0abbbb-bbbb"),
    *("+66abbbbbbbb", "+66 ab bbb bbbb", "+66-ab-bbb-bbbb", "+66 (0)ab bbb bbbb", "66abbbbbbbb", "0066abbbbbbbb"),
)
LANDLINES = (
    *("02-bbb-bbbb", "02-bbb-bbbb", "02 bbb bbbb", "02bbbbbbb", "0 2bbb bbbb", "0-2bbb-bbbb", "+66 2 bbb bbbb"),
    *("+662bbbbbbb", "053-bbb-bbb", "053-bbbbbb", "038 bbb bbb", "0-5321-bbbb", "(02) bbb-bbbb", "02-bbb-bbbb"),
)
PASSPORTS = (
    *("AAddddddd", "AAddddddd", "ABddddddd", "ACddddddd"),  # Thailand
    *(
        "MDdddddd",
        "PAddddddd",
        "Ndddddddd",
        "Zddddddd",
        "Edddddddd",
        "EJddddddd",
    ),  # Myanmar, Laos, Cambodia, India, China
    *("ddddddddd", "ddddddddd", "TRddddddd", "Mdddddddd", "MdddAdddd", "C01X0ddTd"),  # US, UK, Japan, Korea, Germany
)
AREAS = (
    ("บ้านใหม่", "เมืองปทุมธานี", "ปทุมธานี", "Ban Mai", "Mueang Pathum Thani", "Pathum Thani"),
    ("หนองปรือ", "บางละมุง", "ชลบุรี", "Nong Prue", "Bang Lamung", "Chonburi"),
    ("รอบเวียง", "เมืองเชียงราย", "เชียงราย", "Rop Wiang", "Mueang Chiang Rai", "Chiang Rai"),
    ("บ่อยาง", "เมืองสงขลา", "สงขลา", "Bo Yang", "Mueang Songkhla", "Songkhla"),
    ("ธาตุเชิงชุม", "เมืองสกลนคร", "สกลนคร", "That Choeng Chum", "Mueang Sakon Nakhon", "Sakon Nakhon"),
)


def _filled(rng: Dice, form: str) -> str:
    """Fill a form: a is the second digit of a mobile number, b, d and x are any."""
    return "".join(
        rng.choice("689") if sign == "a" else rng.choice("0123456789") if sign in "bdx" else sign for sign in form
    )


def cid(rng: Dice) -> str:
    """By birth: most who use services are of types 1 and 3; the place is a province and a district of it."""
    province = rng.choice(
        (10, 11, 12, 13, 14, 20, 21, 30, 31, 34, 40, 41, 44, 48, 50, 52, 57, 60, 65, 70, 73, 80, 84, 90, 96)
    )
    district = rng.randint(1, 50) if province == 10 else rng.choice((*range(1, 8), 97, 98, 99))
    digits = f"{rng.choice('111133335824')}{province}{district:02}{rng.randrange(10**7):07}"
    digits += str((11 - sum(int(d) * (13 - i) for i, d in enumerate(digits)) % 11) % 10)
    groups = digits[0], digits[1:5], digits[5:10], digits[10:12], digits[12]
    return rng.choice((digits, digits, digits, digits, "-".join(groups), "-".join(groups), " ".join(groups)))


def phone(rng: Dice) -> str:
    return _filled(rng, rng.choice(PHONES) if rng.random() < 0.75 else rng.choice(LANDLINES)).replace("0a", "08")


def account(rng: Dice) -> str:
    return _filled(rng, rng.choice(BANKS)[1])


def passport(rng: Dice) -> str:
    return _filled(rng, rng.choice(PASSPORTS))


def card(rng: Dice) -> str:
    digits = rng.choice(("4", "4", "51", "54", "2223", "3530", "6250")) + "".join(rng.choices("0123456789", k=20))
    digits = digits[:15]
    digits += str(-sum(sum(divmod(int(d) * (2 - i % 2), 10)) for i, d in enumerate(reversed(digits))) % 10)
    return rng.choice(("", "-", " ")).join(digits[i : i + 4] for i in range(0, 16, 4))


def mail(rng: Dice) -> str:
    name = rng.choice(("somchai.jaidee", "n_suda", "k.wichai88", "Prasert-A", "a1", "warunee+gov", "x.y.z"))
    domain = rng.choice(
        ("gmail.example", "mail.example.go.th", "dept.example.or.th", "example.ac.th", "xn--42c.example")
    )
    return f"{name}@{domain}"


def address(rng: Dice) -> str:
    tambon, amphoe, province, tambon_en, amphoe_en, province_en = rng.choice(AREAS)
    house, moo, code = f"{rng.randint(1, 999)}/{rng.randint(1, 99)}", rng.randint(1, 15), rng.randint(10100, 96220)
    found = rng.choice(
        (
            f"{house} ม.{moo} ต.{tambon} อ.{amphoe} จ.{province}",
            f"{house} ม. {moo} ต. {tambon} อ. {amphoe} จ. {province} {code}",
            f"บ้านเลขที่ {house} หมู่ {moo} ต.{tambon} อ.{amphoe} จ.{province} {code}",
            f"เลขที่ {house} หมู่ที่ {moo} ตำบล{tambon} อำเภอ{amphoe} จังหวัด{province} รหัสไปรษณีย์ {code}",
            f"{house} หมู่บ้านสุขสันต์ ซอยลาดพร้าว 101 แขวงคลองจั่น เขตบางกะปิ กทม. 10240",
            f"เลขที่ {house} ถ.วิภาวดีรังสิต แขวงตลาดบางเขน เขตหลักสี่ กรุงเทพฯ 10210",
            f"ห้อง {moo}04 อาคารสุขใจ เลขที่ {house} ถนนพระราม 4 แขวงคลองเตย เขตคลองเตย กรุงเทพมหานคร 10110",
            f"{house} Soi Ari {moo}, Phahonyothin Road, Phaya Thai, Bangkok 10400",
            f"{house} Moo {moo}, T. {tambon_en}, A. {amphoe_en}, {province_en} {code}",
            f"Room {moo}04, Sukjai Tower, {house} Rama IV Road, Khlong Toei, Bangkok 10110",
            f"{house} Moo {moo} {tambon_en} Subdistrict, {amphoe_en} District, {province_en} Province {code}",
        )
    )
    return found.translate(THAI_DIGITS) if rng.random() < 0.1 else found


PEOPLE_SLOTS: dict[str, Draw] = {
    "cid": cid,
    "phone": phone,
    "account": account,
    "passport": passport,
    "card": card,
    "mail": mail,
    "address": address,
}


def run(length: int) -> Draw:
    return lambda rng: str(rng.randrange(10 ** (length - 1), 10**length))


def hexadecimal(length: int) -> Draw:
    return lambda rng: f"{rng.getrandbits(4 * length):0{length}x}"


def epoch(power: int) -> Draw:
    def draw(rng: Dice) -> str:
        # Some jobs run on the whole second.
        part = 0 if rng.random() < 0.1 else rng.randrange(10**power)
        return str(int(rng.time().timestamp()) * 10**power + part)

    return draw


def written(form: str) -> Draw:
    return lambda rng: rng.time().strftime(form)


def thai_date(rng: Dice) -> str:
    at = rng.time()
    return rng.choice((f"{at.day} {THAI_MONTHS[at.month - 1]} {at.year + 543}", f"{at:%d/%m}/{at.year + 543}"))


def mac(rng: Dice) -> str:
    return ":".join(f"{rng.randrange(256):02x}" for _ in range(6))


def ean(rng: Dice) -> str:
    digits = rng.choice(("885", "885", "400", "690", "978")) + f"{rng.randrange(10**9):09}"
    return digits + str(-sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(digits)) % 10)


def imei(rng: Dice) -> str:
    digits = f"35{rng.randrange(10**12):012}"
    return digits + str(-sum(sum(divmod(int(d) * (1 + i % 2), 10)) for i, d in enumerate(digits)) % 10)


def company(rng: Dice) -> str:
    digits = f"0105{rng.randint(2530, 2569)}{rng.randrange(10**4):04}"
    return digits + str((11 - sum(int(d) * (13 - i) for i, d in enumerate(digits)) % 11) % 10)


def order(rng: Dice) -> str:
    return rng.choice(
        (
            f"ORD-{written('%Y%m%d')(rng)}-{rng.randrange(10**6):06}",
            f"{written('%y%m%d')(rng)}{''.join(rng.choices('ABCDEFGHJKLMNPQRSTUVWXYZ0123456789', k=8))}",
            run(rng.choice((8, 10, 12, 15, 16)))(rng),
            f"PO{rng.randrange(10**8):08}",
        )
    )


def parcel(rng: Dice) -> str:
    return rng.choice(
        (
            f"E{rng.choice('BEFJ')}{rng.randrange(10**9):09}TH",
            f"TH{rng.randrange(10**11):011}{rng.choice('ABCD')}",
            f"KEX{rng.randrange(10**10):010}",
            run(12)(rng),
        )
    )


def plate(rng: Dice) -> str:
    return f"{rng.choice(('', '1', '4', '9'))}{rng.choice(('กข', 'ขค', 'ฮธ'))} {rng.randrange(1, 10**4)}"


def latitude(rng: Dice) -> str:
    return f"{rng.uniform(5.6, 20.4):.{rng.choice((4, 6, 8, 14))}f}"


def longitude(rng: Dice) -> str:
    return f"{rng.uniform(97.3, 105.6):.{rng.choice((4, 6, 8, 14))}f}"


OTHER_SLOTS: dict[str, Draw] = {
    "ip": lambda rng: ".".join(str(rng.randrange(256)) for _ in range(4)),
    "ip6": lambda rng: ":".join(f"{rng.getrandbits(16):x}" for _ in range(8)),
    "mac": mac,
    "port": lambda rng: str(rng.randrange(1, 65_536)),
    "pid": lambda rng: str(rng.randrange(1, 4_194_304)),
    "size": lambda rng: str(int(10 ** rng.uniform(0, 11))),
    "small": lambda rng: str(rng.randrange(1, 2000)),
    "seconds": lambda rng: f"{rng.uniform(0, 99999):.{rng.choice((3, 6, 9))}f}",
    "version": lambda rng: ".".join(str(rng.randrange(100)) for _ in range(rng.choice((2, 3, 3, 4)))),
    "chrome": lambda rng: f"{rng.randrange(90, 150)}.0.{rng.randrange(1000, 9999)}.{rng.randrange(300)}",
    "amount": lambda rng: rng.choice(
        (
            f"{rng.randrange(10**9):,}",
            f"{rng.randrange(10**8):,}.{rng.randrange(100):02}",
            f"{rng.uniform(0, 10**6):.2f}",
        )
    ).replace(",", rng.choice((",", ""))),
    "three": run(3),
    "four": run(4),
    "five": run(5),
    "six": run(6),
    "nine": run(9),
    "ten0": lambda rng: f"0{rng.randrange(10**9):09}"[:1] + f"{rng.randrange(10**9):09}",
    "eleven": run(11),
    "twelve": run(12),
    "thirteen": run(13),
    "fifteen": run(15),
    "sixteen": run(16),
    "nineteen": run(19),
    "hex10": lambda rng: f"{rng.getrandbits(40):010X}",
    "hex16": hexadecimal(16),
    "hex32": hexadecimal(32),
    "hex40": hexadecimal(40),
    "hex64": hexadecimal(64),
    "uuid": lambda rng: str(uuid.UUID(int=rng.getrandbits(128), version=4)),
    "s": epoch(0),
    "ms": epoch(3),
    "us": epoch(6),
    "ns": epoch(9),
    "squid": lambda rng: f"{epoch(0)(rng)}.{rng.randrange(1000):03}",
    "iso": lambda rng: f"{rng.time():%Y-%m-%dT%H:%M:%S}.{rng.randrange(10**6):06}{rng.choice(('Z', '+07:00'))}",
    "clf": written("%d/%b/%Y:%H:%M:%S +0700"),
    "syslog": written("%b %d %H:%M:%S"),
    "date": written("%Y-%m-%d"),
    "clock": written("%H:%M:%S"),
    "compact": written("%Y%m%d%H%M%S"),
    "thaidate": thai_date,
    "year": lambda rng: str(rng.time().year + 543),
    "ref": lambda rng: f"{rng.choice(('INC', 'TH-', 'R', ''))}{rng.randrange(10 ** rng.choice((6, 8, 10))):06}",
    "order": order,
    "parcel": parcel,
    "ean": ean,
    "isbn": lambda rng: (
        f"978-{rng.randrange(10)}-{rng.randrange(1000):03}-{rng.randrange(10**5):05}-{rng.randrange(10)}"
    ),
    "imei": imei,
    "company": company,
    "plate": plate,
    "lat": latitude,
    "lon": longitude,
    "latlon": lambda rng: f"{latitude(rng)}, {longitude(rng)}",
    "section": lambda rng: f"{rng.randint(1, 400)}{rng.choice(('', '(1)', ' วรรค 2'))}",
    "state": lambda rng: rng.choice(("THA", "MMR", "LAO")),
}
