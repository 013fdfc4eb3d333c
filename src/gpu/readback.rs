//! A buffer read back on the spot: where no frame is drawn. What frames ask for is a [`super::Ticket`].

use super::{context::Context, ticket::items};
use crate::error::Result;

/// The first `count` items of a buffer. Waits for the device: only between frames.
///
/// # Errors
/// [`crate::Error::Run`] where the device does not answer.
pub fn read<T: bytemuck::AnyBitPattern>(context: &Context, source: &wgpu::Buffer, count: usize) -> Result<Vec<T>> {
    if count == 0 {
        return Ok(Vec::new());
    }
    let bytes = ((count * size_of::<T>()) as u64).min(source.size()).next_multiple_of(4);
    let mut encoder = context.device.create_command_encoder(&Default::default());
    let ticket = context.readbacks().ask(&mut encoder, &[source.slice(..bytes)]);
    context.queue.submit([encoder.finish()]);
    let parts = ticket.wait(&context.device)?;
    Ok(items(&parts[0], usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::{
        Latest,
        buffer::filled,
        ticket::{items, redeem},
    };

    /// A ticket is redeemed once, its memory is used again, and of many answers the newest counts.
    #[test]
    fn gpu_a_ticket_is_redeemed_once_and_its_memory_is_used_again() {
        let context = Context::headless(None).unwrap();
        context.readbacks().rest();
        let buffer = filled(&context, "numbers", &[1_u32, 2, 3, 4]).unwrap();
        let ask = |from: u64| {
            let mut encoder = context.device.create_command_encoder(&Default::default());
            let ticket = context.readbacks().ask(&mut encoder, &[buffer.slice(from..), buffer.slice(..4)]);
            context.queue.submit([encoder.finish()]);
            ticket.then(|parts| Ok((items::<u32>(&parts[0], 9), items::<u32>(&parts[1], 9))))
        };
        let mut ticket = ask(8);
        context.wait().unwrap();
        assert!(ticket.is_there());
        assert_eq!(ticket.take().unwrap().unwrap(), (vec![3, 4], vec![1]));
        assert!(ticket.take().is_none() && !ticket.is_there());
        drop(ticket);
        let spare = || context.readbacks().spare();
        assert_eq!(spare(), 2);
        let mut kept = Some(ask(8));
        assert_eq!(spare(), 0, "both are used again");
        context.wait().unwrap();
        assert!(redeem(&mut kept).is_some() && kept.is_none());

        let mut latest = Latest::default();
        assert!([0, 4, 8].into_iter().all(|from| latest.ask(|| ask(from))));
        assert!(!latest.ask(|| unreachable!("three are under way")));
        context.wait().unwrap();
        assert_eq!(latest.take().unwrap().0, [3, 4]);
        assert!(latest.take().is_none());
        context.readbacks().rest();
        assert_eq!(spare(), 0);
    }

    /// What was asked for in an encoder that was never submitted is not there, and nothing waits for it for ever.
    #[test]
    fn gpu_what_was_never_submitted_is_an_error_to_wait_for() {
        let context = Context::headless(None).unwrap();
        let buffer = filled(&context, "numbers", &[1_u32]).unwrap();
        let mut encoder = context.device.create_command_encoder(&Default::default());
        let mut ticket = context.readbacks().ask(&mut encoder, &[buffer.slice(..)]);
        assert!(ticket.take().is_none());
        drop(encoder);
        assert!(ticket.wait(&context.device).unwrap_err().to_string().contains("did not come back"));
    }
}
