"""The encoder–decoder engine on tiny models of every family: real files, real CTranslate2."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from kiosk import engines, settings
from kiosk.encounter import Utterance
from kiosk.engines.seq2seq import Seq2SeqTranslator
from kiosk.errors import Cancelled, ModelError, UnsupportedLanguageError
from kiosk.models import model_store
from kiosk.settings import Settings
from kiosk.translation import reconciled
from tests import tiny_models

TAGS = {
    "nllb": ("zho_Hans", "rus_Cyrl", "kaz_Cyrl", "eng_Latn"),
    "m2m100": ("__zh__", "__ru__", "__kk__", "__en__"),
    "madlad": ("<2zh>", "<2ru>", "<2en>"),
    "marian": (),
}
SAYS = "我头疼三天了。"


@dataclass(frozen=True)
class Site:
    home: Path
    settings: Settings

    def translator(
        self,
        family: str,
        *,
        codes: tuple[str, ...] = ("ru", "en"),
        says: str = SAYS,
        beam_size: int = 2,
        max_tokens: int = 200,
        tags: tuple[str, ...] | None = None,
        ends: bool = True,
        unknown_at: int | None = None,
        vmap: tuple[str, ...] | None = None,
    ) -> Seq2SeqTranslator:
        """Make a tiny model, add it as a person would, and return its engine."""
        folder = self.home / "stick" / family
        tiny_models.write(
            folder,
            family,
            says,
            tags=TAGS[family] if tags is None else tags,
            ends=ends,
            unknown_at=unknown_at,
            vmap=vmap,
        )
        model = model_store.add(folder, name=f"tiny-{family}", licence="MIT", codes=codes, engine=family)
        chosen = self.settings.translation.model_copy(update={"beam_size": beam_size, "max_tokens": max_tokens})
        return Seq2SeqTranslator(model, chosen)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setenv("KIOSK_HOME", str(tmp_path / "home"))
    return Site(tmp_path, settings.load())


@pytest.mark.parametrize("beam_size", [1, 2])
@pytest.mark.parametrize("family", [*TAGS])
def test_every_family_translates(site: Site, family: str, beam_size: int) -> None:
    translator = site.translator(family, beam_size=beam_size)
    rendered = translator.translate("у меня болит голова", language="ru")
    assert (rendered.zh, rendered.truncated, rendered.unknown) == (SAYS, False, 0)
    assert translator.engine.startswith(f"{family}@tiny-{family}-")


@pytest.mark.parametrize("family", ["nllb", "m2m100", "madlad", "marian"])
def test_the_family_is_seen_from_the_files(site: Site, family: str) -> None:
    site.translator(family)
    assert model_store.family(site.home / "stick" / family) == family


def test_a_converted_folder_with_tokenizer_json_alone_works(site: Site) -> None:
    import tokenizers

    folder = tiny_models.write(site.home / "stick" / "nllb", "nllb", SAYS, tags=TAGS["nllb"])
    vocabulary = [
        (piece, -float(index)) for index, piece in enumerate(["<unk>", "▁", *dict.fromkeys("".join(tiny_models.TEXT))])
    ]
    tokenizer = tokenizers.Tokenizer(tokenizers.models.Unigram(vocabulary, unk_id=0))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Metaspace()
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "sentencepiece.bpe.model").unlink()
    model = model_store.add(folder, name="json", licence="MIT", codes=("ru",))
    assert Seq2SeqTranslator(model, site.settings.translation).translate("болит", language="ru").zh == SAYS


def test_kazakh_in_arabic_script_is_read_as_cyrillic(site: Site) -> None:
    translator = site.translator("nllb", codes=("kk",))
    rendered = translator.translate("باسىم اۋىرادى", language="kk")
    assert rendered.unknown == 0, "Arabic letters are not in this model's vocabulary"


def test_words_that_the_vocabulary_lacks_are_counted(site: Site) -> None:
    rendered = site.translator("nllb").translate("У меня 🤒 ʘ", language="ru")
    assert rendered.unknown > 0


def test_unknown_tokens_in_the_output_are_counted_and_not_shown(site: Site) -> None:
    rendered = site.translator("nllb", unknown_at=2).translate("болит", language="ru")
    assert rendered.unknown == 1
    assert "unk" not in rendered.zh


def test_a_model_that_never_ends_is_cut_and_said_to_be(site: Site) -> None:
    rendered = site.translator("nllb", ends=False).translate("болит голова", language="ru")
    assert rendered.truncated


@pytest.mark.parametrize("family", ["nllb", "marian"])
def test_long_sentences_are_cut_at_commas_or_words(site: Site, family: str) -> None:
    translator = site.translator(family, max_tokens=16)
    rendered = translator.translate("у меня болит голова и живот и голова и живот и голова", language="ru")
    assert rendered.zh.count(SAYS) > 1
    assert not rendered.truncated


def test_a_vmap_restricts_the_output(site: Site) -> None:
    free = site.translator("marian").translate("болит", language="ru")
    assert "头" in free.zh
    bound = site.translator("marian", vmap=("▁", "我", "▁我", "。", "</s>")).translate("болит", language="ru")
    assert set(bound.zh) <= set("我。")


def test_a_multilingual_marian_is_told_to_write_chinese(site: Site) -> None:
    translator = site.translator("marian", tags=(">>cmn_Hans<<",))
    translator.load()
    assert translator._backend is not None
    before, prefix, behind = translator._dress("ru", "zh", translator._backend.vocabulary)
    assert (before, prefix, behind) == ([">>cmn_Hans<<"], [], ["</s>"])


def test_chinese_goes_back_where_the_family_can(site: Site) -> None:
    assert site.translator("nllb").back("我头疼", language="ru")
    assert site.translator("marian").back("我头疼", language="ru") == ""


@pytest.mark.parametrize("beam_size", [1, 2])
def test_cancelling_stops(site: Site, beam_size: int) -> None:
    translator = site.translator("nllb", beam_size=beam_size, ends=False)
    translator.load()
    calls = 0

    def check() -> None:
        nonlocal calls
        calls += 1
        if calls == (3 if beam_size == 1 else 1):  # greedy: within the sentence
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        translator.translate("болит голова", language="ru", check=check)


def test_a_language_without_a_code_is_refused(site: Site) -> None:
    with pytest.raises(UnsupportedLanguageError, match="m2m100"):
        site.translator("m2m100", codes=("ug",)).translate("x", language="ug")


def test_a_model_of_another_family_is_refused(site: Site) -> None:
    with pytest.raises(ModelError, match="lacks the token 'rus_Cyrl'"):
        site.translator("nllb", tags=("xx",)).translate("болит", language="ru")


def test_a_flipped_byte_is_refused_and_the_intake_goes_on(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    translator = site.translator("nllb")
    path = site.home / "home" / "models" / "tiny-nllb" / "model.bin"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(ModelError, match="differs from its checksum"):
        translator.load()
    utterance = Utterance(id="u1", text="my head hurts wobblegong", language="en", mode="text")
    translation = reconciled(utterance, translator)
    assert translation.zh == "头痛，〔wobblegong〕。"
    assert [caution.kind for caution in translation.warnings] == ["neural_unavailable"]
    assert "wobblegong" not in caplog.text


def test_broken_weights_and_tokenizers_are_reported(site: Site) -> None:
    translator = site.translator("nllb")
    folder = site.home / "stick" / "nllb"
    (folder / "sentencepiece.bpe.model").write_bytes(b"no model")
    model = model_store.add(folder, name="broken", licence="MIT", codes=("ru",), engine="nllb")
    with pytest.raises(ModelError, match="is no tokenizer"):
        Seq2SeqTranslator(model, site.settings.translation).load()
    (folder / "model.bin").write_bytes(b"no model")
    tiny_models.pieces(folder, "sentencepiece.bpe.model")
    model = model_store.add(folder, name="broken", licence="MIT", codes=("ru",), engine="nllb")
    with pytest.raises(ModelError, match="cannot be loaded"):
        Seq2SeqTranslator(model, site.settings.translation).load()
    translator.load()


def test_the_settings_choose_the_model(site: Site) -> None:
    site.translator("nllb")
    chosen = site.settings.model_copy(
        update={"translation": site.settings.translation.model_copy(update={"neural_model": "tiny-nllb"})}
    )
    made = engines.translator(chosen)
    assert made is not None
    assert made.translate("болит", language="ru").zh == SAYS
    assert engines.translator(site.settings) is None
    with pytest.raises(ModelError, match="cannot translate"):
        engines.translator(site.settings, "whisper-base")


def test_an_unconverted_model_without_pytorch_says_so(site: Site) -> None:
    try:
        import torch  # noqa: F401
    except ImportError:
        pass
    else:
        pytest.skip("PyTorch is installed here")
    folder = site.home / "stick" / "marian"
    tiny_models.write(folder, "marian", SAYS)
    (folder / "model.bin").unlink()
    (folder / "model.safetensors").write_bytes(b"weights")
    model = model_store.add(folder, name="plain", licence="MIT", codes=("ru",), engine="marian")
    with pytest.raises(ModelError, match="not converted") as caught:
        Seq2SeqTranslator(model, site.settings.translation).load()
    assert "kiosk models convert" in caught.value.remedy
