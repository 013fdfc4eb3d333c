//! Exports end to end: fields and scripts for Python, pictures from the device, recordings without a lost frame.

use std::{fs, path::Path, process::Command};

use dashi_vortex::{
    io::field_export::{Moment, write_moment},
    render::colormap::Colormap,
};
use tempfile::tempdir;

use crate::python::python;

/// `[n, n]` of `sin x + j / n` as bytes.
fn omega(n: usize) -> Vec<u8> {
    let value = |k: usize| ((k % n) as f64 * std::f64::consts::TAU / n as f64).sin() as f32 + (k / n) as f32 / n as f32;
    (0..n * n).flat_map(|k| value(k).to_le_bytes()).collect()
}

#[test]
fn numpy_reads_exported_fields_upright() {
    let folder = tempdir().unwrap();
    let bytes = omega(16);
    let moment = Moment { n: 16, omega: &bytes, time: 0.25, step: 12_345_678_901 };
    for name in ["a.npz", "a.npy"] {
        write_moment(&folder.path().join(name), &moment).unwrap();
    }
    let said = python(
        r#"
folder = sys.argv[1]
data = np.load(folder + "/a.npz")
w = data["omega"]
assert sorted(data.files) == ["axes", "extent", "omega", "origin", "step", "t", "x", "y"], data.files
assert w.dtype == np.float32 and w.shape == (16, 16)
assert np.array_equal(w, np.load(folder + "/a.npy"))
y, x = np.meshgrid(data["y"], data["x"], indexing="ij")
assert np.allclose(w, np.sin(x) + y / (2 * np.pi), atol=1e-6)
print(float(data["t"]), int(data["step"]))"#,
        &[folder.path()],
    );
    assert_eq!(said, "0.25 12345678901");
}

/// A stand-in for matplotlib that prints what it is asked to draw; `maps` are the colour maps it knows.
fn stub(folder: &Path, maps: &str) {
    let package = folder.join("matplotlib");
    fs::create_dir_all(&package).unwrap();
    fs::write(package.join("__init__.py"), "").unwrap();
    let text = format!(
        r#"
import numpy as np
def get_cmap(name):
    if name not in {maps}: raise ValueError(name)
    return name
class Any:
    def __getattr__(self, name): return lambda *a, **k: Any()
class Axes(Any):
    def imshow(self, field, origin, extent, cmap, vmin, vmax, interpolation):
        n, half = len(field), np.pi / (len(field) - 1)
        print("imshow", field.shape, field.dtype, round(float(field.min()), 3), origin, np.allclose(extent, [-half, 2*np.pi + half]*2), cmap, vmin, vmax)
    def set(self, **k): print("set", k)
class Figure(Any):
    def colorbar(self, image, ax, label): print("bar", label)
def subplots(**k): return Figure(), Axes()
def show(): print("show")
"#
    );
    fs::write(package.join("pyplot.py"), text).unwrap();
}

#[cfg(feature = "app")]
#[test]
fn the_script_reproduces_the_picture_with_or_without_its_colour_map() {
    use dashi_vortex::app::tools::export::plot::{Plot, script};
    let folder = tempdir().unwrap();
    let bytes = omega(16);
    let run = |field: &str, map: Colormap, known: &str| {
        stub(folder.path(), known);
        let field = folder.path().join(field);
        write_moment(&field, &Moment { n: 16, omega: &bytes, time: 0.25, step: 3 }).unwrap();
        let window = [[0.0; 2], [std::f64::consts::TAU; 2]];
        let plot = Plot {
            field: &field,
            scene: "pair",
            step: 3,
            time: 0.25,
            map,
            values: [-1.5, 1.5],
            label: r"$\omega$",
            window,
        };
        let text = script(&plot);
        let path = folder.path().join("plot.py");
        fs::write(&path, &text).unwrap();
        // Real matplotlib where there is one, without a window: it must take every call.
        let real = "import importlib.util, os\nif importlib.util.find_spec('matplotlib'):\n    \
                    os.environ['MPLBACKEND'] = 'Agg'\n    exec(compile(open(sys.argv[2], encoding='utf-8').read(), 'plot', 'exec'))";
        python(real, &[folder.path(), &path]);
        python(
            "sys.path.insert(0, sys.argv[1])\nexec(compile(open(sys.argv[2], encoding='utf-8').read(), 'plot', 'exec'))",
            &[folder.path(), &path],
        )
    };
    let said = run("a.npz", Colormap::Berlin, "['RdBu_r', 'berlin']");
    assert!(said.contains("imshow (17, 17) float32 -1.0 lower True berlin -1.5 1.5"), "{said}");
    assert!(said.contains(r"bar $\omega$") && said.contains("t = 0.250") && said.ends_with("show"), "{said}");
    // An older matplotlib, or no cmocean: the nearest map that is there.
    assert!(run("a.npy", Colormap::Vik, "['RdBu_r']").contains("RdBu_r -1.5"));
    assert!(run("a.npz", Colormap::Balance, "['RdBu_r']").contains("RdBu_r -1.5"));
    assert!(run("a.npz", Colormap::Viridis, "['viridis']").contains("float32 0.0"), "magnitudes on a sequential map");
}

