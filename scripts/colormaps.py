#!/usr/bin/env python3
"""Writes assets/colormaps/*.rgb: 256 RGB triples of bytes a map, low value first (768 bytes each).

    scripts/colormaps.py            writes the tables, their licences and README.md
    scripts/colormaps.py --check    writes nothing: makes every table anew from its package and compares the bytes, and
                                    their BLAKE2b-256, with the files and with tests/all/colormaps.rs; exit code 1 where
                                    anything differs

Needs: pip install numpy matplotlib==3.11.2 cmcrameri==1.10 cmocean==4.0.3
"""

import hashlib
import sys
from importlib.metadata import files, version
from pathlib import Path

import cmcrameri.cm
import cmocean
import matplotlib
import numpy as np

MAPS = {
    "RdBu_r": (matplotlib.colormaps["RdBu_r"], "matplotlib", "Apache-2.0, ColorBrewer; see below"),
    "vik": (cmcrameri.cm.vik, "cmcrameri", "MIT, Fabio Crameri; LICENSE-cmcrameri.txt"),
    "balance": (cmocean.cm.balance, "cmocean", "MIT, Kristen Thyng; LICENSE-cmocean.txt"),
    "berlin": (cmcrameri.cm.berlin, "cmcrameri", "MIT, Fabio Crameri; LICENSE-cmcrameri.txt"),
    "vanimo": (cmcrameri.cm.vanimo, "cmcrameri", "MIT, Fabio Crameri; LICENSE-cmcrameri.txt"),
    "viridis": (matplotlib.colormaps["viridis"], "matplotlib", "CC0"),
    "inferno": (matplotlib.colormaps["inferno"], "matplotlib", "CC0"),
}

root = Path(__file__).resolve().parent.parent
folder = root / "assets" / "colormaps"


def table(cmap):
    """256 RGB triples of bytes."""
    rgb = np.round(cmap(np.arange(256) / 255.0)[:, :3] * 255.0).astype(np.uint8)
    assert rgb.shape == (256, 3)
    return rgb.tobytes()


def check():
    """Says of each map whether package, file and test agree."""
    test = (root / "tests" / "all" / "colormaps.rs").read_text()
    faults = 0
    for name, (cmap, package, _) in MAPS.items():
        made = table(cmap)
        kept = (folder / f"{name}.rgb").read_bytes()
        digest = hashlib.blake2b(made, digest_size=32).hexdigest()
        source = f"{package} {version(package)}"
        said = []
        if made != kept:
            said.append(f"{sum(a != b for a, b in zip(made, kept))} bytes of the file differ")
        if f'("{name}", "{source}", "{digest}")' not in test.replace("\n", "").replace("        ", ""):
            said.append(f"tests/all/colormaps.rs has not {source}, {digest}")
        print(f"{name} ({source}): " + ("; ".join(said) or "the same 768 bytes"))
        faults += bool(said)
    return faults


if "--check" in sys.argv[1:]:
    sys.exit(1 if check() else 0)

folder.mkdir(parents=True, exist_ok=True)
rows = []
for name, (cmap, package, licence) in MAPS.items():
    (folder / f"{name}.rgb").write_bytes(table(cmap))
    rows.append(f"| {name} | {package} {version(package)} | {licence} |")
for package in ("cmcrameri", "cmocean"):
    [licence] = [file for file in files(package) or [] if file.name == "LICENSE.txt"]
    lines = (line.rstrip() for line in licence.locate().read_text().splitlines())
    (folder / f"LICENSE-{package}.txt").write_text("\n".join(lines).strip() + "\n")
(folder / "README.md").write_text(
    "# Colour maps\n\n"
    "256 RGB triples of bytes a map, low value first. Written by `scripts/colormaps.py`.\n\n"
    "| map | source | licence |\n|---|---|---|\n" + "\n".join(rows) + "\n\n"
    "RdBu_r: Copyright (c) 2002 Cynthia Brewer, Mark Harrower, and The Pennsylvania State University. Licensed under the\n"
    "Apache License, Version 2.0 (http://www.apache.org/licenses/LICENSE-2.0); interpolated to 256 colours by matplotlib.\n"
)
