"""What the words beside a number say about it, English and Thai."""

from __future__ import annotations

from enum import Enum, auto
from typing import Final


class Meaning(Enum):
    """What a word says about a number beside it."""

    CITIZEN_ID = auto()
    PASSPORT = auto()
    PHONE = auto()
    ACCOUNT = auto()
    CARD = auto()
    PERSON = auto()  # somebody, by whatever number
    TIME = auto()
    VERSION = auto()  # of a file, often the time at which it was made
    THING = auto()  # an amount, a size, a number of a record, of goods, of a process


_ENGLISH: Final = {
    Meaning.CITIZEN_ID: """citizen citizenid citizenno cid nid nin nationalid nationalno national_id
        idcard id_card thaiid thai_id thaid pid popid taxid tax_id tin taxpayer identity identification id_number
        idnumber person_id personid personalid personal_id smartcard smart_card ssn thcid idno""",
    Meaning.PASSPORT: "passport passportno passportnumber passportid travel_document",
    Meaning.PHONE: """phone phones tel telephone telno mobile mobileno mobilephone mobilenumber msisdn cell cellphone
        cellular fax call called caller calling callback callee phoneno phonenumber telephonenumber sms dial dialed
        dialled hotline landline contact contacts whatsapp callerid otp""",
    Meaning.ACCOUNT: """account accounts acct acctno acctnum acc accno accountno accountnum accountnumber bankaccount
        a_c bank bankacc iban deposit payee beneficiary kbank scb ktb bbl bay ttb gsb baac krungthai kasikorn
        kasikornbank payout""",
    Meaning.CARD: """card cards cardno cardnum cardnumber creditcard debitcard credit debit pan visa mastercard jcb
        amex unionpay cc ccnum ccno ccnumber""",
    Meaning.PERSON: """user username userid uid login logon member memberid customer customerid cust holder owner
        patient person people applicant subscriber employee subject sub name firstname lastname fullname payer
        promptpay hn visitor student teacher officer registrant requester complainant voter mr mrs
        citizens persons users customers members""",
    Meaning.TIME: """ts t time times timestamp timestamps timestampms epoch epochms millis milliseconds date datetime
        created updated modified deleted expires expire expired expiry exp iat nbf start started end ended begin began
        since until till last seen duration elapsed latency when now clock uptime ttl age utc gmt at created_at
        updated_at changed logged received sent issued published valid before after day month year due deadline
        cb cachebust nocache timeout""",
    Meaning.THING: """byte bytes size sizes len length count counter total totals amount amounts price sum balance
        offset seq sequence serial order orderid orders invoice bill txn txid transaction transactions trans refno
        reference trace traceid span spanid request requestid req reqid session sessionid sess event eventid
        eventrecordid record recordid records message msg msgid messageid process processid ppid port ports version
        ver build hash digest checksum crc index idx row rows block blocks sector inode handle tid thread
        job batch lot sku barcode ean upc gtin isbn imei imsi iccid sim ticket case incident rule sid revision rev
        commit nonce salt rand random rnd correlation correlationid conn connection flow flowid packet packets queue
        item items product goods tracking parcel shipment accountid account_id aws arn score rate memory mem disk
        free used usage cache etag cursor page token keyid ino dev pointer logonid logon_id guid uuid
        hits baht thb usd asset device deviceid node partition chunk segment frame scn lsn logid policyid checkpoint
        snapshot snowflake""",
}
_THAI: Final = {
    Meaning.CITIZEN_ID: """เลขประจำตัวประชาชน บัตรประจำตัวประชาชน
        บัตรประชาชน บัตรประจำตัว ประจำตัวประชาชน เลขประจำตัว เลขบัตร เลขปชช ปชช. ปชช บัตรปชช
        ผู้เสียภาษี สิบสามหลัก 13หลัก 13_หลัก""",
    Meaning.PASSPORT: "หนังสือเดินทาง พาสปอร์ต พาสปอต",
    Meaning.PHONE: """โทรศัพท์ โทรสาร โทร เบอร์ มือถือ ติดต่อ แฟกซ์ สายด่วน หมายเลขติดต่อ เบอร์โทร""",
    Meaning.ACCOUNT: "บัญชีธนาคาร เลขที่บัญชี เลขบัญชี บัญชี บ/ช ธนาคาร โอนเข้า โอนไป กสิกร กรุงไทย ไทยพาณิชย์ ออมสิน ธกส ธอส",
    Meaning.CARD: "บัตรเครดิต บัตรเดบิต เลขหน้าบัตร หมายเลขบัตร บัตรเอทีเอ็ม วีซ่า มาสเตอร์การ์ด",
    Meaning.PERSON: """ผู้ใช้ ผู้ร้อง ผู้แจ้ง ผู้ป่วย ผู้รับ ผู้ขอ ผู้ลงทะเบียน สมาชิก ลูกค้า เจ้าของ ประชาชน
        พร้อมเพย์ ชื่อ นาย นาง นางสาว""",
    Meaning.TIME: "เวลา เมื่อ วันที่ ประทับเวลา หมดอายุ ตั้งแต่ จนถึง เริ่ม สิ้นสุด มิลลิวินาที วินาที",
    Meaning.THING: """จำนวน ยอด ราคา ขนาด ไบต์ ลำดับ คำสั่งซื้อ ใบแจ้งหนี้ ใบเสร็จ เลขที่เอกสาร อ้างอิง รายการ เลขพัสดุ
        พัสดุ บาร์โค้ด เลขเหตุการณ์ รหัสสินค้า สินค้า กระบวนการ พอร์ต รุ่น เลขนิติบุคคล นิติบุคคล ธุรกรรม งบประมาณ""",
}
WORDS: Final = {word: meaning for meaning, words in _ENGLISH.items() for word in words.split()}
THAI_WORDS: Final = {word.replace("_", " "): meaning for meaning, words in _THAI.items() for word in words.split()}
