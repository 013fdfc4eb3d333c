#!/usr/bin/env python3
"""One dense step of the linear kernel, z <- z A, beside NumPy's `z @ A` on the same numbers.

    benches/peer_matvec.py [target/release/dashi-vortex] [--steps 20000] [--rounds 5]

The two take turns, so that both meet the same machine. NumPy steps in a plain loop; the program's
figure is `ns_per_step` of its metrics. The final vectors are compared as well. Needs NumPy.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import tempfile
import time

import numpy as np

N, K_CUT, MID_CUT, KEPT = 640, 8, 12, 128


def start():
    """A z0 with the default cuts, D = 654, and a full matrix that keeps lengths."""
    k = np.fft.fftfreq(N, 1.0 / N)
    kx, ky = np.meshgrid(k, k)
    square = (kx**2 + ky**2).ravel()
    mask = square <= K_CUT**2
    anchors = np.flatnonzero((square > K_CUT**2) & (square <= MID_CUT**2))[:KEPT]
    random = np.random.default_rng(0)
    side = 2 * mask.sum() + 4 + 2 * KEPT
    z = random.standard_normal(side) * 0.1
    a = np.linalg.qr(random.standard_normal((side, side)))[0]
    return dict(z=z, mask_low=mask, anchor_idx=anchors), a


def numpy_steps(z, a, steps):
    begun = time.perf_counter()
    for _ in range(steps):
        z = z @ a
    return (time.perf_counter() - begun) / steps * 1e9, z


def our_steps(program, folder, steps):
    command = [program, "run", "--z0-npz", "z0.npz", "--A-npz", "A.npz", "--kernel-only", "--backend", "cpu"]
    command += ["--steps", str(steps), "--no-decode", "--quiet", "--json", "--out-dir", "out"]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return json.loads(done.stdout)["ns_per_step"], np.load(folder / "out" / "z0.npz")["z"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", nargs="?", default="target/release/dashi-vortex")
    parser.add_argument("--steps", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    program = str(pathlib.Path(args.program).resolve())
    state, a = start()
    theirs, ours = [], []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        np.savez(folder / "z0.npz", **state)
        np.savez(folder / "A.npz", A=a)
        for _ in range(args.rounds):
            their_time, their_z = numpy_steps(state["z"], a, args.steps)
            our_time, our_z = our_steps(program, folder, args.steps)
            theirs.append(their_time)
            ours.append(our_time)
            ratio = our_time / their_time
            print(f"numpy {their_time:9.0f} ns   dashi-vortex {our_time:9.0f} ns   ratio {ratio:.3f}")
    ratio = statistics.median(o / t for o, t in zip(ours, theirs))
    error = np.linalg.norm(our_z - their_z) / np.linalg.norm(their_z)
    print(f"median: numpy {statistics.median(theirs):.0f} ns, dashi-vortex {statistics.median(ours):.0f} ns, "
          f"ratio {ratio:.3f}; D = {len(a)}, {args.steps} steps, relative difference of z {error:.1e}")


if __name__ == "__main__":
    main()
