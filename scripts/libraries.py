#!/usr/bin/env python3
"""Files that other libraries write, opened by `encode`: the field that it takes beside the one that Python reads.

    scripts/libraries.py FOLDER [BINARY]     makes FOLDER/venv (numpy, scipy, netCDF4, h5py, xarray, tifffile, imageio,
                                             pillow from PyPI), the files in FOLDER, and opens each

A line a file: its name, what `encode` said of what it took, and the relative L2 distance of the two fields. Exit code 1
where one is above 1e-12 (1e-6 where the library itself rounds to float32). Nothing is left outside of FOLDER.
"""

import os
import subprocess
import sys

PACKAGES = ["numpy", "scipy", "netCDF4", "h5py", "xarray", "tifffile", "imageio", "pillow"]
N = 64


def own_python(folder):
    """Starts again in an environment that has the libraries."""
    venv = os.path.join(folder, "venv")
    python = os.path.join(venv, "bin", "python")
    if not os.path.exists(python):
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
        subprocess.run([python, "-m", "pip", "--quiet", "install", *PACKAGES], check=True)
    os.execv(python, [python, os.path.abspath(__file__), *sys.argv[1:], "--made"])


def main():
    folder = os.path.abspath(sys.argv[1])
    os.makedirs(folder, exist_ok=True)
    if sys.argv[-1] != "--made":
        own_python(folder)
    here = os.path.dirname(os.path.abspath(__file__))
    binary = sys.argv[2] if len(sys.argv) > 3 else os.path.join(here, "..", "target", "release", "dashi-vortex")
    os.chdir(folder)
    wrong = 0
    for name, flags, truth, most in files():
        wrong += not opened(os.path.abspath(binary), name, flags, truth, most)
    print(f"{wrong} wrong")
    sys.exit(wrong > 0)


def opened(binary, name, flags, truth, most):
    import numpy as np

    args = [binary, "encode", name, "--z-only", "--out", "z.npz", "--save-field", "taken.npy", "--quiet", *flags]
    done = subprocess.run(args, capture_output=True, text=True)
    if done.returncode:
        print(f"{name:<24} {done.stderr.strip()}")
        return False
    taken = np.load("taken.npy")
    off = np.linalg.norm(taken - truth) / np.linalg.norm(truth) if taken.shape == truth.shape else np.inf
    said = "; ".join(line.strip() for line in done.stderr.splitlines())
    print(f"{name:<24} {' '.join(flags):<22} relL2 {off:.1e}   {said[:150]}")
    return bool(off <= most)


def field(n, m=None):
    """Vorticity, u, v and psi of psi = sin 2x cos 2y + 2 sin x cos 3y + 0.3 cos(4x + y), rows y."""
    import numpy as np

    x, y = np.meshgrid(2 * np.pi * np.arange(m or n) / (m or n), 2 * np.pi * np.arange(n) / n)
    psi = np.sin(2 * x) * np.cos(2 * y) + 2 * np.sin(x) * np.cos(3 * y) + 0.3 * np.cos(4 * x + y)
    u = -2 * np.sin(2 * x) * np.sin(2 * y) - 6 * np.sin(x) * np.sin(3 * y) - 0.3 * np.sin(4 * x + y)
    v = -2 * np.cos(2 * x) * np.cos(2 * y) - 2 * np.cos(x) * np.cos(3 * y) + 1.2 * np.sin(4 * x + y)
    omega = 8 * np.sin(2 * x) * np.cos(2 * y) + 20 * np.sin(x) * np.cos(3 * y) + 5.1 * np.cos(4 * x + y)
    return omega, u, v, psi


