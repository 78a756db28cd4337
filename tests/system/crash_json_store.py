#!/usr/bin/env python3
"""The same over the json driver, whose every commit is one rename. A tenth of the kills: its snapshots grow."""

import sys

from crash_checker import main

if __name__ == "__main__":
    sys.exit(main(store="json", share=0.1))
