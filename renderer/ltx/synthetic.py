"""Synthetic LTX-2.3 weights: the real architecture and key names, random numbers.

`python -m renderer.ltx.synthetic --scale tiny` writes 0.2 GB that the whole pipeline runs on a CPU with, in about a
second; `--scale full` writes what the real files weigh (46 GB and Gemma's 24 GB). Pictures are noise, but every shape,
kernel and byte moved is the real one, so that equality and speed can be tested without the real weights.

Numbers come from one seed per file and are equal wherever the same device type writes them.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import sys
import tempfile
import time
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, cast

import torch
from tokenizers import Tokenizer, decoders, models
from tokenizers.pre_tokenizers import ByteLevel

from renderer.ltx import architecture, files, random_tensors
from renderer.ltx.gemma import SIZES_FILE, sizes_of
from renderer.ltx.library import (
    AudioDecoderConfigurator,
    EmbeddingsProcessorConfigurator,
    GemmaTextEncoderConfigurator,
    LatentUpsamplerConfigurator,
    LTXModelConfigurator,
    VideoDecoderConfigurator,
    VideoEncoderConfigurator,
    VocoderConfigurator,
    meta_model,
)
from renderer.ltx.random_tensors import Spec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from renderer.ltx.architecture import Scale
    from renderer.protocol import Weights

CACHE = Path(".cache")
"""Where `cached` keeps the tiny set: below the current folder."""

LORA = re.compile(r"transformer_blocks.*(attn|ff)")
"""What the Dual-Character LoRA changes: attention and feed-forward layers of the blocks."""

UNUSED_S = 30 * 86400
"""Seconds after which a tiny set that nobody asked for is removed."""


def write(out: Path, scale: Scale, device: str = "cpu", gemma_out: Path | None = None) -> Weights:
    """Write a complete set below `out` (Gemma to `gemma_out` or `out/gemma`) and return where its files lie.

    `device` is where the random numbers are drawn: a GPU writes the full set ten times as fast.
    """
    weights = files.set_in(out, gemma_out)
    gemma = Path(weights.gemma)
    gemma.mkdir(parents=True, exist_ok=True)
    out.mkdir(parents=True, exist_ok=True)
    if scale == "tiny":
        (gemma / SIZES_FILE).write_text(json.dumps(architecture.TINY_GEMMA, indent=1), encoding="utf-8")
    config = architecture.checkpoint_config(scale)
    upscaler = architecture.upscaler_config(scale)
    with sizes_of(gemma):
        transformer = meta_model(LTXModelConfigurator, config)
        checkpoint = [
            *_specs(transformer, lambda key: f"model.diffusion_model.{key}"),
            *_specs(meta_model(VideoEncoderConfigurator, config), _in_vae("vae", "encoder")),
            *_specs(meta_model(VideoDecoderConfigurator, config), _in_vae("vae", "decoder")),
            *_specs(meta_model(AudioDecoderConfigurator, config), _in_vae("audio_vae", "decoder")),
            *_specs(meta_model(VocoderConfigurator, config), lambda key: f"vocoder.{key}"),
            *_specs(meta_model(EmbeddingsProcessorConfigurator, config), _embeddings_key),
        ]
        upscaler_specs = _specs(meta_model(LatentUpsamplerConfigurator, upscaler), lambda key: key)
        gemma_specs = _specs(meta_model(GemmaTextEncoderConfigurator, {}), _gemma_key)
    metadata = {"config": json.dumps(config), "model_version": "2.3.1"}
    # Video encoder and decoder share their statistics, which the file holds once.
    random_tensors.write(Path(weights.checkpoint), dict.fromkeys(checkpoint), metadata, seed=0, device=device)
    random_tensors.write(
        Path(weights.upscaler), upscaler_specs, {"config": json.dumps(upscaler)}, seed=1, device=device
    )
    random_tensors.write(
        Path(weights.lora), _lora_specs(transformer, architecture.lora_rank(scale), LORA), {}, seed=2, device=device
    )
    random_tensors.write(gemma / "model.safetensors", gemma_specs, {"format": "pt"}, seed=3, device=device)
    _write_tokenizer(gemma)
    return weights


def write_style(
    path: Path,
    scale: Scale,
    *,
    seed: int,
    rank: int | None = None,
    layers: re.Pattern[str] = LORA,
    device: str = "cpu",
) -> None:
    """Write a style LoRA for the set of that `scale`.

    Args:
        path: the file; its folder is there.
        scale: of the set.
        seed: of its numbers.
        rank: of its factors (default: that of the set's own LoRA).
        layers: matches the names of the linear layers that it changes.
        device: draws the numbers.
    """
    transformer = meta_model(LTXModelConfigurator, architecture.checkpoint_config(scale))
    specs = _lora_specs(transformer, rank or architecture.lora_rank(scale), layers)
    random_tensors.write(path, specs, {}, seed=seed, device=device)


def cached(cache: Path | None = None) -> Weights:
    """Return the tiny set, written below `cache` (default: `CACHE`) on first use.

    The folder's name holds a hash of the code that writes it and of ltx_core's version, so that a change of either
    writes anew, and removes sets that were not used for a month. Several processes may ask at once: the set is written
    aside and renamed.
    """
    digest = hashlib.sha256(version("ltx-core").encode())
    for source in (__file__, architecture.__file__, random_tensors.__file__):
        digest.update(Path(source).read_bytes())
    cache = cache or CACHE
    folder = cache.absolute() / f"ltx-tiny-{digest.hexdigest()[:12]}"
    if folder.exists():
        with suppress(OSError):  # a set may lie where nothing can be written
            os.utime(folder)  # used just now
    else:
        cache.mkdir(parents=True, exist_ok=True)
        _remove_unused(cache)
        aside = Path(tempfile.mkdtemp(prefix="ltx-tiny-", dir=cache))
        try:
            write(aside, "tiny")
            aside.rename(folder)
        except OSError:
            if not folder.exists():  # else: another process was first, and its set is the same
                raise
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    return files.set_in(folder)


def _remove_unused(cache: Path) -> None:
    """Remove the sets of other versions, and what was left of a write that was killed, once they are old."""
    for folder in cache.glob("ltx-tiny-*"):
        with suppress(FileNotFoundError):  # another process was first
            if time.time() - folder.stat().st_mtime > UNUSED_S:
                shutil.rmtree(folder, ignore_errors=True)


def _specs(module: torch.nn.Module, rename: Callable[[str], str | None]) -> list[Spec]:
    """Return what the file holds for `module`, by the names of the published files; None leaves a tensor out."""
    named = ((rename(key), tuple(value.shape)) for key, value in module.state_dict().items())
    return [Spec(name, shape) for name, shape in named if name is not None]


def _in_vae(root: str, part: str) -> Callable[[str], str]:
    """Return the renaming for one half of an autoencoder, whose halves share their channel statistics."""
    return lambda key: f"{root}.{key}" if key.startswith("per_channel") else f"{root}.{part}.{key}"


def _embeddings_key(key: str) -> str:
    for ours, theirs in (
        ("feature_extractor.", "text_embedding_projection."),
        ("video_connector.", "model.diffusion_model.video_embeddings_connector."),
        ("audio_connector.", "model.diffusion_model.audio_embeddings_connector."),
    ):
        if key.startswith(ours):
            return theirs + key.removeprefix(ours)
    return key


def _gemma_key(key: str) -> str | None:
    key = key.removeprefix("model.")
    if key.startswith("lm_head."):  # tied to the embedding
        return None
    for ours, theirs in (
        ("model.language_model.", "language_model.model."),
        ("model.vision_tower.", "vision_tower."),
        ("model.multi_modal_projector.", "multi_modal_projector."),
    ):
        if key.startswith(ours):
            return theirs + key.removeprefix(ours)
    return key


def _lora_specs(transformer: torch.nn.Module, rank: int, layers: re.Pattern[str]) -> list[Spec]:
    """Return a LoRA over the linear layers that `layers` matches, under ComfyUI's key names."""
    specs: list[Spec] = []
    for name, module in cast("Iterable[tuple[str, torch.nn.Module]]", transformer.named_modules()):
        if isinstance(module, torch.nn.Linear) and layers.search(name):
            specs.append(Spec(f"diffusion_model.{name}.lora_A.weight", (rank, module.in_features)))
            specs.append(Spec(f"diffusion_model.{name}.lora_B.weight", (module.out_features, rank)))
    return specs


def _write_tokenizer(folder: Path) -> None:
    """Write a byte-level tokenizer: each byte is a token, so that every script, Chinese too, can be encoded."""
    special = {"pad_token": "<pad>", "eos_token": "<eos>", "bos_token": "<bos>", "unk_token": "<unk>"}
    # The library's type stubs leave out what these two return and take.
    alphabet: list[str] = sorted(ByteLevel.alphabet())  # pyright: ignore[reportUnknownMemberType,reportUnknownArgumentType] - see above
    vocabulary = {token: index for index, token in enumerate([*special.values(), *alphabet])}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[], unk_token="<unk>"))  # noqa: S106 - not a secret
    tokenizer.pre_tokenizer = ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.save(str(folder / "tokenizer.json"))  # pyright: ignore[reportUnknownMemberType] - see above
    # The image processor of prompt enhancement is built with the encoder, though never used here.
    images = {"boi_token": "<bos>", "eoi_token": "<eos>", "image_token": "<unk>"}
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", **special, "extra_special_tokens": images}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    (folder / "tokenizer.model").touch()  # ltx_core only looks for it, to find the folder
    processor = {
        "image_processor_type": "Gemma3ImageProcessor",
        "size": {"height": 56, "width": 56},
        "image_seq_length": 4,
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(processor), encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    """Write a set, print where its files lie as JSON (`Weights`), and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m renderer.ltx.synthetic", description="Write synthetic weights.")
    parser.add_argument("--scale", choices=("tiny", "full"), default="tiny")
    parser.add_argument("--out", type=Path, help="folder; without it the tiny set is written once below .cache")
    parser.add_argument("--gemma-out", type=Path, help="folder for the text encoder (default: OUT/gemma)")
    parser.add_argument("--device", default="cpu", help="torch device that draws the numbers")
    options = parser.parse_args(arguments)
    if options.out is not None:
        weights = write(options.out, options.scale, options.device, options.gemma_out)
    elif options.scale == "tiny":
        weights = cached()
    else:
        parser.error("--scale full needs --out")
    sys.stdout.write(weights.model_dump_json() + os.linesep)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
