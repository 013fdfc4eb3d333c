//! Which panels are open.

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
