"""Writes the arrays of Tests/TokenizerTests/Fixtures/npy.

Made with Python 3.11.7 and NumPy 2.4.6: python make.py ../../TokenizerTests/Fixtures/npy
"""

import sys
from pathlib import Path

import numpy

folder = Path(sys.argv[1])
for kind in ["u2", "i4", "u4", "i8"]:
    ids = numpy.arange(23) * 7 % 1000 + 1
    numpy.save(folder / f"stream-{kind}.npy", ids.astype("<" + kind))
    numpy.save(folder / f"rows-{kind}.npy", ids[:20].reshape(4, 5).astype("<" + kind))
