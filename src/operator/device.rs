//! An operator on a device: its program, its own buffers, a trial before its first use, and chains of them.

use std::{
    num::NonZeroU64,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    ActsOn, Operator, Precision, Shape, guard,
    manifest::{Buffer, Role},
    table,
};
use crate::{
    error::{Error, Result},
    gpu::{
        Context, Dispatch, Ticket,
        buffer::{filled, storage},
        module,
        program::{Compilation, Program},
        upload,
    },
    primitives::copy,
};

/// Longest launch of an operator, seconds. One that takes longer is not used.
pub const LAUNCH_LIMIT_S: f64 = 2.0;

/// What stands at a binding.
enum Slot {
    In,
    Out,
    Own(wgpu::Buffer),
}

/// An operator with its own buffers on a device, for one shape.
pub struct Resident {
    operator: Arc<Operator>,
    program: Arc<Program>,
    slots: Vec<Slot>,
    states: Vec<wgpu::Buffer>,
    pasts: Vec<wgpu::Buffer>,
    image: Option<wgpu::Buffer>,
    overran: Option<wgpu::Buffer>,
    groups: [u32; 3],
    shape: Shape,
    bytes: u64,
    /// Rounds that an invocation's loops may take.
    rounds: u32,
}

impl Resident {
    /// Compiles it and fills its tables.
    ///
    /// # Errors
    /// [`Error::NoGpu`] for an f64 operator on an adapter without 64-bit shaders, [`Error::BadFile`] for what this
    /// device does not take or a table of another length.
    pub fn new(context: &Context, operator: &Arc<Operator>, shape: Shape) -> Result<Self> {
        let manifest = &operator.manifest;
        let bad =
            |field: &str, expected: String, found: String| Error::bad_file(&operator.path, field, expected, found);
        if manifest.numbers() == Precision::F64 && !context.report.shader_f64 {
            return Err(Error::NoGpu(format!(
                "operator {} computes in f64, and {} has no 64-bit shaders; write it in f32",
                manifest.name, context.report.name
            )));
        }
        let limits = context.device.limits();
        let most = limits.max_compute_invocations_per_workgroup;
        let threads: u32 = manifest.workgroup.iter().product();
        let sides = [limits.max_compute_workgroup_size_x, limits.max_compute_workgroup_size_y];
        if threads > most || manifest.workgroup.iter().zip(sides).any(|(n, most)| *n > most) {
            let expected = format!("at most {most} threads, {sides:?} along x and y, on {}", context.report.name);
            return Err(bad("workgroup", expected, format!("{:?}", manifest.workgroup)));
        }
        let groups = groups(operator, shape);
        let most = limits.max_compute_workgroups_per_dimension;
        if groups.iter().any(|n| *n > most) {
            let expected = format!("at most {most} workgroups along an axis: more threads, items or a second axis");
            return Err(bad("workgroup", expected, format!("{groups:?}")));
        }
        let program = Arc::new(program(context, operator)?);
        let mut resident = Self {
            operator: operator.clone(),
            program,
            slots: Vec::new(),
            states: Vec::new(),
            pasts: Vec::new(),
            image: None,
            overran: None,
            groups,
            shape,
            bytes: 0,
            rounds: guard::rounds_of(operator.checked.loops, context.rounds()),
        };
        for buffer in &manifest.buffers {
            let slot = match buffer.role {
                Role::In => Slot::In,
                Role::Out => Slot::Out,
                _ => Slot::Own(resident.own(context, buffer)?),
            };
            resident.slots.push(slot);
        }
        if operator.checked.guarded {
            resident.overran = Some(storage::<u32>(context, "loop_overran", 1)?);
        }
        Ok(resident)
    }

    fn own(&mut self, context: &Context, buffer: &Buffer) -> Result<wgpu::Buffer> {
        let (operator, shape) = (&self.operator, self.shape);
        let label = format!("{} {}", operator.name(), buffer.name);
        if buffer.role == Role::Shape {
            let Shape { width, height, count, stride } = shape;
            return filled(context, &label, &[width, height, count, stride]);
        }
        let count = buffer.size.as_ref().map_or(Some(u64::from(shape.count)), |size| size.count(&shape));
        let Some(count) = count.filter(|count| *count <= table::MAX_ELEMENTS) else {
            let field = format!("buffer {}", buffer.name);
            return Err(Error::bad_file(
                &operator.path,
                field,
                format!("at most {} elements", table::MAX_ELEMENTS),
                "more",
            ));
        };
        let bytes = count * operator.manifest.element(buffer).size();
        self.bytes += bytes;
        let made = storage::<u8>(context, &label, bytes as usize)?;
        match buffer.role {
            Role::Table => upload(&context.queue, &made, 0, &table::bytes(operator, buffer, count)?),
            Role::Image => self.image = Some(made.clone()),
            Role::Past => self.pasts.push(made.clone()),
            Role::In | Role::Out | Role::State | Role::Shape => self.states.push(made.clone()),
        }
        Ok(made)
    }

