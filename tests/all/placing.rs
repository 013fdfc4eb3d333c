//! Where a node lies: a vortex at a known place has that place in every export, whatever N is.
//!
//! Node i lies at `x_i = 2 pi i / N`. A picture of cells, `imshow`'s or our own, puts a node in the middle of its cell.

use std::{f64::consts::TAU, fs, path::Path};

use dashi_vortex::{
    io::write_state,
    state::{Atom, Atoms, Background, Meta, Sign, State},
};
use glam::DVec2;
use tempfile::tempdir;

use crate::{cli::succeeds, python::python};

/// Where the vortex is, and its core: eight spacings of the coarsest grid across its width.
const PLACE: [f64; 2] = [1.3, 4.1];
const CORE: f64 = 0.4;
/// Grids that a place must not depend on; half a cell of the coarsest is 0.098.
const SIDES: [usize; 2] = [32, 512];
/// Largest distance of a centroid from the vortex: rounding of float32 fields.
const EXACT: f64 = 1e-5;

fn vortex() -> State {
    let atom = Atom::point(Sign::Plus, 2.0, CORE, DVec2::from(PLACE));
    let atoms = Atoms::try_from_iter([atom]).unwrap();
    State::new(atoms, Background::empty(), Meta { n: 64, ..Meta::default() })
}

/// Python that gives the distance of the field's centroid from `PLACE`, pixel centres from `extent` alone. The phase of
/// the first mode is the centroid of a symmetric vortex on a circle, and knows no mean.
const DISTANCE: &str = r"
def distance(w, extent):
    left, right, bottom, top = (float(x) for x in extent)
    rows, columns = w.shape
    x = left + (np.arange(columns) + 0.5) * (right - left) / columns
    y = bottom + (np.arange(rows) + 0.5) * (top - bottom) / rows
    angle = lambda weights, at: np.angle(np.sum(weights * np.exp(1j * at))) % (2 * np.pi)
    w = np.asarray(w, dtype=float)
    return np.hypot(angle(w.sum(0), x) - 1.3, angle(w.sum(1), y) - 4.1)
";

fn distance_of(archive: &Path) -> f64 {
    let script = format!("{DISTANCE}\na = np.load(sys.argv[1])\nprint(distance(a['omega'], a['extent']))");
    python(&script, &[archive]).parse().unwrap()
}

#[test]
fn a_decoded_field_has_its_vortex_at_one_place_whatever_n_is() {
    let folder = tempdir().unwrap();
    write_state(&folder.path().join("z0.npz"), &vortex()).unwrap();
    for n in SIDES {
        succeeds(folder.path(), &format!("decode z0.npz --N {n} --out w.npz"));
        let off = distance_of(&folder.path().join("w.npz"));
        assert!(off < EXACT, "N = {n}: the centroid is {off:.2e} off");
    }
}

#[test]
fn a_field_of_the_window_says_where_its_nodes_lie() {
    use dashi_vortex::io::field_export::{Moment, write_moment};
    let folder = tempdir().unwrap();
    let path = folder.path().join("omega.npz");
    for n in SIDES {
        let field = dashi_vortex::sim::decode(&vortex(), n as u32);
        let omega: Vec<u8> = field.iter().flat_map(|w| (*w as f32).to_le_bytes()).collect();
        write_moment(&path, &Moment { n, omega: &omega, time: 0.0, step: 0 }).unwrap();
        let off = distance_of(&path);
        assert!(off < EXACT, "N = {n}: the centroid is {off:.2e} off");
        #[cfg(feature = "app")]
        {
            let off = of_script(folder.path(), &path);
            assert!(off < EXACT, "N = {n}: matplotlib's picture is {off:.2e} off");
        }
    }
}

/// The same of the script that the window writes, run with a stand-in for matplotlib that hands `imshow` on.
#[cfg(feature = "app")]
fn of_script(folder: &Path, field: &Path) -> f64 {
    use dashi_vortex::{
        app::tools::export::plot::{Plot, script},
        render::colormap::Colormap,
    };
    let plot = Plot {
        field,
        scene: "one",
        step: 0,
        time: 0.0,
        map: Colormap::RdBuR,
        values: [-1.0, 1.0],
        label: "w",
        window: [[0.0; 2], [TAU; 2]],
    };
    fs::write(folder.join("plot.py"), script(&plot)).unwrap();
    let run = format!(
        r#"{DISTANCE}
import types
class Any:
    def __getattr__(self, name): return lambda *a, **k: Any()
class Axes(Any):
    # The first node stands at both ends: once is enough for a mean.
    def imshow(self, w, extent, **k):
        n, (left, right, bottom, top) = len(w) - 1, extent
        h = (right - left) / len(w)
        print(distance(w[:n, :n], [left, right - h, bottom, top - h]))
plt = types.ModuleType("matplotlib.pyplot")
plt.get_cmap, plt.show, plt.subplots = (lambda name: name), (lambda: None), (lambda **k: (Any(), Axes()))
sys.modules["matplotlib"], sys.modules["matplotlib.pyplot"] = types.ModuleType("matplotlib"), plt
sys.modules["matplotlib"].pyplot = plt
exec(compile(open(sys.argv[1], encoding="utf-8").read(), "plot", "exec"))"#
    );
    python(&run, &[&folder.join("plot.py")]).parse().unwrap()
}

