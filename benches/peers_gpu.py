"""Times of the libraries people would otherwise use, on an NVIDIA card: cuFFT and torch.compile through PyTorch, a plain
CUDA kernel through CuPy. Writes one JSON object that `dashi-vortex bench --peers FILE` puts beside its own rows.

    python3 benches/peers_gpu.py > peers.json

Every row is replayed as a CUDA graph, fp32, TF32 off. "us" is one replay between two events, "steady_us" the share of
one in a graph of ten. Median of 30.
"""
import json
import math
import sys

import torch

torch.backends.cuda.matmul.allow_tf32 = False
DEVICE = "cuda"
ROWS = []


def graph_of(work, count):
    stream = torch.cuda.Stream()
    with torch.cuda.stream(stream):
        for _ in range(3):
            work()
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        for _ in range(count):
            work()
    return graph


def median_us(run, samples=30):
    for _ in range(5):
        run()
    torch.cuda.synchronize()
    times = []
    for _ in range(samples):
        begin, end = torch.cuda.Event(True), torch.cuda.Event(True)
        begin.record()
        run()
        end.record()
        torch.cuda.synchronize()
        times.append(begin.elapsed_time(end) * 1e3)
    return sorted(times)[samples // 2]


def row(name, size, peer, work):
    try:
        once = median_us(graph_of(work, 1).replay)
        steady = median_us(graph_of(work, 10).replay) / 10
    except Exception as error:  # a peer that does not run here is left out, and said
        print(f"{name} {size}: {error}", file=sys.stderr)
        return
    ROWS.append({"name": name, "size": size, "peer": peer, "us": once, "steady_us": steady})
    print(f"{name} {size}: {once:.1f} us, steady {steady:.1f} us", file=sys.stderr, flush=True)


def wavenumbers(n):
    k = torch.fft.fftfreq(n, 1 / n, device=DEVICE)
    kr = torch.fft.rfftfreq(n, 1 / n, device=DEVICE)
    kx, ky = kr[None, :].expand(n, -1).contiguous(), k[:, None].expand(-1, n // 2 + 1).contiguous()
    k2 = kx**2 + ky**2
    return kx, ky, k2, torch.where(k2 > 0, 1 / k2.clamp(min=1), torch.zeros_like(k2))


def transforms():
    for n in (256, 512, 1024, 2048, 4096):
        field = torch.randn(n, n, device=DEVICE)
        row("fft_pair", n, "cuFFT (torch.fft)", lambda: torch.fft.irfft2(torch.fft.rfft2(field)))
    for n in (1024, 2048, 4096):
        field = torch.randn(n, n, device=DEVICE)
        kx, ky, _, over_k2 = wavenumbers(n)
        of_u, of_v = 1j * ky * over_k2, -1j * kx * over_k2

        def velocity(field=field, of_u=of_u, of_v=of_v):
            hat = torch.fft.rfft2(field)
            return torch.fft.irfft2(of_u * hat), torch.fft.irfft2(of_v * hat)

        row("velocity_grid", n, "torch rfft2, two products, two irfft2", velocity)


class Les:
    """Midpoint step of the vorticity equation with Smagorinsky's viscosity, 2/3 rule."""

    def __init__(self, n, dt=0.01, nu=1e-4, cs=0.17):
        self.dt, self.nu = dt, nu
        self.kx, self.ky, self.k2, self.over_k2 = wavenumbers(n)
        self.mask = ((self.kx.abs() < n / 3) & (self.ky.abs() < n / 3)).float()
        self.eddy = (cs * 2 * math.pi / n) ** 2
        self.hat = torch.fft.rfft2(torch.randn(n, n, device=DEVICE)) * torch.exp(-self.k2 / 50)

    def slope(self, hat):
        back, forward = torch.fft.irfft2, torch.fft.rfft2
        psi = hat * self.over_k2
        u, v = back(1j * self.ky * psi), back(-1j * self.kx * psi)
        wx, wy = back(1j * self.kx * hat), back(1j * self.ky * hat)
        s11, s12 = back(-self.kx * self.ky * psi), back(0.5 * (self.kx**2 - self.ky**2) * psi)
        eddy = self.eddy * torch.sqrt(4 * (s11 * s11 + s12 * s12))
        advection, fx, fy = forward(u * wx + v * wy), forward(eddy * wx), forward(eddy * wy)
        return self.mask * (-advection + 1j * self.kx * fx + 1j * self.ky * fy) - self.nu * self.k2 * hat

    def step(self):
        middle = self.hat + 0.5 * self.dt * self.slope(self.hat)
        self.out = self.hat + self.dt * self.slope(middle)


def les():
    for n in (256, 512, 1024, 2048):
        step = torch.compile(Les(n).step)
        for _ in range(3):
            step()
        row("les_step", n, "torch.compile and a CUDA graph", step)


PAIRS = r"""extern "C" __global__ void pairs(const float4* source, float2* velocity, int count) {
    __shared__ float4 tile[256];
    int i = blockIdx.x * 256 + threadIdx.x;
    float4 own = source[i];
    float u = 0, v = 0;
    for (int first = 0; first < count; first += 256) {
        tile[threadIdx.x] = source[first + threadIdx.x];
        __syncthreads();
#pragma unroll 8
        for (int j = 0; j < 256; j++) {
            float4 s = tile[j];
            float x = own.x - s.x, y = own.y - s.y;
            x -= rintf(x);
            y -= rintf(y);
            float r2 = x * x + y * y + 1e-12f;
            float f = s.z * (1.f - __expf(-r2 * s.w)) * __frcp_rn(r2);
            u -= f * y;
            v += f * x;
        }
        __syncthreads();
    }
    velocity[i] = make_float2(u, v);
}"""


def pairs():
    import cupy
    import numpy

    kernel = cupy.RawKernel(PAIRS, "pairs", options=("--use_fast_math",))
    for count in (4096, 16384, 65536, 262144):
        source = cupy.random.rand(count, 4, dtype=cupy.float32)
        source[:, 3] = 5000
        velocity = cupy.empty((count, 2), cupy.float32)

        def launch():
            kernel((count // 256,), (256,), (source, velocity, numpy.int32(count)))

        for _ in range(3):
            launch()
        times = []
        for _ in range(15):
            begin, end = cupy.cuda.Event(), cupy.cuda.Event()
            begin.record()
            launch()
            end.record()
            end.synchronize()
            times.append(cupy.cuda.get_elapsed_time(begin, end) * 1e3)
        us = sorted(times)[7]
        peer = "CUDA kernel, nearest image, one core a source"
        ROWS.append({"name": "direct_pairs", "size": count, "peer": peer, "us": us, "steady_us": None})
        print(f"direct_pairs {count}: {us:.1f} us, {count * count / us * 1e-3:.0f} G pairs/s", file=sys.stderr, flush=True)


def matvec():
    for side in (654, 2048, 8192):
        matrix, z, out = torch.randn(side, side, device=DEVICE), torch.randn(side, device=DEVICE), torch.empty(side, device=DEVICE)
        row("matvec", side, "torch.mv", lambda: torch.mv(matrix, z, out=out))


def host():
    """NumPy's z @ A in double precision on this machine's CPU."""
    import time

    import numpy

    matrix, z = numpy.random.randn(654, 654), numpy.random.randn(654)
    samples = []
    for _ in range(15):
        begin = time.perf_counter()
        for _ in range(300):
            z @ matrix
        samples.append((time.perf_counter() - begin) / 300 * 1e6)
    us = sorted(samples)[7]
    ROWS.append({"name": "kernel_dense_cpu", "size": 654, "peer": f"NumPy {numpy.__version__}", "us": us, "steady_us": us})
    print(f"kernel_dense_cpu 654: {us:.1f} us", file=sys.stderr, flush=True)


if __name__ == "__main__":
    for group in (transforms, les, pairs, matvec, host):
        try:
            group()
        except Exception as error:
            print(f"{group.__name__}: {error}", file=sys.stderr)
    print(json.dumps({"device": torch.cuda.get_device_name(), "torch": torch.__version__, "rows": ROWS}))
