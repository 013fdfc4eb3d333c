//! Adapter, device, queue and the programs compiled so far.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use super::{dispatch::Program, rounds, stage::Stage};
use crate::error::{Error, Result};

/// What is known of the adapter, as plain data for panels and metrics.
#[derive(Clone, Debug, serde::Serialize)]
pub struct AdapterReport {
    /// Name the driver gives.
    pub name: String,
    /// Vulkan, Metal, Dx12 or Gl.
    pub backend: String,
    /// Driver name.
    pub driver: String,
    /// Driver version and the like.
    pub driver_info: String,
    /// Discrete, integrated, virtual, CPU or other.
    pub device_type: String,
    /// Whether this "GPU" is the CPU: lavapipe, SwiftShader, WARP.
    pub software: bool,
    /// Whether passes can be timed.
    pub timestamps: bool,
    /// Whether shaders may compute in 64 bits: operators of yours in f64.
    pub shader_f64: bool,
    /// Rounds that a loop survived of [`rounds::ASKED`] when the device was opened; `None` where that was not measured.
    pub loop_rounds: Option<u32>,
    /// Largest buffer, MiB.
    pub max_buffer_mb: u64,
    /// Largest storage binding, MiB.
    pub max_storage_binding_mb: u64,
    /// Workgroup memory, bytes.
    pub max_workgroup_memory: u32,
    /// Smallest and largest subgroup.
    pub subgroup: [u32; 2],
}

impl AdapterReport {
    /// Name and backend, which tell adapters of one machine apart.
    pub fn label(&self) -> String {
        format!("{} ({})", self.name, self.backend)
    }

    /// Whether loops end early, as far as is known: by what was measured, and on every CPU.
    pub fn ends_loops(&self) -> bool {
        self.software || self.loop_rounds.is_none() || self.loops_end_after().is_some()
    }

    /// Rounds after which loops were ended when the device was opened.
    pub fn loops_end_after(&self) -> Option<u32> {
        self.loop_rounds.filter(|rounds| *rounds < rounds::ASKED)
    }

    /// What was found of long loops, in words.
    pub fn loops(&self) -> String {
        match (self.loop_rounds, self.loops_end_after()) {
            (None, _) => "not measured".into(),
            (_, Some(rounds)) => format!("end after {rounds} rounds"),
            (Some(rounds), None) => format!("{rounds} rounds or more"),
        }
    }
}

/// An adapter that was met while one was looked for.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Name and backend.
    pub label: String,
    /// Driver, its version and the kind of adapter.
    pub about: String,
    /// Why it cannot be taken, as far as is known without trying.
    pub why_not: Option<String>,
}

/// A device with its queue. Cheap to clone.
#[derive(Clone)]
pub struct Context {
    /// The adapter the device came from.
    pub adapter: wgpu::Adapter,
    /// The device.
    pub device: wgpu::Device,
    /// Its queue.
    pub queue: wgpu::Queue,
    /// What is known of the adapter.
    pub report: Arc<AdapterReport>,
    /// Every adapter there is, the fastest kind first.
    pub seen: Arc<[Seen]>,
    compiled: Arc<Compiled>,
    rounds: u32,
}

/// What was compiled for a device, by stage and constants.
#[derive(Default)]
struct Compiled {
    programs: Mutex<HashMap<String, Arc<Program>>>,
    drawings: Mutex<HashMap<String, wgpu::RenderPipeline>>,
}

impl Context {
    /// An instance for off-screen work, backends and flags from the `WGPU_*` environment.
    pub fn instance() -> wgpu::Instance {
        Self::instance_with(wgpu::InstanceDescriptor::new_without_display_handle_from_env())
    }

    /// An instance from a descriptor that may carry a display. The numbers of indirect launches come from
    /// our own shaders and stay within the buffers' budget, so wgpu need not check each on the device.
    pub fn instance_with(mut descriptor: wgpu::InstanceDescriptor) -> wgpu::Instance {
        descriptor.flags.remove(wgpu::InstanceFlags::VALIDATION_INDIRECT_CALL);
        wgpu::Instance::new(descriptor)
    }

    /// A device without a window: the named adapter (any part of its name), or the best there is.
    pub fn headless(adapter_name: Option<&str>) -> Result<Self> {
        Self::new(&Self::instance(), None, adapter_name)
    }

    /// A device that can present to `surface`.
    pub fn for_surface(
        instance: &wgpu::Instance,
        surface: &wgpu::Surface<'_>,
        adapter_name: Option<&str>,
    ) -> Result<Self> {
        Self::new(instance, Some(surface), adapter_name)
    }

