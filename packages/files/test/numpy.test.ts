import { arange, type Tensor, tensor, zeros } from "@graddiff/core";
import { zipSync } from "fflate";
import { describe, expect, test } from "vitest";
import { readNpy, readNpz, writeNpy, writeNpz } from "../src/index.ts";
import { messageOf } from "./support/messageOf.ts";

// Casts a value to any type, since callers in JavaScript have no types.
const wrong = (value: unknown) => value as never;

/** Returns an NPY file with any header. */
function npyOf(header: string, data: readonly number[] = [], version = 1): Uint8Array {
  const text = [...header].map((character) => character.charCodeAt(0));
  const length = [text.length & 255, text.length >> 8, ...(version === 1 ? [] : [0, 0])];
  return Uint8Array.from(
    [0x93, ..."NUMPY"]
      .map((c) => (typeof c === "string" ? c.charCodeAt(0) : c))
      .concat(version, 0, length, text, data),
  );
}

const header = (descr: string, shape: string, fortran = "False") =>
  `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': ${shape}, }\n`;

describe("NPY", () => {
  test("gives back what was written, aligned to 64 bytes", () => {
    const all: Tensor[] = [
      tensor([[1, 2, 3]]),
      tensor(0.1, { dtype: "float64" }),
      tensor([-1, 2 ** 31 - 1], { dtype: "int32" }),
      tensor([[true], [false]]),
      zeros([0, 2]),
      zeros(Array.from({ length: 40 }, () => 1)),
    ];
    for (const one of all) {
      const bytes = writeNpy(one);
      const read = readNpy(bytes);
      expect([read.dtype, read.shape]).toEqual([one.dtype, one.shape]);
      expect(read.data()).toEqual(one.data());
      expect((bytes.length - one.data().byteLength) % 64).toBe(0);
    }
  });

  test("reads the header in any order, with either quotes, as old Pythons wrote it", () => {
    const text = `{ "shape" : ( 2L , ) ,'descr':"<i4","fortran_order":False }`;
    expect(readNpy(npyOf(text, [1, 0, 0, 0, 2, 0, 0, 0])).toArray()).toEqual([1, 2]);
  });

  test("turns Fortran order around", () => {
    const bytes = npyOf(header("|u1", "(2, 3)", "True"), [1, 2, 3, 4, 5, 6]);
    expect(readNpy(bytes).toArray()).toEqual([
      [1, 3, 5],
      [2, 4, 6],
    ]);
  });

  test.each<[string, unknown, string]>([
    ["no bytes", null, "expected a Uint8Array or an ArrayBuffer, got null"],
    ["another file", new Uint8Array(20), "a file that begins with \\x93NUMPY, got 20 bytes"],
    [
      "a version",
      npyOf(header("<f4", "()"), [], 4),
      "version 1.0, 2.0 or 3.0 of the format, got 4.0",
    ],
    [
      "a cut header",
      npyOf(header("<f4", "(1,)")).subarray(0, 40),
      "bytes, as the file says, got a file of 40",
    ],
    ["a header that lies", npyOf(header("<f4", "()")).fill(255, 8, 10), "a header of 65535 bytes"],
    ["no dictionary", npyOf("[]"), `'shape': …}, got "[]"`],
    ["code", npyOf("{'descr': '<f4', 'shape': (1,), 'fortran_order': exit()}"), "'shape': …}, got"],
    [
      "an entry twice",
      npyOf("{'descr': '<f4', 'descr': '<f8'}"),
      "each entry of the header once, got descr twice",
    ],
    ["a missing entry", npyOf("{'descr': '<f4', 'shape': (1,), }"), "'shape': …}, got"],
    ["more behind it", npyOf(`${header("<f4", "()")}{}`), "'shape': …}, got"],
    ["objects", npyOf(header("|O", "(1,)")), 'u8, b1), got "|O"'],
    ["complex numbers", npyOf(header("<c8", "(1,)")), 'got "<c8"'],
    ["a native order", npyOf(header("=f4", "(1,)")), 'got "=f4"'],
    [
      "a structure",
      npyOf("{'descr': [('a', '<f4')], 'shape': (1,)}"),
      "got a structure of several",
    ],
    ["a negative length", npyOf(header("<f4", "(-1,)")), "'shape': …}, got"],
    ["a huge shape", npyOf(header("<f4", "(99999999999, 0)")), "at most 2147483647 elements"],
    ["a shape without commas", npyOf(header("<f4", "(1 2)")), "'shape': …}, got"],
    [
      "cut data",
      npyOf(header("<f4", "(2,)"), [0, 0, 0]),
      "8 bytes of data, for <f4 of shape [2], got 3",
    ],
    [
      "padded data",
      npyOf(header("<f4", "()"), [0, 0, 0, 0, 0]),
      "4 bytes of data, for <f4 of shape [], got 5",
    ],
    [
      "a bool of 3",
      npyOf(header("|b1", "()"), [3]),
      "expected 0 or 1, for BOOL becomes bool, got 3",
    ],
  ])("refuses %s", (_name, bytes, message) => {
    const text = messageOf(() => readNpy(wrong(bytes)));
    expect(text).toMatch(/^readNpy: bytes: expected .*, got .*\.$/s);
    expect(text).toContain(message);
  });

  test("refuses to write what NumPy would not read", () => {
    expect(messageOf(() => writeNpy(wrong([1])))).toBe(
      "writeNpy: values: expected a Tensor, got an array of length 1.",
    );
  });
});

