#!/usr/bin/env python3
"""Valid and hostile files for the readers, the same ones every time; scripts/libraries.py makes those of other libraries.

    scripts/corpus.py FOLDER     writes them there, and verdicts.txt with what NumPy says of each

A line of verdicts.txt is `refused NAME`, or `taken NAME` followed by `key dtype shape digest` of each array, separated
by tabs; a .npy has one array without a key. The digest is BLAKE2b-256 of the numbers in row-major order, little-endian.
Files that NumPy does not read (pictures, texts, modules) stand there as `other NAME accept` or `other NAME refuse`: what
a reader of ours has to do with them; `any` where both will do. Standard library and NumPy alone; no file is longer than a megabyte.
"""

import hashlib
import io
import os
import random
import socket
import struct
import sys
import warnings
import zipfile
import zlib

import numpy as np

warnings.simplefilter("ignore")
RANDOM = random.Random(0)
FILES = {}
OTHER = {}


def put(name, data, other=None):
    assert name not in FILES, name
    FILES[name] = data.encode() if isinstance(data, str) else bytes(data)
    if other is not None:
        OTHER[name] = other


# --- arrays ---------------------------------------------------------------------------------------------------------

def npy(array, version=None, **options):
    out = io.BytesIO()
    np.lib.format.write_array(out, np.asanyarray(array), version=version, **options)
    return out.getvalue()