    /// Tries adapters from the fastest kind to the slowest until one gives a device.
    fn new(instance: &wgpu::Instance, surface: Option<&wgpu::Surface<'_>>, name: Option<&str>) -> Result<Self> {
        let named = name.map(str::to_owned).or_else(|| std::env::var("WGPU_ADAPTER_NAME").ok());
        let mut adapters = pollster::block_on(instance.enumerate_adapters(wgpu::Backends::all()));
        adapters.sort_by_key(|a| rank(&a.get_info()));
        let fits = |adapter: &wgpu::Adapter| surface.is_none_or(|surface| adapter.is_surface_supported(surface));
        let seen: Arc<[Seen]> = adapters.iter().map(|adapter| Seen::new(&adapter.get_info(), fits(adapter))).collect();
        let label = |adapter: &wgpu::Adapter| {
            let info = adapter.get_info();
            format!("{} ({:?})", info.name, info.backend)
        };
        let opened = first(adapters.into_iter().map(|adapter| (label(&adapter), adapter)), |label, adapter| {
            if named.as_ref().is_some_and(|n| !label.to_lowercase().contains(&n.to_lowercase())) {
                Err("not the one asked for".into())
            } else if !fits(&adapter) {
                Err("cannot draw to this window".into())
            } else {
                Self::open(adapter, seen.clone())
            }
        });
        opened.map_err(|said| Error::NoGpu(format!(
            "{said}; install a Vulkan driver (Debian: apt-get install libvulkan1 mesa-vulkan-drivers) or use --backend cpu"
        )))
    }

    fn open(adapter: wgpu::Adapter, seen: Arc<[Seen]>) -> std::result::Result<Self, String> {
        let info = adapter.get_info();
        let limits = adapter.limits();
        if limits.max_compute_invocations_per_workgroup < 256 || limits.max_storage_buffers_per_shader_stage < 10 {
            return Err("compute shaders are missing or too small".into());
        }
        let wanted = wgpu::Features::TIMESTAMP_QUERY
            | wgpu::Features::TIMESTAMP_QUERY_INSIDE_ENCODERS
            | wgpu::Features::TIMESTAMP_QUERY_INSIDE_PASSES
            | wgpu::Features::SHADER_F64;
        let features = adapter.features() & wanted;
        let descriptor = wgpu::DeviceDescriptor {
            label: Some("dashi-vortex"),
            required_features: features,
            required_limits: limits.clone(),
            memory_hints: memory_hints(info.device_type),
            ..Default::default()
        };
        let (device, queue) = pollster::block_on(adapter.request_device(&descriptor)).map_err(|e| e.to_string())?;
        let report = AdapterReport {
            name: info.name.clone(),
            backend: format!("{:?}", info.backend),
            driver: info.driver.clone(),
            driver_info: info.driver_info.clone(),
            device_type: format!("{:?}", info.device_type),
            software: info.device_type == wgpu::DeviceType::Cpu,
            timestamps: features.contains(wgpu::Features::TIMESTAMP_QUERY_INSIDE_PASSES),
            shader_f64: features.contains(wgpu::Features::SHADER_F64),
            loop_rounds: None,
            max_buffer_mb: limits.max_buffer_size >> 20,
            max_storage_binding_mb: limits.max_storage_buffer_binding_size >> 20,
            max_workgroup_memory: limits.max_compute_workgroup_storage_size,
            subgroup: [info.subgroup_min_size, info.subgroup_max_size],
        };
        let mut context = Self {
            adapter,
            device,
            queue,
            report: Arc::new(report),
            seen,
            compiled: Arc::default(),
            rounds: rounds::ROUNDS,
        };
        let survived = rounds::look(&context).map_err(|e| e.to_string())??;
        Arc::make_mut(&mut context.report).loop_rounds = Some(survived);
        if !context.report.ends_loops() {
            context.rounds = rounds::NO_END;
        }
        Ok(context)
    }

    /// Rounds that the loops of an invocation may take in one launch.
    pub fn rounds(&self) -> u32 {
        self.rounds
    }

    /// The same device with launches of so many rounds at most.
    pub fn with_rounds(&self, rounds: u32) -> Self {
        Self { rounds, ..self.clone() }
    }