describe("NPZ", () => {
  const tree = {
    a: { w: arange(1000) },
    b: [tensor([true])],
    größe: tensor(1, { dtype: "int32" }),
  };

  test.each([true, false])("gives back what was written, deflated: %s", (compress) => {
    const bytes = writeNpz(tree, { compress });
    expect(bytes).toEqual(writeNpz(tree, { compress }));
    expect(bytes.length < 3000).toBe(compress);
    const read = readNpz(bytes);
    expect(Object.keys(read)).toEqual(["a.w", "b.0", "größe"]);
    expect(read["a.w"]?.data()).toEqual(arange(1000).data());
    expect([read["b.0"]?.dtype, read["größe"]?.item()]).toEqual(["bool", 1]);
    expect(readNpz(writeNpz({}))).toEqual({});
  });

  test("is not inflated beyond the limit", () => {
    const bomb = writeNpz({ zeros: zeros([1_000_000]) }, { compress: true });
    expect(bomb.length).toBeLessThan(8000);
    expect(messageOf(() => readNpz(bomb, { limit: 1e6 }))).toBe(
      "readNpz: bytes: expected at most 1000000 bytes of content, got 4000128 and more with zeros.npy. " +
        "Allow more with the option limit.",
    );
    expect(readNpz(bomb, { limit: 4_000_128 })["zeros"]?.size).toBe(1_000_000);
    // The directory states a smaller size than the data have, or a larger one, or one that is impossible.
    for (const [size, message] of [
      [1000, "zeros.npy: expected 1000 bytes, as the directory says, got more"],
      [4_000_129, "expected 4000129 bytes, as the directory says, got 4000128"],
      [1e9, "expected at most 1032 bytes for each deflated one, got 1000000000 of"],
    ] as const) {
      const lying = bomb.slice();
      const view = new DataView(lying.buffer);
      view.setUint32(view.getUint32(lying.length - 6, true) + 24, size, true);
      expect(messageOf(() => readNpz(lying))).toContain(message);
    }
  });

  const npy = writeNpy(tensor([1]));
  const whole = zipSync({ "a.npy": npy, "b.npy": npy }, { level: 0 });
  const begin = new DataView(whole.buffer).getUint32(whole.length - 6, true);
  const changed = (change: (view: DataView, bytes: Uint8Array) => unknown) => {
    const bytes = whole.slice();
    change(new DataView(bytes.buffer), bytes);
    return bytes;
  };

  test.each<[string, Uint8Array, string]>([
    [
      "no archive",
      new Uint8Array(30),
      "bytes: expected an archive with a directory at its end, got 30",
    ],
    ["bytes behind it", Uint8Array.from([...whole, 0]), "an archive with a directory at its end"],
    ["bytes before it", Uint8Array.from([0, ...whole]), "as its end says, got an end at"],
    ["a cut one", whole.subarray(0, -1), "an archive with a directory at its end"],
    [
      "a size that is nowhere",
      changed((v) => v.setUint32(begin + 24, 2 ** 32 - 1, true)),
      "a.npy: expected sizes in the form ZIP64, got none",
    ],
    [
      "encryption",
      changed((v) => v.setUint8(begin + 8, 1)),
      "a file that is not encrypted, got one that is",
    ],
    [
      "another method",
      changed((v) => v.setUint8(begin + 10, 12)),
      "stored (0) or deflated (8), got method 12",
    ],
    [
      "a wrong checksum",
      changed((v) => v.setUint32(begin + 16, 1, true)),
      "the checksum 00000001, got",
    ],
    [
      "a wrong place",
      changed((v) => v.setUint32(begin + 42, 3, true)),
      "a file at 3, as the directory says",
    ],
    [
      "another name",
      changed((v) => v.setUint8(30, 98)),
      "one name in the directory and before the file",
    ],
    [
      "a size that lies",
      changed((v) => v.setUint32(begin + 24, 5, true)),
      "5 bytes, as the directory says",
    ],
    [
      "a place behind the directory",
      changed((v) => v.setUint16(begin - 140, 65535, true)),
      "132 bytes before the directory",
    ],
    ["more files", changed((v, b) => v.setUint16(b.length - 12, 3, true)), "one of several disks"],
    ["a text", zipSync({ "read.me": npy }), "read.me: expected files that end with .npy"],
    ["__proto__", zipSync({ "__proto__.npy": npy }), "a name other than __proto__"],
    [
      "another array",
      zipSync({ "a.npy": new Uint8Array(20) }),
      "readNpz: a.npy: expected a file that begins",
    ],
  ])("refuses %s", (_name, bytes, message) => {
    const text = messageOf(() => readNpz(bytes));
    expect(text).toMatch(/^readNpz: [^:]*: expected .*, got .*\.$/s);
    expect(text).toContain(message);
  });

  describe("in the form ZIP64", () => {
    const SIZES = [24, 20, 42];
    const number64 = (value: number) => {
      const bytes = new Uint8Array(8);
      new DataView(bytes.buffer).setBigUint64(0, BigInt(value), true);
      return [...bytes];
    };
    /** Returns the archive with the 64-bit numbers of some entries in an extra field. */
    function large(isLarge: (place: number) => boolean): Uint8Array<ArrayBuffer> {
      const view = new DataView(whole.buffer);
      const entries: number[] = [];
      for (let at = begin; at < whole.length - 22; at += 46 + "a.npy".length) {
        const places = SIZES.filter(isLarge);
        const entry = whole.slice(at, at + 46 + "a.npy".length);
        const own = new DataView(entry.buffer);
        for (const place of places) own.setUint32(place, 2 ** 32 - 1, true);
        const numbers = places.flatMap((place) => number64(view.getUint32(at + place, true)));
        // The extra fields begin with another field.
        const extra = [7, 0, 2, 0, 1, 1, 1, 0, numbers.length, 0, ...numbers];
        own.setUint16(30, extra.length, true);
        entries.push(...entry, ...extra);
      }
      const end = begin + entries.length;
      const counts = [...number64(2), ...number64(2)];
      const places = [...number64(entries.length), ...number64(begin)];
      const [record, locator] = [
        [0x50, 0x4b, 6, 6, ...number64(44), 45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        [0x50, 0x4b, 6, 7, 0, 0, 0, 0, ...number64(end), 1, 0, 0, 0],
      ];
      const last = whole.slice(-22).fill(255, 8, 20);
      return Uint8Array.from([
        ...whole.subarray(0, begin),
        ...entries,
        ...record,
        ...counts,
        ...places,
        ...locator,
        ...last,
      ]);
    }
    const cases = [0, 1, 2, 3, 4, 5, 6, 7].map(
      (bits) => (place: number) => ((bits >> SIZES.indexOf(place)) & 1) === 1,
    );

    test("is read as without", () => {
      for (const isLarge of cases) {
        const { a, b } = readNpz(large(isLarge));
        expect([a, b].map((each) => each?.item())).toEqual([1, 1]);
      }
    });

    test.each<[string, number, number, string]>([
      [
        "an end that is elsewhere",
        -22 - 20 + 8,
        1,
        "an end in the form ZIP64, as the archive says",
      ],
      ["a disk", -22 - 20 - 56 + 16, 1, "one of several disks"],
      ["a count", -22 - 20 - 56 + 32, 3, "one of several disks"],
      ["a directory that is longer", -22 - 20 - 56 + 40, 99, "a directory of 99 bytes"],
      ["a size beyond all files", begin + 46 + 5 + 10 + 7, 255, "a.npy"],
    ])("refuses %s", (_name, at, value, message) => {
      const bytes = large(() => true);
      bytes[at < 0 ? bytes.length + at : at] = value;
      const text = messageOf(() => readNpz(bytes));
      expect(text).toMatch(/^readNpz: [^:]*: expected .*, got .*\.$/s);
      expect(text).toContain(message);
    });
  });

  test("refuses files that share bytes, and two of one name", () => {
    const second = begin + 46 + "a.npy".length;
    const twice = changed((view, bytes) => {
      // Both entries refer to the data of the first file.
      view.setUint32(second + 42, 0, true);
      bytes.set(new TextEncoder().encode("a"), second + 46);
    });
    expect(messageOf(() => readNpz(twice))).toContain(
      "bytes of its own, got those of another file",
    );
    const alike = changed((view, bytes) => {
      const local = view.getUint32(second + 42, true);
      for (const at of [local + 30, second + 46]) bytes.set(new TextEncoder().encode("a"), at);
    });
    expect(messageOf(() => readNpz(alike))).toContain("one file of each name, got two of a.npy");
  });

  test("refuses names that NumPy reads as equal", () => {
    const one = tensor([1]);
    expect(messageOf(() => writeNpz({ x: one, "x.npy": one }))).toBe(
      "writeNpz: x.npy: expected a name that NumPy tells from the others, got one for x, too.",
    );
    expect(messageOf(() => writeNpz({ x: { y: { npy: one } }, "x.y": one }))).toContain("x.y.npy");
    expect(messageOf(() => writeNpz({ "a\0b": one }))).toContain('without U+0000, got "a');
    expect(Object.keys(readNpz(writeNpz({ "x.npy": one, npy: one })))).toEqual(["x.npy", "npy"]);
  });

  test("refuses options that it does not know", () => {
    expect(messageOf(() => writeNpz({}, wrong({ compress: 1 })))).toContain(
      "compress: expected true or false",
    );
    expect(messageOf(() => readNpz(whole, wrong({ limit: "1" })))).toContain(
      "limit: expected a number of",
    );
    expect(messageOf(() => readNpz(whole, wrong(null)))).toContain(
      "an object of options, got null",
    );
  });
});
