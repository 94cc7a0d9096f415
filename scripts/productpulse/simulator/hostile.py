"""Texts that break programs that do not expect them."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from productpulse.simulator import draw
from productpulse.simulator import world as w
from productpulse.simulator.tables import words

TEXTS = (
    'Quote " and \'quote\' and "" again',
    "Robert'); drop table users; --",
    "<script>alert('x')</script><b>bold</b>",
    "=cmd|' /C calc'!A0",
    '+1+1, "-2", @sum(1)',
    "שלום עולם \u202eright to left\u202c مرحبا",
    "two\nlines, a\ttab; a \\ backslash and a \\N",
    "emoji \U0001f469\u200d\U0001f4bb, zero\u200bwidth, e\u0301 combined",
    "{{ jinja }} ${shell} %s %(name)s",
    "NULL",
    "very long " * 500,
)


def spoil(world: w.World, texts: pa.Array, of: draw.Keys) -> tuple[pa.Array, np.ndarray]:
    """The texts with some replaced by hostile ones, and which."""
    chosen = draw.chance(of, "hostile text", world.dirt.hostile_text)
    chosen &= pc.is_valid(texts).to_numpy(zero_copy_only=False)
    which = draw.between(of, "which hostile text", 0, len(TEXTS))
    return pc.if_else(pa.array(chosen), words(TEXTS, which), texts), chosen