def files():
    """Name, flags, the field as Python has it, and how far ours may be."""
    import h5py
    import imageio.v3 as imageio
    import netCDF4
    import numpy as np
    import scipy.io
    import tifffile
    import xarray
    from PIL import Image

    omega, u, v, psi = field(N)
    x = 2 * np.pi * np.arange(N) / N
    frames = np.stack([psi, omega, 2 * omega])
    exact, rounded = 1e-12, 1e-6

    np.save("fortran.npy", np.asfortranarray(omega))
    yield "fortran.npy", [], np.load("fortran.npy"), exact
    np.save("big_endian.npy", omega.astype(">f4"))
    yield "big_endian.npy", [], np.load("big_endian.npy").astype("f8"), exact
    np.save("float16.npy", omega.astype("f2"))
    yield "float16.npy", [], np.load("float16.npy").astype("f8"), exact
    np.save("complex.npy", u + 1j * v)
    yield "complex.npy", [], omega, exact
    np.savez("velocity.npz", u=u, v=v, p=psi)
    yield "velocity.npz", [], omega, exact
    np.savez_compressed("mesh.npz", X=np.meshgrid(x, x)[0], Y=np.meshgrid(x, x)[1], omega=frames)
    yield "mesh.npz", ["--frame", "1"], omega, exact
    np.savez("integers.npz", levels=np.rint(1000 * omega).astype("i4"))
    yield "integers.npz", [], np.rint(1000 * omega), exact

    scipy.io.savemat("scipy.mat", {"omega": omega, "note": "text"})
    yield "scipy.mat", [], scipy.io.loadmat("scipy.mat")["omega"], exact
    scipy.io.savemat("packed.mat", {"u": u, "v": v}, do_compression=True)
    yield "packed.mat", [], omega, exact
    scipy.io.savemat("frames.mat", {"w": np.moveaxis(frames, 0, 2)}, do_compression=True)
    yield "frames.mat", ["--frame", "-2"], omega, exact

    with scipy.io.netcdf_file("scipy.nc", "w") as file:
        for axis in "yx":
            file.createDimension(axis, N)
            file.createVariable(axis, "f8", (axis,))[:] = x
        file.createVariable("psi", "f8", ("y", "x"))[:] = psi
    yield "scipy.nc", [], omega, exact

    def netcdf(name, format, zlib):
        with netCDF4.Dataset(name, "w", format=format) as file:
            for axis, length in [("time", None), ("lat", N), ("lon", N)]:
                file.createDimension(axis, length)
            file.createVariable("time", "f8", ("time",))[:] = [0.0, 0.5, 2.0]
            file.createVariable("lat", "f8", ("lat",))[:] = x
            file.createVariable("lon", "f8", ("lon",))[:] = x
            options = {"zlib": True} if zlib else {}
            data = file.createVariable("vorticity", "f4", ("time", "lat", "lon"), fill_value=9.969209968386869e36, **options)
            data[:] = frames
        with netCDF4.Dataset(name) as file:
            return np.asarray(file["vorticity"][1], "f8")

    for name, format, zlib in [("classic.nc", "NETCDF3_CLASSIC", False), ("wide.nc", "NETCDF3_64BIT_DATA", False),
                               ("four.nc", "NETCDF4", True)]:
        yield name, ["--time", "0.6"], netcdf(name, format, zlib), exact

    packed = xarray.Dataset({"u": (("y", "x"), u), "v": (("y", "x"), v)}, {"x": x, "y": x})
    packed.to_netcdf("xarray.nc")
    yield "xarray.nc", [], omega, exact
    scaled = {"omega": {"dtype": "i2", "scale_factor": 0.001, "add_offset": 1.0, "_FillValue": -32768}}
    xarray.Dataset({"omega": (("y", "x"), omega)}, {"x": x, "y": x}).to_netcdf("scaled.nc", encoding=scaled)
    yield "scaled.nc", [], xarray.open_dataset("scaled.nc")["omega"].values.astype("f8"), rounded

    with h5py.File("plain.h5", "w") as file:
        file["run/omega"] = omega
        file["run/label"] = "text"
    yield "plain.h5", [], omega, exact
    with h5py.File("chunks.h5", "w") as file:
        file.create_dataset("uv", data=np.stack([u, v]), chunks=(1, 16, 16), compression="gzip", shuffle=True)
    yield "chunks.h5", ["--from", "velocity"], omega, exact
    with h5py.File("complex.h5", "w") as file:
        file["velocity"] = (u + 1j * v)
    yield "complex.h5", [], omega, exact

    tifffile.imwrite("pages.tif", frames.astype("f4"), photometric="minisblack")
    yield "pages.tif", ["--frame", "1"], tifffile.imread("pages.tif")[1].astype("f8"), exact
    tifffile.imwrite("double.tif", omega, compression="zlib")
    yield "double.tif", [], tifffile.imread("double.tif"), exact

    # Pictures: luma without its mean, scaled to rms 3, the top row the last.
    def picture(luma):
        luma = luma[::-1] - luma.mean()
        return 3 * luma / np.sqrt((luma**2).mean())

    grey = np.rint(32768 + 900 * omega).astype("u2")
    tifffile.imwrite("grey16.tif", grey)
    yield "grey16.tif", [], picture(tifffile.imread("grey16.tif").astype("f8")), exact
    colour = np.stack([grey // 256, 255 - grey // 256, grey % 251], -1).astype("u1")
    Image.fromarray(colour).save("colour.bmp")
    weights = np.array([0.2126, 0.7152, 0.0722])
    yield "colour.bmp", [], picture(np.asarray(Image.open("colour.bmp").convert("RGB")) @ weights), exact
    imageio.imwrite("imageio.png", grey)
    yield "imageio.png", [], picture(imageio.imread("imageio.png").astype("f8")), exact


if __name__ == "__main__":
    main()
