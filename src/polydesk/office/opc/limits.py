"""How much a package may ask of the machine before it is refused, and why each bound is where it is."""

from __future__ import annotations

MIB = 1024 * 1024

MAX_PART_BYTES = 512 * MIB
"""Largest part that is inflated or written. Text over this does not fit in the memory of an ordinary machine once it is
parsed; a film inside a deck may be larger, and is copied without being inflated."""

MAX_STREAMED_BYTES = 2048 * MIB
"""Largest part that is read or written piece by piece: a sheet of 60,000,000 cells. Offsets stay within 32 bits."""

MAX_PACKAGE_BYTES = 4096 * MIB
"""Largest sum of declared part sizes: what a package without zip64 could hold of stored members."""

FREE_RATIO_BYTES = 64 * MIB
"""Up to this size any compression ratio is believed: generated documents that repeat one paragraph reach 900:1."""

MAX_RATIO = 200
"""Largest believed ratio above `FREE_RATIO_BYTES`. The highest in 1,568 office files from the tests of seven libraries
is 114:1 (a pivot cache of 74 kB); deflate's own bound is 1032:1."""

MAX_MEMBERS = 100_000
"""Most members of one package; decks of thousands of pictures stay far below."""

MAX_TAGS = 20_000_000
"""Most markup (`<`) of one XML part that is parsed into a tree: a node takes about 130 bytes (measured with lxml 6.1),
so this bounds a tree to some 2.6 GB. A Word document of 100,000 paragraphs has one or two million."""
