"""Reading does not share small pictures and matrices among threads."""

from __future__ import annotations

import subprocess
import sys

import cv2

from papermode.app.rebuild import Rebuilt
from papermode.app.scans import scan_paths
from papermode.app.sites import shipped_library
from papermode.store import Manifests
from papermode.trust.keyring import Keyring

_RUN = """
import os, sys
sys.argv = ["papermode", "--version"]
from papermode.cli import main
try:
    main()
except SystemExit:
    pass
print("numpy" in sys.modules, os.environ["OPENBLAS_NUM_THREADS"], os.environ["OMP_NUM_THREADS"])
"""


def run(**environment: str) -> str:
    ran = subprocess.run([sys.executable, "-c", _RUN], env=environment, capture_output=True, text=True, check=True)
    return ran.stdout.splitlines()[-1]


def test_the_number_of_matrix_threads_is_set_before_numpy_is_loaded() -> None:
    assert run() == "False 1 1"
    assert run(OPENBLAS_NUM_THREADS="3") == "False 3 1"


def test_a_heap_is_read_in_one_thread() -> None:
    before = cv2.getNumThreads()
    try:
        cv2.setNumThreads(2)
        assert not list(scan_paths([], Manifests(()), Keyring.from_texts([], "card"), Rebuilt(shipped_library)))
        assert cv2.getNumThreads() == 1
    finally:
        cv2.setNumThreads(before)
