//! The device's side of exports: pictures at any size and whole fields, drawn beside the frames and read back
//! without waiting.

use std::path::PathBuf;

use crate::{
    app::{
        device::{Device, course::look},
        model::ViewModel,
    },
    error::{Error, Result},
    gpu::{Context, Ticket, pictures::Pictures},
    render::{
        figure::{Framed, Legend},
        studio::Studio,
    },
    sim::{GpuSim, Shown},
};

/// Pictures on their way at a time.
const FLIGHTS: usize = 3;
/// Kinds of pictures that are kept ready: a recording's, and a single one's.
const STUDIOS: usize = 2;

/// A picture for a file of its own.
#[derive(Clone, Debug)]
pub struct Still {
    /// Where to; the ending `.svg` makes it one.
    pub path: PathBuf,
    /// Size, and what stands around the picture.
    pub framed: Framed,
    /// Pixels an inch, where it is a figure.
    pub dots: Option<f64>,
    /// Words above a figure, before the time.
    pub title: String,
    /// Whether time stands there.
    pub time: bool,
    /// What the file beside it says, if there is one.
    pub sidecar: Option<serde_json::Value>,
}

/// What a picture is for.
#[derive(Clone, Debug)]
pub enum For {
    /// A file of its own.
    Still(Box<Still>),
    /// The recording of that number.
    Movie(u64),
}

/// A picture on its way.
#[derive(Clone, Debug)]
pub struct Shot {
    /// What it is for.
    pub what: For,
    /// Simulated step.
    pub step: u64,
    /// What its frame says.
    pub legend: Legend,
    /// Nodes of its decode along x and y.
    pub decoded: [u32; 2],
}

/// What a field is for once it is a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Then {
    /// Nothing more.
    Nothing,
    /// The clipboard gets a script that plots it.
    Copy,
    /// So does this file.
    Script(PathBuf),
}

/// A field that is wanted.
#[derive(Clone, Debug)]
pub struct FieldShot {
    /// Where to.
    pub path: PathBuf,
    /// Nodes along a side.
    pub side: u32,
    /// What it is for.
    pub then: Then,
    /// Simulated step.
    pub step: u64,
    /// Simulated time.
    pub time: f64,
    /// What the file beside it says, if there is one.
    pub sidecar: Option<serde_json::Value>,
}

/// Everything on its way from the device.
pub struct Shots {
    studios: Vec<Studio>,
    pub(crate) pictures: Pictures<Shot>,
    fields: Vec<(Ticket<Vec<u8>>, FieldShot)>,
}

impl Default for Shots {
    fn default() -> Self {
        Self { studios: vec![], pictures: Pictures::new(FLIGHTS), fields: vec![] }
    }
}

impl Shots {
    /// Whether something is on its way.
    pub fn is_busy(&self) -> bool {
        !self.pictures.is_empty() || !self.fields.is_empty()
    }

    /// What was drawn for a state that is no longer on the device; what is on its way still comes.
    pub fn forget(&mut self) {
        self.studios.clear();
    }

    /// Lets places to draw go while nothing is wanted; whether there were any.
    pub fn rest(&mut self) -> bool {
        let idle = !self.is_busy() && !self.studios.is_empty();
        if idle {
            self.studios.clear();
        }
        idle
    }

    /// Whether a further picture may be drawn.
    pub fn has_room(&self) -> bool {
        self.pictures.has_room()
    }

    /// Records the decode of the whole box on a grid of its own, and its read-back.
    ///
    /// # Errors
    /// Where the device has no room.
    pub fn shoot_field(&mut self, sim: &GpuSim, encoder: &mut wgpu::CommandEncoder, shot: FieldShot) -> Result<()> {
        let mut target = sim.views().target(sim.held(), [shot.side; 2], Shown::Whole)?;
        sim.views().decode_onto(sim.held(), encoder, &mut target);
        let ticket = sim.held().context().readbacks().ask(encoder, &[target.field().slice(..)]);
        self.fields.push((ticket.then(|parts| Ok(parts.into_iter().next().unwrap_or_default())), shot));
        Ok(())
    }

    /// A field, once it is there: little-endian f32, row 0 at the bottom. Never waits.
    pub fn take_field(&mut self) -> Option<Result<(FieldShot, Vec<u8>)>> {
        let (at, field) = self.fields.iter_mut().enumerate().find_map(|(i, (ticket, _))| Some((i, ticket.take()?)))?;
        let (_, shot) = self.fields.remove(at);
        Some(field.map(|field| (shot, field)))
    }
}

impl Device {
    /// Gives the memory of exports back while nothing is wanted.
    pub fn rest_shots(&mut self) {
        if self.shots.rest() {
            self.context().readbacks().rest();
        }
    }

    /// Records decode, picture and read-back of the state as it is in the encoder.
    ///
    /// # Errors
    /// For a size that the device does not take.
    pub fn shoot(
        &mut self,
        encoder: &mut wgpu::CommandEncoder,
        view: &ViewModel,
        framed: &Framed,
        pixels_per_point: f32,
        mut shot: Shot,
    ) -> Result<()> {
        let [_, _, width, height] = framed.picture();
        let look = look(view, [0.0, 0.0, width as f32, height as f32], pixels_per_point, self.phase.0);
        let (context, size) = (self.context().clone(), [width, height]);
        let studios = &mut self.shots.studios;
        let at = match studios.iter().position(|studio| studio.fits(&self.main.sim, size, &look)) {
            Some(at) => at,
            None => {
                if studios.len() >= STUDIOS {
                    studios.remove(0);
                }
                studios.push(Studio::new(&context, &self.main.sim, size, &look)?);
                studios.len() - 1
            }
        };
        shot.decoded = studios[at].nodes();
        let texture = studios[at].draw(&context, encoder, &self.main.sim, &look)?;
        self.shots.pictures.copy(&context, encoder, texture, shot);
        Ok(())
    }
}

/// The largest side of a picture.
pub fn limit(context: &Context) -> u32 {
    context.device.limits().max_texture_dimension_2d
}

/// A picture that was asked for while the device had none to give.
pub fn unshot(what: &str, error: &Error) -> Error {
    Error::Run(format!("{what} was not exported: {error}"))
}
