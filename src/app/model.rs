//! What the panels show and edit: plain data, no window and no GPU.
//!
//! Panels change [`Model`] and push [`Ask`]s; the frame answers the asks between panels and steps.

use std::path::PathBuf;

use glam::DVec2;

use super::{
    clock::{Rates, RunState},
    command::Command,
    dialog::{Dialogs, Purpose},
    input::{Act, Gestures},
    range::Range,
    reference::Distance,
};
use crate::{params::Params, render::camera::Camera};

/// Something a panel wants done.
#[derive(Clone, Debug, PartialEq)]
pub enum Ask {
    /// A row of the command table.
    Command(Command),
    /// Another scene, by name.
    Scene(String),
    /// A gesture on the canvas ended.
    Act(Act),
    /// A path was chosen.
    Path(Purpose, PathBuf),
    /// A file was dropped on the window.
    Drop(PathBuf),
}

/// A scene as the panel lists it.
#[derive(Clone, Debug, PartialEq)]
pub struct SceneItem {
    /// Name on the command line.
    pub name: String,
    /// Title on the button.
    pub title: String,
    /// One sentence of physics.
    pub physics: String,
}

/// The adapter and what it may do.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeviceInfo {
    /// Adapter name.
    pub name: String,
    /// Vulkan, Metal, DX12, GL.
    pub backend: String,
    /// Driver name.
    pub driver: String,
    /// Driver version.
    pub driver_info: String,
    /// Discrete, integrated, CPU ...
    pub device_type: String,
    /// Whether the adapter is a CPU.
    pub software: bool,
    /// Whether passes can be timed.
    pub timestamps: bool,
    /// Limits, name and value.
    pub limits: Vec<(String, String)>,
    /// What ran where, stage and place.
    pub stages: Vec<(String, String)>,
}

/// GPU time of one pass; `None` when it was not measured.
#[derive(Clone, Debug, PartialEq)]
pub struct PassRow {
    /// The operator.
    pub label: String,
    /// Milliseconds in the last measured frame.
    pub ms: Option<f64>,
}

/// What the simulation said last. What was not measured is `None`, never 0.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Readout {
    /// Simulated time.
    pub time: f64,
    /// Steps since genesis.
    pub step: u64,
    /// Vortex atoms.
    pub atoms: usize,
    /// Vertices of all atoms.
    pub vertices: usize,
    /// Insertion stopped at the vertex budget.
    pub at_capacity: bool,
    /// A vertex moved a quarter of the box in one step, so the step was not taken.
    pub runaway: bool,
    /// Largest |omega| on the decoded grid.
    pub max_abs: Option<f64>,
    /// Non-finite values met.
    pub nan_inf: Option<u32>,
    /// Vorticity under the cursor.
    pub probe: Option<f64>,
    /// Mean of (u^2 + v^2)/2.
    pub energy: Option<f64>,
    /// Mean of omega^2/2.
    pub enstrophy: Option<f64>,
    /// `[k, E(k)]` of the background, shell by shell; empty without one.
    pub spectrum: Vec<[f64; 2]>,
    /// GPU time a pass.
    pub passes: Vec<PassRow>,
}

/// What the canvas shows.
#[derive(Clone, Debug, PartialEq)]
pub struct ViewModel {
    /// Pan and zoom.
    pub camera: Camera,
    /// Colour range.
    pub range: Range,
    /// Name of the colour map.
    pub colormap: String,
    /// Names to choose from.
    pub colormaps: Vec<String>,
    /// The chosen map from lowest to highest value.
    pub colors: Vec<[u8; 3]>,
    /// Filament lines.
    pub filaments: bool,
    /// Dye particles.
    pub tracers: bool,
}

/// A linear kernel from a file.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadedKernel {
    /// Name of the file.
    pub name: String,
    /// D.
    pub side: usize,
    /// Ridge parameter of its fit, where the file says so.
    pub ridge_lambda: Option<f64>,
    /// Real and imaginary parts, once computed; or why not.
    pub eigenvalues: Option<Result<Vec<[f64; 2]>, String>>,
}

