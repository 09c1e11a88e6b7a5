"""Draws whole lines as programs, forms and people write them: a second generator, made apart from ``texts.py``.

There, items and hosts are put together freely; here each line is a template of real software's or of a letter, with
slots. ``<cid>`` is drawn and marked, ``<cid|url>`` percent-encoded as well.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from tests.privacy.dice import Dice
from tests.privacy.marked import Drawn
from tests.privacy.slots import OTHER_SLOTS, PEOPLE_SLOTS

WITH_PEOPLE = (
    # web servers, proxies
    '<ip> - - [<clf>] "GET /citizen/<cid>/cards?lang=th HTTP/1.1" 200 <size> "-" "Mozilla/5.0 (X11; Linux x86_64)"',
    '<ip> - <mail> [<clf>] "POST /otp/send?to=<phone|url> HTTP/2.0" 204 0 "https://app.example/" "okhttp/<version>"',
    '<ip> - - [<clf>] "GET /search?q=<cid>&page=<small> HTTP/1.1" 200 <size> "-" "curl/<version>" rt=<seconds>',
    '<ip> - - [<clf>] "GET /a?name=a&mobile=<phone|url>&_=<ms> HTTP/1.1" 302 <size>',
    '{"time":"<iso>","remote_addr":"<ip>","request_uri":"/v1/person?idcard=<cid>","status":200,"bytes":<size>}',
    "<squid> <small> <ip> TCP_MISS/200 <size> GET http://app.example/p?tel=<phone|url> - HIER_DIRECT/<ip> text/html",
    # audit lines of applications
    '{"ts":<ms>,"actor":"officer17","action":"view","subject":{"citizenId":"<cid>","phone":"<phone>"},"ip":"<ip>"}',
    '{"@timestamp":"<iso>","user":{"email":"<mail>"},"trace.id":"<hex32>","http.response.bytes":<size>}',
    '{"eventTime":"<iso>","pan":"<card>","amount":<amount>,"currency":"764","stan":"<six>","rrn":"<twelve>"}',
    '{"at":<us>,"kind":"transfer","to_account":"<account>","bank":"KBANK","amount":<amount>,"ref":"<ref>"}',
    '{"id":"<uuid>","passport_no":"<passport>","nationality":"<state>","born":"<date>"}',
    '{"msg":"duplicate key value violates unique constraint","detail":"Key (cid)=(<cid>) already exists."}',
    "<iso> INFO  [http-nio-8080-exec-<small>] th.go.Login : login ok user=<cid> session=<hex32> took=<small>ms",
    "<iso> WARN th.go.Sms : to=<phone> template=<small> status=FAILED ref=<ref>",
    "<syslog> app01 register[<pid>]: new applicant <cid> mobile <phone> from <ip> port <port>",
    "<syslog> mx1 postfix/smtp[<pid>]: <hex10>: to=\x3c<mail>\x3e, relay=mx.example[<ip>]:25, status=sent",
    "<syslog> pbx asterisk[<pid>]: Call from '<phone>' (<ip>:<port>) to extension '<four>' rejected",
    "<iso> ERROR sql: insert into person(cid,tel) values ('<cid>','<phone>') -- <seconds> s",
    'date=<date> time=<clock> devid=FG100E<nine> sessionid=<nine> srcip=<ip> user="<mail>" sentbyte=<size>',
    # tables
    "<ms>,<cid>,<phone>,<ip>,<size>",
    "<iso>;<cid>;<mail>;<amount>",
    "cid\ttel\n<cid>\t<phone>",
    "<small>|<cid>|<date>|<phone>|<amount>",
    # notes and letters, Thai
    "ผู้ร้องเรียนแจ้งว่าเลขบัตรประชาชน <cid> ถูกนำไปใช้เมื่อวันที่ <thaidate> เวลา <clock> น.",
    "ติดต่อกลับคุณสมชายที่เบอร์ <phone> หรืออีเมล <mail> ภายใน <small> วัน",
    "โอนเงินเข้าบัญชีธนาคารกสิกรไทย เลขที่ <account> จำนวน <amount> บาท เมื่อ <thaidate>",
    "บัญชีกรุงไทย <account> ชื่อบัญชี สมหญิง ยอด <amount> บาท",
    "พร้อมเพย์ <phone> ยอดโอน <amount> บาท อ้างอิง <ref>",
    "ผู้เสียหายถือหนังสือเดินทางเลขที่ <passport> เดินทางเข้าวันที่ <thaidate>",
    "ที่อยู่ตามทะเบียนบ้าน <address> โทร <phone>",
    "จัดส่งเอกสารไปที่ <address> เลขพัสดุ <parcel>",
    "มีการรูดบัตร <card> ที่ร้านค้า <small> ครั้ง ยอดรวม <amount> บาท",
    "น.ส.สมใจ <cid> แจ้งความที่ สภ.เมือง ข้อหาตามมาตรา <section> รถทะเบียน <plate>",
    "เลขประจำตัวผู้เสียภาษี <cid> ปีภาษี <year> ยอดคืน <amount> บาท",
    "บุคคลหมายเลข <cid> พยายามเข้าระบบ <small> ครั้ง จาก <ip>",
    "ประชาชนโทรมาจาก<phone>แจ้งว่าเข้าใช้งานไม่ได้ตั้งแต่<clock>น.",
    # notes and letters, English
    "Caller <phone> says the SMS code never came; ticket <ref>, seen at <clock> on <date>.",
    "The holder of ID card <cid> complained on <date> about case <ref>.",
    "Paid by card <card>, amount THB <amount>, invoice <ref>.",
    "Passport <passport> was scanned at gate <small> on <date>.",
    "Refund to account <account> (Bangkok Bank) of <amount> baht, see order <order>.",
    "Please write to <mail> or call <phone> before <date>.",
    "He lives at <address>; GPS <latlon>.",
)
WITHOUT = (
    '<ip> - - [<clf>] "GET /static/app.js?v=<ms> HTTP/1.1" 200 <size> "-" "Mozilla/5.0 Chrome/<chrome> Safari/537.36"',
    '<ip> - - [<clf>] "GET /api/orders/<order>/items/<small> HTTP/1.1" 200 <size> "-" "-" <seconds> <seconds>',
    '<ip> - - [<clf>] "GET /x?callback=jQuery3410<nineteen>_<ms>&_=<ms> HTTP/1.1" 200 <size>',
    '<ip> - - [<clf>] "GET / HTTP/1.1" 200 <size> "-" "-" "_ga=GA1.2.<nine>.<s>; _fbp=fb.1.<ms>.<nine>"',
    '[<clf>] [error] [pid <pid>:tid <fifteen>] [client <ip>:<port>] AH<five>: client denied, id "<hex32>"',
    "<squid> <small> <ip> TCP_MISS/200 <size> GET http://cdn.example/<hex40>.js - HIER_DIRECT/<ip> text/javascript",
    "<syslog> lb haproxy[<pid>]: <ip>:<port> [<clf>] web~ app/a1 0/<small>/<small> 200 <size> - - ---- 1/1/0/0/0",
    '{"ts":<ms>,"level":"info","msg":"gc","heap":<size>,"pause_us":<small>,"seq":<nine>}',
    '{"ts":<s>.<six>,"uid":"C<hex10>","id.orig_h":"<ip>","id.orig_p":<port>,"orig_bytes":<size>,"resp_bytes":<size>}',
    '{"iat":<s>,"exp":<s>,"nbf":<s>,"jti":"<uuid>","sid":<nineteen>}',
    '{"kind":"Event","auditID":"<uuid>","metadata":{"resourceVersion":"<nine>","uid":"<uuid>"},"t":"<iso>"}',
    '{"eventVersion":"1.08","recipientAccountId":"<twelve>","eventID":"<uuid>","eventTime":"<iso>","srcIp":"<ip>"}',
    '{"order":"<order>","parcel":"<parcel>","total":<amount>,"barcode":"<ean>","lat":<lat>,"lon":<lon>}',
    '{"device":{"imei":"<imei>","mac":"<mac>","fw":"<version>"},"uptime_ms":<nine>,"seen":<ms>}',
    '{"offset":<twelve>,"partition":<small>,"topic":"th.go.audit","leaderEpoch":<small>,"createTime":<ms>}',
    '{"scn":<thirteen>,"op":"u","source":{"ts_ms":<ms>,"ts_us":<us>,"ts_ns":<ns>,"lsn":<eleven>}}',
    'http_requests_total{method="post",code="200"} <nine> <ms>',
    "cpu,host=app01 usage_user=<amount>,count=<nine>i <ns>",
    'eventtime=<ns> logid="<ten0>" policyid=<small> sessionid=<nine> srcip=<ip> srcport=<port> sentbyte=<size>',
    "type=SYSCALL msg=audit(<s>.<three>:<six>): arch=c000003e syscall=59 success=yes ppid=<pid> pid=<pid> auid=<four>",
    "<syslog> kernel: [<seconds>] IN=eth0 SRC=<ip> DST=<ip> ID=<five> SPT=<port> DPT=<port> SEQ=<nine> ACK=<nine>",
    "<syslog> mx1 postfix/qmgr[<pid>]: <hex10>: size=<size>, nrcpt=1 message-id=<s>.<six>",
    "<iso> INFO kafka.log: rolled segment at offset <twelve> in <small> ms, size <size> bytes",
    "<iso> DEBUG cache: key=session:<hex32> ttl=<five> version=<ms>",
    "<iso> INFO job <uuid> finished: rows=<nine> bytes=<size> took=<seconds>s exit=0",
    "<iso> ORA-<five>: SCN <thirteen> at block <nine>",
    "Subject: S-1-5-21-<nine>-<nine>-<nine>-<four> LogonId 0x<hex10> EventRecordID <nine>",
    "traceparent: 00-<hex32>-<hex16>-01 snowflake=<nineteen>",
    "<ms> <nine> <small> <seconds>",
    "<s>,<ip>,<port>,<ip>,<port>,tcp,<size>,<size>",
    "<us>|<uuid>|<amount>|<small>",
    "<hex64>  backup-<compact>.tar.gz  <size>",
    "release <version> build <compact> commit <hex40>",
    "<ms>\t<order>\t<ean>\t<amount>",
    "พบการเข้าถึงจาก <ip> พอร์ต <port> จำนวน <amount> ครั้ง เมื่อวันที่ <thaidate> เวลา <clock> น.",
    "ตามหนังสือที่ ดศ <four>/<five> ลงวันที่ <thaidate> และมาตรา <section> แห่งพระราชบัญญัติ พ.ศ. <year>",
    "งบประมาณ <amount> บาท เลขที่โครงการ <eleven> สัญญาเลขที่ <small>/<year>",
    "รถยนต์ทะเบียน <plate> พิกัด <latlon> เลขไมล์ <six>",
    "พัสดุหมายเลข <parcel> คำสั่งซื้อ <order> ราคา <amount> บาท",
    "แฮชของไฟล์ <hex64> ขนาด <size> ไบต์ รุ่น <version>",
    "ประทับเวลา <ms> ลำดับ <nine> รหัสเหตุการณ์ <uuid>",
    "เลขนิติบุคคล <company> ทุนจดทะเบียน <amount> บาท",
    "Order <order> shipped as <parcel> on <date> at <clock>, total <amount> THB, GPS <latlon>.",
    "Counter <thirteen>, serial <eleven>, firmware <version>, rebooted <iso>, MAC <mac>, IMEI <imei>.",
    "Scanned <amount> rows in <seconds> s; checkpoint <sixteen>; snapshot <nineteen>; until <s>.",
    "IPv6 <ip6> port <port> answered after <small> ms with TTL <small> at epoch <us>.",
    "invoice <ref> of <date>: THB <amount>, product <ean>, ISBN <isbn>, licence <plate>",
)
_SLOT = re.compile(r"<(?P<name>[a-z0-9]+)(?P<url>\|url)?>")
_YEARS_APART = 0.2


def line(rng: Dice) -> Drawn:
    """Draw one line; in one of five the times lie years apart, as a certificate's or a birth's do."""
    rng.begin(years_apart=rng.random() < _YEARS_APART)
    out = Drawn()
    template = rng.choice(WITH_PEOPLE if rng.random() < 0.5 else WITHOUT)
    place = 0
    for slot in _SLOT.finditer(template):
        out.plain(template[place : slot.start()])
        name = slot["name"]
        person = name in PEOPLE_SLOTS
        value = (PEOPLE_SLOTS if person else OTHER_SLOTS)[name](rng)
        out.mark(name, quote(value, safe="") if slot["url"] else value, person=person)
        place = slot.end()
    out.plain(template[place:])
    return out
