"""Decoded pictures as people get them: fitted into one size, as JPEG."""

import io
import itertools

import av
from av.filter import Graph
from PIL import Image


class Fitter:
    """Brings pictures of any size into one, keeping their shape: what is left at the sides is black."""

    def __init__(self, width: int, height: int, pixel_format: str = "yuv420p"):
        self._size = (width, height)
        self._format = pixel_format
        self._graphs: dict[tuple, Graph] = {}

    def fit(self, frame: av.VideoFrame) -> av.VideoFrame:
        """A picture of the one size, with the time of `frame`."""
        if (frame.width, frame.height) == self._size:
            return frame if frame.format.name == self._format else frame.reformat(format=self._format)
        graph = self._graphs.setdefault((frame.width, frame.height, frame.format.name), None) or self._graph_for(frame)
        graph.push(frame)
        fitted = graph.pull()
        fitted.pts, fitted.time_base = frame.pts, frame.time_base
        return fitted

    def _graph_for(self, frame: av.VideoFrame) -> Graph:
        width, height = self._size
        graph = Graph()
        chain = [
            graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base),
            graph.add("scale", f"{width}:{height}:force_original_aspect_ratio=decrease:force_divisible_by=2"),
            graph.add("pad", f"{width}:{height}:-1:-1"),
            graph.add("format", self._format),
            graph.add("buffersink"),
        ]
        for before, after in itertools.pairwise(chain):
            before.link_to(after)
        graph.configure()
        self._graphs[frame.width, frame.height, frame.format.name] = graph
        return graph


def jpeg_of(image: Image.Image, quality: int) -> bytes:
    data = io.BytesIO()
    image.save(data, "JPEG", quality=quality)
    return data.getvalue()
