"""What counts, what is credited, what complies: the words every number rests on, each stated here and nowhere else.

linked, confirmed                 count as a copy; possible waits for a person; rejected and own site never count
text, joint                       credit the agency for its text; any other credit leaves a gap
unchanged … unchecked             have not applied a correction, kill or hold; broken is what an embargo can be
"""

from __future__ import annotations

from typing import Final

COUNTED: Final = ("linked", "confirmed")
"""The certainties of pickups that count."""
CERTAINTIES: Final = (*COUNTED, "possible")
"""Those that are listed at all."""
CREDITED: Final = ("text", "joint")
"""The credits that name the agency as author of the text."""
CREDITS: Final = (*CREDITED, "generic", "photo", "quoted", "wrong", "none")
UNLICENSED: Final = ("none", "unknown")
"""What stands for no licence: somebody said so, or nobody said anything."""
STANDING: Final = ("unchanged", "headline still wrong", "noindexed")
"""Seen since a notice, and what it is about still stands."""
UNSEEN: Final = ("unreachable", "unchecked")
"""Nobody can tell what an article did about a notice."""
NOT_COMPLIED: Final = (*STANDING, *UNSEEN)
"""An article that has not applied a notice, as far as we know."""
BROKEN: Final = "broken"
"""An embargo that was not kept."""
COMPLIED: Final = ("silently changed", "changed with a note", "replaced", "removed", "redirected")
