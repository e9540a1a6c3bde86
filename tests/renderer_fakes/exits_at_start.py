"""Ends before it says anything."""

import sys

sys.stderr.write("libsomething.so.7: cannot open shared object file\n")
sys.exit(7)
