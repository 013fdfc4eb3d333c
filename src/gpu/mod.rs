//! The device: adapter, programs, buffers, read-back and timing. Knows no physics.

mod adapters;
pub mod buffer;
pub mod context;
pub mod dispatch;
pub mod module;
pub mod pictures;
pub mod program;
pub mod readback;
pub mod rounds;
pub mod shader;
pub mod stage;
pub mod ticket;
pub mod timing;
pub mod traffic;

pub use buffer::Uniform;
pub use context::{AdapterReport, Context};
pub use dispatch::Dispatch;
pub use stage::Stage;
pub use ticket::{Latest, Readbacks, Ticket};
pub use timing::{PassTime, Timer};
pub use traffic::{Traffic, traffic, upload};
