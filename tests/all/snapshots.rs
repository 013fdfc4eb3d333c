//! Pictures of every panel, tab and window in both looks and two sizes, compared with those of `tests/snapshots`.
//!
//! They are drawn by wgpu on the software adapter from a model with fixed numbers, at whole pixels and with egui's
//! predictable filtering, which samples textures in the shader: what is left to a driver is the rounding of blends.
//! `UPDATE_SNAPSHOTS=1 cargo test --test all snapshots` draws them anew. A mismatch leaves NAME.new.png and
//! NAME.diff.png beside the expected picture.

use dashi_vortex::app::{
    model::{
        Model, Tab,
        dialog::{PathDialog, Purpose},
    },
    ui,
};
use egui_kittest::{Harness, SnapshotOptions, SnapshotResults, kittest::Queryable, try_image_snapshot_options};
use image::codecs::png::{CompressionType, FilterType, PngEncoder};

use crate::fake;

/// Largest squared distance of two colours (weighted YIQ) that counts as the same: kittest's own value, about six
/// grey levels of 255. Rounding of a blend moves a pixel by one or two, a glyph that is a pixel off by a hundred.
const THRESHOLD: f32 = 0.6;
/// Pixels of a picture that may be farther off: ends of thin lines, where the coverage of a pixel is near a tie.
/// A letter has more of them.
const FEW: usize = 6;

/// The sizes of a window: a usual one, and the smallest that is promised.
const SIZES: [[f32; 2]; 2] = [[1280.0, 800.0], [900.0, 600.0]];

/// A part of the window.
#[derive(Clone, Copy)]
enum Part {
    Whole,
    Left,
    Right,
    /// Menu, with the banner above it.
    Top,
    Bottom,
    /// So many points about the middle.
    Middle(f32, f32),
}

/// Width of the left panel, height of the bars at the foot of the window.
const LEFT: f32 = 308.0;
const STATUS: f32 = 71.0;

fn window(size: [f32; 2], model: Model) -> Harness<'static, Model> {
    let show = |ui: &mut egui::Ui, model: &mut Model| {
        ui::keys(ui, model);
        ui::show(ui, model, 0.0);
    };
    let builder = Harness::builder().with_size(size).with_max_steps(20).with_context_setup(ui::theme::apply);
    builder.wgpu().build_ui_state(show, model)
}

/// Compares one part of a window.
fn compare(results: &mut SnapshotResults, name: &str, size: [f32; 2], dark: bool, part: Part, model: Model) {
    let mut model = model;
    // The right panel stays open in the narrow window, too.
    (model.panels.dark, model.panels.wide) = (dark, size[0] >= ui::WIDE);
    let mut harness = window(size, model);
    harness.run_steps(6);
    let picture = harness.render().expect("the software adapter draws");
    let (width, height) = (size[0], size[1]);
    // The tabs of the right panel say where its corner is, 12 points to the left and 8 above.
    let corner = harness.query_by_label(Tab::ALL[0].label()).map_or(egui::pos2(width, 56.0), |tab| tab.rect().min);
    let (top, right, middle) = (corner.y.round() - 8.0, corner.x - 12.0, height - STATUS);
    let [x, y, w, h] = match part {
        Part::Whole => [0.0, 0.0, width, height],
        Part::Left => [0.0, top, LEFT, middle - top],
        Part::Right => [right, top, width - right, middle - top],
        Part::Top => [0.0, 0.0, width, top],
        Part::Bottom => [0.0, middle, width, STATUS],
        Part::Middle(w, h) => [0.5 * (width - w), 0.5 * (height - h), w, h],
    }
    .map(|x: f32| x.round() as u32);
    let mut cut = image::imageops::crop_imm(&picture, x, y, w, h).to_image();
    // A window has nothing behind it.
    cut.pixels_mut().for_each(|pixel| pixel[3] = 255);
    let look = if dark { "dark" } else { "light" };
    let options = SnapshotOptions::new().threshold(THRESHOLD).max_failed_pixels(FEW);
    let name = format!("{name}_{width}_{look}");
    results.add(try_image_snapshot_options(&cut, name.clone(), &options));
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        squeeze(&options.output_path.join(format!("{name}.png")));
    }
}

