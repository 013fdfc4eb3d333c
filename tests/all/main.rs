mod npz;
mod python;
