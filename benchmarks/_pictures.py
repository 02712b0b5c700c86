"""Frames for benchmarks: 720p JPEGs as a webcam gives them, soft shapes with the noise of a sensor, all different."""

import cv2
import numpy as np

WIDTH, HEIGHT = 1280, 720
FRAME_BYTES = 85_000
QUALITY = 85
NEAR_ENOUGH = 0.01


def pictures(count: int, size_bytes: int = FRAME_BYTES) -> list[bytes]:
    """`count` JPEGs of about `size_bytes` each."""
    dice = np.random.default_rng(1)
    noise = _noise_for(size_bytes)
    return [_encode(_scene(dice), noise, dice) for _ in range(count)]


def _scene(dice: np.random.Generator) -> np.ndarray:
    """Soft areas and some edges, BGR."""
    soft = cv2.resize(dice.integers(40, 216, (9, 16, 3), np.uint8), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    for _ in range(12):
        at = (int(dice.integers(WIDTH)), int(dice.integers(HEIGHT)))
        cv2.circle(soft, at, int(dice.integers(20, 160)), dice.integers(0, 256, 3).tolist(), -1, cv2.LINE_AA)
    return soft


def _encode(scene: np.ndarray, noise: float, dice: np.random.Generator) -> bytes:
    grain = dice.normal(0, noise, (HEIGHT, WIDTH, 1))
    noisy = np.clip(scene + grain, 0, 255).astype(np.uint8)
    return cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].tobytes()


def _noise_for(size_bytes: int) -> float:
    """How strong the grain must be for that size, by halving."""
    low, high = 0.0, 40.0
    while True:
        dice = np.random.default_rng(1)
        noise = (low + high) / 2
        made = len(_encode(_scene(dice), noise, dice))
        if abs(made / size_bytes - 1) < NEAR_ENOUGH or high - low < NEAR_ENOUGH:
            return noise
        low, high = (noise, high) if made < size_bytes else (low, noise)
