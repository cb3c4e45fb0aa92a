"""Letters that are read as others and that no decomposition of Unicode takes apart.

After Unicode's confusables (TR39), of which this keeps what is read as a Latin letter at a glance.
"""

from __future__ import annotations

__all__ = ["BLANKS", "LOOKALIKES", "SIGNS", "STRETCHES"]

BLANKS = frozenset("\u115f\u1160")
"""Letters by category that show nothing but a gap: Hangul fillers, once decomposed."""

STRETCHES = frozenset("\u0640\u07fa")
"""Letters by category that only draw a word out."""

SIGNS = frozenset([*map(chr, range(0x02B9, 0x02D2)), *"\u01c3\u02ec\u02ee\u0559\u07f4\u07f5\ua78c"])
"""Letters by category that are read as apostrophes, colons and the like: they end a word."""

# By the letter they are read as; lower case, because case is folded first. In this order: Latin
# with strokes, hooks or no dot, small capitals, Greek, Cyrillic, Armenian, Coptic, Cherokee, Lisu.
_READ_AS = {
    "a": "ɑⱥᴀαаⲁᎪꓮ",
    "ae": "æᴁ",
    "b": "ƀɓʙβвⲃᏏᏼꓐ",
    "c": "ƈȼᴄςϲсⲥᏟꓚ",
    "d": "ɖɗđðᴅԁᎠᏧꓓ",
    "e": "ɇəǝɛᴇεеҽԑⲉᎬꓰ℮",
    "f": "ƒꜰғꓝ",
    "g": "ǥɠɡɢԍցᏀᏻꓖ",
    "h": "ħɦʜнһңҳհⲏᎻᏂꓧ",
    "i": "ıɨɩɪιіⲓᎥꓲ",
    "j": "ɉȷᴊϳјյᎫꓙ",
    "k": "ƙĸᴋκкқҝҟҡӄⲕᏦꓗ",
    "l": "łƚɫɬǀʟӏᏞꓡ",
    "m": "ɱᴍмⲙᎷꓟ",
    "n": "ŋɲƞɴηոⲛꓠ",
    "o": "øɵᴏοσоөօⲟꓳ",
    "oe": "œɶ",
    "p": "ƥᴘρрⲣᏢꓑ",
    "q": "ɋꞯԛզ",
    "r": "ɍɽʀгᎡᏒꓣ",
    "s": "ʂȿꜱѕᏕᏚꓢ",
    "t": "ŧƫƭʈᴛτтⲧᎢꓔ",
    "th": "þ",
    "u": "ʉᴜυսꓴ",
    "v": "ʋᴠνѵᏙꓦ",
    "w": "ⱳᴡωԝѡꙍᎳᏔꓪ",
    "x": "χхⲭꓫ",
    "y": "ƴɏʏγуүұⲩᎩᎽꓬ",
    "z": "ƶʐʑᴢᏃꓜ",
    "3": "з",
    "4": "Ꮞ",
}
LOOKALIKES = {one: read for read, those in _READ_AS.items() for one in those}
"""Letter -> what it is read as."""
