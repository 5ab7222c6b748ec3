import { describe, expect, it } from "vitest";
import { createKernel, KernelArgumentError, KernelMemoryError, sum } from "../src/index.ts";

describe("the arena", () => {
  it("gives aligned addresses that do not overlap, above the module's own data", () => {
    const { arena, exports, reductionScratch } = createKernel();
    const addresses = [0, 1, 63, 64, 65].map((bytes) => arena.allocate(bytes));
    const after = arena.allocate(0);
    const base = addresses[0] ?? 0;
    expect(addresses.map((address) => address - base)).toEqual([0, 0, 64, 128, 192]);
    expect(after - base).toBe(320);
    expect(base % 64).toBe(0);
    expect(reductionScratch).toBeGreaterThanOrEqual(exports.heapBase());
    expect(base).toBeGreaterThanOrEqual(reductionScratch + exports.reductionScratchByteLength());
  });

  it("gives the same addresses again after a release, and all of them after a reset", () => {
    const { arena } = createKernel();
    const first = arena.allocate(100);
    const mark = arena.mark();
    const second = arena.allocate(100);
    arena.release(mark);
    expect(arena.allocate(100)).toBe(second);
    expect(arena.usedBytes).toBe(256);
    arena.reset();
    expect(arena.usedBytes).toBe(0);
    expect(arena.allocate(100)).toBe(first);
  });

  it("grows memory as needed and keeps its contents; older views become empty", () => {
    const kernel = createKernel({ initialPages: 1 });
    const { arena } = kernel;
    const address = arena.allocate(12);
    const before = arena.float32(address, 3);
    before.set([1, 2, 3]);
    const pages = kernel.memory.buffer.byteLength / 65536;
    arena.allocate(10 * 65536);
    expect(kernel.memory.buffer.byteLength / 65536).toBeGreaterThanOrEqual(pages + 10);
    expect(before.length).toBe(0);
    expect(Array.from(arena.float32(address, 3))).toEqual([1, 2, 3]);
    expect(sum(kernel, arena.float32(address, 3))).toBe(6);
    expect(() => sum(kernel, before)).toThrow(
      new KernelArgumentError(
        "sum",
        "x",
        "a view of this kernel's memory",
        "a view that is empty since memory grew",
        "Make one with kernel.arena, and make it again after memory has grown.",
      ),
    );
  });

  it("uses the last page before it gives up, and stays usable afterwards", () => {
    const { arena, memory } = createKernel({ initialPages: 2, maximumPages: 4 });
    const used = arena.allocate(0);
    expect(() => arena.allocate(4 * 65536)).toThrow(KernelMemoryError);
    expect(() => arena.allocate(4 * 65536)).toThrow(
      `allocate: memory: expected room for ${used + 4 * 65536} bytes in all, ` +
        `got 131072 bytes that cannot grow so far. ` +
        "Release what is no longer used, or raise maximumPages.",
    );
    expect(arena.allocate(4 * 65536 - used)).toBe(used);
    expect(memory.buffer.byteLength).toBe(4 * 65536);
    expect(() => arena.allocate(1)).toThrow(KernelMemoryError);
  });

  it("refuses more than a 32-bit memory can hold", () => {
    const { arena } = createKernel();
    expect(() => arena.allocate(2 ** 32)).toThrow(KernelMemoryError);
    expect(() => arena.allocate(2 ** 52)).toThrow(KernelMemoryError);
  });

  it.each([-1, 1.5, Number.NaN, Infinity])("refuses to allocate %d bytes", (byteLength) => {
    const { arena } = createKernel();
    expect(() => arena.allocate(byteLength)).toThrow(
      `allocate: byteLength: expected a whole number of bytes, 0 or more, got ${byteLength}.`,
    );
  });

  it("refuses a mark that is above its position or was never one", () => {
    const { arena } = createKernel();
    const start = arena.mark();
    arena.allocate(64);
    const later = arena.mark();
    arena.release(start);
    expect(() => arena.release(later)).toThrow(
      `release: mark: expected a mark from ${start} to ${start}, got ${later}. ` +
        "Release marks in the opposite order of taking them.",
    );
    expect(() => arena.release(Number.NaN)).toThrow(KernelArgumentError);
    expect(() => arena.release(0)).toThrow(KernelArgumentError);
  });

  it("makes views inside memory only", () => {
    const { arena, memory } = createKernel();
    const end = memory.buffer.byteLength;
    expect(arena.float64(end - 8, 1).length).toBe(1);
    expect(() => arena.float32(end - 8, 3)).toThrow(
      `float32: address: expected an end within memory (${end} bytes), got ${end + 4}. ` +
        "Allocate the range first.",
    );
    expect(() => arena.float64(12, 1)).toThrow(
      "float64: address: expected a multiple of 8 bytes, got 12.",
    );
    expect(() => arena.float32(0, 1.5)).toThrow(
      "float32: length: expected a whole number of elements, 0 or more, got 1.5.",
    );
  });
});