/// Writes a picture again, without its alpha and as small as PNG can be.
fn squeeze(path: &std::path::Path) {
    let Ok(picture) = image::open(path) else { return };
    let picture = picture.to_rgb8();
    let written = |filter: FilterType| {
        let mut bytes = vec![];
        let encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Best, filter);
        picture.write_with_encoder(encoder).expect("a picture in memory");
        bytes
    };
    let all = [FilterType::NoFilter, FilterType::Sub, FilterType::Up, FilterType::Paeth].map(written);
    let smallest = all.into_iter().min_by_key(Vec::len).expect("four of them");
    std::fs::write(path, smallest).expect("the folder was just written to");
}

/// In both looks and at both sizes.
fn everywhere(results: &mut SnapshotResults, name: &str, part: Part, model: impl Fn() -> Model) {
    for size in SIZES {
        for dark in [true, false] {
            compare(results, name, size, dark, part, model());
        }
    }
}

/// Without the hint, which would lie over the canvas.
fn plain() -> Model {
    let mut model = fake::model();
    model.panels.hint = false;
    model
}

#[test]
fn every_side_of_the_right_panel() {
    let mut results = SnapshotResults::new();
    for tab in Tab::ALL {
        let name = format!("tab_{}", tab.label().to_lowercase().replace(' ', "_"));
        let model = || {
            let mut model = plain();
            model.panels.tab = *tab;
            model
        };
        for size in SIZES {
            for dark in [true, false] {
                compare(&mut results, &name, size, dark, Part::Right, model());
            }
        }
        // The whole of what scrolls.
        compare(&mut results, &name, [1281.0, 1900.0], true, Part::Right, model());
    }
}

#[test]
fn the_left_panel_and_the_bars() {
    let mut results = SnapshotResults::new();
    everywhere(&mut results, "left", Part::Left, plain);
    compare(&mut results, "left", [1281.0, 1900.0], true, Part::Left, plain());
    everywhere(&mut results, "menu", Part::Top, plain);
    everywhere(&mut results, "status", Part::Bottom, plain);
}

#[test]
fn what_lies_on_the_canvas() {
    let mut results = SnapshotResults::new();
    let bare = |model: fn() -> Model| {
        move || {
            let mut model = model();
            (model.panels.left, model.panels.right) = (false, false);
            model
        }
    };
    everywhere(&mut results, "canvas", Part::Whole, bare(fake::model));
    everywhere(&mut results, "notices", Part::Whole, || {
        let mut model = bare(plain)();
        model.inform("State at step 2500 written to /somewhere/z0.npz", 0.0);
        model.complain("No space left on the device: free some, then try again.", 0.0);
        model
    });
    everywhere(&mut results, "clean", Part::Whole, || {
        let mut model = plain();
        model.panels.clean = true;
        model
    });
}

#[test]
fn windows_over_the_window() {
    let mut results = SnapshotResults::new();
    everywhere(&mut results, "help", Part::Middle(620.0, 560.0), || {
        let mut model = plain();
        model.panels.help = true;
        model
    });
    everywhere(&mut results, "palette", Part::Middle(480.0, 560.0), || {
        let mut model = plain();
        model.panels.palette = Some("ex".into());
        model
    });
    everywhere(&mut results, "path_dialog", Part::Middle(620.0, 400.0), || {
        let mut model = plain();
        let mut dialog = PathDialog::new(Purpose::SaveState, "The system's dialog gave no file.");
        dialog.text = "/no/such/folder/z0.npz".into();
        model.dialogs.typed = Some(dialog);
        model
    });
}

#[test]
fn whole_windows() {
    let mut results = SnapshotResults::new();
    everywhere(&mut results, "window", Part::Whole, fake::model);
}
