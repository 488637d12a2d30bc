"""The digit network: as good as its README says, on digits that it never saw, and the same in any batch."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from papermode.geometry import Rect
from papermode.model.layout import Box
from papermode.scan import digits
from papermode.scan.cells import normalised
from papermode.scan.digits import ACCEPT, classify
from papermode.simulate.hands import Hand, held_out_samples, write_comb

Pictures = npt.NDArray[np.float32]


@pytest.fixture(scope="module")
def held_out() -> tuple[Pictures, npt.NDArray[np.int64]]:
    samples = held_out_samples()
    labels = np.concatenate([np.full(len(samples[d]), d, np.int64) for d in range(10)])
    return np.concatenate([samples[d] for d in range(10)]).astype(np.float32) / np.float32(255), labels


def test_digits_of_unseen_pictures_are_named(held_out: tuple[Pictures, npt.NDArray[np.int64]]) -> None:
    pictures, labels = held_out
    named, confidence = classify(pictures)
    taken = confidence >= ACCEPT
    assert (named == labels).mean() >= 0.985
    assert taken.mean() >= 0.90
    assert (named != labels)[taken].mean() <= 0.003


def test_confidence_is_a_probability_and_tells_right_from_wrong(
    held_out: tuple[Pictures, npt.NDArray[np.int64]],
) -> None:
    pictures, labels = held_out
    named, confidence = classify(pictures)
    assert confidence.min() >= 0
    assert confidence.max() <= 1
    right = named == labels
    assert confidence[right].mean() > confidence[~right].mean() + 0.2


def test_the_batch_does_not_matter(held_out: tuple[Pictures, npt.NDArray[np.int64]]) -> None:
    pictures = held_out[0][::25]
    together = classify(pictures)
    alone = [classify(p[None]) for p in pictures]
    assert together[0].tolist() == [int(d[0]) for d, _ in alone]
    assert np.allclose(together[1], [float(c[0]) for _, c in alone], atol=1e-5)


def test_no_digits_are_no_digits() -> None:
    named, confidence = classify(np.zeros((0, 28, 28), np.float32))
    assert named.shape == confidence.shape == (0,)


def test_the_convolution_is_that_of_opencv(held_out: tuple[Pictures, npt.NDArray[np.int64]]) -> None:
    pictures = held_out[0][::200]
    net = digits._net()
    out = digits._convolved(pictures[..., None], 5, net.c1)
    again = digits._convolved(np.maximum(out, 0), 3, net.c2)
    for i, picture in enumerate(pictures):
        for channel in range(12):
            kernel = net.c1[0][:, channel].reshape(5, 5)
            expected = cv2.filter2D(picture, cv2.CV_32F, kernel)[2:-2, 2:-2] + net.c1[1][channel]
            assert np.allclose(out[i, :, :, channel], expected, atol=1e-4)
        kernels = net.c2[0][:, 5].reshape(3, 3, 12)
        planes = [cv2.filter2D(np.maximum(out[i, :, :, c], 0), cv2.CV_32F, kernels[:, :, c]) for c in range(12)]
        assert np.allclose(again[i, :, :, 5], np.sum(planes, axis=0)[1:-1, 1:-1] + net.c2[1][5], atol=1e-3)


def test_european_ones_and_sevens_are_not_taken_for_each_other() -> None:
    """Flags and bars are drawn onto real held-out digits; on clean paper, without lines."""
    box = Box("n", "comb", Rect(300, 300, 700, 900), cells=1)
    hand = Hand(height=5.5, ink=0.1, european=True)
    taken = wrong = 0
    for digit in "17":
        for seed in range(60):
            page = np.full((150, 130), 255, np.uint8)
            write_comb(page, 254, box, digit, hand, np.random.default_rng((seed, int(digit))))
            named, confidence = classify(normalised(((255 - page) / 255).astype(np.float32))[None])
            if confidence[0] >= ACCEPT:
                taken += 1
                wrong += str(named[0]) != digit
                assert {str(named[0]), digit} != {"1", "7"}
    assert taken >= 90
    assert wrong <= 2, "a 7 whose head is closed is a 9 to anybody"
