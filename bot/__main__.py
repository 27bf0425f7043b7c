"""
`python -m bot`.

Importing makes a great many things that stay: collecting garbage meanwhile finds none and takes a fifth of the start,
and what is frozen afterwards is not looked through again.
"""

import gc
import sys

gc.disable()

from bot.cli import main  # noqa: E402  after the line above, which is about this import

gc.freeze()
gc.enable()

sys.exit(main())
