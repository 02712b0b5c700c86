"""A camera whose every picture says which one it is: a number in black and white fields, and beneath it its opposite,
so that a number that cannot be read is not taken for another."""

from pathlib import Path

import cv2
import numpy as np

BITS = 10
BLACK, WHITE = 16, 235


def write_numbered(path: Path, width: int, height: int, frames: int, fps: int = 30, *, noisy: bool = False) -> Path:
    """A y4m file for the fake camera, which plays it over and over; `noisy`: as dear to encode as a real picture."""
    random = np.random.default_rng(7)
    ground = np.full((height, width), 128, np.uint8)
    if noisy:
        ground = cv2.GaussianBlur(random.integers(0, 255, (height, width), np.uint8), (0, 0), 1.2)
    chroma = np.full((height // 2, width), 128, np.uint8).tobytes()
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{width} H{height} F{fps}:1 Ip A1:1 C420\n".encode())
        for number in range(frames):
            luma = np.roll(ground, 5 * number, axis=1)
            for row, bits in enumerate((number, ~number)):
                for bit in range(BITS):
                    top, left, bottom, right = _field(row, bit, width, height)
                    luma[top:bottom, left:right] = WHITE if bits >> bit & 1 else BLACK
            file.write(b"FRAME\n" + luma.tobytes() + chroma)
    return path


def number_in(image: bytes) -> int | None:
    """What an encoded picture says; None where it cannot be read."""
    luma = cv2.imdecode(np.frombuffer(image, np.uint8), cv2.IMREAD_GRAYSCALE)
    height, width = luma.shape
    rows = []
    for row in (0, 1):
        bits = 0
        for bit in range(BITS):
            top, left, bottom, right = _field(row, bit, width, height)
            bits |= int(luma[(top + bottom) // 2, (left + right) // 2] > 127) << bit
        rows.append(bits)
    return rows[0] if rows[0] ^ rows[1] == (1 << BITS) - 1 else None


def _field(row: int, bit: int, width: int, height: int) -> tuple[int, int, int, int]:
    """(top, left, bottom, right) of one bit, in the upper third of the picture."""
    return row * height // 6, bit * width // BITS, (row + 1) * height // 6, (bit + 1) * width // BITS


# Called in a page with BITS: of every picture that its preview shows, the number and when the camera took it, epoch
# ms by the browser's steady clock, in `window.seenNumbers`.
NOTE_NUMBERS = """(bits) => {
    const video = document.getElementById("preview");
    const canvas = new OffscreenCanvas(bits, 6);
    const context = canvas.getContext("2d", {willReadFrequently: true});
    window.seenNumbers = [];
    const look = (now, {captureTime}) => {
        video.requestVideoFrameCallback(look);
        context.drawImage(video, 0, 0, bits, 6);
        const {data} = context.getImageData(0, 0, bits, 1);
        let number = 0;
        for (let bit = 0; bit < bits; bit += 1) number |= (data[4 * bit] > 127) << bit;
        if (captureTime) window.seenNumbers.push([number, performance.timeOrigin + captureTime]);
    };
    video.requestVideoFrameCallback(look);
}"""
