/**
 * The heap of compiled programs, in a memory of limited size.
 */

import { createKernel, type Kernel, KernelMemoryError } from "@graddiff/wasm-kernel";
import { describe, expect, test, vi } from "vitest";
import { compile, ones, setMemoryLimit, type Tensor, uniform, zeros } from "../../src/index.ts";
import { BufferStorage } from "../../src/run/device/bufferStorage.ts";
import { FreeList } from "../../src/run/program/locations/freeList.ts";
import { Heap, LinearBuffer, Region } from "../../src/run/wasm/memory/heap.ts";
import { arrayAt, type Workspace, workspace } from "../../src/run/wasm/memory/workspace.ts";
import { expectSameBits } from "../support/opChecks.ts";
import { randomBits } from "./emit/support.ts";

const MEGABYTE = 2 ** 20;

/** Returns a heap in a memory of four megabytes. */
function smallHeap(): { heap: Heap; kernel: Kernel } {
  const kernel = createKernel({ maximumPages: 64 });
  return { heap: new Heap(kernel, kernel.arena.mark()), kernel };
}

function regionOf(kernel: Kernel, bytes: number): { slot: LinearBuffer; region: Region } {
  const buffer = new LinearBuffer((address) => arrayAt(kernel, "float32", address, bytes / 4));
  return { slot: buffer, region: new Region([{ buffer, offset: 0 }], bytes) };
}

describe("the free list", () => {
  test("hands out stretches that overlap nothing, and ends where the last of them ends", () => {
    for (let seed = 1; seed <= 30; seed++) {
      const next = randomBits(seed);
      const list = new FreeList();
      const taken: { start: number; length: number }[] = [];
      let furthest = 0;
      for (let step = 0; step < 200; step++) {
        if (next() % 5 < 3) {
          const length = (next() % 8) * 64;
          taken.push({ start: list.take(length), length });
        } else if (taken.length > 0) {
          const [gone] = taken.splice(next() % taken.length, 1);
          if (gone !== undefined) list.free(gone.start, gone.length);
        }
        const used = taken.filter(({ length }) => length > 0);
        used.sort((a, b) => a.start - b.start);
        let end = 0;
        for (const { start, length } of used) {
          if (start < end) expect.fail(`seed ${seed}: ${start} is in use up to ${end}`);
          end = start + length;
        }
        expect(list.end, `seed ${seed}`).toBe(end);
        furthest = Math.max(furthest, list.end);
        expect(list.furthest, `seed ${seed}`).toBe(furthest);
      }
    }
  });
});

describe("a request that memory cannot meet", () => {
  test("leaves the heap as it was, for regions and for scratch memory", () => {
    const { heap, kernel } = smallHeap();
    const owner = {};
    heap.beginRun();
    const kept = regionOf(kernel, MEGABYTE);
    heap.admit(kept.region, owner);
    kept.slot.view().fill(1);
    const { region: large } = regionOf(kernel, 8 * MEGABYTE);
    for (let attempt = 0; attempt < 3; attempt++) {
      heap.beginRun();
      heap.touch(kept.region);
      expect(() => heap.admit(large, owner)).toThrow(KernelMemoryError);
      expect(() => heap.scratch(8 * MEGABYTE)).toThrow(KernelMemoryError);
      expect([large.address, heap.usedBytes]).toEqual([undefined, MEGABYTE]);
    }
    expect(kept.slot.view().every((element) => element === 1)).toBe(true);
    const other = regionOf(kernel, MEGABYTE / 2);
    heap.admit(other.region, owner);
    const scratch = heap.scratch(MEGABYTE);
    const places = [
      { start: kept.region.address ?? 0, bytes: MEGABYTE },
      { start: other.region.address ?? 0, bytes: MEGABYTE / 2 },
      { start: scratch, bytes: MEGABYTE },
    ].sort((a, b) => a.start - b.start);
    places.reduce((end, { start, bytes }) => {
      expect(start).toBeGreaterThanOrEqual(end);
      return start + bytes;
    }, 0);
  });

  test("is met when what this run does not use has left", () => {
    const { heap, kernel } = smallHeap();
    const owner = {};
    const regions = [1, 2, 3].map(() => regionOf(kernel, MEGABYTE));
    for (const { region, slot } of regions) {
      heap.beginRun();
      heap.admit(region, owner);
      slot.view().fill(2);
    }
    const residents = regions.map(({ slot }) => new BufferStorage(slot));
    heap.beginRun();
    heap.admit(regionOf(kernel, 3 * MEGABYTE).region, owner);
    for (const resident of residents) {
      expect(resident.read().every((element) => element === 2)).toBe(true);
    }
  });

  test("invalidates the addresses in scratch memory, which was given up for it", () => {
    const { heap } = smallHeap();
    heap.scratch(1000);
    const { version } = heap;
    expect(() => heap.scratch(8 * MEGABYTE)).toThrow(KernelMemoryError);
    expect(heap.version).not.toBe(version);
  });

  test("is not made greater than there is room for", () => {
    const { heap } = smallHeap();
    heap.scratch(3 * MEGABYTE);
    expect(() => heap.scratch(3.5 * MEGABYTE)).not.toThrow();
  });
});

test("what stays takes half of the limit of memory at most, and the oldest leaves", () => {
  const { heap } = workspace() as Workspace;
  try {
    setMemoryLimit(8 * MEGABYTE);
    const programs = [1, 2, 3].map((factor) => compile((x: Tensor) => x.mul(factor).sum()));
    const x = ones([400_000]);
    for (const program of programs) {
      program(x);
      expect(heap.usedBytes).toBeLessThanOrEqual(4 * MEGABYTE);
    }
    setMemoryLimit(2 ** 31);
    const before = heap.usedBytes;
    for (const program of programs) program(x);
    expect(heap.usedBytes - before).toBeGreaterThan(MEGABYTE);
    expect(programs.map((program) => program(x).item())).toEqual([400_000, 800_000, 1_200_000]);
  } finally {
    setMemoryLimit(2 ** 31);
  }
});

test("a program for which there is no room does not keep others out of linear memory", () => {
  const { host } = workspace() as Workspace;
  const { memory } = host;
  const most = memory.buffer.byteLength + 16 * MEGABYTE;
  const reallyGrow = memory.grow.bind(memory);
  const grow = vi.spyOn(memory, "grow").mockImplementation((pages) => {
    if (memory.buffer.byteLength + pages * 65536 > most) throw new RangeError("full");
    return reallyGrow(pages);
  });
  try {
    const large = compile((x: Tensor) => [x.mul(2), x.add(1)]);
    const x = ones([12 * MEGABYTE]);
    for (const result of large(x)) expect(result.slice([0], [1]).item()).toBe(2);
    const small = compile((y: Tensor) => y.exp().sum());
    for (let seed = 1; seed < 4; seed++) {
      const y = uniform([100_000], { seed });
      expectSameBits(small(y), y.exp().sum());
    }
    expect(small.program(zeros([100_000])).describe()).toContain("values at their locations");
    expect(large.program(x).describe()).toContain("one by one");
  } finally {
    grow.mockRestore();
  }
});
