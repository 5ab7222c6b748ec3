// The product of int32 matrices, against loops that wrap around: lengths around the ends of vectors, all transposes,
// and other strides.

import { expect, it } from "vitest";
import { createKernel } from "../src/index.ts";
import { randomBits } from "./support.ts";

type Strides = readonly [row: number, column: number];

const GUARD = 0x5a5a5a5a;
const { arena, exports, memory } = createKernel({ initialPages: 16 });
const next = randomBits(3);

/** Allocates memory between guards; returns its address and views. */
function place(length: number): { address: number; view: Int32Array; guards: Int32Array[] } {
  const address = arena.allocate(4 * (length + 32)) + 64;
  const view = (start: number, count: number) => new Int32Array(memory.buffer, start, count);
  const guards = [view(address - 64, 16), view(address + 4 * length, 16)];
  for (const guard of guards) guard.fill(GUARD);
  return { address, view: view(address, length), guards };
}

function matrix(rows: number, columns: number, [row, column]: Strides) {
  const length = rows * columns === 0 ? 0 : (rows - 1) * row + (columns - 1) * column + 1;
  const { address, view } = place(length);
  for (let i = 0; i < length; i++) view[i] = next() % 3 === 0 ? next() : (next() % 9) - 4;
  return { address, copy: view.slice() };
}

it("wraps around like integers, at every length and stride, and writes nothing else", () => {
  const lengths = [0, 1, 3, 4, 5, 7, 8, 9, 31, 33];
  let checked = 0;
  for (const rows of [0, 1, 2, 5]) {
    for (const columns of lengths) {
      for (const inner of lengths) {
        const ofA: Strides[] = [
          [inner, 1],
          [1, rows],
          [2 * inner, 2],
        ];
        const ofB: Strides[] = [
          [columns, 1],
          [1, inner],
          [2 * columns + 1, 2],
        ];
        for (const a of ofA) {
          for (const b of ofB) {
            arena.reset();
            const [x, y] = [matrix(rows, inner, a), matrix(inner, columns, b)];
            const out = place(rows * columns);
            exports.matmul_i32(
              ...([x.address, y.address, out.address, 0, rows, columns, inner] as const),
              ...a,
              ...b,
              columns,
            );
            const expected = Int32Array.from({ length: rows * columns }, (_, i) => {
              const [row, column] = [Math.floor(i / columns), i % columns];
              let sum = 0;
              for (let k = 0; k < inner; k++) {
                const left = x.copy[row * a[0] + k * a[1]] ?? 0;
                sum = (sum + Math.imul(left, y.copy[k * b[0] + column * b[1]] ?? 0)) | 0;
              }
              return sum;
            });
            const name = `${rows} × ${columns} × ${inner}, strides ${a} and ${b}`;
            expect(out.view, name).toEqual(expected);
            for (const guard of out.guards)
              expect(guard.every((word) => word === GUARD)).toBe(true);
            checked++;
          }
        }
      }
    }
  }
  expect(checked).toBe(3600);
  expect(exports.matmulScratchByteLength_i32(9, 9, 9)).toBe(0);
});