/// What the kernel tab shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KernelModel {
    /// The kernel that was loaded; the built-in one otherwise.
    pub loaded: Option<LoadedKernel>,
    /// Whether the reference LES is on.
    pub reference: bool,
    /// Its distances so far.
    pub distances: Vec<Distance>,
}

/// The right panel's sides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    /// Rates, passes, state, device.
    #[default]
    Performance,
    /// The background's kernel.
    Kernel,
}

/// Which panels are open.
#[derive(Clone, Debug, PartialEq)]
pub struct Panels {
    /// Scene and parameters.
    pub left: bool,
    /// Performance and device, or the kernel.
    pub right: bool,
    /// Which of the two.
    pub tab: Tab,
    /// The window was wide when last drawn.
    pub wide: bool,
    /// Nothing but the picture.
    pub clean: bool,
    /// The three-line hint.
    pub hint: bool,
    /// Keys and mouse.
    pub help: bool,
    /// The command palette and what is typed in it.
    pub palette: Option<String>,
}

/// A sentence for the user.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// What happened and what to do.
    pub text: String,
    /// Errors stay until dismissed, the rest fades.
    pub error: bool,
    /// Real time it was made.
    pub at_s: f64,
}

/// Everything the panels show and edit.
#[derive(Debug)]
pub struct Model {
    /// Edited parameters; the frame carries changes into the simulation.
    pub params: Params,
    /// Parameters as the scene made them: what a reset goes back to.
    pub home: Params,
    /// Name of the scene, or the opened file.
    pub scene: String,
    /// Scenes to choose from.
    pub scenes: Vec<SceneItem>,
    /// Canvas settings.
    pub view: ViewModel,
    /// Open panels.
    pub panels: Panels,
    /// What the simulation said last.
    pub readout: Readout,
    /// The background's kernel.
    pub kernel: KernelModel,
    /// The adapter.
    pub device: DeviceInfo,
    /// Whether time passes.
    pub run: RunState,
    /// Measured rates.
    pub rates: Rates,
    /// The hand on the canvas.
    pub gestures: Gestures,
    /// World coordinates under the cursor.
    pub cursor: Option<DVec2>,
    /// Canvas rectangle in points, set by the canvas panel.
    pub canvas: egui::Rect,
    /// File dialogs.
    pub dialogs: Dialogs,
    /// Sentences for the user.
    pub notices: Vec<Notice>,
    /// Whether there is an edit to undo, and one to redo.
    pub can_undo: (bool, bool),
    /// What the panels want done, in order.
    pub asks: Vec<Ask>,
}

impl Default for Model {
    fn default() -> Self {
        Self {
            params: Params::default(),
            home: Params::default(),
            scene: String::new(),
            scenes: vec![],
            view: ViewModel {
                camera: Camera::default(),
                range: Range::default(),
                colormap: String::new(),
                colormaps: vec![],
                colors: vec![[40, 60, 120], [12, 12, 14], [140, 50, 40]],
                filaments: true,
                tracers: true,
            },
            panels: Panels {
                left: true,
                right: true,
                tab: Tab::Performance,
                wide: true,
                clean: false,
                hint: true,
                help: false,
                palette: None,
            },
            readout: Readout::default(),
            kernel: KernelModel::default(),
            device: DeviceInfo::default(),
            run: RunState::Running,
            rates: Rates::default(),
            gestures: Gestures::default(),
            cursor: None,
            canvas: egui::Rect::ZERO,
            dialogs: Dialogs::default(),
            notices: vec![],
            can_undo: (false, false),
            asks: vec![],
        }
    }
}

impl Model {
    /// Tells the user something that fades.
    pub fn inform(&mut self, text: impl Into<String>, at_s: f64) {
        self.notice(text.into(), false, at_s);
    }

    /// Tells the user of a failure; it stays until dismissed.
    pub fn complain(&mut self, text: impl Into<String>, at_s: f64) {
        self.notice(text.into(), true, at_s);
    }

    fn notice(&mut self, text: String, error: bool, at_s: f64) {
        self.notices.retain(|old| old.text != text);
        self.notices.push(Notice { text, error, at_s });
        let surplus = self.notices.len().saturating_sub(3);
        self.notices.drain(..surplus);
    }
}
