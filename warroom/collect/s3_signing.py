"""Signs requests to S3-compatible stores: AWS Signature Version 4, of requests without a body.

Format: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import quote

#: The hash of no body.
_NOTHING: Final = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True, slots=True, repr=False)
class Signer:
    """Who signs, and where."""

    access_key: str
    secret_key: str
    region: str

    def headers(self, host: str, path: str, query: str, others: Mapping[str, str], now: datetime) -> dict[str, str]:
        """Give the headers of a signed GET, ``others`` (names in small letters) among them.

        Args:
            host: as it stands in the Host header.
            path: escaped.
            query: as ``query_of`` writes it.
            others: headers that are signed too.
            now: our time, in UTC; a store takes it for some minutes.
        """
        stamp = now.strftime("%Y%m%dT%H%M%SZ")
        told = {**others, "host": host, "x-amz-content-sha256": _NOTHING, "x-amz-date": stamp}
        names = ";".join(sorted(told))
        lines = "".join(f"{name}:{told[name].strip()}\n" for name in sorted(told))
        request = f"GET\n{path}\n{query}\n{lines}\n{names}\n{_NOTHING}"
        scope = f"{stamp[:8]}/{self.region}/s3/aws4_request"
        text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
        key = f"AWS4{self.secret_key}".encode()
        for part in scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        signature = hmac.digest(key, text.encode(), "sha256").hex()
        who = f"AWS4-HMAC-SHA256 Credential={self.access_key}/{scope}"
        return {**told, "authorization": f"{who},SignedHeaders={names},Signature={signature}"}


def escaped(key: str) -> str:
    """Escape a key for the path of an address."""
    return quote(key, safe="/-._~")


def query_of(values: Mapping[str, str]) -> str:
    """Write a query in the one form that is signed."""
    pairs = sorted((quote(name, safe="-._~"), quote(value, safe="-._~")) for name, value in values.items())
    return "&".join(f"{name}={value}" for name, value in pairs)
