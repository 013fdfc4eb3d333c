//! The way to a device: adapters from the fastest kind to the slowest, the first that opens, and how long its loops run.

use std::sync::Arc;

use super::{
    buffer::{filled, storage},
    context::{AdapterReport, Context, FoundAdapter},
    dispatch::Dispatch,
    readback,
    rounds::{self, ASKED, NESTED, judged},
};
use crate::error::{Error, Result};

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
    ///
    /// # Errors
    /// [`Error::NoGpu`] with what each adapter said, where none gives a device.
    pub fn headless(adapter_name: Option<&str>) -> Result<Self> {
        Self::new(&Self::instance(), None, adapter_name)
    }

    /// A device that can present to `surface`.
    ///
    /// # Errors
    /// As [`Context::headless`]; an adapter that cannot draw to the surface gives none.
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
        let seen: Arc<[FoundAdapter]> =
            adapters.iter().map(|adapter| FoundAdapter::new(&adapter.get_info(), fits(adapter))).collect();
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

    fn open(adapter: wgpu::Adapter, seen: Arc<[FoundAdapter]>) -> std::result::Result<Self, String> {
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
        let mut context = Self::of(adapter, device, queue, report, seen);
        let survived = survived(&context).map_err(|e| e.to_string())??;
        Arc::make_mut(&mut context.report).loop_rounds = Some(survived);
        Ok(if context.report.ends_loops() { context } else { context.with_rounds(rounds::NO_END) })
    }
}

/// Rounds that a loop survived, [`rounds::ASKED`] at most: counted by the loop itself, and believed where it came to the
/// number that so many turns make.
///
/// # Errors
/// Where loops end within [`rounds::ROUNDS`] rounds, or come to wrong numbers.
fn survived(context: &Context) -> Result<std::result::Result<u32, String>> {
    let asked = [ASKED, NESTED[0], NESTED[1], 0];
    let turns = filled(context, "turns", &asked)?;
    let found = storage::<[u32; 4]>(context, "loop check", 1)?;
    let pass = Dispatch::new(context, "loop_check", &[], &[&turns, &found], [2, 1, 1])?;
    let mut encoder = context.device.create_command_encoder(&Default::default());
    pass.encode(&mut encoder.begin_compute_pass(&Default::default()));
    context.queue.submit([encoder.finish()]);
    let found: Vec<[u32; 4]> = readback::read(context, &found, 1)?;
    Ok(judged(found[0]))
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

impl FoundAdapter {
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
    use super::{
        super::rounds::{NO_END, ROUNDS},
        *,
    };

    #[test]
    fn each_candidate_is_tried_until_one_opens() {
        let all = || ["fast", "slow", "last"].map(|label| (label.to_string(), label.len())).into_iter();
        let mut tried = vec![];
        let opened = first(all(), |label, size| {
            tried.push(label.to_string());
            if label == "slow" { Ok(size) } else { Err("out of memory".into()) }
        });
        assert_eq!((opened, tried), (Ok(4), vec!["fast".to_string(), "slow".to_string()]));
        let none: std::result::Result<(), String> = first(all(), |_, size| Err(format!("{size} bytes are too few")));
        let said = "fast: 4 bytes are too few; slow: 4 bytes are too few; last: 4 bytes are too few";
        assert_eq!(none, Err(said.into()));
        assert_eq!(first(std::iter::empty(), |_, ()| Ok(1)), Err("no adapter was found".into()));
    }

    #[test]
    fn a_device_that_opens_says_how_many_rounds_it_survived() {
        let context = Context::headless(None).unwrap();
        let rounds = context.report.loop_rounds.unwrap();
        assert!((ROUNDS..=ASKED).contains(&rounds), "{rounds}");
        assert_eq!(survived(&context).unwrap(), Ok(rounds));
        let all = if context.report.software || rounds < ASKED { ROUNDS } else { NO_END };
        assert_eq!(context.rounds(), all);
    }
}