    /// The launch from one buffer to another, and the copies of what came out for the next one.
    ///
    /// # Errors
    /// When the buffers cannot be bound.
    pub fn passes(&self, context: &Context, from: &wgpu::Buffer, to: &wgpu::Buffer) -> Result<Vec<Dispatch>> {
        let words = (self.size() / 4) as usize;
        let copies = self.pasts.iter().map(|past| copy::gpu::pass(context, to, past, words));
        std::iter::once(self.part(context, from, to, self.groups)).chain(copies).collect()
    }

    /// Bytes that come in, and go out.
    fn size(&self) -> u64 {
        u64::from(self.shape.count) * self.operator.manifest.numbers().element().size()
    }

    /// The picture it makes.
    pub fn image(&self) -> Option<&wgpu::Buffer> {
        self.image.as_ref()
    }

    fn part(&self, context: &Context, from: &wgpu::Buffer, to: &wgpu::Buffer, groups: [u32; 3]) -> Result<Dispatch> {
        let size = self.size();
        let exact = |buffer| {
            wgpu::BindingResource::Buffer(wgpu::BufferBinding { buffer, offset: 0, size: NonZeroU64::new(size) })
        };
        let slots = self.slots.iter().map(|slot| match slot {
            Slot::In => exact(from),
            Slot::Out => exact(to),
            Slot::Own(buffer) => buffer.as_entire_binding(),
        });
        let resources: Vec<_> = slots.chain(self.overran.iter().map(|flag| flag.as_entire_binding())).collect();
        Dispatch::of(context, self.program.clone(), &resources, groups)
    }

    /// Launches it on ever more workgroups, then whole, and measures. State is zero afterwards; `to` holds what came
    /// out. Returns the seconds of a whole launch.
    ///
    /// # Errors
    /// [`Error::BadFile`] where a loop overruns its budget or a launch its time, before anything else is launched.
    pub fn trial(&self, context: &Context, from: &wgpu::Buffer, to: &wgpu::Buffer) -> Result<f64> {
        let mut share = 1;
        loop {
            let groups = self.groups.map(|n| n.min(share));
            let whole = groups == self.groups;
            let dispatch = self.part(context, from, to, groups)?;
            let mut encoder = context.device.create_command_encoder(&Default::default());
            dispatch.encode(&mut encoder.begin_compute_pass(&Default::default()));
            let begun = Instant::now();
            context.queue.submit([encoder.finish()]);
            self.wait(context)?;
            let seconds = begun.elapsed().as_secs_f64();
            self.look(context)?;
            if seconds > LAUNCH_LIMIT_S {
                let found =
                    format!("{seconds:.1} s for {groups:?} of {:?} workgroups on {}", self.groups, context.report.name);
                let expected = format!("at most {LAUNCH_LIMIT_S} s a launch; do less, or lower budget");
                return Err(Error::bad_file(&self.operator.path, "launch", expected, found));
            }
            if whole {
                let mut encoder = context.device.create_command_encoder(&Default::default());
                self.states.iter().for_each(|state| encoder.clear_buffer(state, 0, None));
                context.queue.submit([encoder.finish()]);
                return Ok(seconds);
            }
            share = share.saturating_mul(4);
        }
    }

    fn wait(&self, context: &Context) -> Result<()> {
        // A driver that does not come back is the device's fault, not to be waited for.
        let timeout = Some(Duration::from_secs_f64(30.0 * LAUNCH_LIMIT_S));
        match context.device.poll(wgpu::PollType::Wait { submission_index: None, timeout }) {
            Ok(_) => Ok(()),
            Err(error) => Err(Error::Run(format!("operator {}: the device does not answer: {error}", self.name()))),
        }
    }

    /// Waits, and tells of a loop that overran its budget since the last look.
    ///
    /// # Errors
    /// [`Error::BadFile`] if one did.
    pub fn look(&self, context: &Context) -> Result<()> {
        match self.watched() {
            Some(watched) => ask(context, vec![watched]).wait(&context.device),
            None => Ok(()),
        }
    }

    /// What is looked at to tell whether a loop overran, if there are loops.
    pub fn watched(&self) -> Option<Watched> {
        let Self { operator, rounds, .. } = self;
        let flag = self.overran.clone()?;
        Some(Watched { flag, operator: operator.clone(), rounds: *rounds })
    }

    /// The flag that a loop overran, if there are loops.
    pub fn flag(&self) -> Option<&wgpu::Buffer> {
        self.overran.as_ref()
    }

    /// Label of its launches.
    pub fn name(&self) -> &str {
        self.operator.name()
    }

