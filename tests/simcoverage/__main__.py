"""`python -m tests.simcoverage`: write the page, unless an entry is untrue."""

import sys

from tests.simcoverage.page import PAGE, faults, rendered

found = list(faults())
if found:
    sys.exit("\n".join(found))
PAGE.write_text(rendered(), encoding="utf-8")
