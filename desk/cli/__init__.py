"""`zhanggui`: the operator's command line. Answers on stdout, everything else on stderr.

Exit codes: 0 done, 1 it failed or something is not healthy, 2 the command was used wrongly.
"""

from desk.cli.app import main

__all__ = ["main"]
