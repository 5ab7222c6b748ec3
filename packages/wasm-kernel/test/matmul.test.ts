// The matrix product, bit for bit against plain loops: all lengths around the ends of tiles, all transposes, odd
// strides, and sums of several chunks. `npm test` tries a sixth of the inner lengths for each pair of others.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { sampled, sampleTests } from "../../core/test/support/sampling.ts";
import { referenceMatmul } from "./reference.ts";
import { type DataKind, dataKinds, elementTypes, firstDifference, Operands } from "./support.ts";

sampleTests(3);

type Lengths = readonly [rows: number, columns: number, inner: number];

/**
 * The layout of an operand in memory. `gap` is the number of unused elements between lines; with `repeats`, all lines
 * are the same.
 */
interface Layout {
  readonly repeats?: boolean;
  readonly transposed: boolean;
  readonly gap: number;
  readonly elementGap: number;
}

const tight: readonly Layout[] = [false, true].map((transposed) => {
  return { transposed, gap: 0, elementGap: 0 };
});
const loose: readonly Layout[] = [
  { transposed: false, gap: 3, elementGap: 0 },
  { transposed: true, gap: 5, elementGap: 0 },
  { transposed: false, gap: 1, elementGap: 1 },
  { transposed: false, gap: 0, elementGap: 0, repeats: true },
  { transposed: true, gap: 0, elementGap: 0, repeats: true },
];

/** Lengths around the ends of vectors and tiles, and between them. */
const lengths = [0, 1, 2, 3, 4, 5, 7, 8, 9, 31, 33] as const;

/** Lengths beyond a block of rows, of columns or of inner elements, and several blocks of each. */
const blocked: readonly Lengths[] = [
  [63, 65, 63],
  [65, 63, 65],
  [64, 64, 64],
  [7, 1029, 9],
  [244, 5, 33],
  [243, 9, 257],
  [2, 1025, 513],
  [486, 19, 3],
  // The rows of b are a multiple of 1024 bytes apart, for few rows of a and for many.
  [7, 256, 261],
  [11, 256, 19],
];

/** Lengths around the ends of chunks of 4096. */
const chunked: readonly Lengths[] = [
  [1, 1, 9000],
  [1, 33, 4097],
  [33, 1, 8192],
  [1, 1030, 4100],
  [2, 3, 4096],
  [5, 8, 4097],
  [9, 7, 8193],
  [6, 17, 9000],
];

