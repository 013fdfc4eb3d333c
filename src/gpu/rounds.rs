//! How long the loops of a shader may run.
//!
//! A loop costs one round for each turn and one for leaving it, and the rounds of an invocation are those of all its
//! loops together, nested ones and those of the functions it calls included, from the start of a launch to its end:
//!
//! ```text
//! rounds(loop) = turns (1 + rounds(body)) + 1,      rounds(a; b) = rounds(a) + rounds(b)
//! ```
//!
//! Mesa's llvmpipe takes one away from 65,535 at each of them, for the lanes of a SIMD group together, and then leaves
//! every loop after its first turn, without an error. So no shader of ours takes more than [`ROUNDS`] in one launch
//! where loops end early: what is longer is launched in parts that go on where the last one stopped.
//! `tests/all/rounds.rs` reads the shaders and adds up; a device is asked
//! when it is opened (`gpu::adapters`).

/// Most rounds of an invocation in one launch where loops end early.
pub const ROUNDS: u32 = 60_000;

/// Most rounds where loops do not end early: what fits in a launch is launched at once.
pub const NO_END: u32 = 1 << 30;

/// Rounds that a device is asked for when it is opened.
pub const ASKED: u32 = 100_000;

/// Turns of the outer and of the inner one of two loops whose rounds are [`ROUNDS`] or just below.
pub const NESTED: [u32; 2] = [588, 100];

/// Threads of the check.
pub const WORKGROUP: crate::layout::Workgroup = crate::layout::Workgroup { shader: "loop_check", size: [1, 1, 1] };

/// The last number of a chain of so many, as the shader makes it.
fn chain(turns: u32) -> u32 {
    (0..turns).fold(1, |x: u32, _| x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223))
}

/// Of what came back: turns of the long loop, where its chain ended, and both of the two nested ones.
pub(super) fn judged([long, long_end, nested, nested_end]: [u32; 4]) -> Result<u32, String> {
    let expected = NESTED[0] * NESTED[1];
    if long > ASKED || chain(long) != long_end || chain(nested.min(ASKED)) != nested_end {
        return Err(format!(
            "loops of its shaders come to wrong numbers ({long} turns to {long_end}, {nested} to {nested_end})"
        ));
    }
    if long < ROUNDS || nested != expected {
        return Err(format!(
            "it ends the loops of its shaders early, after {long} of {ASKED} rounds (nested ones after {nested} of \
             {expected} turns), {ROUNDS} are needed"
        ));
    }
    Ok(long)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_believed_by_its_numbers() {
        let nested = NESTED[0] * NESTED[1];
        let rounds = NESTED[0] * (NESTED[1] + 2) + 1;
        assert!(rounds <= ROUNDS && rounds + NESTED[1] + 2 > ROUNDS, "{rounds}");
        let of = |long: u32, nested: u32| judged([long, chain(long), nested, chain(nested)]);
        assert_eq!(of(ASKED, nested), Ok(ASKED));
        assert_eq!(of(65_535, nested), Ok(65_535));
        assert!(of(59_999, nested).unwrap_err().contains("after 59999 of 100000 rounds"));
        assert!(of(ASKED, nested - 1).unwrap_err().contains("nested ones after 58799 of 58800"));
        assert!(judged([ASKED, 7, nested, chain(nested)]).unwrap_err().contains("wrong numbers"));
        assert!(judged([ASKED, chain(ASKED), nested, 7]).unwrap_err().contains("wrong numbers"));
        assert!(of(ASKED + 1, nested).is_err());
    }
}