    /// Bytes of its own buffers.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

/// A flag that a loop overran, and whose loop that is.
pub struct Watched {
    flag: wgpu::Buffer,
    operator: Arc<Operator>,
    rounds: u32,
}

/// Asks whether a loop overran its budget since the last look. Submits the copy; the answer is an error where one did.
pub fn ask(context: &Context, watched: Vec<Watched>) -> Ticket<()> {
    let mut encoder = context.device.create_command_encoder(&Default::default());
    let flags: Vec<_> = watched.iter().map(|one| one.flag.slice(..4)).collect();
    let ticket = context.readbacks().ask(&mut encoder, &flags);
    context.queue.submit([encoder.finish()]);
    let queue = context.queue.clone();
    ticket.then(move |words| {
        let set = |word: &Vec<u8>| word.iter().any(|byte| *byte != 0);
        let Some((one, _)) = watched.iter().zip(&words).find(|(_, word)| set(word)) else { return Ok(()) };
        upload(&queue, &one.flag, 0, &[0_u32]);
        Err(overran(&one.operator, one.rounds))
    })
}

/// What is said of a loop that did not end.
fn overran(operator: &Operator, rounds: u32) -> Error {
    let budget = operator.manifest.budget;
    let expected = format!(
        "loops that end within {budget} statements (budget in the manifest) and {rounds} rounds an invocation{}",
        if rounds < guard::MAX_ROUNDS { ", for this device ends loops early" } else { "" }
    );
    Error::bad_file(
        &operator.path,
        format!("operator {}", operator.name()),
        expected,
        "one that went on and was stopped",
    )
}

fn groups(operator: &Operator, shape: Shape) -> [u32; 3] {
    let manifest = &operator.manifest;
    let [x, y, _] = manifest.workgroup;
    let wide = x.saturating_mul(manifest.items);
    match y {
        1 => [shape.count.div_ceil(wide).max(1), 1, 1],
        _ => [shape.width.div_ceil(wide).max(1), shape.height.div_ceil(y).max(1), 1],
    }
}

fn program(context: &Context, operator: &Operator) -> Result<Program> {
    let manifest = &operator.manifest;
    let constants: Vec<(&str, f64)> = manifest.constants.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    let title = if manifest.title.is_empty() { manifest.name.as_str() } else { manifest.title.as_str() };
    let plan =
        Compilation { name: &manifest.name, title, entry: &manifest.entry, constants: &constants, foreign: true };
    let checked = &operator.checked;
    let rounds = guard::rounds_of(checked.loops, context.rounds());
    let fitted = guard::fitted(checked.module.clone(), manifest.budget, rounds);
    let module = || module::foreign(&context.device, &manifest.name, fitted);
    Program::compile(&context.device, &plan, checked.interface.clone(), module).map_err(|error| {
        let found = super::manifest::one_line(&error.to_string());
        Error::bad_file(&operator.path, "module", "one that this device compiles", found)
    })
}

/// Operators on z, one after another, forth and back between two buffers.
pub struct Chain {
    links: Vec<(Resident, [Vec<Dispatch>; 2])>,
}

impl Chain {
    /// Tries each on what `z[current]` holds; `z[1 - current]` is overwritten.
    ///
    /// # Errors
    /// As [`Resident::new`] and [`Resident::trial`].
    pub fn on_z(
        context: &Context,
        operators: &[Arc<Operator>],
        z: [&wgpu::Buffer; 2],
        current: usize,
        shape: Shape,
    ) -> Result<Self> {
        let mut links = Vec::new();
        for operator in operators.iter().filter(|operator| operator.manifest.acts_on == ActsOn::Z) {
            let resident = Resident::new(context, operator, shape)?;
            resident.trial(context, z[current], z[1 - current])?;
            let passes = [resident.passes(context, z[0], z[1])?, resident.passes(context, z[1], z[0])?];
            links.push((resident, passes));
        }
        Ok(Self { links })
    }

    /// The launches from buffer `current` on, and where they leave z.
    pub fn passes(&self, current: usize) -> (impl Iterator<Item = &Dispatch>, usize) {
        let passes = self.links.iter().enumerate().flat_map(move |(i, (_, passes))| &passes[(current + i) % 2]);
        (passes, (current + self.links.len()) % 2)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.links.is_empty()
    }

    /// Waits, and tells of a loop that overran.
    ///
    /// # Errors
    /// As [`Resident::look`].
    pub fn look(&self, context: &Context) -> Result<()> {
        self.links.iter().try_for_each(|(resident, _)| resident.look(context))
    }

    /// What is looked at for that.
    pub fn watched(&self) -> impl Iterator<Item = Watched> {
        self.links.iter().filter_map(|(resident, _)| resident.watched())
    }

    /// Bytes of their own buffers.
    pub fn bytes(&self) -> u64 {
        self.links.iter().map(|(resident, _)| resident.bytes()).sum()
    }
}
