//! A file between an encoder that owns its writer and the code that must know what became of it.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// What passed through, and the first failure.
#[derive(Debug, Default)]
pub struct Flow {
    bytes: AtomicU64,
    fault: Mutex<Option<io::Error>>,
}

impl Flow {
    /// Bytes so far.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// The first failure, once: some encoders swallow what their last write meets.
    pub fn take_fault(&self) -> Option<io::Error> {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn note<T>(&self, result: io::Result<T>) -> io::Result<T> {
        if let Err(e) = &result {
            let mut fault = self.fault.lock().unwrap_or_else(PoisonError::into_inner);
            fault.get_or_insert_with(|| io::Error::new(e.kind(), e.to_string()));
        }
        result
    }
}

/// The writer; what it holds back is written when it is dropped.
#[derive(Debug)]
pub struct Tap {
    out: BufWriter<File>,
    flow: Arc<Flow>,
}

impl Tap {
    /// Into a file.
    pub fn new(file: File, flow: Arc<Flow>) -> Self {
        Self { out: BufWriter::new(file), flow }
    }
}

impl Write for Tap {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let result = self.out.write(bytes);
        self.flow.bytes.fetch_add(*result.as_ref().unwrap_or(&0) as u64, Ordering::Relaxed);
        self.flow.note(result)
    }

    fn flush(&mut self) -> io::Result<()> {
        let result = self.out.flush();
        self.flow.note(result)
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        // Noted for whoever asks.
        let _noted = self.flush();
    }
}
