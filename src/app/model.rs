//! What the panels show and edit: plain data, no window and no GPU.
//!
//! Panels change [`Model`] and push [`Ask`]s; the frame answers the asks between panels and steps.

use std::{path::PathBuf, sync::Arc};

use glam::DVec2;

use super::{
    clock::{Rates, RunState},
    command::Command,
    dialog::{Dialogs, Purpose},
    input::{Act, Gestures},
    range::Range,
    reference::{Distance, Sides},
};
use crate::{
    lab::{CASES, Report},
    params::Params,
    render::{FilamentColor, camera::Camera},
    sim::{Truth, measure::Shares},
    state::{Drift, Event, Kind, Report as PassReport, Sums},
};

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
    /// Something of the laboratory.
    Lab(LabAsk),
    /// Something of an operator of the user.
    Operator(String, OperatorAsk),
}

/// What an operator, by its name, is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperatorAsk {
    /// On if off, off if on.
    Toggle,
    /// Out of the list.
    Remove,
}

/// An operator of the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorRow {
    /// Its name.
    pub name: String,
    /// One line of mathematics.
    pub title: String,
    /// z, field or carrier.
    pub acts_on: &'static str,
    /// Whether it acts.
    pub on: bool,
}

/// What the laboratory is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabAsk {
    /// A case by its name, after those that wait.
    Run(&'static str),
    /// Every case that does not wait already.
    RunAll,
    /// End the case at hand and forget those that wait.
    Stop,
}

/// Where a case of the laboratory stands.
#[derive(Clone, Debug, Default)]
pub enum CaseState {
    /// Not asked for.
    #[default]
    Idle,
    /// Others run first.
    Waiting,
    /// This share is done.
    Running(f64),
    /// What it found.
    Done(Report),
    /// Why it has no verdict.
    Failed(String),
}

/// The self-check of the running state.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TruthModel {
    /// An answer is on its way.
    pub pending: bool,
    /// The last answer.
    pub last: Option<Truth>,
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
    /// The stage.
    pub label: String,
    /// The same in words.
    pub title: String,
    /// Launches in the last measured frame.
    pub calls: u32,
    /// Milliseconds in that frame.
    pub ms: Option<f64>,
    /// Bytes of its resources, once for each way they are used.
    pub bytes: Option<u64>,
    /// Those bytes in that time.
    pub gb_per_s: Option<f64>,
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
    /// How the atoms' velocity is found now, and how exactly.
    pub solver: [String; 2],
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
    /// What their colour says.
    pub filament_color: FilamentColor,
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
    /// Its newest field beside the state's.
    pub sides: Option<Sides>,
    /// The canvas shows both and their difference.
    pub side_by_side: bool,
}

impl KernelModel {
    /// What the canvas shows instead of the flow.
    pub fn shown(&self) -> Option<&Sides> {
        self.sides.as_ref().filter(|_| self.reference && self.side_by_side)
    }
}

/// A field that is being encoded.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Job {
    /// Its file or name.
    pub name: String,
    /// 0 to 1.
    pub done: f64,
    /// What is being done; empty before it has begun.
    pub stage: &'static str,
    /// Relative L2 distance so far.
    pub rel_l2: Option<f64>,
    /// Atoms so far.
    pub atoms: usize,
}

/// What the last encoding gave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EncodeResult {
    /// Side of the field.
    pub n: usize,
    /// Atoms of the state.
    pub atoms: usize,
    /// Independent real numbers of the state.
    pub floats: usize,
    /// Relative L2 distance of the decoded field; `None` for a field that is zero.
    pub rel_l2: Option<f64>,
    /// Correlation; `None` where a field is constant.
    pub corr: Option<f64>,
    /// Who holds energy and enstrophy; `None` for a state that is zero.
    pub shares: Option<Shares>,
    /// Real time it took.
    pub seconds: f64,
}

/// Field less decoded state, as they were when it was encoded.
#[derive(Clone, Debug, PartialEq)]
pub struct Residual {
    /// Side.
    pub n: usize,
    /// `[n, n]`, row 0 at the bottom.
    pub values: Arc<Vec<f32>>,
    /// Largest size, `> 0`: its own range of colours.
    pub limit: f64,
}

impl Residual {
    /// With the range that its values need.
    pub fn new(n: usize, values: Arc<Vec<f32>>) -> Self {
        let largest = values.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
        Self { n, values, limit: f64::from(largest).max(f64::MIN_POSITIVE) }
    }

    /// The value at the node nearest to a place of the box.
    pub fn at(&self, place: DVec2) -> Option<f64> {
        let node = |x: f64| ((x / crate::math::BOX * self.n as f64).round() as i64).rem_euclid(self.n as i64) as usize;
        self.values.get(node(place.y) * self.n + node(place.x)).map(|x| f64::from(*x))
    }
}

/// What the encode tab shows and edits.
#[derive(Clone, Debug, PartialEq)]
pub struct EncodeModel {
    /// Budget as a share of N^2 floats.
    pub share: f64,
    /// What is being encoded.
    pub job: Option<Job>,
    /// What the last one gave.
    pub result: Option<EncodeResult>,
    /// What it left.
    pub residual: Option<Residual>,
    /// The canvas shows the residual instead of the flow.
    pub show_residual: bool,
}

impl Default for EncodeModel {
    fn default() -> Self {
        Self { share: 0.10, job: None, result: None, residual: None, show_residual: false }
    }
}

impl EncodeModel {
    /// The residual, while the canvas shows it.
    pub fn shown(&self) -> Option<&Residual> {
        self.residual.as_ref().filter(|_| self.show_residual)
    }
}

/// The book of description-length passes, as the panel shows it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PassModel {
    /// How many there were.
    pub count: u64,
    /// The passes, thinned out.
    pub history: Vec<PassReport>,
    /// Sums of each kind of edit.
    pub kinds: Vec<(Kind, Sums)>,
    /// The last edits, oldest first.
    pub events: Vec<Event>,
    /// Drift of circulation by cause.
    pub drift: Option<Drift>,
}

/// The right panel's sides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    /// Rates, passes, state, device.
    #[default]
    Performance,
    /// The background's kernel.
    Kernel,
    /// Known flows, and the truth of the running one.
    Lab,
    /// Fields to states.
    Encode,
    /// Description length and what it changed.
    Length,
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
    /// Where each of the laboratory's cases stands, in their order.
    pub lab: Vec<CaseState>,
    /// How true the running state is.
    pub truth: TruthModel,
    /// Fields to states.
    pub encode: EncodeModel,
    /// Description-length passes.
    pub passes: PassModel,
    /// Operators of the user, in the order in which they act.
    pub operators: Vec<OperatorRow>,
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
                filament_color: FilamentColor::Sign,
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
            lab: vec![CaseState::Idle; CASES.len()],
            truth: TruthModel::default(),
            encode: EncodeModel::default(),
            passes: PassModel::default(),
            operators: vec![],
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