#[test]
fn a_movie_may_have_any_name() {
    let folder = tempdir().unwrap();
    for name in ["run-12:30.mp4", "-.mp4", "http:x y.mp4", "ü%05d.mp4", "subfile,,start,0,:a.mp4"] {
        let mut run = Command::new(env!("CARGO_BIN_EXE_dashi-vortex"));
        run.args("run --scene pair --backend cpu --steps 6 --stride 3 --N 32 --bare --quiet --out-dir out".split(' '));
        let output = run.arg(format!("--movie={name}")).current_dir(folder.path()).output().unwrap();
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(folder.path().join(name).metadata().unwrap().len() > 100, "{name}");
    }
    let all: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(all.len(), 6, "five movies and a folder: {all:?}");
}

#[test]
fn a_rollout_makes_movies_of_its_pictures() {
    let folder = tempdir().unwrap();
    let run = "run --scene pair --backend cpu --steps 12 --stride 3 --N 32 --bare --quiet --fps 25 --movie";
    for (name, count) in [("a.mp4", "5"), ("a.gif", "5"), ("a.png", "5")] {
        crate::cli::succeeds(folder.path(), &format!("{run} {name}"));
        let output = Command::new("ffprobe")
            .args(["-v", "error", "-count_frames", "-select_streams", "v:0", "-show_entries", "stream=nb_read_frames"])
            .args(["-of", "csv=p=0"])
            .arg(folder.path().join(name))
            .output()
            .expect("this test needs ffprobe: apt-get install ffmpeg");
        if name != "a.png" {
            assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), count, "{name}");
        }
    }
    let file = std::io::BufReader::new(fs::File::open(folder.path().join("a.png")).unwrap());
    let control = png::Decoder::new(file).read_info().unwrap().info().animation_control.unwrap();
    assert_eq!(control.num_frames, 5);
}

#[cfg(feature = "app")]
mod recording {
    use super::*;
    use dashi_vortex::{
        app::tools::export::worker::{Captured, Order, Worker, Written},
        error::Result,
        io::movie::{Ffmpeg, Format},
        render::figure::{Framed, Legend, Style},
    };

    fn order(path: &Path, format: Format, ffmpeg: Ffmpeg) -> Order {
        let style = Style { axes: true, bar: true, words: true, paper: false, aspect: None, text_px: 10.0 };
        let framed = Framed::new([320, 240], style).unwrap();
        let sidecar = Some(serde_json::json!({ "adapter": "test" }));
        Order { format, path: path.into(), rate: 30.0, framed, sidecar, ffmpeg }
    }

    fn captured(order: &Order, step: u64) -> Captured {
        let [_, _, w, h] = order.framed.picture();
        let tau = std::f64::consts::TAU;
        let legend = Legend {
            low: [0.0; 2],
            high: [tau; 2],
            symbol: "ω".into(),
            map: Colormap::RdBuR,
            values: [-1.0, 1.0],
            caption: format!("step {step}"),
        };
        Captured { step, legend, rgba: vec![(step % 251) as u8; (4 * w * h) as usize] }
    }

    /// Offers so many frames as a window would, one after another, each until it is taken.
    fn record(order: &Order, count: u64, discard: bool) -> (Result<Written>, u64) {
        let mut worker = Worker::start(order.clone()).unwrap();
        let mut refused = 0;
        for step in 0..count {
            let mut frame = Some(captured(order, step));
            while let Some(kept) = frame.take() {
                frame = worker.offer(kept);
                if frame.is_some() {
                    refused += 1;
                    std::thread::sleep(std::time::Duration::from_millis(2));
                }
            }
        }
        if discard {
            worker.discard();
        } else {
            worker.finish();
        }
        loop {
            match worker.result() {
                Some(result) => return (result, refused),
                None => std::thread::sleep(std::time::Duration::from_millis(2)),
            }
        }
    }

