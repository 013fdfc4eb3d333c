//! How deep a module is nested, measured before a parser follows it down on the stack.
//!
//! Parsers, validators and compilers of shaders call themselves for every level of an expression or a block, and a
//! stack that overflows ends the program at once. So the text (or the words) are gone through once, without a parser,
//! and what no person writes is refused: expressions of more than [`MAX_OPERATORS`] operators, and so on.

/// Most operators, calls, indices and members of one expression.
const MAX_OPERATORS: u32 = 400;
/// Most brackets that are open at a time.
const MAX_OPEN: usize = 100;
/// Most `else` of a function.
const MAX_ELSE: u32 = 100;
/// Most declarations of a module, and most types or branches of a SPIR-V one.
const MAX_DECLARATIONS: u32 = 1000;

/// What is too deep: expected and found.
pub(super) type TooDeep = (String, String);

/// Walks through WGSL.
pub(super) fn wgsl(source: &str) -> Result<(), TooDeep> {
    let too_deep = |most: u64, what: &str| Err((format!("at most {most} {what}"), "more".into()));
    let bytes = source.as_bytes();
    // Operators so far of each expression that is open, the innermost last; their sum.
    let (mut open, mut sum) = (vec![0u32], 0u32);
    let (mut elses, mut declarations) = (0, 0);
    let mut i = 0;
    while let Some(byte) = bytes.get(i) {
        let next = bytes.get(i + 1);
        match byte {
            b'/' if next == Some(&b'/') => {
                i += bytes[i..].iter().position(|b| *b == b'\n').unwrap_or(bytes.len() - i);
                continue;
            }
            b'/' if next == Some(&b'*') => {
                i = after_comment(bytes, i);
                continue;
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'0'..=b'9' | 0x80.. => {
                let word = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_' || *b >= 0x80;
                let end = i + bytes[i..].iter().position(|b| !word(b)).unwrap_or(bytes.len() - i);
                match &source.as_bytes()[i..end] {
                    b"else" => elses += 1,
                    b"fn" => elses = 0,
                    _ => {}
                }
                i = end;
                if elses > MAX_ELSE {
                    return too_deep(MAX_ELSE.into(), "else in a function");
                }
                continue;
            }
            b'(' | b'[' | b'{' => {
                let own = u32::from(*byte != b'{');
                if let Some(outer) = open.last_mut() {
                    *outer += own;
                }
                sum += own;
                open.push(0);
            }
            b')' | b']' | b'}' => {
                if open.len() > 1 {
                    sum -= open.pop().unwrap_or(0);
                }
                if *byte == b'}' {
                    sum -= open.last_mut().map_or(0, std::mem::take);
                }
            }
            b',' | b';' => sum -= open.last_mut().map_or(0, std::mem::take),
            b if b.is_ascii_punctuation() => {
                if let Some(own) = open.last_mut() {
                    *own += 1;
                }
                sum += 1;
            }
            _ => {}
        }
        declarations += u32::from(open.len() == 1 && matches!(byte, b';' | b'}'));
        if sum > MAX_OPERATORS {
            return too_deep(MAX_OPERATORS.into(), "operators, calls and members in an expression");
        }
        if open.len() > MAX_OPEN {
            return too_deep(MAX_OPEN as u64, "brackets in one another");
        }
        if declarations > MAX_DECLARATIONS {
            return too_deep(MAX_DECLARATIONS.into(), "declarations");
        }
        i += 1;
    }
    Ok(())
}

/// Where a comment that begins at `start` ends; comments nest.
fn after_comment(bytes: &[u8], start: usize) -> usize {
    let (mut i, mut depth) = (start + 2, 1);
    while depth > 0 && i < bytes.len() {
        match bytes.get(i..i + 2) {
            Some(b"/*") => (i, depth) = (i + 2, depth + 1),
            Some(b"*/") => (i, depth) = (i + 2, depth - 1),
            _ => i += 1,
        }
    }
    i
}

/// Walks through SPIR-V: types, functions and branches, each of which may stand in another. What is no SPIR-V at all
/// is left to the parser.
pub(super) fn spirv(bytes: &[u8]) -> Result<(), TooDeep> {
    let word = |i: usize| bytes.get(4 * i..4 * i + 4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]));
    let (mut i, mut count) = (5, 0);
    while let Some(first) = word(i) {
        let (opcode, length) = (first & 0xffff, (first >> 16) as usize);
        if length == 0 {
            break;
        }
        // OpType*, OpFunction, OpLoopMerge, OpSelectionMerge.
        count += u32::from(matches!(opcode, 19..=39 | 54 | 246 | 247));
        if count > MAX_DECLARATIONS {
            return Err((format!("at most {MAX_DECLARATIONS} types, functions and branches"), "more".into()));
        }
        i += length;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_passes_and_towers_do_not() {
        let body = |text: &str| format!("fn f() {{ {text} }}\n");
        let long = "x = a * (b + c) - d[i + 1].xy / vec2f(1.0, -2.0);\n".repeat(200);
        let table = format!("const T = array<f32, 3000>({});", "-0.5, ".repeat(3000));
        let choices = body(&"if a { b(); } else { c(); } ".repeat(50));
        for fine in [body(&long), table, choices.repeat(20), "/* /* ( */ ((((( */ // (((\n".repeat(100)] {
            wgsl(&fine).unwrap();
        }
        for (text, expected) in [
            (body(&format!("x = {}1;", "!".repeat(500))), "operators"),
            (body(&format!("x = 1{};", "+1".repeat(500))), "operators"),
            (body(&format!("x = y{};", "[0]".repeat(500))), "operators"),
            (body(&format!("x = y{};", " + f(1, 2)".repeat(300))), "operators"),
            (body(&format!("x = y{};", ".x".repeat(500))), "operators"),
            (body(&"(".repeat(101)), "brackets"),
            (body(&format!("if a {{}} {}", "else if b {} ".repeat(101))), "else"),
            ("const a = 1;".repeat(1001), "declarations"),
        ] {
            let (rule, _) = wgsl(&text).unwrap_err();
            assert!(rule.contains(expected), "{rule} for {}", &text[..40]);
        }
    }

    #[test]
    fn branches_of_words_are_counted() {
        let header = [0x0723_0203u32, 0x0001_0300, 0, 9, 0];
        let bytes = |branches: usize| -> Vec<u8> {
            let merges = std::iter::repeat_n([0x0003_00f7, 1, 0], branches).flatten();
            header.into_iter().chain(merges).flat_map(u32::to_le_bytes).collect()
        };
        assert!(spirv(&bytes(1000)).is_ok() && spirv(&bytes(1001)).is_err() && spirv(&[]).is_ok());
    }
}
