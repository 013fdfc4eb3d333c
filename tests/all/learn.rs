//! The reference LES and the ridge solution against NumPy's.

use dashi_vortex::{
    io::{Array, write_npy},
    spectral::{Cuts, Encoder, Les, LesOptions, Precision, RandomField, learn::NormalEquations, les::LesScheme},
};
use tempfile::tempdir;

use crate::python::python;

/// Section 6 of the method in a few lines of NumPy: prints the relative L2 distance of its field from ours.
const LES: &str = "
w, ours, (nu0, cs, dt, steps, order) = [np.load(path) for path in sys.argv[1:4]]
n = w.shape[0]
kx, ky = np.meshgrid(np.fft.fftfreq(n, 1/n), np.fft.fftfreq(n, 1/n))
k2 = kx**2 + ky**2
K = (n - 1)//3
mask = (abs(kx) <= K) & (abs(ky) <= K) & (k2 > 0)
real = lambda h: np.fft.ifft2(h).real
def slope(h):
    psi = h/np.where(k2 > 0, k2, 1)
    uh, vh = 1j*ky*psi, -1j*kx*psi
    u, v, wx, wy = real(uh), real(vh), real(1j*kx*h), real(1j*ky*h)
    s11, s22, s12 = real(1j*kx*uh), real(1j*ky*vh), (real(1j*ky*uh) + real(1j*kx*vh))/2
    nu = nu0 + (cs*2*np.pi/n)**2*np.sqrt(2*(s11**2 + s22**2 + 2*s12**2))
    return mask*(-np.fft.fft2(u*wx + v*wy) + 1j*kx*np.fft.fft2(nu*wx) + 1j*ky*np.fft.fft2(nu*wy))
h = np.fft.fft2(w)*mask
for _ in range(int(steps)):
    s1 = slope(h)
    if order == 4:
        s2 = slope(h + dt/2*s1)
        s3 = slope(h + dt/2*s2)
        h = h + dt/6*(s1 + 2*s2 + 2*s3 + slope(h + dt*s3))
    elif order == 3:
        s2 = slope(h + dt*s1)
        h = h + dt/6*(s1 + s2 + 4*slope(h + dt/4*(s1 + s2)))
    else:
        h = h + dt*slope(h + dt/2*s1)
print(np.linalg.norm(real(h) - ours)/np.linalg.norm(ours))
";

#[test]
fn the_les_is_that_of_numpy() {
    let folder = tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let cases = [(50, 0.17, Precision::F64, 1e-12), (64, 0.0, Precision::F64, 1e-12), (64, 0.17, Precision::F32, 1e-5)];
    for ((n, cs, dtype, tolerance), scheme) in cases.into_iter().flat_map(|case| LesScheme::ALL.map(|s| (case, s))) {
        let options = LesOptions { n, cs, dtype, nu0: 1e-3, dt: 0.01, scheme, substeps: 1 };
        let first = RandomField { peak: 5.0, ..Default::default() }.field(n).unwrap();
        let mut les = Les::new(&options, &first).unwrap();
        (0..5).for_each(|_| les.step().unwrap());
        write_npy(&path("w.npy"), &Array::new(&[n, n], &first).unwrap()).unwrap();
        write_npy(&path("ours.npy"), &Array::new(&[n, n], &les.field()).unwrap()).unwrap();
        write_npy(
            &path("numbers.npy"),
            &Array::vector(&[options.nu0, cs, options.dt, 5.0, f64::from(scheme.stages())]),
        )
        .unwrap();
        let printed = python(LES, &[&path("w.npy"), &path("ours.npy"), &path("numbers.npy")]);
        let distance: f64 = printed.parse().unwrap();
        println!("N = {n}, Cs = {cs}, {dtype:?}, {scheme:?}: relL2 {distance:.1e} from NumPy after 5 steps");
        assert!(distance < tolerance, "N = {n}, Cs = {cs}, {scheme:?}: {distance:e}");
    }
}

/// Prints the relative distance of our A from NumPy's at the ridge given.
/// The same with k_keep left out of the regression and carried by the identity.
const HELD: &str = "
z, ours, ridge, keep = [np.load(path) for path in sys.argv[1:5]]
others = np.delete(np.arange(z.shape[1]), keep)
x, y = z[:-1, others], z[1:, others]
a = np.eye(z.shape[1])
a[np.ix_(others, others)] = np.linalg.solve(x.T @ x + ridge*np.eye(x.shape[1]), x.T @ y)
assert (ours[keep] == np.eye(len(a))[keep]).all() and (ours[:, keep] == np.eye(len(a))[:, keep]).all()
print(np.linalg.norm(a - ours)/np.linalg.norm(a), abs(a - ours).max())
";

const RIDGE: &str = "
z, ours, ridge = [np.load(path) for path in sys.argv[1:4]]
x, y = z[:-1], z[1:]
a = np.linalg.solve(x.T @ x + ridge*np.eye(z.shape[1]), x.T @ y)
print(np.linalg.norm(a - ours)/np.linalg.norm(a), abs(a - ours).max())
";

#[test]
fn a_is_the_ridge_solution_of_numpy() {
    let folder = tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let n = 64;
    let first = RandomField::default().field(n).unwrap();
    let mut les = Les::new(&LesOptions { n, ..Default::default() }, &first).unwrap();
    let encoder = Encoder::new(n, &Cuts::default()).unwrap();
    let mut field = les.field();
    let basis = encoder.basis(&field).unwrap();
    let d = basis.dimension();
    let mut sums = NormalEquations::new(d).unwrap();
    let mut held = NormalEquations::new(d).unwrap().holding(basis.keep_index());
    let mut rows = Vec::new();
    let steps = 300;
    for step in 0..=steps {
        let z = encoder.encode(&field, &basis).unwrap().to_z();
        sums.push(&z).unwrap();
        held.push(&z).unwrap();
        rows.extend(z);
        if step < steps {
            les.step().unwrap();
            les.field_into(&mut field).unwrap();
        }
    }
    write_npy(&path("z.npy"), &Array::new(&[steps + 1, d], &rows).unwrap()).unwrap();
    for ridge in [1e-2, 1e-4, 1e-6, 1e-8] {
        let solution = sums.solve(ridge).unwrap();
        write_npy(&path("a.npy"), &Array::new(&[d, d], &solution.a).unwrap()).unwrap();
        write_npy(&path("ridge.npy"), &Array::scalar(ridge)).unwrap();
        let printed = python(RIDGE, &[&path("z.npy"), &path("a.npy"), &path("ridge.npy")]);
        println!(
            "D = {d}, {steps} steps, ridge {ridge:e}: residual {:.1e}, worst column {:.1e}; relative and largest distance from NumPy {printed}",
            solution.residual, solution.worst_column
        );
        assert!(solution.residual <= 1e-12, "ridge {ridge:e}: {:e}", solution.residual);
        let solution = held.solve(ridge).unwrap();
        write_npy(&path("a.npy"), &Array::new(&[d, d], &solution.a).unwrap()).unwrap();
        write_npy(&path("keep.npy"), &Array::scalar(basis.keep_index() as i64)).unwrap();
        let with_held = python(HELD, &["z.npy", "a.npy", "ridge.npy", "keep.npy"].map(path).each_ref().map(|p| &**p));
        if ridge >= 1e-2 {
            let printed = format!("{printed} {with_held}");
            let distances = printed.split_whitespace().map(|x| x.parse::<f64>().unwrap());
            distances.for_each(|distance| assert!(distance <= 1e-8, "{distance:e}"));
        }
    }
}