    /// Names of the stages compiled so far, in order.
    pub fn compiled(&self) -> Vec<String> {
        let programs = self.compiled.programs.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut names: Vec<String> =
            programs.keys().filter_map(|key| key.split(' ').next()).map(str::to_owned).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The program of a registered stage with its constants, compiled on first use.
    pub fn program(&self, name: &str, constants: &[(&str, f64)]) -> Result<Arc<Program>> {
        let key = format!("{name} {constants:?}");
        // A poisoned lock only means another thread panicked while compiling; the map itself is whole.
        let mut programs = self.compiled.programs.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(program) = programs.get(&key) {
            return Ok(program.clone());
        }
        let program = Arc::new(Program::new(&self.device, Stage::named(name)?, constants)?);
        programs.insert(key, program.clone());
        Ok(program)
    }

    /// How many programs were compiled so far.
    #[cfg(test)]
    pub(crate) fn programs(&self) -> usize {
        self.compiled.programs.lock().unwrap_or_else(std::sync::PoisonError::into_inner).len()
    }

    /// The render pipeline of this key, `made` once a device.
    pub fn drawing(
        &self,
        key: String,
        made: impl FnOnce() -> Result<wgpu::RenderPipeline>,
    ) -> Result<wgpu::RenderPipeline> {
        // As above.
        let mut drawings = self.compiled.drawings.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(pipeline) = drawings.get(&key) {
            return Ok(pipeline.clone());
        }
        let pipeline = made()?;
        drawings.insert(key, pipeline.clone());
        Ok(pipeline)
    }

    /// Waits until all submitted work is done.
    pub fn wait(&self) -> Result<()> {
        match self.device.poll(wgpu::PollType::wait_indefinitely()) {
            Ok(_) => Ok(()),
            Err(e) => Err(Error::Run(format!("the device stopped answering: {e}"))),
        }
    }
}

/// The first of some candidates that opens, or what each of them said.
fn first<A, T>(
    candidates: impl Iterator<Item = (String, A)>,
    mut open: impl FnMut(&str, A) -> std::result::Result<T, String>,
) -> std::result::Result<T, String> {
    let mut said = Vec::new();
    for (label, candidate) in candidates {
        match open(&label, candidate) {
            Ok(opened) => return Ok(opened),
            Err(why) => said.push(format!("{label}: {why}")),
        }
    }
    Err(if said.is_empty() { "no adapter was found".into() } else { said.join("; ") })
}

impl Seen {
    fn new(info: &wgpu::AdapterInfo, fits: bool) -> Self {
        let driver = [info.driver.as_str(), info.driver_info.as_str()];
        let driver = driver.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
        let driver = if driver.is_empty() { "driver not reported".into() } else { driver };
        Self {
            label: format!("{} ({:?})", info.name, info.backend),
            about: format!("{:?}, {driver}", info.device_type),
            why_not: (!fits).then(|| "It cannot draw to this window".into()),
        }
    }
}

/// Where the device's memory is the process's own, small blocks that go when they are empty: large ones are filled
/// bit by bit, and never given back.
fn memory_hints(kind: wgpu::DeviceType) -> wgpu::MemoryHints {
    if kind == wgpu::DeviceType::Cpu { wgpu::MemoryHints::MemoryUsage } else { wgpu::MemoryHints::Performance }
}

/// Hardware before software, discrete before integrated, native interfaces before Gl.
fn rank(info: &wgpu::AdapterInfo) -> (u8, u8) {
    let kind = match info.device_type {
        wgpu::DeviceType::DiscreteGpu => 0,
        wgpu::DeviceType::IntegratedGpu => 1,
        wgpu::DeviceType::VirtualGpu => 2,
        wgpu::DeviceType::Other => 3,
        wgpu::DeviceType::Cpu => 4,
    };
    (kind, u8::from(info.backend == wgpu::Backend::Gl))
}

#[cfg(test)]
mod tests {
    use super::first;

    #[test]
    fn each_candidate_is_tried_until_one_opens() {
        let all = || ["fast", "slow", "last"].map(|label| (label.to_string(), label.len())).into_iter();
        let mut tried = vec![];
        let opened = first(all(), |label, size| {
            tried.push(label.to_string());
            if label == "slow" { Ok(size) } else { Err("out of memory".into()) }
        });
        assert_eq!((opened, tried), (Ok(4), vec!["fast".to_string(), "slow".to_string()]));
        let none: Result<(), String> = first(all(), |_, size| Err(format!("{size} bytes are too few")));
        let said = "fast: 4 bytes are too few; slow: 4 bytes are too few; last: 4 bytes are too few";
        assert_eq!(none, Err(said.into()));
        assert_eq!(first(std::iter::empty(), |_, ()| Ok(1)), Err("no adapter was found".into()));
    }
}
