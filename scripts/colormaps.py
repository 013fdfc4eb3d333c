#!/usr/bin/env python3
"""Writes assets/colormaps/*.rgb: 256 RGB triples of bytes a map, low value first (768 bytes each).

Needs: pip install numpy matplotlib cmcrameri cmocean
"""

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

folder = Path(__file__).resolve().parent.parent / "assets" / "colormaps"
folder.mkdir(parents=True, exist_ok=True)
rows = []
for name, (cmap, package, licence) in MAPS.items():
    table = np.round(cmap(np.arange(256) / 255.0)[:, :3] * 255.0).astype(np.uint8)
    assert table.shape == (256, 3)
    (folder / f"{name}.rgb").write_bytes(table.tobytes())
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
