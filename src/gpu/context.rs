//! Adapter, device, queue and the programs compiled so far. How one is opened is told by `gpu::adapters`.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{
    program::Program,
    rounds,
    stage::Stage,
    ticket::{Readbacks, wait_for},
};
use crate::error::Result;

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
pub struct FoundAdapter {
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
    pub seen: Arc<[FoundAdapter]>,
    compiled: Arc<Compiled>,
    readbacks: Readbacks,
    rounds: u32,
}

/// A program that is compiled or is being compiled: whoever needs it waits for it alone, and for no other.
type Compiling = Arc<Mutex<Option<Arc<Program>>>>;

/// What was compiled for a device, by stage and constants.
#[derive(Default)]
struct Compiled {
    programs: Mutex<HashMap<String, Compiling>>,
    drawings: Mutex<HashMap<String, wgpu::RenderPipeline>>,
}

impl Context {
    /// Of an opened device, as if loops ended early on it.
    pub(super) fn of(
        adapter: wgpu::Adapter,
        device: wgpu::Device,
        queue: wgpu::Queue,
        report: AdapterReport,
        seen: Arc<[FoundAdapter]>,
    ) -> Self {
        let (report, compiled, rounds) = (Arc::new(report), Arc::default(), rounds::ROUNDS);
        let readbacks = Readbacks::new(&device);
        Self { adapter, device, queue, report, seen, compiled, readbacks, rounds }
    }

    /// Where copies on their way to the host land.
    pub fn readbacks(&self) -> &Readbacks {
        &self.readbacks
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
        let programs = lock(&self.compiled.programs);
        // What is being compiled now is not there yet.
        let there = |place: &Compiling| place.try_lock().is_ok_and(|place| place.is_some());
        let keys = programs.iter().filter(|(_, place)| there(place)).map(|(key, _)| key);
        let mut names: Vec<String> = keys.filter_map(|key| key.split(' ').next()).map(str::to_owned).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The program of a registered stage with its constants, compiled on first use.
    ///
    /// # Errors
    /// [`crate::Error::Run`] for a stage without a row in the register, or a shader that does not compile on this device.
    pub fn program(&self, name: &str, constants: &[(&str, f64)]) -> Result<Arc<Program>> {
        let key = format!("{name} {constants:?}");
        // A poisoned lock only means another thread panicked while compiling; map and place are whole.
        let place = lock(&self.compiled.programs).entry(key).or_default().clone();
        let mut place = lock(&place);
        if let Some(program) = &*place {
            return Ok(program.clone());
        }
        let program = Arc::new(Program::new(&self.device, Stage::named(name)?, constants)?);
        Ok(place.insert(program).clone())
    }

    /// How many programs were compiled so far.
    #[cfg(test)]
    pub(crate) fn programs(&self) -> usize {
        lock(&self.compiled.programs).values().filter(|place| lock(place).is_some()).count()
    }

    /// The render pipeline of this key, `made` once a device.
    ///
    /// # Errors
    /// What `made` returns.
    pub fn drawing(
        &self,
        key: String,
        made: impl FnOnce() -> Result<wgpu::RenderPipeline>,
    ) -> Result<wgpu::RenderPipeline> {
        let mut drawings = lock(&self.compiled.drawings);
        if let Some(pipeline) = drawings.get(&key) {
            return Ok(pipeline.clone());
        }
        let pipeline = made()?;
        drawings.insert(key, pipeline.clone());
        Ok(pipeline)
    }

    /// Waits until all submitted work is done.
    ///
    /// # Errors
    /// [`crate::Error::Run`] where the device does not answer.
    pub fn wait(&self) -> Result<()> {
        wait_for(&self.device)
    }
}

/// A lock that another thread's panic does not close.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
