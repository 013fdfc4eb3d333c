//! Which panels are open.

use crate::app::command::Command;

/// The right panel's sides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tab {
    /// Rates, passes, state, device.
    #[default]
    Performance,
    /// The background's kernel.
    Kernel,
    /// Known flows, and the truth of the running one.
    Lab,
    /// Brush, tools and the picked atom.
    Edit,
    /// Fields to states.
    Encode,
    /// Description length and what it changed.
    Length,
    /// Pictures, movies, fields, figures.
    Export,
    /// What the flow should keep, over time.
    Invariants,
    /// The adapter, its limits, what ran where.
    Device,
}

impl Tab {
    /// All sides, in the order of their buttons.
    pub const ALL: &[Self] = &[
        Self::Performance,
        Self::Invariants,
        Self::Kernel,
        Self::Lab,
        Self::Edit,
        Self::Encode,
        Self::Length,
        Self::Export,
        Self::Device,
    ];

    /// What its button says.
    pub fn label(self) -> &'static str {
        match self {
            Self::Performance => "Performance",
            Self::Kernel => "Kernel",
            Self::Lab => "Lab",
            Self::Edit => "Edit",
            Self::Encode => "Encode",
            Self::Length => "MDL",
            Self::Export => "Export",
            Self::Invariants => "Invariants",
            Self::Device => "Device",
        }
    }

    /// What it holds, in a line.
    pub fn help(self) -> &'static str {
        match self {
            Self::Performance => "Rates, GPU time per pass, bus, memory and flags",
            Self::Kernel => "Spectra, eigenvalues of A and forecast error",
            Self::Lab => "Known flows, expected and measured, and the truth of the running state",
            Self::Edit => "Brush, tools and the picked atom",
            Self::Encode => "Fields and pictures to states: budget, progress, shares",
            Self::Length => "Description length, its passes and their ledger",
            Self::Export => "Pictures, movies, fields and figures to files",
            Self::Invariants => "Circulation, energy, enstrophy, impulse and more over simulated time",
            Self::Device => "Adapters, limits, and which stage ran where",
        }
    }

    /// The command that shows it.
    pub fn command(self) -> Option<Command> {
        match self {
            Self::Kernel => Some(Command::KernelTab),
            Self::Lab => Some(Command::LabTab),
            Self::Edit => Some(Command::EditTab),
            Self::Encode => Some(Command::EncodeTab),
            Self::Export => Some(Command::ExportTab),
            Self::Invariants => Some(Command::InvariantsTab),
            Self::Device => Some(Command::DeviceTab),
            Self::Performance | Self::Length => None,
        }
    }
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
    /// Dark, not light.
    pub dark: bool,
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

impl Default for Panels {
    fn default() -> Self {
        Self {
            left: true,
            right: true,
            tab: Tab::Performance,
            wide: true,
            dark: true,
            clean: false,
            hint: true,
            help: false,
            palette: None,
        }
    }
}

impl Panels {
    /// Opens a side of the right panel, or goes back to the first one where it is open already.
    pub fn toggle(&mut self, tab: Tab) {
        let shown = self.right && self.tab == tab;
        (self.right, self.tab) = (true, if shown { Tab::Performance } else { tab });
    }
}
