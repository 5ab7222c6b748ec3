// Parts of the columns of wider arrays. Kernels that take the distance between rows can compute the columns in several
// calls, with the bits of one call. `npm test` tries some of the widths for each kernel.

import { describe, expect, it } from "vitest";
import { sampled } from "../../core/test/support/sampling.ts";
import { puttingKernels, scansKernels, windowsKernels } from "../src/index.ts";
import { elementTypes, firstDifference, Operands } from "./support.ts";

/** Computes `columns` columns from `first` on, out of `all` columns. */
type Run = (first: number, columns: number, all: number) => void;

const widths = [1, 2, 3, 5, 8, 17, 33, 130, 1029] as const;

describe.each(elementTypes)("columns of wider arrays of $name", (type) => {
  const operands = new Operands(type);
  const { load, exports: base, reductionScratch } = operands.kernel;
  const own = { ...base, ...load(scansKernels), ...load(puttingKernels), ...load(windowsKernels) };
  const ending = type.name === "float32" ? "f32" : "f64";
  const bytes = type.make(1).BYTES_PER_ELEMENT;

  let checks = 0;

  /** Compares columns that are computed in two parts with all columns at once, for each width and several cuts. */
  function check(
    what: string,
    outputs: (columns: number) => number,
    prepare: (columns: number, to: number) => Run,
  ): void {
    for (const all of sampled(widths, 15, checks++)) {
      for (const cut of new Set([0, 1, all >> 1, Math.max(0, all - 3)])) {
        operands.reset();
        const [whole, parts] = [operands.output(outputs(all)), operands.output(outputs(all))];
        prepare(all, whole.byteOffset)(0, all, all);
        const run = prepare(all, parts.byteOffset);
        run(cut, all - cut, all);
        run(0, cut, all);
        const name = `${what}, ${cut} of ${all} columns`;
        expect(firstDifference(parts, whole), name).toBeUndefined();
        expect(operands.brokenGuard(), name).toBeUndefined();
      }
    }
  }

  /** Allocates an array of test data, which is the same for the same length, and returns its address. */
  const given = (length: number) => operands.input(length, "ordinary", length).view.byteOffset;
  const scratchOf = (size: number) => operands.output(Math.ceil(size / bytes)).byteOffset;

  it("are multiplied", () => {
    const multiply = own[`matmul_${ending}` as const];
    for (const [rows, inner] of [
      [1, 7],
      [3, 0],
      [4, 9],
      [22, 300],
      [2, 4099],
    ] as const) {
      const size = (columns: number) =>
        own[`matmulScratchByteLength_${ending}` as const](rows, columns, inner);
      check(
        `${rows} × ${inner}`,
        (columns) => rows * columns,
        (columns, to) => {
          const [a, b] = [given(rows * inner), given(inner * columns)];
          const scratch = scratchOf(size(columns));
          return (first, count, all) => {
            const [from, into] = [b + first * bytes, to + first * bytes];
            if (count === 0) return;
            multiply(a, from, into, scratch, rows, count, inner, inner, 1, all, 1, all);
          };
        },
      );
    }
  });

  it("are reduced", () => {
    for (const name of ["sum", "max"] as const) {
      const reduce = own[`${name}Axis_${ending}` as const];
      const reduceRuns = own[`${name}Runs_${ending}` as const];
      for (const count of [1, 5, 16, 17, 600]) {
        check(
          `${name} of ${count}`,
          (columns) => columns,
          (columns, to) => {
            const x = given(count * columns);
            return (first, width, all) => {
              const from = x + first * bytes;
              reduce(from, to + first * bytes, reductionScratch, 1, count, width, all);
            };
          },
        );
      }
      check(
        `${name} of runs`,
        (columns) => columns,
        (columns, to) => {
          const x = given(4 * columns * 3);
          return (first, width, all) => {
            const from = x + 3 * first * bytes;
            reduceRuns(from, to + first * bytes, reductionScratch, 1, 4, width, 3, all);
          };
        },
      );
    }
  });

  it("are scanned, from both ends", () => {
    for (const reverse of [0, 1]) {
      for (const length of [1, 2, 9, 300]) {
        const outputs = (columns: number) => length * columns;
        check(`cumulativeSum ${length} ${reverse}`, outputs, (columns, to) => {
          const [x, scratch] = [
            given(length * columns),
            scratchOf(own.cumulativeSumScratchByteLength()),
          ];
          const sum = own[`cumulativeSum_${ending}` as const];
          return (first, width, all) => {
            const [from, into] = [x + first * bytes, to + first * bytes];
            sum(from, into, scratch, 1, length, width, all, reverse);
          };
        });
        check(`linearRecurrence ${length} ${reverse}`, outputs, (columns, to) => {
          const [a, x] = [given(length * columns), given(length * columns)];
          const recur = own[`linearRecurrence_${ending}` as const];
          return (first, width, all) => {
            const at = first * bytes;
            recur(a + at, x + at, to + at, 1, length, width, all, reverse);
          };
        });
      }
    }
  });

  it("are added and put at indices", () => {
    const [length, count] = [5, 9];
    const indices = () => {
      const address = operands.kernel.arena.allocate(4 * count);
      new Int32Array(operands.kernel.memory.buffer, address, count).set([
        0, 1, -1, 3, 3, 2, 0, -5, 1,
      ]);
      return address;
    };
    const numbers = [1, 1, length, count] as const;
    const outputs = (columns: number) => length * columns;
    check("scatterAdd", outputs, (columns, to) => {
      const [x, at] = [given(count * columns), indices()];
      const add = own[`scatterAdd_${ending}` as const];
      return (first, width, all) => {
        add(x + first * bytes, at, to + first * bytes, ...numbers, width, all, -length);
      };
    });
    check("putMax", outputs, (columns, to) => {
      const [x, values, at] = [given(length * columns), given(count * columns), indices()];
      const place = own[`putMax_${ending}` as const];
      return (first, width, all) => {
        const by = first * bytes;
        place(x + by, at, values + by, to + by, ...numbers, width, all, -length);
      };
    });
  });

  it("are results of a convolution", () => {
    // The geometry has an axis of 12 elements, windows of 3, and 2 examples with 2 planes each; columns are planes of
    // results.
    const geometry = [1, 1, 12, 0, 0, 1, 1, 1, 1, 1, 1, 3, 1, 1, 1, 1, 1, 1, 1, 1, 12] as const;
    const size = own[`convolutionScratchByteLength_${ending}` as const];
    check(
      "convolution",
      (columns) => 2 * columns * 12,
      (columns, to) => {
        const [x, weight] = [given(2 * 2 * 12), given(columns * 2 * 3)];
        const scratch = scratchOf(size(2, 2, columns, ...geometry));
        const convolve = own[`convolution_${ending}` as const];
        return (first, rows, all) => {
          const [weights, into] = [weight + first * 6 * bytes, to + first * 12 * bytes];
          convolve(x, weights, into, scratch, 2, 1, 2, rows, all, ...geometry);
        };
      },
    );
  });
});