    /// A shell script as ffmpeg.
    #[cfg(unix)]
    fn fake(folder: &Path, text: &str) -> Ffmpeg {
        use std::os::unix::fs::PermissionsExt;
        let path = folder.join("fake");
        let list = "case \"$*\" in *-encoders*) exec ffmpeg \"$@\";; esac";
        fs::write(&path, format!("#!/bin/sh\n{list}\n{text}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        Ffmpeg(path)
    }

    #[cfg(unix)]
    #[test]
    fn a_stalled_encoder_makes_the_others_wait_and_loses_no_frame() {
        let (folder, tools) = (tempdir().unwrap(), tempdir().unwrap());
        let path = folder.path().join("slow.mp4");
        let order = order(&path, Format::Mp4, fake(tools.path(), "sleep 1.5\nexec ffmpeg \"$@\""));
        let (result, refused) = record(&order, 40, false);
        let written = result.unwrap();
        assert_eq!((written.frames, written.discarded), (40, false));
        assert!(refused > 0, "nobody waited");
        let output = Command::new("ffprobe")
            .args(["-v", "error", "-count_frames", "-show_entries", "stream=nb_read_frames", "-of", "csv=p=0"])
            .arg(&path)
            .output()
            .expect("this test needs ffprobe: apt-get install ffmpeg");
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "40");
        let text = fs::read_to_string(folder.path().join("slow.mp4.json")).unwrap();
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["adapter"], "test");
        let recording = &value["recording"];
        assert_eq!((&recording["frames"], &recording["last_step"]), (&40.into(), &39.into()), "{value}");
    }

    #[cfg(unix)]
    #[test]
    fn an_encoder_that_dies_ends_the_recording_with_its_words_and_no_file() {
        let (folder, tools) = (tempdir().unwrap(), tempdir().unwrap());
        let text = "head -c 700000 > /dev/null\necho 'disk quota exceeded' >&2\nexit 1";
        let order = order(&folder.path().join("a.mp4"), Format::Mp4, fake(tools.path(), text));
        // The rest of the frames is taken without blocking.
        let error = record(&order, 60, false).0.unwrap_err().to_string();
        assert!(error.contains("disk quota exceeded") && error.contains("no file is left"), "{error}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_is_cancelled_leaves_numbered_files_only() {
        let folder = tempdir().unwrap();
        for format in [Format::Mp4, Format::Apng, Format::Gif] {
            let path = folder.path().join("x").with_extension(format.extension());
            assert!(record(&order(&path, format, Ffmpeg::default()), 5, true).0.unwrap().discarded);
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{format:?}");
        }
        let path = folder.path().join("f.png");
        let written = record(&order(&path, Format::Frames, Ffmpeg::default()), 5, true).0.unwrap();
        let count = fs::read_dir(folder.path())
            .unwrap()
            .filter(|e| e.as_ref().unwrap().file_name().to_string_lossy().ends_with(".png"));
        assert_eq!(count.count() as u64, written.frames);
    }

    #[test]
    fn a_closing_window_completes_its_file() {
        let folder = tempdir().unwrap();
        let path = folder.path().join("f.gif");
        let order = order(&path, Format::Gif, Ffmpeg::default());
        let worker = Worker::start(order.clone()).unwrap();
        for step in 0..3 {
            let mut frame = Some(captured(&order, step));
            while let Some(kept) = frame.take() {
                frame = worker.offer(kept);
            }
        }
        drop(worker);
        use image::AnimationDecoder;
        let file = std::io::BufReader::new(fs::File::open(&path).unwrap());
        let frames = image::codecs::gif::GifDecoder::new(file).unwrap().into_frames().collect_frames().unwrap();
        assert_eq!(frames.len(), 3);
    }
}

#[cfg(feature = "gpu")]
mod device {
    use dashi_vortex::{
        genesis,
        gpu::pictures::Pictures,
        params::Params,
        render::{Canvas, FilamentColor, Lines, Look, Mapping, colormap::Colormap, offscreen, studio::Studio},
        sim::{GpuSim, Simulator},
    };
    use glam::DVec2;

