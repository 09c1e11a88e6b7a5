"""Personal data in any text: found, masked, and named by keyed hashes. Pure: no files, no clock, no store."""

from warroom.privacy.digits import is_citizen_id
from warroom.privacy.find import find
from warroom.privacy.kinds import ALL, LABELS, Found, Kind
from warroom.privacy.masking import mask, mask_all
from warroom.privacy.pseudonyms import pseudonym

__all__ = ["ALL", "LABELS", "Found", "Kind", "find", "is_citizen_id", "mask", "mask_all", "pseudonym"]
