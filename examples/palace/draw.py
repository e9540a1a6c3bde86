#!/usr/bin/env python3
"""Draw the demo's three reference pictures again: `python examples/palace/draw.py [-o DIR] [NAME …]`.

Own work of this project (Apache-2.0), made of shapes and gradients in code: no photograph, no model, no other picture.
"""

from __future__ import annotations

import argparse
import importlib
from pathlib import Path

PICTURES = {"shen-yuehua": "art.shen", "xiao-yunxiao": "art.xiao", "murong-jing": "art.murong"}


def main() -> None:
    """Draw the pictures that are asked for, all three without a name."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", choices=[*PICTURES, []], help="pictures to draw (default: all)")
    parser.add_argument("-o", "--output", type=Path, default=Path(__file__).parent, help="folder to write to")
    parser.add_argument("--png", action="store_true", help="lossless PNG instead of WebP")
    args = parser.parse_args()
    for name in args.names or PICTURES:
        picture = importlib.import_module(PICTURES[name]).draw()
        if args.png:
            picture.save(args.output / f"{name}.png")
        else:
            picture.save(args.output / f"{name}.webp", quality=93, method=6)


if __name__ == "__main__":
    main()