    use crate::device::context;

    fn look(span: f64) -> Look {
        let center = DVec2::splat(std::f64::consts::PI);
        let half_extent = DVec2::splat(0.5 * span);
        Look {
            center,
            half_extent,
            rect_px: [0.0; 4],
            range: 3.0,
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

    /// Pictures of the same moment at a size of their own, however coarse the screen's grid is.
    #[test]
    fn pictures_are_decoded_at_their_own_size_and_come_back_in_order() {
        let context = context();
        let mut params = Params { n: 32, tracers: 0, ..Params::default() };
        let state = genesis::make("dipole", &mut params).unwrap();
        let params = Params { n: 32, tracers: 0, ..params };
        let mut sim = GpuSim::new(context, &state, &params).unwrap();
        let whole = look(std::f64::consts::TAU);
        let size = 192;
        let mut studio = Studio::new(context, &sim, [size; 2], &whole).unwrap();
        assert_eq!(studio.nodes(), [size; 2]);
        let mut pictures = Pictures::new(3);
        for tag in 0..3 {
            assert!(pictures.has_room());
            let mut encoder = context.device.create_command_encoder(&Default::default());
            let texture = studio.draw(context, &mut encoder, &sim, &whole).unwrap();
            pictures.copy(context, &mut encoder, texture, tag);
            context.queue.submit([encoder.finish()]);
        }
        assert!(!pictures.has_room(), "a fourth has to wait");
        context.wait().unwrap();
        let taken: Vec<(i32, Vec<u8>)> = (0..3).map(|_| pictures.take().unwrap().unwrap()).collect();
        assert_eq!(taken.iter().map(|(tag, _)| *tag).collect::<Vec<_>>(), [0, 1, 2]);
        assert!(taken.iter().all(|(_, rgba)| *rgba == taken[0].1), "equal moments give equal pictures");
        assert!(pictures.take().is_none() && pictures.has_room());

        sim.views_mut().look(DVec2::ZERO, DVec2::splat(std::f64::consts::TAU));
        let mut canvas = Canvas::new(context, offscreen::FORMAT, &sim).unwrap();
        let mut encoder = context.device.create_command_encoder(&Default::default());
        sim.encode_decode(&mut encoder);
        context.queue.submit([encoder.finish()]);
        let coarse = offscreen::picture(context, &mut canvas, &sim, &whole, size, size).unwrap();

        // The picture is the fine field through the map, not the screen's 32 x 32 stretched. The middle of a pixel
        // lies between four nodes.
        let fine = sim.decode(size).unwrap();
        let n = size as usize;
        let off = |rgba: &[u8]| {
            let of = |k: usize| {
                let (i, j) = (k % n, n - 1 - k / n);
                let node = |i: usize, j: usize| fine[(j % n) * n + i % n];
                let value = 0.25 * (node(i, j) + node(i + 1, j) + node(i, j + 1) + node(i + 1, j + 1));
                let expected = Colormap::RdBuR.color(value, 3.0);
                let found = &rgba[4 * k..4 * k + 3];
                expected.iter().zip(found).map(|(a, b)| u32::from(a.abs_diff(*b))).sum::<u32>()
            };
            (0..n * n).map(of).sum::<u32>() as f64 / (n * n) as f64
        };
        let (own, stretched) = (off(&taken[0].1), off(&coarse));
        assert!(own < 4.0 && own < 0.5 * stretched, "own {own}, stretched {stretched}");
    }

    #[test]
    fn sizes_that_a_device_does_not_take_are_refused() {
        let context = context();
        let mut params = Params { n: 32, tracers: 0, ..Params::default() };
        let state = genesis::make("pair", &mut params).unwrap();
        let sim = GpuSim::new(context, &state, &Params { n: 32, tracers: 0, ..params }).unwrap();
        for size in [[0, 5], [5, 0], [1 << 20, 5]] {
            let refused = Studio::new(context, &sim, size, &look(1.0)).err().unwrap().to_string();
            assert!(refused.contains("picture size") && refused.contains("on this device"), "{refused}");
        }
        let mut one = Studio::new(context, &sim, [1, 1], &look(1.0)).unwrap();
        let mut encoder = context.device.create_command_encoder(&Default::default());
        one.draw(context, &mut encoder, &sim, &look(1.0)).unwrap();
        context.queue.submit([encoder.finish()]);
        context.wait().unwrap();
    }
}
