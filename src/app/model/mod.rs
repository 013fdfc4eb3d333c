//! What the panels show and edit: plain data, no window and no GPU.
//!
//! Panels change [`Model`] and push [`Ask`]s; the frame answers the asks between panels and steps.

mod actions;
mod ask;
mod device;
pub mod dialog;
mod edit;
mod encode;
mod export;
mod files;
pub mod frames;
mod gallery;
mod invariants;
mod kernel;
mod lab;
mod panels;
mod passes;
mod pasted;
pub mod pictures;
pub mod range;
mod readout;
pub mod reference;
mod rescue;
pub mod scenes;
pub mod series;
pub mod table;
mod timeline;
pub mod usage;
mod view;

use glam::DVec2;

use crate::{
    app::{
        command::Held,
        input::Gestures,
        model::usage::Usage,
        model::{dialog::Dialogs, frames::FrameLog},
        run::clock::{Rates, RunState},
    },
    lab::CASES,
    params::Params,
};

pub use actions::Actions;
pub use ask::{Ask, LabAsk, OperatorAsk, OperatorRow};
pub use device::{AdapterRow, DeviceInfo, StageRow};
pub use edit::{AtomAsk, Picked, PickedStroke};
pub use encode::{EncodeModel, EncodeResult, Job, Residual};
pub use export::{ExportJob, ExportModel, Preset};
pub use files::{FieldChoice, FilesAsk, FilesModel, KINDS, PresetItem, RECENT, Recent, kind};
pub use gallery::GalleryModel;
pub use invariants::{InvariantsModel, Sample};
pub use kernel::{KernelModel, LoadedKernel};
pub use lab::{CaseState, SceneModel, SceneState, TruthModel};
pub use panels::{Notice, Panels, Tab};
pub use passes::PassModel;
pub use readout::{PassRow, Readout};
pub use rescue::{Fix, RescueAsk, RescueModel};
pub use timeline::{SPEEDS, TimeAsk, TimelineModel, TwinModel};
pub use view::{ViewModel, canvas_size};

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
    /// What the flow should keep.
    pub invariants: InvariantsModel,
    /// Where each of the laboratory's cases stands, in their order.
    pub lab: Vec<CaseState>,
    /// How long the scene stays true, beside a fine grid.
    pub scene_row: SceneModel,
    /// How true the running state is.
    pub truth: TruthModel,
    /// Fields to states.
    pub encode: EncodeModel,
    /// What leaves the window.
    pub export: ExportModel,
    /// Description-length passes.
    pub passes: PassModel,
    /// Operators of the user, in the order in which they act.
    pub operators: Vec<OperatorRow>,
    /// Recent files, the session, presets.
    pub files: FilesModel,
    /// The gallery of scenes.
    pub gallery: GalleryModel,
    /// The adapter.
    pub device: DeviceInfo,
    /// Whether time passes.
    pub run: RunState,
    /// Measured rates.
    pub rates: Rates,
    /// Times of the last frames.
    pub frames: FrameLog,
    /// Bytes over the bus, memory, flags.
    pub usage: Usage,
    /// The hand on the canvas.
    pub gestures: Gestures,
    /// The atom that was picked.
    pub picked: Option<Picked>,
    /// Or the stroke, which is ellipses by now.
    pub picked_stroke: Option<PickedStroke>,
    /// Saves, branches, speed.
    pub timeline: TimelineModel,
    /// A second course of events beside the first.
    pub twin: Option<TwinModel>,
    /// Keys that are held down.
    pub keys_held: Held,
    /// World coordinates under the cursor.
    pub cursor: Option<DVec2>,
    /// Canvas rectangle in points, set by the canvas panel.
    pub canvas: egui::Rect,
    /// File dialogs.
    pub dialogs: Dialogs,
    /// What is offered after something went wrong.
    pub rescue: RescueModel,
    /// Sentences for the user.
    pub notices: Vec<Notice>,
    /// Whether there is an edit to undo, and one to redo.
    pub can_undo: (bool, bool),
    /// How long the last actions took.
    pub actions: Actions,
    /// Whether a button of the mouse is down: what it drags is one edit.
    pub pressed: bool,
    /// Pixels of the screen a point of the panels.
    pub pixels_per_point: f32,
    /// What the clipboard is to hold after this frame.
    pub clipboard: Option<String>,
    /// The adapter to go on with.
    pub wanted_adapter: Option<String>,
    /// Whether the window is to close.
    pub quit: bool,
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
            view: ViewModel::default(),
            panels: Panels::default(),
            readout: Readout::default(),
            kernel: KernelModel::default(),
            invariants: InvariantsModel::default(),
            lab: vec![CaseState::Idle; CASES.len()],
            scene_row: SceneModel::default(),
            truth: TruthModel::default(),
            encode: EncodeModel::default(),
            export: ExportModel::default(),
            passes: PassModel::default(),
            operators: vec![],
            files: FilesModel::default(),
            gallery: GalleryModel::default(),
            device: DeviceInfo::default(),
            run: RunState::Running,
            rates: Rates::default(),
            frames: FrameLog::default(),
            usage: Usage::default(),
            gestures: Gestures::default(),
            picked: None,
            picked_stroke: None,
            timeline: TimelineModel::default(),
            twin: None,
            keys_held: Held::default(),
            cursor: None,
            canvas: egui::Rect::ZERO,
            dialogs: Dialogs::default(),
            rescue: RescueModel::default(),
            notices: vec![],
            can_undo: (false, false),
            actions: Actions::default(),
            pressed: false,
            pixels_per_point: 1.0,
            clipboard: None,
            wanted_adapter: None,
            quit: false,
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

    /// Size of the canvas in points, one at least along each side.
    pub fn canvas_size(&self) -> DVec2 {
        canvas_size(self.canvas)
    }

    /// Size of the canvas in pixels of the screen.
    pub fn canvas_px(&self) -> [u32; 2] {
        let size = self.canvas.size() * self.pixels_per_point;
        [size.x, size.y].map(|n| n.round().max(1.0) as u32)
    }

    /// What has a time step of its own, so that none can be chosen.
    pub fn own_step(&self) -> Option<&'static str> {
        if self.kernel.loaded.is_some() {
            return Some("a loaded kernel is made for one time step; forget it, or give dt as a number");
        }
        self.acts_on_z().then_some("an operator on z acts once a step; switch it off, or give dt as a number")
    }

    /// Whether an operator of the user acts on z, after every step.
    pub fn acts_on_z(&self) -> bool {
        self.operators.iter().any(|operator| operator.on && operator.acts_on == "z")
    }

    fn notice(&mut self, text: String, error: bool, at_s: f64) {
        self.notices.retain(|old| old.text != text);
        self.notices.push(Notice { text, error, at_s });
        let surplus = self.notices.len().saturating_sub(3);
        self.notices.drain(..surplus);
    }
}
