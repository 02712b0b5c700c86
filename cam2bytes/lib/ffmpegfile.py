"""A file written by FFmpeg, for containers that are not written here."""

from pathlib import Path

import av


class FFmpegFile:
    """Takes packets, which it changes. Raises av.FFmpegError."""

    def __init__(self, path: Path, muxer: str):
        self._output = av.open(f"file:{path}", "w", format=muxer)

    def add_track(self, stream) -> int:
        return self._output.add_stream_from_template(stream, opaque=True).index

    def begin(self) -> None:
        """After the last track, before the first packet: FFmpeg dies when it is asked again for a header it refused."""
        self._output.start_encoding()

    def write(self, track: int, packet: av.Packet, pts: int, dts: int, duration: int, is_key: bool) -> None:
        packet.pts, packet.dts, packet.duration = pts, dts, duration
        packet.stream = self._output.streams[track]
        self._output.mux_one(packet)

    def close(self) -> None:
        self._output.close()