def raw_npy(text, data=b"", version=(1, 0), length=None, pad=True):
    """An array file with any text as its header."""
    text = text.encode("latin1") if isinstance(text, str) else text
    if pad:
        text = text.ljust(63 + 64 * (len(text) // 64) - 10) + b"\n"
    length = len(text) if length is None else length
    size = struct.pack("<H", length & 0xFFFF) if version[0] == 1 else struct.pack("<I", length & 0xFFFFFFFF)
    return b"\x93NUMPY" + bytes(version) + size + text + data


def head(descr="'<f8'", fortran="False", shape="(3,)"):
    return f"{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': {shape}, }}"


def arrays():
    """Everything that np.save writes."""
    made = {}
    numbers = np.arange(12).reshape(3, 4) - 5
    for code in ["f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "?", "f2", "c8", "c16", "U3", "S3", "m8[s]", "M8[s]"]:
        array = numbers.astype("i8").astype(code)
        made[f"kind_{code.strip('[]s').replace('?', 'bool').replace('[', '')}"] = array
        if array.dtype.itemsize > 1 and array.dtype.kind in "fiuc":
            made[f"big_endian_{code}"] = array.astype(array.dtype.newbyteorder(">"))
    made["scalar"] = np.float64(0.5)
    made["scalar_int"] = np.int64(-(2**63))
    made["largest"] = np.array([2**64 - 1, 2**53 + 1], np.uint64)
    made["empty"] = np.zeros(0)
    made["empty_2d"] = np.zeros((0, 5), np.float32)
    made["empty_wide"] = np.zeros((2**40, 0, 3), np.float32)
    made["fortran"] = np.asfortranarray(numbers * 0.5)
    made["fortran_flat"] = np.asfortranarray(numbers[0] * 0.5)
    made["fortran_one_row"] = np.asfortranarray(numbers[:1] * 0.5)
    made["strided"] = (numbers * 0.5)[::2, ::-1]
    made["eight_dims"] = np.ones((1, 2, 1, 2, 1, 2, 1, 2))
    made["nine_dims"] = np.ones((1,) * 9)
    made["special"] = np.array([np.nan, np.inf, -np.inf, -0.0, 5e-324, 1.7e308])
    made["special_f4"] = np.array([np.nan, np.inf, -0.0, 1e-45], np.float32)
    made["record"] = np.zeros(3, [("a", "<f8"), ("b", "<i4")])
    made["subarray"] = np.zeros(3, [("a", "<f8", (2,))])
    made["square"] = np.sin(np.arange(64.0)).reshape(8, 8)
    made["stack"] = np.sin(np.arange(48.0)).reshape(3, 4, 4).astype("f4")
    made["long"] = np.arange(20_000.0)
    return made


def hostile_npy():
    good = b"\x00" * 24
    texts = {
        "shape_huge": head(shape="(4294967296, 4294967296)"),
        "shape_wraps": head(shape="(2305843009213693952, 8)"),
        "shape_20_digits": head(shape="(99999999999999999999,)"),
        "shape_negative": head(shape="(-1,)"),
        "shape_minus_zero": head(shape="(-0,)"),
        "shape_claims_exabytes": head(shape="(1152921504606846975,)"),
        "shape_empty_and_huge": head(shape="(0, 4611686018427387904)"),
        "shape_empty_and_2_64": head(shape="(0, 18446744073709551615)"),
        "shape_one_more": head(shape="(4,)"),
        "shape_no_tuple": head(shape="(3)"),
        "shape_list": head(shape="[3]"),
        "shape_int": head(shape="3"),
        "shape_float": head(shape="(3.0,)"),
        "shape_bool": head(shape="(True,)"),
        "shape_octal": head(shape="(03,)"),
        "shape_hex": head(shape="(0x3,)"),
        "shape_underscore": head(shape="(1_0,)"),
        "shape_plus": head(shape="(+3,)"),
        "shape_python2": head(shape="(3L,)"),
        "shape_python2_twice": head(shape="(3LL,)"),
        "shape_two_commas": head(shape="(3,,)"),
        "shape_nested": head(shape="((3,),)"),
        "shape_sum": head(shape="(1+2,)"),
        "shape_open": head(shape="(3,"),
        "shape_33_dims": head(shape="(" + "1, " * 33 + ")"),
        "shape_65_dims": head(shape="(" + "1, " * 65 + ")"),
        "descr_object": head(descr="'|O'"),
        "descr_object_field": head(descr="[('a', '|O')]"),
        "descr_unknown": head(descr="'<q9'"),
        "descr_empty": head(descr="''"),
        "descr_none": head(descr="None"),
        "descr_number": head(descr="8"),
        "descr_f16": head(descr="'<f16'"),
        "descr_native": head(descr="'=f8'"),
        "descr_bare": head(descr="'f8'"),
        "descr_name": head(descr="'float64'"),
        "descr_zero_width": head(descr="'|V0'"),
        "descr_text_zero": head(descr="'<U0'"),
        "descr_huge_void": head(descr="'|V2147483647'"),
        "descr_comma": head(descr="'f8,f8'"),
        "descr_double_quotes": head(descr='"<f8"'),
        "descr_escape": head(descr="'\\x3cf8'"),
        "descr_bytes": head(descr="b'<f8'"),
        "fortran_int": head(fortran="0"),
        "fortran_none": head(fortran="None"),
        "fortran_text": head(fortran="'False'"),
        "fortran_call": head(fortran="bool()"),
        "key_missing": "{'descr': '<f8', 'shape': (3,), }",
        "key_extra": "{'descr': '<f8', 'fortran_order': False, 'shape': (3,), 'x': 1, }",
        "key_twice": "{'descr': '<f8', 'fortran_order': False, 'shape': (3,), 'shape': (3,), }",
        "no_comma": "{'descr': '<f8' 'fortran_order': False, 'shape': (3,), }",
        "no_final_comma": "{'descr': '<f8', 'fortran_order': False, 'shape': (3,)}",
        "other_order": "{'shape': (3,), 'fortran_order': False, 'descr': '<f8', }",
        "no_spaces": "{'descr':'<f8','fortran_order':False,'shape':(3,)}",
        "not_a_dict": "['descr', '<f8']",
        "nothing": "",
        "code": "__import__('os').system('true')",
        "nested_1000": "(" * 1000 + ")" * 1000,
        "nul": head() .replace(" ", "\0", 1),
        "tab": head().replace(" ", "\t", 1),
        "form_feed": head().replace(" ", "\f", 1),
        "vertical_tab": head().replace(" ", "\v", 1),
        "no_break_space": head().replace(" ", "\u00a0", 1),
        "line_inside": head().replace(" ", "\n", 1),
        "line_before": "\n" + head(),
        "line_and_space_before": "\n  " + head(),
        "space_before": "   " + head(),
        "comment": head() + " # yes",
        "second_line": head() + "\n1",
        "long_header": head() + " " * 9_800,
        "too_long_header": head() + " " * 12_000,
    }
    for name, text in texts.items():
        put(f"head_{name}.npy", raw_npy(text, good))
    plain = npy(np.arange(3.0))
    for version in [(0, 0), (1, 1), (2, 1), (4, 0), (255, 0), (1, 255)]:
        put(f"version_{version[0]}_{version[1]}.npy", plain[:6] + bytes(version) + plain[8:])
    put("version_3_python2.npy", raw_npy(head(shape="(3L,)"), good, (3, 0)))
    put("version_3_utf8.npy", raw_npy(head().replace("descr", "descr").encode() + "é".encode(), good, (3, 0)))
    put("length_4_gb.npy", raw_npy(head(), good, (2, 0), length=0xFFFFFFFF))
    put("length_short.npy", raw_npy(head(), good, length=20))
    put("length_zero.npy", raw_npy(head(), good, length=0))
    put("length_beyond.npy", raw_npy(head(), good, length=65_535))
    put("magic_only.npy", b"\x93NUMPY")
    put("magic_wrong.npy", b"\x92NUMPY" + plain[6:])
    put("data_missing.npy", plain[:-24])
    put("data_short.npy", plain[:-1])
    put("data_more.npy", plain + b"\0")
    put("empty_file.npy", b"")
    put("pickle.npy", b"\x80\x04\x95\x05\x00\x00\x00\x00\x00\x00\x00\x8c\x01a\x94.")
    put("booleans_of_any_byte.npy", raw_npy(head("'|b1'"), b"\x00\x01\x02"))
    put("object.npy", npy(np.array([{}, None, 1], object), allow_pickle=True))
    put("noise.npy", RANDOM.randbytes(500))
    put("text.npy", b"1 2 3\n4 5 6\n" * 10)


# --- archives -------------------------------------------------------------------------------------------------------

def npz(entries, method=zipfile.ZIP_STORED, **options):
    """An archive of names and bytes, with fixed times."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method, **options) as archive:
        for name, data in entries:
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type = method
            archive.writestr(info, data)
    return out.getvalue()


def patched(data, magic, offset, value, width, which=0):
    """A field of the which-th record of a kind changed."""
    place = -1
    for _ in range(which + 1):
        place = data.index(magic, place + 1)
    return data[: place + offset] + value.to_bytes(width, "little") + data[place + offset + width :]


LOCAL, CENTRAL, END, WIDE, LOCATOR = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"


def archives():
    a, b = npy(np.arange(6.0)), npy(np.arange(4, dtype="i8").reshape(2, 2))
    two = [("a.npy", a), ("b.npy", b)]
    for name, method in [("stored", 0), ("deflated", 8), ("bzip2", 12), ("lzma", 14)]:
        put(f"zip_{name}.npz", npz(two, method))
    for level in [0, 1, 9]:
        put(f"zip_level_{level}.npz", npz(two, 8, compresslevel=level))
    for name, save in [("savez", np.savez), ("savez_compressed", np.savez_compressed)]:
        out = io.BytesIO()
        save(out, x=np.arange(5.0), y=np.float32(2), z=np.ones((2, 3), bool), e=np.zeros(0))
        put(f"{name}.npz", fixed_times(out.getvalue()))
    for name, array in arrays().items():
        put(f"in_{name}.npz", npz([("w.npy", npy(array))], 8))
    put("zip_empty.npz", npz([]))
    put("zip_comment.npz", commented(npz(two), b"a comment"))
    put("zip_long_comment.npz", commented(npz(two), b"c" * 65_535))
    put("zip_comment_with_end.npz", commented(npz(two), END + b"\0" * 18))
    put("zip_force_zip64.npz", zip64(two))
    put("zip_streamed.npz", streamed(two))
    put("zip_prefix.npz", b"#!/bin/sh\n" + npz(two))
    put("zip_prefix_adjusted.npz", prefixed(two))
    put("zip_suffix.npz", npz(two) + b"\0" * 10)
    put("zip_two_archives.npz", npz(two[:1]) + npz(two))
    put("zip_127.npz", npz([(f"k{i}.npy", b) for i in range(127)]))
    put("zip_129.npz", npz([(f"k{i}.npy", b) for i in range(129)]))
    put("zip_2000.npz", npz([(f"k{i}.npy", b"") for i in range(2000)]))
    put("zip_object.npz", npz([("o.npy", npy(np.array([{}], object), allow_pickle=True))]))
    names = ["../a.npy", "/etc/a.npy", "a/b.npy", "a\\b.npy", "C:a.npy", ".npy", "a", "a.txt", "..npy", "a..npy", "é.npy",
             "\u202ea.npy", "a\tb.npy", "a b.npy", " .npy", "n" * 300 + ".npy", "a.npy/", "a.NPY"]
    for i, name in enumerate(names):
        put(f"name_{i:02}.npz", npz([(name, a)]))
    put("name_twice.npz", npz(two + [("a.npy", b)]))
    put("name_twice_by_ending.npz", npz([("a.npy", a), ("a", b)]))
    put("name_nul.npz", npz([("aXb.npy", a)]).replace(b"aXb.npy", b"a\0b.npy"))
    put("name_differs.npz", npz(two).replace(b"b.npy", b"c.npy", 1))
    put("name_no_utf8.npz", npz([("aX.npy", a)]).replace(b"aX.npy", b"a\xff.npy"))
    # Entries of other bytes than they state.
    big = npy(np.zeros(100_000))
    put("bomb_understated.npz", sizes(npz([("a.npy", big)], 8), 128))
    put("bomb_overstated.npz", sizes(npz([("a.npy", a)], 8), 0xFFFFFFF0))
    put("bomb_true.npz", npz([("a.npy", npy(np.zeros(2**25, "u1")))], 8))
    put("bomb_header.npz", npz([("a.npy", raw_npy(head(shape="(1073741824,)")))]))
    put("bomb_nested.npz", npz([("a.npy", npz([("b.npy", big)], 8))], 8))
    put("entry_empty.npz", npz([("a.npy", b"")]))
    put("entry_text.npz", npz([("a.npy", b"text")]))
    put("entry_more.npz", npz([("a.npy", a + b"\0")]))
    put("entry_less.npz", npz([("a.npy", a[:-1])]))
    for name, offset, central, value, width in [
        ("encrypted", 6, 8, 1, 2),
        ("strong_encryption", 6, 8, 0x41, 2),
        ("patch", 6, 8, 0x20, 2),
        ("masked", 6, 8, 0x2000, 2),
        ("utf8_flag", 6, 8, 0x800, 2),
        ("method_1", 8, 10, 1, 2),
        ("method_9", 8, 10, 9, 2),
        ("method_93", 8, 10, 93, 2),
        ("method_99", 8, 10, 99, 2),
        ("method_deflate_of_stored", 8, 10, 8, 2),
        ("crc", 14, 16, 0xDEADBEEF, 4),
        ("packed_size", 18, 20, 1, 4),
        ("packed_size_ffffffff", 18, 20, 0xFFFFFFFF, 4),
        ("size", 22, 24, 1, 4),
        ("size_ffffffff", 22, 24, 0xFFFFFFFF, 4),
        ("name_length", 26, 28, 0xFFFF, 2),
        ("extra_length", 28, 30, 0xFFFF, 2),
        ("version_255", 4, 6, 255, 1),
        ("version_64", 4, 6, 64, 1),
    ]:
        whole = npz(two)
        put(f"both_{name}.npz", patched(patched(whole, LOCAL, offset, value, width), CENTRAL, central, value, width))
        put(f"local_{name}.npz", patched(whole, LOCAL, offset, value, width))
        put(f"central_{name}.npz", patched(whole, CENTRAL, central, value, width))
    whole = npz(two)
    for name, offset, value, width in [
        ("disk", 4, 1, 2), ("disk_ffff", 4, 0xFFFF, 2), ("count_here_0", 8, 0, 2), ("count_0", 10, 0, 2), ("count_1", 10, 1, 2),
        ("count_3", 10, 3, 2), ("count_ffff", 10, 0xFFFF, 2), ("size_0", 12, 0, 4), ("size_ffffffff", 12, 0xFFFFFFFF, 4),
        ("offset_0", 16, 0, 4), ("offset_end", 16, len(whole), 4), ("offset_ffffffff", 16, 0xFFFFFFFF, 4),
        ("comment_1", 20, 1, 2), ("comment_ffff", 20, 0xFFFF, 2),
    ]:
        put(f"end_{name}.npz", patched(whole, END, offset, value, width))
    first = struct.unpack_from("<I", whole, whole.index(CENTRAL) + 42)[0]
    put("overlap_same.npz", patched(whole, CENTRAL, 42, first, 4, 1))
    put("overlap_inside.npz", patched(whole, CENTRAL, 42, 20, 4, 1))
    put("overlap_end.npz", patched(whole, CENTRAL, 42, len(whole) - 30, 4, 1))
    put("overlap_beyond.npz", patched(whole, CENTRAL, 42, 0xFFFFFFFE, 4, 1))
    put("overlap_quine.npz", overlapping(a))
    wide = zip64(two)
    for name, magic, offset, value, width in [
        ("record_size", WIDE, 4, 0xFFFFFFFFFFFFFFFF, 8), ("count", WIDE, 32, 2**40, 8), ("size", WIDE, 40, 2**63, 8),
        ("offset", WIDE, 48, 2**64 - 1, 8), ("locator", LOCATOR, 8, 2**64 - 1, 8), ("locator_0", LOCATOR, 8, 0, 8),
        ("disks", LOCATOR, 16, 7, 4),
    ]:
        put(f"zip64_{name}.npz", patched(wide, magic, offset, value, width))
    put("zip64_no_record.npz", wide.replace(WIDE, b"PK\x06\x00"))
    put("zip64_no_locator.npz", wide.replace(LOCATOR, b"PK\x06\x00"))
    extra = extra_zip64(a)
    put("zip64_extra.npz", extra)
    put("zip64_extra_short.npz", extra.replace(struct.pack("<HH", 1, 16), struct.pack("<HH", 1, 8)))
    put("zip64_extra_long.npz", extra.replace(struct.pack("<HH", 1, 16), struct.pack("<HH", 1, 60000)))
    for part in range(1, 40):
        put(f"cut_{part:02}.npz", whole[: len(whole) * part // 40])
    for i in range(40):
        place = RANDOM.randrange(len(whole))
        put(f"flip_{i:02}.npz", whole[:place] + bytes([whole[place] ^ (1 << RANDOM.randrange(8))]) + whole[place + 1 :])


def commented(data, comment):
    return data[:-2] + struct.pack("<H", len(comment)) + comment


def fixed_times(data):
    """The times in an archive of NumPy's, which differ from run to run, put to the first of 1980."""
    out = bytearray(data)
    for magic, offset in [(LOCAL, 10), (CENTRAL, 12)]:
        at = data.find(magic)
        while at >= 0:
            out[at + offset : at + offset + 4] = b"\0\0\x21\0"
            at = data.find(magic, at + 1)
    return bytes(out)


def sizes(data, size):
    return patched(patched(data, LOCAL, 22, size, 4), CENTRAL, 24, size, 4)


def zip64(entries):
    """An archive with the wide records at its end, as large ones have them."""
    data = npz(entries)
    end = data.index(END)
    count, size, offset = struct.unpack_from("<HII", data, end + 10)
    record = WIDE + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, count, count, size, offset)
    locator = LOCATOR + struct.pack("<IQI", 0, end, 1)
    tail = END + struct.pack("<HHHHIIH", 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    narrow = END + struct.pack("<HHHHIIH", 0, 0, count, count, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    assert len(tail) == len(narrow) == 22
    return data[:end] + record + locator + narrow


def extra_zip64(array):
    """np.savez writes sizes in a wide extra field always."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        with archive.open(zipfile.ZipInfo("a.npy", (1980, 1, 1, 0, 0, 0)), "w", force_zip64=True) as entry:
            entry.write(array)
    return out.getvalue()


class Pipe(io.RawIOBase):
    """Takes bytes and cannot go back, so that sizes follow the data."""

    def __init__(self):
        self.data = b""

    def writable(self):
        return True

    def write(self, data):
        self.data += bytes(data)
        return len(data)


def streamed(entries):
    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", 8) as archive:
        for name, data in entries:
            with archive.open(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), "w") as entry:
                entry.write(data)
    return pipe.data


def prefixed(entries):
    out = io.BytesIO(b"#!/bin/sh\n")
    with zipfile.ZipFile(out, "a") as archive:
        for name, data in entries:
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data)
    return out.getvalue()


def overlapping(array):
    """Ten names for one body, each central row pointing at it."""
    data = npz([("a.npy", array)])
    start, end = data.index(CENTRAL), data.index(END)
    row = data[start:end]
    rows = b"".join(row.replace(b"a.npy", b"%c.npy" % (97 + i)) for i in range(10))
    return data[:start] + rows + END + struct.pack("<HHHHIIH", 0, 0, 10, 10, len(rows), start, 0)


# --- pictures, texts, modules ---------------------------------------------------------------------------------------

def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, rows, depth=8, colour=0, extra=b"", claim=None, interlace=0):
    size = claim or (width, height)
    header = struct.pack(">IIBBBBB", *size, depth, colour, 0, 0, interlace)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b""))


def pictures():
    def rows(width, height, pixel=1):
        return b"".join(b"\0" + bytes((7 * x + 11 * y) & 255 for x in range(width * pixel)) for y in range(height))

    good = png(32, 32, rows(32, 32))
    put("grey.png", good, "accept")
    put("rgb.png", png(20, 10, rows(20, 10, 3), colour=2), "accept")
    put("rgba.png", png(20, 10, rows(20, 10, 4), colour=6), "accept")
    put("grey16.png", png(20, 10, rows(20, 10, 2), depth=16), "accept")
    put("palette.png", png(16, 16, rows(16, 16), colour=3, extra=chunk(b"PLTE", bytes(i // 3 for i in range(768)))), "accept")
    put("flat.png", png(32, 32, b"\0" * 33 * 32), "refuse")
    put("bomb_rows.png", png(20_000, 20_000, b"\0" * 20_001 * 40), "refuse")
    for name, claim in [("4_gpixel", (65_535, 65_535)), ("2_31", (2**31 - 1, 1)), ("2_32", (2**32 - 1, 2**32 - 1)),
                        ("zero", (0, 32)), ("400_mpixel", (20_000, 20_000)), ("65_mpixel", (8_000, 8_000)),
                        ("rgb16", (30_000, 2_000))]:
        put(f"claim_{name}.png", png(32, 32, rows(32, 32), claim=claim), "refuse")
    put("palette_missing.png", png(16, 16, rows(16, 16), colour=3), "refuse")
    put("depth_3.png", png(32, 32, rows(32, 32), depth=3), "refuse")
    put("colour_9.png", png(32, 32, rows(32, 32), colour=9), "refuse")
    put("no_data.png", good[:33] + chunk(b"IEND", b""), "refuse")
    put("text_bomb.png", png(32, 32, rows(32, 32), extra=chunk(b"zTXt", b"a\0\0" + zlib.compress(b"x" * 10_000_000, 9))), "accept")
    put("profile_bomb.png", png(32, 32, rows(32, 32), extra=chunk(b"iCCP", b"a\0\0" + zlib.compress(b"x" * 50_000_000, 9))), "accept")
    for part in range(1, 10):
        # From the last row on a picture may be whole without its end.
        put(f"cut_{part}.png", good[: (len(good) - 80) * part // 10], "refuse")
    put("text.png", b"no picture", "refuse")
    put("empty.png", b"", "refuse")
    put("npz.png", npz([("a.npy", npy(np.ones(3)))]), "refuse")
    put("gif_claim.gif", b"GIF89a\xff\xff\xff\xff\x80\0\0" + b"\0" * 6 + b",\0\0\0\0\xff\xff\xff\xff\0\x02\0;", "refuse")
    put("jpeg_claim.jpg", b"\xff\xd8\xff\xc0\0\x11\x08\xff\xff\xff\xff\x03\x01\x22\0\x02\x11\x01\x03\x11\x01\xff\xd9", "refuse")
    put("webp_claim.webp", b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\xff\xff\xff\x0f" + b"\0" * 9, "refuse")
    put("bmp.png", b"BM" + b"\0" * 100, "refuse")


SESSION = 'dashi_session = 1\nscene = "pair"\n'


def texts():
    put("good.session.toml", SESSION + '[view]\nspan = 3.0\n[parameters]\nnu = 1e-5\n', "accept")
    put("lost_values.session.toml", SESSION + "no = 1\n[view]\nspan = -1\ncolormap = 7\n", "accept")
    put("many_unknown.session.toml", SESSION + "".join(f"k{i}=1\n" for i in range(25_000)), "accept")
    put("many_operators.session.toml", SESSION + '[[operators]]\nfile="a"\n' * 9_000, "accept")
    put("escapes.session.toml", SESSION + '"\\u001b[2J" = 1\n', "accept")
    put("long_key.session.toml", SESSION + "k" * 200_000 + " = 1\n", "accept")
    deep = {"arrays": "x = " + "[" * 10_000 + "]" * 10_000, "tables": "x = " + "{a=" * 10_000 + "1" + "}" * 10_000,
            "dotted": "a" + ".a" * 20_000 + " = 1", "header": "[a" + ".a" * 20_000 + "]", "headers": "[[a]]\n" * 30_000 + "a = 1",
            "open": "x = " + "[" * 100_000}
    for name, text in deep.items():
        put(f"deep_{name}.session.toml", SESSION + text + "\n", "refuse" if name != "headers" else "accept")
    put("twice.session.toml", SESSION + SESSION, "refuse")
    put("version_2.session.toml", SESSION.replace("1", "2"), "refuse")
    put("no_utf8.session.toml", SESSION.encode() + b"x = '\xff'\n", "refuse")
    put("too_long.session.toml", SESSION + "#" * 300_000, "refuse")
    put("nul.session.toml", SESSION + "\0", "refuse")
    put("empty.session.toml", b"", "refuse")
    manifest = ('layout_version = 1\nname = "mine"\nfile = "a.wgsl"\nacts_on = "z"\nworkgroup = [64, 1, 1]\n'
                'buffers = [{ name = "x", role = "in" }, { name = "y", role = "out" }]\n')
    put("good.manifest.toml", manifest, "accept")
    for name, a, b in [
        ("version", "layout_version = 1", "layout_version = 2"), ("name", '"mine"', '"../mine"'),
        ("name_long", '"mine"', '"' + "m" * 50_000 + '"'), ("workgroup", "[64, 1, 1]", "[4294967295, 4294967295, 4294967295]"),
        ("workgroup_0", "[64, 1, 1]", "[0, 1, 1]"), ("unknown", "acts_on", "acts"), ("role", '"in"', '"on"'),
        ("none", "buffers", "#"), ("size", 'role = "out"', 'role = "state", size = "99999999999 * 99999999999"'),
        ("nan", "acts_on", "constants = { a = nan }\nacts_on"), ("deep", "name", "x = " + "[" * 30_000 + "\nname"),
    ]:
        put(f"{name}.manifest.toml", manifest.replace(a, b, 1), "refuse")
    put("too_long.manifest.toml", manifest + "#" * 70_000, "refuse")
    shader = "fn main() { let x = %s; }"
    for name, text in {
        "parens": shader % ("(" * 20_000 + "1" + ")" * 20_000), "minus": shader % ("-" * 20_000 + "1"),
        "not": shader % ("!" * 20_000 + "true"), "sum": shader % ("1" + "+1" * 50_000), "calls": shader % ("f(" * 20_000),
        "index": shader % ("x" + "[0]" * 50_000), "members": shader % ("x" + ".x" * 50_000),
        "braces": "fn main() " + "{" * 20_000 + "}" * 20_000, "ifs": "fn main() { " + "if true { " * 20_000,
        "elses": "fn main() { if true {} " + "else if true {} " * 20_000 + "}",
        "loops": "fn main() { " + "loop { " * 20_000, "types": "var<private> x: " + "array<" * 20_000 + "f32",
        "comment": "/*" * 100_000, "attributes": "@group(0) " * 20_000 + "var x: f32;", "empty": "",
        "aliases": "alias a0 = f32;" + "".join(f"alias a{i} = array<a{i - 1}, 2>;" for i in range(1, 3_000)),
        "constants": "const c0 = 1;" + "".join(f"const c{i} = c{i - 1} + c{i - 1};" for i in range(1, 3_000)),
        "big_array": "const x = array<i32, 100000000>(); const y = x[5]; var<private> z: array<f32, y>;",
        "functions": "fn f0() {}" + "".join(f"fn f{i}() {{ f{i - 1}(); }}" for i in range(1, 3_000)),
        "structs": "struct S0 { x: f32 }" + "".join(f"struct S{i} {{ x: S{i - 1} }}" for i in range(1, 3_000)),
    }.items():
        put(f"deep_{name}.wgsl", text, "refuse")
    # Declarations that lead to one another from the last to the first.
    back = range(40_000, 0, -1)
    put("back_functions.wgsl", "".join(f"fn f{i}(){{f{i - 1}();}}" for i in back) + "fn f0(){}", "refuse")
    put("back_constants.wgsl", "".join(f"const c{i}=c{i - 1};" for i in back) + "const c0=1;", "refuse")
    put("back_aliases.wgsl", "".join(f"alias a{i}=a{i - 1};" for i in back) + "alias a0=i32;", "refuse")
    # Towers that are as high as is allowed, so that everything behind the first look meets them.
    trail = ("@group(0) @binding(0) var<storage, read> field: array<f32>;\n"
             "@group(0) @binding(1) var<storage, read_write> trail: array<f32>;\n"
             "@group(0) @binding(2) var<storage, read> before: array<f32>;\n"
             "@group(0) @binding(3) var<storage, read> shape: vec4<u32>;\n"
             "override fade: f32 = 0.9;\n"
             "@compute @workgroup_size(8, 8, 1) fn main(@builtin(global_invocation_id) id: vec3<u32>) {\n"
             "    var i = id.x; var x = field[i] + before[i] + fade + f32(shape.x);\n    %s\n    trail[i] = x;\n}\n")
    for name, text in {
        "sum": "x = x" + " + x" * 390 + ";", "minus": "x = " + "- " * 390 + "x;", "parens": "x = " + "(" * 95 + "x" + ")" * 95 + ";",
        "calls": "x = " + "abs(" * 95 + "x" + ")" * 95 + ";", "blocks": "{" * 95 + "x = 0.5;" + "}" * 95,
        "ifs": "if x > 0.0 {" * 95 + "x = 0.5;" + "}" * 95, "loops": "loop { if x > 9.0 { break; } x += 1.0; " * 90 + "}" * 90,
        "elses": "if x > 0.0 { x = 1.0; }" + " else if x > 0.5 { x = 2.0; }" * 99,
        "switches": "switch i { default {" * 45 + "}}" * 45,
    }.items():
        put(f"tower_{name}.wgsl", trail % text, "any")
    spirv = struct.pack("<5I", 0x07230203, 0x00010300, 0, 0xFFFFFFFF, 0)
    for name, words in [("empty", []), ("bound", [0x00020011, 1]), ("zero_length", [0x00000011]), ("long", [0xFFFF0011]),
                        ("types", [0x00030016, 1, 32] + [0x0004001C, 2, 2, 1] * 500)]:
        put(f"{name}.spv", spirv + struct.pack(f"<{len(words)}I", *words), "refuse")
    put("noise.spv", spirv + RANDOM.randbytes(4000), "refuse")


# --- formats of others ----------------------------------------------------------------------------------------------

def netcdf(version=1, sides=(8, 8), records=0, kind=5, count=None, begin=None, dimensions=(0, 1), data=None):
    """NetCDF classic: one variable omega(y, x)."""
    wide = version == 5
    number = lambda x: struct.pack(">Q" if wide else ">I", x & (2**64 - 1 if wide else 2**32 - 1))
    name = lambda text: number(len(text)) + text.encode().ljust((len(text) + 3) // 4 * 4, b"\0")
    none = b"\0\0\0\0" + number(0)
    head = b"CDF" + bytes([version]) + number(records) + struct.pack(">I", 10) + number(len(sides))
    head += b"".join(name(axis) + number(side) for axis, side in zip("yx", sides)) + none
    head += struct.pack(">I", 11) + number(1 if count is None else count) + name("omega") + number(len(dimensions))
    head += b"".join(number(axis) for axis in dimensions) + none + struct.pack(">I", kind) + number(256)
    place = len(head) + (4 if version == 1 else 8)
    head += struct.pack(">I" if version == 1 else ">Q", place if begin is None else begin)
    return head + (np.sin(np.arange(64.0)).astype(">f4").tobytes() if data is None else data)


def matlab(sides=(8, 8), stored=9, size=None, packed=False, flags=6, name=b"omega", data=None):
    """MATLAB 5: one matrix."""
    element = lambda code, data, size=None: struct.pack("<II", code, len(data) if size is None else size) + data + b"\0" * (-len(data) % 8)
    numbers = np.sin(np.arange(64.0)).tobytes() if data is None else data
    inside = element(6, struct.pack("<II", flags, 0)) + element(5, struct.pack(f"<{len(sides)}i", *sides)) + element(1, name)
    one = element(14, inside + element(stored, numbers, size))
    if packed:
        one = zlib.compress(one, 9)
        one = struct.pack("<II", 15, len(one)) + one
    return b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM" + one


def tiff(width=8, height=8, bits=32, format=3, data=None):
    """TIFF: one strip of grey."""
    data = np.sin(np.arange(64.0)).astype("<f4").tobytes() if data is None else data
    tags = [(256, 4, width), (257, 4, height), (258, 3, bits), (259, 3, 1), (262, 3, 1), (273, 4, 8), (277, 3, 1), (278, 4, height),
            (279, 4, len(data)), (339, 3, format)]
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    return b"II*\0" + struct.pack("<I", 8 + len(data)) + data + struct.pack("<H", len(tags)) + entries + b"\0" * 4


def others():
    for version in [1, 2, 5]:
        put(f"classic_{version}.nc", netcdf(version), "accept")
    put("version_3.nc", netcdf(3), "refuse")
    good = netcdf()
    for part in range(10):
        put(f"cut_{part}.nc", good[: (len(good) - 1) * part // 9], "refuse")
    for name, data in {
        "sides_4_g": netcdf(sides=(2**32 - 1, 2**32 - 1)), "sides_2_63": netcdf(5, sides=(2**63, 2**63)), "side_none": netcdf(sides=(8,)),
        "variables_4_g": netcdf(count=2**32 - 1), "variables_none": netcdf(count=0), "begin_beyond": netcdf(begin=10**6),
        "begin_2_63": netcdf(2, begin=2**63), "kind_0": netcdf(kind=0), "kind_12": netcdf(kind=12), "text": netcdf(kind=2),
        "axis_7": netcdf(dimensions=(0, 7)), "one_axis": netcdf(dimensions=(0,)), "axes_1000": netcdf(dimensions=(0,) * 1000),
        "records_4_g": netcdf(sides=(0, 8), records=2**32 - 2), "streaming": netcdf(sides=(0, 8), records=2**32 - 1),
        "nan": netcdf(data=b"\xff" * 256), "fill": netcdf(data=struct.pack(">f", 9.96921e36) * 64), "words": b"CDF\1" + b"\xff" * 500,
        "empty": b"", "noise": b"CDF\1" + RANDOM.randbytes(2000), "hdf": b"\x89HDF\r\n\x1a\n" + RANDOM.randbytes(2000),
        "hdf_short": b"\x89HDF\r\n\x1a\n", "hdf_zero": b"\x89HDF\r\n\x1a\n" + b"\0" * 2000, "hdf_ones": b"\x89HDF\r\n\x1a\n\2" + b"\xff" * 2000,
    }.items():
        put(f"bad_{name}.nc", data, "refuse")
    put("plain.mat", matlab(), "accept")
    put("packed.mat", matlab(packed=True), "accept")
    put("bytes.mat", matlab(stored=2, data=bytes(range(64))), "accept")
    good = matlab()
    for part in range(10):
        put(f"cut_{part}.mat", good[: (len(good) - 1) * part // 9], "refuse")
    for name, data in {
        "sides_2_31": matlab(sides=(2**31 - 1, 2**31 - 1)), "sides_negative": matlab(sides=(-8, 8)), "sides_none": matlab(sides=()),
        "sides_100": matlab(sides=(1,) * 100), "size_short": matlab(size=64), "size_4_g": matlab(size=2**32 - 1), "stored_8": matlab(stored=8),
        "cell": matlab(flags=1), "struct": matlab(flags=2), "text": matlab(flags=4, stored=4), "sparse": matlab(flags=5), "object": matlab(flags=3),
        "name_long": matlab(name=b"n" * 5000), "bomb": matlab(sides=(20_000, 20_000), packed=True, data=b"\0" * 10**7),
        "zlib": matlab(packed=True)[:160] + b"\0" * 100, "empty": b"", "noise": matlab()[:128] + RANDOM.randbytes(2000),
        "later": b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM" + b"\0" * 1000, "nan": matlab(data=b"\xff" * 512),
        "tag": matlab()[:128] + struct.pack("<II", 0x0005000E, 0),
    }.items():
        put(f"bad_{name}.mat", data, "refuse")
    put("float.tif", tiff(), "accept")
    put("double.tif", tiff(bits=64, data=np.sin(np.arange(64.0)).tobytes()), "accept")
    for name, data in {
        "sides_4_g": tiff(2**32 - 1, 2**32 - 1), "side_0": tiff(0, 8), "wide": tiff(10**6, 8), "nan": tiff(data=b"\xff" * 256), "empty": b"",
        "short": tiff()[:8], "noise": b"II*\0" + RANDOM.randbytes(2000), "circle": b"II*\0\x08\0\0\0" + b"\0\0\x08\0\0\0" * 9,
        "flat": tiff(data=b"\0" * 256), "format_9": tiff(format=9),
    }.items():
        put(f"bad_{name}.tif", data, "refuse")
    put("text.vti", "<VTKFile/>", "refuse")


# --- verdicts -------------------------------------------------------------------------------------------------------

def digest(array):
    array = np.asarray(array)
    plain = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"), copy=False)
    return hashlib.blake2b(plain.tobytes(), digest_size=32).hexdigest()


def row(key, array):
    array = np.asarray(array)
    shape = ",".join(str(side) for side in array.shape)
    return f"{key} {array.dtype.newbyteorder('<').str[1:]} [{shape}] {digest(array)}"


def verdict(path):
    """What NumPy makes of a file, every array touched."""
    try:
        loaded = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return ["taken", row("-", loaded)]
        # A member that is no array comes as bytes; it says nothing about numbers.
        return ["taken"] + [row(key, loaded[key]) for key in loaded.files if not isinstance(loaded[key], bytes)]
    except Exception:
        return ["refused"]


def special(folder):
    """What is no file at all."""
    os.mkdir(os.path.join(folder, "folder.npz"))
    os.mkfifo(os.path.join(folder, "pipe.npz"))
    os.symlink("pipe.npz", os.path.join(folder, "link_to_pipe.npz"))
    os.symlink("ring.npz", os.path.join(folder, "ring.npz"))
    os.symlink("nothing.npz", os.path.join(folder, "dangling.npz"))
    os.symlink("/dev/zero", os.path.join(folder, "zero.npz"))
    listener = socket.socket(socket.AF_UNIX)
    here = os.getcwd()
    os.chdir(folder)
    listener.bind("socket.npz")
    os.chdir(here)
    return ["folder", "pipe", "link_to_pipe", "ring", "dangling", "zero", "socket"]


def main():
    folder = sys.argv[1]
    os.makedirs(folder, exist_ok=True)
    for name, array in arrays().items():
        put(f"{name}.npy", npy(array))
    square = np.arange(6.0).reshape(2, 3)
    for version in [(1, 0), (2, 0), (3, 0)]:
        put(f"version_{version[0]}_0.npy", npy(square, version))
    hostile_npy()
    archives()
    pictures()
    texts()
    others()
    lines = []
    for name, data in FILES.items():
        path = os.path.join(folder, name)
        with open(path, "wb") as file:
            file.write(data)
        if name in OTHER:
            lines.append(f"other {name} {OTHER[name]}")
        else:
            first, *rows = verdict(path)
            lines.append("\t".join([f"{first} {name}"] + rows))
    # NumPy would wait for a pipe for ever, and read a device without end.
    lines += [f"other {name}.npz refuse" for name in special(folder)]
    with open(os.path.join(folder, "verdicts.txt"), "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    print(f"{len(lines)} files")


if __name__ == "__main__":
    main()