describe.each(elementTypes)("the product of $name matrices", (type) => {
  const operands = new Operands(type);
  const ending = type.name === "float32" ? "f32" : "f64";
  const { exports } = operands.kernel;
  const scratchByteLength = exports[`matmulScratchByteLength_${ending}` as const];
  const matmul = exports[`matmul_${ending}` as const];

  function matrix(rows: number, columns: number, layout: Layout, kind: DataKind, seed: number) {
    const { transposed, gap, elementGap, repeats = false } = layout;
    const [lines, elements] = transposed ? [columns, rows] : [rows, columns];
    const elementStride = 1 + elementGap;
    const lineStride = repeats ? 0 : elements * elementStride + gap;
    const length =
      lines === 0 || elements === 0
        ? 0
        : (lines - 1) * lineStride + (elements - 1) * elementStride + 1;
    const { view, copy } = operands.input(length, kind, seed);
    const [rowStride, columnStride] = transposed
      ? [elementStride, lineStride]
      : [lineStride, elementStride];
    return { address: view.byteOffset, array: copy, rowStride, columnStride };
  }

  /** Returns the first error of a product, in words. */
  function fault(
    [rows, columns, inner]: Lengths,
    aLayout: Layout,
    bLayout: Layout,
    kind: DataKind,
  ): string | undefined {
    operands.reset();
    const a = matrix(rows, inner, aLayout, kind, rows + 7 * inner);
    const b = matrix(inner, columns, bLayout, kind, columns + 11 * inner);
    const out = operands.output(rows * columns);
    const scratchBytes = scratchByteLength(rows, columns, inner);
    const scratch = operands.output(scratchBytes / out.BYTES_PER_ELEMENT);
    matmul(
      ...([a.address, b.address, out.byteOffset, scratch.byteOffset] as const),
      ...([rows, columns, inner] as const),
      ...([a.rowStride, a.columnStride, b.rowStride, b.columnStride, columns] as const),
    );
    const expected = referenceMatmul(type, rows, columns, inner, a, b);
    const difference = firstDifference(out, expected) ?? operands.brokenGuard();
    if (difference === undefined) return undefined;
    const layouts = JSON.stringify([aLayout, bLayout]);
    return `${rows} × ${columns} × ${inner}, ${kind}, ${layouts}: ${difference}`;
  }

  it.each(dataKinds)("has the bits of the reference around every tile's end: %s", (kind) => {
    for (const rows of lengths) {
      for (const columns of lengths) {
        for (const inner of sampled(lengths, 6, rows + columns + elementTypes.indexOf(type))) {
          for (const aLayout of tight) {
            for (const bLayout of tight) {
              expect(fault([rows, columns, inner], aLayout, bLayout, kind)).toBeUndefined();
            }
          }
        }
      }
    }
  });

  it("has them with gaps between rows, columns and elements", () => {
    for (const rows of [1, 2, 5, 9, 16, 33]) {
      for (const columns of [1, 3, 8, 21]) {
        for (const inner of sampled([1, 4, 10, 19], 4, rows + columns)) {
          for (const aLayout of loose) {
            for (const bLayout of loose) {
              expect(fault([rows, columns, inner], aLayout, bLayout, "ordinary")).toBeUndefined();
            }
          }
        }
      }
    }
  });

  it.each(blocked)("has them beyond a block: %i × %i over %i", (...shape) => {
    for (const aLayout of tight) {
      for (const bLayout of tight) {
        const turn = Number(aLayout.transposed) + Number(bLayout.transposed);
        for (const kind of sampled(["ordinary", "bits"] as const, 2, turn)) {
          expect(fault(shape, aLayout, bLayout, kind)).toBeUndefined();
        }
      }
    }
  });

  it.each(chunked)("has them where the sum has chunks: %i × %i over %i", (...shape) => {
    // With many columns fewer layouts are tried, since the reference is slow.
    const layouts = shape[1] > 1000 ? tight : [...tight, ...loose];
    for (const [i, aLayout] of layouts.entries()) {
      for (const bLayout of sampled(layouts, 3, i + elementTypes.indexOf(type))) {
        expect(fault(shape, aLayout, bLayout, "ordinary")).toBeUndefined();
      }
    }
  });

  it("of chunks has them beyond a band of rows and a block of columns", () => {
    const [plain, transposed] = tight;
    if (plain === undefined || transposed === undefined) throw new Error("there are two layouts");
    const products: readonly (readonly [Lengths, Layout])[] = [
      [[963, 3, 4100], plain],
      [[3, 1027, 4100], transposed],
    ];
    for (const [shape, layout] of sampled(products, 2, elementTypes.indexOf(type))) {
      expect(fault(shape, layout, layout, "ordinary")).toBeUndefined();
    }
  });

  it("sums from +0, so that it is never −0", () => {
    operands.reset();
    const a = operands.output(4).fill(-0);
    const b = operands.output(4).fill(1);
    const out = operands.output(4);
    const scratch = operands.output(scratchByteLength(2, 2, 2) / out.BYTES_PER_ELEMENT);
    const addresses = [a.byteOffset, b.byteOffset, out.byteOffset, scratch.byteOffset] as const;
    matmul(...addresses, 2, 2, 2, 2, 1, 2, 1, 2);
    expect(firstDifference(out, type.make(4))).toBeUndefined();
  });
});

describe("the tiles of the product", () => {
  it("are what their generator writes", () => {
    const script = fileURLToPath(new URL("../scripts/generateTiles.mjs", import.meta.url));
    const { status, stderr } = spawnSync(process.execPath, [script, "--check"]);
    expect(status, stderr.toString()).toBe(0);
  });
});
