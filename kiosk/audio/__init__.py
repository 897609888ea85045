"""Files to 16 kHz mono, and how loud it is.

Whatever FFmpeg can decode is read in one streaming pass: memory is bounded by ``audio.max_duration_s``, an over-long
file is refused before or during decoding, and a file that was cut off is refused rather than read as if it were all
the patient said.
"""

from __future__ import annotations

import hashlib
import math
import shlex
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer
from numpy.typing import NDArray

from kiosk import settings
from kiosk.audio import containers
from kiosk.audio.resampling import FrameResampler, MonoMix
from kiosk.encounter import Caution
from kiosk.errors import AudioError
from kiosk.recognition import SAMPLE_RATE, Check, Samples, never

SILENT_DBFS = -120.0
QUIET_DBFS = -45.0
"""Speech below this is too quiet: the quietest shipped clip of speech is at -32.5 dBFS."""
CLIPPED = 0.99
CLIPPED_FRACTION = 0.002
"""A normalised recording touches full scale on single peaks: at most 0.00004 of the samples of a shipped clip."""

FORMATS = "WAV, FLAC, MP3, M4A, OGG or WebM"

_OPTIONS = {"protocol_whitelist": "none"}
"""A playlist (HLS, ffconcat) dressed as audio would make FFmpeg open other files and network addresses."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Recording:
    """Audio as every later stage sees it.

    Attributes:
        samples: shape (n,), read-only.
        duration_s: n / 16 000.
        sha256: hex digest of the source file; of the 16-bit little-endian samples when they were captured.
        source: the file it was read from, None when captured.
    """

    samples: Samples = field(repr=False)
    duration_s: float
    sha256: str
    source: Path | None = None


def load(
    path: Path,
    *,
    limits: settings.Audio,
    check: Check = never,
    progress: Callable[[float], None] | None = None,
) -> Recording:
    """Decode a file to 16 kHz mono.

    Args:
        path: any file that FFmpeg decodes; of several sound tracks, the one that FFmpeg prefers.
        limits: the longest and shortest recording accepted.
        check: called for every packet.
        progress: called with the fraction of the file read so far (0–1, never falling).

    Raises:
        AudioError: the file is missing, empty, not audio, cut off, damaged, over-long or too short.
        Cancelled: ``check`` raised it.
    """
    _require_file(path)
    try:
        with path.open("rb") as file:
            samples = _decode(path, file, limits, check, progress)
            check()
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:  # PyAV's errors are handled where they happen; this is the disk
        raise AudioError(f"The audio file {path} cannot be read: {error.strerror}.") from None
    duration_s = samples.size / SAMPLE_RATE
    if duration_s < limits.min_duration_s:
        raise AudioError(
            f"The audio file {path} is {duration_s:.2f} s long; at least {limits.min_duration_s:g} s are needed.",
            remedy="Record again, or lower audio.min_duration_s in the settings.",
        )
    return Recording(samples=samples, duration_s=duration_s, sha256=digest, source=path)


def from_samples(samples: NDArray[np.floating], *, source: Path | None = None) -> Recording:
    """Make a recording of captured samples: 16 kHz mono, shape (n,), clipped to -1 … 1.

    Raises:
        AudioError: there are no samples, or some are not finite numbers.
    """
    if samples.ndim != 1:
        raise ValueError(f"captured samples must have shape (n,), not {samples.shape}")
    clean = _sealed(samples, "The recording")
    return Recording(
        samples=clean,
        duration_s=clean.size / SAMPLE_RATE,
        sha256=hashlib.sha256(to_pcm16(clean)).hexdigest(),
        source=source,
    )


def to_pcm16(samples: Samples) -> bytes:
    """Return the samples as 16-bit little-endian PCM."""
    return bytes(np.clip(np.rint(samples * 32768.0), -32768, 32767).astype("<i2"))


def from_pcm16(data: bytes) -> Samples:
    """Return the samples that :func:`to_pcm16` wrote; writing them again gives the same bytes."""
    return np.frombuffer(data, dtype="<i2").astype(np.float32) / np.float32(32768.0)


def rms_dbfs(samples: Samples) -> float:
    """Return the root mean square in dB below full scale (a full-scale square wave is 0), at least -120."""
    power = float(np.mean(np.square(samples, dtype=np.float64))) if samples.size else 0.0
    return max(SILENT_DBFS, 10 * math.log10(power)) if power > 0 else SILENT_DBFS


def clipped_fraction(samples: Samples) -> float:
    """Return the fraction of samples at full scale (0–1)."""
    return float(np.mean(np.abs(samples) >= CLIPPED)) if samples.size else 0.0


def level_caution(samples: Samples) -> Caution | None:
    """Return ``too_quiet`` (no second of it is loud enough), ``too_loud`` (distorted), or None."""
    seconds = [samples[at : at + SAMPLE_RATE] for at in range(0, samples.size, SAMPLE_RATE)]
    if max((rms_dbfs(second) for second in seconds), default=SILENT_DBFS) < QUIET_DBFS:
        return Caution(kind="too_quiet", detail="录音音量过低，可能没有录到说话声，请靠近麦克风重录。")
    if clipped_fraction(samples) > CLIPPED_FRACTION:
        return Caution(kind="too_loud", detail="录音音量过高，声音已失真，请离麦克风远一些重录。")
    return None


def _require_file(path: Path) -> None:
    if path.is_dir():
        raise AudioError(f"{path} is a folder, not an audio file.", remedy=f"Name one file: {FORMATS}.")
    if not path.exists():
        raise AudioError(f"The audio file {path} does not exist.", remedy="Check its name.")
    if not path.is_file():
        raise AudioError(f"{path} is not a regular file.", remedy=f"Name one file: {FORMATS}.")
    if path.stat().st_size == 0:
        raise AudioError(f"The audio file {path} is empty.", remedy="Copy it again, or record again.")


def _decode(
    path: Path, file: BinaryIO, limits: settings.Audio, check: Check, progress: Callable[[float], None] | None
) -> Samples:
    try:
        # The open file is given, not its name, so that the protocol whitelist can shut out every other file.
        container = av.open(file, mode="r", options=_OPTIONS, metadata_errors="replace")
    except (av.FFmpegError, ValueError):
        if _starts_like_mp4(path):
            raise _cut_off(path, 0.0, None) from None
        raise _not_audio(path) from None
    with container:
        stream = container.streams.best("audio")
        if not isinstance(stream, AudioStream):
            if _starts_like_mp4(path) and not container.streams:
                raise _cut_off(path, 0.0, None)
            raise _not_audio(path)
        if stream.codec_context is None:  # PyAV's way of saying so; its type does not
            raise AudioError(
                f"No decoder is known for the sound in {path}.", remedy=f"Convert it to one of: {FORMATS}."
            )
        promised = containers.promised_s(path, container, stream)
        if promised is not None and promised > limits.max_duration_s:
            raise _over_long(path, f"is {promised:.0f} s long", limits)
        return _read(path, container, stream, promised, limits, check, progress)


def _read(
    path: Path,
    container: InputContainer,
    stream: AudioStream,
    promised: float | None,
    limits: settings.Audio,
    check: Check,
    progress: Callable[[float], None] | None,
) -> Samples:
    resampler, mix = FrameResampler(), MonoMix()
    decoded_s, failed, lost_between = 0.0, False, False
    done, size = 0.0, max(1, container.size)
    try:
        for packet in container.demux(stream):
            check()
            if progress is not None and packet.pos is not None:
                progress(done := max(done, min(1.0, packet.pos / size)))
            try:
                frames = packet.decode()
            except av.FFmpegError:
                failed = decoded_s > 0  # a raw stream may begin inside a frame
                continue
            for frame in frames:
                lost_between = lost_between or failed
                decoded_s += frame.samples / frame.sample_rate
                for block in resampler.push(frame):
                    mix.add(block)
            if decoded_s > limits.max_duration_s:
                raise _over_long(path, f"is longer than {limits.max_duration_s:g} s", limits)
        for block in resampler.push(None):
            mix.add(block)
    except (av.FFmpegError, ValueError):  # ValueError: a frame that the resampler cannot take
        failed = lost_between = True
    if not mix.size:
        raise _not_audio(path) if promised is None else _cut_off(path, 0.0, promised)
    if promised is not None:
        cut = lost_between or decoded_s < promised - containers.tolerance_s(stream)
    else:
        # What fails after the last MP3 frame is somebody's tag: an MP3 that was cut decodes without an error.
        lost_end = failed and container.format.name != "mp3"
        cut = lost_between or lost_end or containers.ends_inside_page(path, container)
    if cut:
        raise _cut_off(path, decoded_s, promised)
    if progress is not None:
        progress(1.0)
    return _sealed(mix.samples(), f"The audio file {path}")


def _sealed(samples: NDArray[np.floating], what: str) -> Samples:
    """Return the samples as finite, clipped, contiguous and read-only float32."""
    if samples.size == 0:
        raise AudioError(f"{what} holds no sound.", remedy="Record again.")
    if not np.all(np.isfinite(samples)):
        raise AudioError(f"{what} is damaged: it holds samples that are not numbers.", remedy="Record again.")
    clean = np.ascontiguousarray(np.clip(samples, -1.0, 1.0), dtype=np.float32)
    clean.setflags(write=False)
    return clean


def _starts_like_mp4(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(8)[4:] == b"ftyp"


def _not_audio(path: Path) -> AudioError:
    return AudioError(f"No sound can be found in {path}.", remedy=f"Give a sound recording: {FORMATS}.")


def _over_long(path: Path, what: str, limits: settings.Audio) -> AudioError:
    return AudioError(
        f"The audio file {path} {what}; at most {limits.max_duration_s:g} s are accepted.",
        remedy="Cut it into shorter files, or raise audio.max_duration_s in the settings.",
    )


def _cut_off(path: Path, readable_s: float, promised_s: float | None) -> AudioError:
    of = f"of its {promised_s:.1f} s " if promised_s is not None else ""
    keep = f" To go on with the readable part: ffmpeg -i {shlex.quote(str(path))} readable.flac" if readable_s else ""
    return AudioError(
        f"The audio file {path} is cut off or damaged: only {readable_s:.1f} s {of}can be read.",
        remedy=f"Copy it again from where it was recorded, or record again.{keep}",
    )
