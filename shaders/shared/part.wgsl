// The part of a long sum that one launch adds: launches that follow one another go on where the last one stopped.

struct Part {
    first: u32,
    count: u32,
    pad0: u32,
    pad1: u32,
}
