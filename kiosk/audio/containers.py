"""What an audio file's own headers promise, so that a file which was cut off is told from one that is whole.

A decoder reads as far as it can and stops without a word, and FFmpeg's ``duration`` is often only a guess: for MP3
and AAC without an index it divides the size by the first frames' bit rate (measured on an 8 s VBR recording: 15 s
and 80 s). Only lengths that somebody wrote into the file are used here.
"""

from __future__ import annotations

import struct
from pathlib import Path

from av.audio.stream import AudioStream
from av.container import InputContainer

_INDEXED = ("aiff", "au", "caf", "flac", "w64", "mov,mp4,m4a,3gp,3g2,mj2")
"""FFmpeg's names of the formats whose header holds each stream's length."""

_EXACT_S = 0.02
_CODEC_DELAY = 2 * 1152
"""Samples. Matroska counts the start-up delay and the filled-up last frame of a lossy codec, a decoder drops both: up
to two frames of MP3, the longest (measured: 1664 samples). Lossless codecs are exact."""

_STREAMED_FROM = 0x7FFF_0000
"""WAV data sizes from here up are placeholders of programs that wrote to a pipe (arecord, sox, ffmpeg)."""

_OGG_PAGE_MAX = 27 + 255 + 255 * 255


def promised_s(path: Path, container: InputContainer, stream: AudioStream) -> float | None:
    """Return how many seconds the file's header says it holds, or None when no header says so."""
    name = container.format.name
    if name == "wav":
        return _wav_promise(path) if stream.codec_context.name.startswith("pcm_") else _stream_length(stream)
    if name == "mp3" and not _mp3_has_index(path):
        return None
    if name in _INDEXED or name == "mp3":
        return _stream_length(stream)
    # Matroska and WebM write one length for all tracks: it is the sound's only when the sound is alone.
    if name.startswith("matroska") and len(container.streams) == 1 and container.duration is not None:
        return container.duration / 1_000_000
    return None


def tolerance_s(stream: AudioStream) -> float:
    """Return by how much a whole file may fall short of its promise, in seconds."""
    codec = stream.codec_context.name
    exact = codec == "flac" or codec.startswith(("pcm_", "adpcm_"))
    return _EXACT_S if exact else _CODEC_DELAY / max(1, stream.codec_context.sample_rate)


def ends_inside_page(path: Path, container: InputContainer) -> bool:
    """Tell whether an Ogg file stops in the middle of its last page (RFC 3533, section 6).

    FFmpeg takes an Ogg stream's length from its last whole page, so a file that was cut looks whole to it. A missing
    end-of-stream mark alone is no fault: live streams end without one.
    """
    if container.format.name != "ogg":
        return False
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - _OGG_PAGE_MAX))
        tail = file.read()
    start = tail.rfind(b"OggS")
    if start < 0:
        return True
    page = tail[start:]
    if len(page) < 27 or len(page) < 27 + page[26]:
        return True
    return len(page) < 27 + page[26] + sum(page[27 : 27 + page[26]])


def _stream_length(stream: AudioStream) -> float | None:
    if stream.duration is None or stream.time_base is None:
        return None
    return float(stream.duration * stream.time_base)


def _wav_promise(path: Path) -> float | None:
    """Walk the RIFF chunks to ``data``: FFmpeg silently shortens its declared size to the bytes that are there."""
    byte_rate = 0
    with path.open("rb") as file:
        if file.read(12)[:4] != b"RIFF":
            return None  # RF64 and others keep their lengths elsewhere
        while len(header := file.read(8)) == 8:
            kind, size = struct.unpack("<4sI", header)
            if kind == b"data":
                known = byte_rate > 0 and 0 < size < _STREAMED_FROM
                return size / byte_rate if known else None
            body = file.read(min(size, 12)) if kind == b"fmt " else b""
            if len(body) == 12:
                byte_rate = int.from_bytes(body[8:12], "little")
            file.seek(size + size % 2 - len(body), 1)
    return None


def _mp3_has_index(path: Path) -> bool:
    """Tell whether the first MP3 frame is a Xing, Info or VBRI index, which counts the frames."""
    with path.open("rb") as file:
        head = file.read(10)
        if head[:3] == b"ID3":
            size = sum(byte << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))
            file.seek(10 + size)
        else:
            file.seek(0)
        frame = file.read(4096)
    return any(mark in frame for mark in (b"Xing", b"Info", b"VBRI"))
