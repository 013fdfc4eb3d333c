//! The adapter, its neighbours, and what ran where.

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
    /// Rounds after which its shaders' loops were ended when it was opened.
    pub loops_end_after: Option<u32>,
    /// Whether passes can be timed.
    pub timestamps: bool,
    /// Limits, name and value.
    pub limits: Vec<(String, String)>,
    /// Every adapter of this machine.
    pub adapters: Vec<AdapterRow>,
    /// What ran where.
    pub stages: Vec<StageRow>,
}

/// An adapter of this machine.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AdapterRow {
    /// Name and backend, as a switch asks for it.
    pub label: String,
    /// Driver, its version, and the kind of adapter.
    pub about: String,
    /// The simulation runs on it.
    pub chosen: bool,
    /// Why it cannot be chosen.
    pub why_not: Option<String>,
}

/// A stage and where it ran.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StageRow {
    /// The stage's name in the register, or what the CPU did.
    pub name: String,
    /// The same in words.
    pub title: String,
    /// The adapter's kind, CPU, or that it has not run.
    pub place: String,
    /// Its last time, ms; `None` where it was not timed.
    pub ms: Option<f64>,
}

impl DeviceInfo {
    /// What the banner says, or nothing on real hardware.
    pub fn warning(&self) -> Option<String> {
        let Self { name, backend, driver, .. } = self;
        self.software.then(|| {
            format!("Software adapter: {name} ({backend}, {driver}) - the \"GPU\" work runs on this machine's CPU")
        })
    }
}
