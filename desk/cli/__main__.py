"""`python -m desk.cli` is `zhanggui`."""

from desk.cli.app import main

main()
