//! One reader: the one that this binary is named after.

#![no_main]

#[path = "../../examples/fuzz_readers/readers.rs"]
#[allow(dead_code, reason = "shared with the example and the tests")]
mod readers;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

static READER: LazyLock<&readers::Reader> = LazyLock::new(|| {
    let path = std::env::current_exe().unwrap_or_default();
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    readers::READERS.iter().find(|reader| reader.name == name).expect("a target has the name of a reader")
});

fuzz_target!(|bytes: &[u8]| drop((READER.feed)(bytes)));
