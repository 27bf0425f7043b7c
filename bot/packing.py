"""
The small spelling of records that have ended: they are kept for weeks, and looked at now and then.

It is `z1:` and, in base 85, the JSON deflated with a dictionary of what such records have in common, which more than
halves what they take. The dictionary is part of the spelling and never changes; another one would be `z2:`.
"""

import base64
import zlib

_MARK = "z1:"
_MOST = 4 * 1024 * 1024
"""Bytes; far above any record, and far below what a forged one could be made to grow to."""

_SAID = (
    b'"cause":"drift","note":"","settled_by":{"standing":"bot"},"warrant":"cs-","parent":"cs-","barred":[],'
    b'"parameters":{},"back":"","seconds":,"broken_glass":true,"reminded":[],"repeated":true,"settles_at":17,'
    b'"submitted_at":17,"typed_name":true,"thread":"17","account":"","surface":"button","status":"expired",'
    b'"noun":"rollout","action":"flag.rollout","proof":"submitted","verdict":"confirm","kind":"confirm",'
    b'{"schema_version":1,"id":"cs-","status":"applied","plan":{"action":"flag.disable","target":{"noun":"flag",'
    b'"id":"","key":"","name":"","flag_id":"","environment":{"id":"","name":"prod","queries":["prod","production"],'
    b'"is_production":true},"url":"https://app.datadoghq.com/feature-flags/"},"risk":"disruptive","changes":[{"label":'
    b'"Flag in prod","before":"enabled","after":"disabled"}],"consequence":"","fingerprint":"","seen":{"archived":'
    b'false,"flag_id":"","status":"ENABLED"},"taken_at":17},"requester":{"id":"U0","team":"T0","name":"","email":"@'
    b'"},"reason":"","decision":{"kind":"approve","approvals":1,"approvers":{"groups":[""]},"rule":"production needs '
    b'a second person"},"reviews":[{"verdict":"approve","by":{"id":"U0","team":"T0","name":"","email":"@"},"at":17}],'
    b'"origin":{"channel":"C0"},"created_at":17,"expires_at":17,"approved_at":17,"run_by":17,"attempt":1,"worker":"",'
    b'"called_at":17,"ended_at":17,"receipt":{"proof":"read_back","status":200,"facts":{"exists":true,"flag_id":"",'
    b'"archived":false,"status":"DISABLED","rules":"","approval_required":false,"pending_suggestion":null},"at":17},'
    b'"deliveries":["'
)


def packed(data: str) -> str:
    """Return the small spelling of a record's JSON."""
    press = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS, zdict=_SAID)
    return _MARK + base64.b85encode(press.compress(data.encode()) + press.flush()).decode()


def unpacked(data: str) -> str:
    """Return the JSON of a record in either spelling; raise ValueError where it is neither whole nor ours."""
    if not data.startswith(_MARK):
        return data
    press = zlib.decompressobj(-zlib.MAX_WBITS, zdict=_SAID)
    try:
        text = press.decompress(base64.b85decode(data[len(_MARK) :]), _MOST)
    except zlib.error as broken:
        raise ValueError("a packed record is broken") from broken
    if not press.eof or press.unused_data:
        raise ValueError("a packed record is cut off, or has something behind it")
    return text.decode()