/// Middle of the bright pixels of a picture, in pixels from its lower left corner; bright is the upper half of a map
/// from dark to bright.
fn spot(rgba: &[u8], [width, height]: [usize; 2], bright: impl Fn(&[u8]) -> bool) -> [f64; 2] {
    let places = (0..width * height).filter(|k| bright(&rgba[4 * k..4 * k + 3]));
    let (mut sum, mut count) = ([0.0; 2], 0.0);
    for k in places {
        sum[0] += (k % width) as f64 + 0.5;
        sum[1] += (height - 1 - k / width) as f64 + 0.5;
        count += 1.0;
    }
    assert!(count > 20.0, "no spot");
    sum.map(|s| s / count)
}

#[test]
fn a_bare_picture_is_the_cells_around_the_nodes() {
    let folder = tempdir().unwrap();
    write_state(&folder.path().join("z0.npz"), &vortex()).unwrap();
    for n in SIDES {
        succeeds(folder.path(), &format!("decode z0.npz --N {n} --out w.png"));
        let picture = image::open(folder.path().join("w.png")).unwrap().to_rgba8();
        let side = picture.width() as usize;
        let red = |p: &[u8]| p[0] > p[2].saturating_add(60);
        let at = spot(picture.as_raw(), [side; 2], red);
        let half = 0.5 * TAU / n as f64;
        for (found, place) in at.iter().zip(PLACE) {
            let world = found / side as f64 * TAU - half;
            // Whole cells: their middle is known to a part of a cell.
            assert!((world - place).abs() < 0.25 * half.max(0.01), "N = {n}: {world} for {place}");
        }
    }
}

#[cfg(feature = "gpu")]
mod device {
    use dashi_vortex::{
        params::Params,
        render::{Canvas, FilamentColor, Lines, Look, Mapping, colormap::Colormap, offscreen, studio::Studio},
        sim::GpuSim,
    };

    use super::*;
    use crate::device::context;

    fn look(center: DVec2, span: f64) -> Look {
        Look {
            center,
            half_extent: DVec2::splat(0.5 * span),
            rect_px: [0.0; 4],
            range: 1.0,
            mapping: Mapping::Signed,
            colormap: Colormap::RdBuR,
            filaments: false,
            strokes: false,
            filament_color: FilamentColor::Sign,
            tracers: false,
            trails: false,
            lines: Lines::None,
            phase: 0.0,
            pixels_per_point: 1.0,
        }
    }

    /// The canvas, decoded on few nodes and on many, whole and zoomed, and a picture for a file: one place.
    #[test]
    fn the_canvas_and_its_pictures_show_the_vortex_where_it_is() {
        let context = context();
        let size = 256_u32;
        let red = |p: &[u8]| p[0] > p[2].saturating_add(60);
        for (center, span) in [(DVec2::splat(0.5 * TAU), TAU), (DVec2::new(1.6, 3.9), 2.4)] {
            let look = look(center, span);
            let place = |rgba: &[u8]| {
                let at = spot(rgba, [size as usize; 2], red);
                [0, 1].map(|i| center[i] + (at[i] / f64::from(size) - 0.5) * span)
            };
            let check = |what: &str, rgba: &[u8]| {
                let found = place(rgba);
                let off = (0..2).map(|i| (found[i] - PLACE[i]).abs()).fold(0.0, f64::max);
                println!("{what}, {span:.1} across: {off:.2e} off");
                assert!(off < 0.6 * span / f64::from(size), "{what}: {found:?}, {off} off");
            };
            for nodes in [48, 256] {
                let params = Params { n: nodes, tracers: 0, ..Params::default() };
                let mut sim = GpuSim::new(context, &vortex(), &params).unwrap();
                let (low, extent) = if span < TAU {
                    (center - 0.5 * span, DVec2::splat(span))
                } else {
                    (DVec2::ZERO, DVec2::splat(TAU))
                };
                sim.views_mut().look(low, extent);
                let mut canvas = Canvas::new(context, offscreen::FORMAT, &sim).unwrap();
                let mut encoder = context.device.create_command_encoder(&Default::default());
                sim.encode_decode(&mut encoder);
                context.queue.submit([encoder.finish()]);
                let rgba = offscreen::picture(context, &mut canvas, &sim, &look, size, size).unwrap();
                check(&format!("canvas of {nodes} nodes"), &rgba);
            }
            let sim = GpuSim::new(context, &vortex(), &Params { n: 32, tracers: 0, ..Params::default() }).unwrap();
            let mut studio = Studio::new(context, &sim, [size; 2], &look).unwrap();
            let mut pictures = dashi_vortex::gpu::pictures::Pictures::new(1);
            let mut encoder = context.device.create_command_encoder(&Default::default());
            let texture = studio.draw(context, &mut encoder, &sim, &look).unwrap();
            pictures.copy(context, &mut encoder, texture, ());
            context.queue.submit([encoder.finish()]);
            context.wait().unwrap();
            check("picture for a file", &pictures.take().unwrap().unwrap().1);
        }
    }
}
