//! Carrier operators: the device against the reference, bit for bit.

use dashi_vortex::{
    gpu::{Dispatch, buffer::filled, readback},
    primitives::ternary::{Carrier, cpu, gpu::Passes},
};
use rand::{Rng, SeedableRng};

use crate::device::context;

/// Shapes around the word's 32 cells, single rows and columns, and one large square.
const SHAPES: [(usize, usize); 10] =
    [(1, 1), (1, 70), (2, 3), (31, 33), (32, 32), (33, 31), (100, 9), (257, 64), (640, 640), (1021, 1030)];

/// The words a launch leaves in `out`.
fn run(dispatch: Dispatch, out: &wgpu::Buffer, words: usize) -> Vec<[u32; 2]> {
    let mut encoder = context().device.create_command_encoder(&Default::default());
    dispatch.encode(&mut encoder.begin_compute_pass(&Default::default()));
    context().queue.submit([encoder.finish()]);
    readback::read(context(), out, words).unwrap()
}

#[test]
fn every_carrier_operator_gives_the_same_bits_on_both_sides() {
    for (width, height) in SHAPES {
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64((width * height) as u64);
        let cells = width * height;
        // Any bits that are a finite number, subnormal ones and both zeros among them.
        let mut field: Vec<f32> = (0..cells).map(|_| f32::from_bits(random.next_u32() & 0xbfff_ffff)).collect();
        field[0] = -0.0;
        field[cells / 2] = -1e-41;
        let values: Vec<i32> = (0..cells).map(|_| random.next_u32() as i32 >> (random.next_u32() % 32)).collect();
        let passes = Passes::new(context(), width, height).unwrap();
        let out = passes.buffer("out", 1).unwrap();
        let same = |what: &str, dispatch: Dispatch, expected: &Carrier| {
            let words = run(dispatch, &out, passes.words());
            let differ = words.iter().zip(expected.words()).filter(|(a, b)| a != b).count();
            assert_eq!(differ, 0, "{what} of {height} x {width}: {differ} words differ");
            Carrier::from_words(width, height, words).unwrap()
        };
        let on_device = filled(context(), "field", &field).unwrap();
        for t in [0.0, 1e-42, 1e-3, field[cells / 3].abs()] {
            let expected = cpu::threshold(&field, width, height, t).unwrap();
            same("threshold", passes.threshold(&on_device, t, &out).unwrap(), &expected);
        }
        let on_device = filled(context(), "values", &values).unwrap();
        let first = cpu::saturate(&values, width, height).unwrap();
        same("saturate", passes.saturate(&on_device, &out).unwrap(), &first);

        // Nine inputs of every kind of support.
        let inputs: Vec<Carrier> = (0..9)
            .map(|_| {
                let values: Vec<i32> = (0..cells).map(|_| (random.next_u32() % 3) as i32 - 1).collect();
                cpu::saturate(&values, width, height).unwrap()
            })
            .collect();
        let all: Vec<[u32; 2]> = inputs.iter().flat_map(|c| c.words().to_vec()).collect();
        let carriers = filled(context(), "carriers", &all).unwrap();
        for k in 1..=9 {
            let expected = cpu::fuse(&inputs[..k].iter().collect::<Vec<_>>()).unwrap();
            same(&format!("fuse of {k}"), passes.fuse(&carriers, k, &out).unwrap(), &expected);
        }
        let [a, b] = [0, 1].map(|i| filled(context(), "one", inputs[i].words()).unwrap());
        same("add", passes.add(&a, &b, &out).unwrap(), &cpu::add(&inputs[0], &inputs[1]).unwrap());
        same("diff", passes.diff(&a, &b, &out).unwrap(), &cpu::diff(&inputs[0], &inputs[1]).unwrap());
        let mut buffer = a;
        for round in 1..=3 {
            let now = same("smooth", passes.smooth(&buffer, &out).unwrap(), &cpu::smooth(&inputs[0], round));
            buffer = filled(context(), "smoothed", now.words()).unwrap();
        }
    }
    let passes = Passes::new(context(), 3, 3).unwrap();
    let buffer = passes.buffer("one", 1).unwrap();
    assert!(passes.fuse(&buffer, 0, &buffer).is_err() && passes.threshold(&buffer, f32::NAN, &buffer).is_err());
}
