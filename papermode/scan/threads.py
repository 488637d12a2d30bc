"""One thread for each process that reads.

A page is thousands of small pictures and matrices. Threads that share one of them wait for each other longer than they
work: with OpenBLAS's and OpenCV's own number of threads, reading took twice the processor time on two cores.
"""

from __future__ import annotations

import os
from typing import Final

ENVIRONMENT: Final = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
"""What NumPy's matrix library goes by, from the moment when NumPy is loaded."""


def one_matrix_thread() -> None:
    """Let NumPy, which must not have been loaded yet, work in one thread; what the user has set stays."""
    for name, count in ENVIRONMENT.items():
        os.environ.setdefault(name, count)


def one_picture_thread() -> None:
    """Let OpenCV work in one thread."""
    import cv2

    cv2.setNumThreads(1)
