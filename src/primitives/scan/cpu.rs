//! Reference: one loop.

/// Exclusive prefix sums and the total; sums wrap. Sums stand in the order of `items`.
pub fn exclusive(items: &[[u32; 2]]) -> (Vec<[u32; 2]>, [u32; 2]) {
    let mut total = [0_u32; 2];
    let prefix = items.iter().map(|item| {
        let before = total;
        total = [total[0].wrapping_add(item[0]), total[1].wrapping_add(item[1])];
        before
    });
    (prefix.collect(), total)
}
