//! Memory layout of a struct shared by Rust and WGSL, written once in Rust.
//!
//! The [`shared_struct!`](crate::shared_struct) macro declares a plain-data struct together with
//! the names, offsets and sizes of its fields; a test holds each against the WGSL struct of the
//! same name.

/// What the shader must agree with.
#[derive(Clone, Copy, Debug)]
pub struct StructLayout {
    /// Shader file stem that declares the struct (directly or by import).
    pub shader: &'static str,
    /// Struct name, the same on both sides.
    pub name: &'static str,
    /// Size in bytes.
    pub size: usize,
    /// `(name, offset, size)` of each field, in order.
    pub fields: &'static [(&'static str, usize, usize)],
}

/// Workgroup size of an entry point, written once in Rust.
#[derive(Clone, Copy, Debug)]
pub struct Workgroup {
    /// Shader file stem.
    pub shader: &'static str,
    /// Threads along x, y, z.
    pub size: [u32; 3],
}

/// Declares a `#[repr(C)]` plain-data struct shared with a shader, and its [`StructLayout`].
#[macro_export]
macro_rules! shared_struct {
    ($(#[$meta:meta])* $name:ident in $shader:literal { $($(#[$field_meta:meta])* $field:ident: $ty:ty,)* }) => {
        $(#[$meta])*
        #[repr(C)]
        #[derive(Clone, Copy, Debug, Default, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
        pub struct $name { $($(#[$field_meta])* pub $field: $ty,)* }

        impl $name {
            /// Names, offsets and sizes for the comparison with WGSL.
            pub const LAYOUT: $crate::layout::StructLayout = $crate::layout::StructLayout {
                shader: $shader,
                name: stringify!($name),
                size: size_of::<Self>(),
                fields: &[$((stringify!($field), std::mem::offset_of!(Self, $field), size_of::<$ty>()),)*],
            };
        }
    };
}
