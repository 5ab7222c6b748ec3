/**
 * The values that stay in linear memory between runs: results that were not read yet, the values of Variables, and
 * arguments that recur.
 */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  compile,
  grad,
  setMemoryLimit,
  type Tensor,
  tensor,
  uniform,
  Variable,
} from "../../src/index.ts";
import { BufferStorage } from "../../src/run/device/bufferStorage.ts";
import { Heap, LinearBuffer, Region } from "../../src/run/wasm/memory/heap.ts";
import { type Workspace, workspace } from "../../src/run/wasm/memory/workspace.ts";
import { DeviceStorage } from "../../src/tensor/tensor.ts";
import { threefry } from "../../src/tensor/threefry.ts";
import { expectSameBits } from "../support/opChecks.ts";
import { sampled, seedsTo } from "../support/sampling.ts";

/** The size is large enough for values to stay in memory. */
const SIZE = 8192;
const vector = (seed: number) => uniform([SIZE], { seed });

const LIMIT = 2 ** 29;

beforeAll(() => setMemoryLimit(LIMIT));
afterAll(() => setMemoryLimit(2 ** 31));

/** Evicts all values from memory, by admitting a region of half of the limit. */
function clearMemory(): void {
  const { heap } = workspace() as Workspace;
  const all = new Region([], LIMIT / 2);
  heap.beginRun();
  heap.admit(all, {});
  expect(heap.usedBytes).toBe(all.bytes);
}

describe("large results", () => {
  const double = compile((x: Tensor) => x.mul(2));

  test("stand in memory until they are read, and keep their values through later runs", () => {
    const inputs = [1, 2, 3, 4].map(vector);
    const results = inputs.map((x) => double(x));
    expect(results[3]?.storage).toBeInstanceOf(DeviceStorage);
    results.forEach((result, i) => {
      expectSameBits(result, inputs[i]?.mul(2) as Tensor);
    });
    // The last result keeps its elements after it was read and the program ran again.
    const last = results[3] as Tensor;
    double(vector(5));
    expectSameBits(last, inputs[3]?.mul(2) as Tensor);
  });

  test("may be arguments, of the same program and of others", () => {
    const x = vector(1);
    expectSameBits(double(double(double(x))), x.mul(8));
    const add = compile((a: Tensor, b: Tensor) => ({ sum: a.add(b), difference: a.sub(b) }));
    const { sum, difference } = add(double(x), x);
    expectSameBits(add(sum, difference).sum, x.mul(4));
    expectSameBits(sum, x.mul(3));
  });

  test("may be results twice, in other shapes, and values of Variables", () => {
    const w = new Variable(vector(1));
    const step = compile((x: Tensor) => {
      const y = x.add(1);
      w.assign(y);
      return [y, y.reshape([2, SIZE / 2]), w.value];
    });
    const x = vector(2);
    const first = step(x);
    step(vector(3));
    for (const result of first) expectSameBits(result.reshape([SIZE]), x.add(1));
    expectSameBits(w.value, vector(3).add(1));
  });

  test("survive when memory is needed for others", () => {
    const x = vector(1);
    const result = double(x);
    clearMemory();
    expectSameBits(result, x.mul(2));
    expectSameBits(double(x), x.mul(2));
  });
});

describe("dispose", () => {
  const double = compile((x: Tensor) => x.mul(2));

  test("gives up the elements: reading them is an error", () => {
    const x = vector(1);
    const result = double(x);
    result.dispose();
    expect(() => result.sum()).toThrow(
      "tensor: expected a tensor that still has its elements, got one after dispose()",
    );
    expect(() => result.data()).toThrow("after dispose()");
    expect(() => double(result)).toThrow("after dispose()");
    result.dispose();
    expectSameBits(double(x), x.mul(2));
  });

  test("works for every tensor, and at the end of a block with using", () => {
    const plain = tensor([1, 2]);
    const number = tensor(1);
    for (const each of [plain, number]) {
      each.dispose();
      expect(() => each.toArray()).toThrow("after dispose()");
    }
    let kept: Tensor;
    {
      using result = double(vector(1));
      kept = result;
    }
    expect(() => kept.data()).toThrow("after dispose()");
  });

  test("of one tensor leaves others with the same elements alone", () => {
    const w = new Variable(vector(1));
    const step = compile((x: Tensor) => {
      const y = x.mul(2);
      w.assign(y.add(1));
      return [y, y.reshape([2, SIZE / 2]), w.value] as const;
    });
    const x = vector(2);
    const [first, second, value] = step(x);
    first.dispose();
    value.dispose();
    step(x);
    expectSameBits(second.reshape([SIZE]), x.mul(2));
    expectSameBits(w.value, x.mul(2).add(1));
    expect(() => value.data()).toThrow("after dispose()");
  });

  test("does nothing inside grad, where the walk back needs the elements", () => {
    const slope = grad((x) => {
      const y = x.mul(x);
      const z = y.exp();
      y.dispose();
      return z;
    });
    expect(slope(0).item()).toBe(0);
  });
});

describe("the value of a Variable", () => {
  test("is in one slot for all programs, and outlives it", () => {
    const w = new Variable(vector(1));
    const double = compile(() => w.assign(w.value.mul(2)));
    const total = compile((x: Tensor) => w.value.mul(x).sum());
    const expected = vector(1).mul(8);
    const one = tensor(1);
    double();
    expectSameBits(total(one), vector(1).mul(2).sum());
    double();
    clearMemory();
    double();
    expectSameBits(total(one), expected.sum());
    expectSameBits(w.value, expected);
  });

  test("is kept for whoever has read it, and overwritten for nobody else", () => {
    const w = new Variable(vector(1));
    const double = compile(() => w.assign(w.value.mul(2)));
    double();
    const unseen = w.cell.value;
    double();
    expect(w.cell.value).toBe(unseen);
    const seen = w.value;
    double();
    expect(w.cell.value).not.toBe(seen);
    expectSameBits(seen, vector(1).mul(4));
    expectSameBits(w.value, vector(1).mul(8));
  });

  test("may be read in ways that forbid to write over it", () => {
    const w = new Variable(uniform([100, 100], { seed: 1 }));
    const eager = new Variable(w.value);
    const step = (v: Variable) => {
      const { value } = v;
      v.assign(value.transpose().add(value.sum(0)).mul(0.01));
      // The old value is read after the new one was assigned.
      return value.matmul(v.value);
    };
    const compiled = compile(() => step(w));
    for (let i = 0; i < 3; i++) expectSameBits(compiled(), step(eager));
    expectSameBits(w.value, eager.value);
  });

  test("changes only with the recording in which a program runs", () => {
    const w = new Variable(vector(1));
    const double = compile(() => w.assign(w.value.mul(2)));
    double();
    const inside = (fails: boolean) =>
      grad((x) => {
        double();
        double();
        expectSameBits(w.value, vector(1).mul(8));
        if (fails) throw new Error("stop");
        return x;
      })(1);
    expect(() => inside(true)).toThrow("stop");
    expectSameBits(w.value, vector(1).mul(2));
    inside(false);
    expectSameBits(w.value, vector(1).mul(8));
  });

  test("is the old one after a step that throws, whatever was computed before", () => {
    const [v, w] = [new Variable(vector(1)), new Variable(vector(2))];
    const step = compile((place: Tensor) => {
      v.assign(v.value.mul(2));
      const picked = v.value.take(place);
      w.assign(w.value.mul(picked));
      return picked;
    });
    const place = (index: number) => tensor(index, { dtype: "int32" });
    for (let i = 0; i < 2; i++) step(place(0));
    const before = [vector(1).mul(4), w.value.mul(1)];
    for (let i = 0; i < 2; i++) expect(() => step(place(SIZE))).toThrow("take: indices");
    expectSameBits(v.value, before[0] as Tensor);
    expectSameBits(w.value, before[1] as Tensor);
  });

  test("may be given from one Variable to another, also crosswise", () => {
    const a = new Variable(vector(1));
    const b = new Variable(vector(2));
    const exchange = compile(() => {
      const { value } = a;
      a.assign(b.value);
      b.assign(value);
    });
    const double = compile(() => {
      a.assign(a.value.mul(2));
      b.assign(b.value.mul(4));
    });
    for (let i = 0; i < 3; i++) {
      double();
      exchange();
    }
    // In three rounds each value was multiplied by 2 while it was in `a`, and by 4 while it was in `b`.
    expectSameBits(a.value, vector(2).mul(32));
    expectSameBits(b.value, vector(1).mul(16));
  });
});

describe("whatever is called, read, kept, disposed of and evicted in whatever order", () => {
  type Cells = readonly [Variable, Variable, Variable];
  /** Functions for programs on small and large values; each also runs eagerly on separate Variables. */
  const functions: readonly ((cells: Cells, x: Tensor) => Tensor | Tensor[])[] = [
    ([a], x) => {
      a.assign(a.value.mul(0.5).add(x));
      return a.value;
    },
    ([, b], x) => {
      b.assign(b.value.mul(0.7).sub(x));
      return b.value;
    },
    ([a, b], x) => {
      b.assign(a.value.sub(b.value).mul(x));
      return [x.mul(2), b.value.sum()];
    },
    ([a, b], x) => {
      const before = a.value;
      a.assign(b.value);
      b.assign(before);
      return [before, x];
    },
    ([a, , c], x) => {
      const sum = a.value.add(x).reshape([-1, 8]).sum(0);
      c.assign(c.value.add(sum));
      return [sum.mul(c.value), c.value];
    },
    ([a, b, c], x) => {
      const y = x.mul(c.value.sum().sin());
      a.assign(y);
      b.assign(y);
      return [y, y.reshape([4, -1]), a.value.max()];
    },
    ([a, b], x) => {
      // The new value is still read after the next assignment.
      const next = a.value.mul(0.9).add(b.value.reshape([2, -1]).transpose().reshape([-1]).mul(x));
      a.assign(next);
      b.assign(next.sub(a.value.mean()).add(b.value.mul(0.1)));
      return next;
    },
    ([, , c], x) => x.take(c.value.abs().mul(0).cast("int32")),
  ];

  test("values are those of the eager code", () => {
    for (const seed of sampled(seedsTo(60), 4)) {
      let count = 0;
      const choose = (below: number) => threefry(seed, 7, count++, 0)[0] % below;
      const large = seed % 3 === 0 ? 64 : 8192;
      const make = (): Cells => [
        new Variable(uniform([large], { seed: 1 })),
        new Variable(uniform([large], { seed: 2 })),
        new Variable(uniform([8], { seed: 3 })),
      ];
      const [cells, shadows] = [make(), make()];
      const programs = functions.map((fn) => compile((x: Tensor) => fn(cells, x)));
      /** Pairs of a program's result and the result of eager code. */
      const kept: [actual: Tensor, expected: Tensor][] = [];
      const argument = (): [Tensor, Tensor] => {
        const [actual, expected] = kept[choose(kept.length + 1)] ?? [];
        if (actual?.shape.join() === String(large) && expected) return [actual, expected];
        const place = choose(4);
        if (place < 2)
          return [(cells[place] as Variable).value, (shadows[place] as Variable).value];
        const fresh = uniform([large], { seed: count });
        return [fresh, fresh];
      };
      const call = () => {
        const k = choose(functions.length);
        const [actual, expected] = argument();
        const results = [programs[k]?.(actual)].flat() as Tensor[];
        const wanted = [functions[k]?.(shadows, expected)].flat() as Tensor[];
        results.forEach((result, i) => {
          kept.push([result, wanted[i] as Tensor]);
        });
      };
      const check = ([actual, expected]: [Tensor, Tensor]) => expectSameBits(actual, expected);
      for (let step = 0; step < 40; step++) {
        const action = choose(12);
        if (action < 7) call();
        else if (action === 7) clearMemory();
        else if (action === 8 && kept.length > 0) check(kept[choose(kept.length)] as never);
        else if (action === 9) {
          const [dropped] = kept.splice(choose(kept.length + 1), 1);
          const result = dropped?.[0];
          // A result that is the tensor of a Variable or of an argument is not disposed of.
          const own = result?.storage instanceof BufferStorage;
          const used = [...cells.map(({ cell }) => cell.value), ...kept.map(([tensor]) => tensor)];
          if (own && result && !used.includes(result)) result.dispose();
        } else if (action === 10) {
          // The assignments of a failed recording have no effect.
          const before = cells.map(({ value }) => value);
          expect(() =>
            grad((x) => {
              for (let i = 0; i < 3; i++) programs[choose(functions.length)]?.(argument()[0]);
              if (x.item() === 1) throw new Error("stop");
              return x;
            })(1),
          ).toThrow("stop");
          cells.forEach((cell, i) => {
            expect(cell.value).toBe(before[i]);
          });
        } else {
          const k = choose(2);
          cells[k]?.assign((cells[1 - k] as Variable).value);
          shadows[k]?.assign((shadows[1 - k] as Variable).value);
        }
      }
      kept.forEach(check);
      cells.forEach((cell, i) => {
        check([cell.value, (shadows[i] as Variable).value]);
      });
    }
  });
});

describe("the heap", () => {
  const { host } = workspace() as Workspace;
  const region = (length: number) => {
    const buffer = new LinearBuffer(
      (address) => new Float32Array(host.memory.buffer, address, length),
    );
    return { slot: buffer, region: new Region([{ buffer, offset: 0 }], 4 * length) };
  };

  test("evicts what was not used for the longest time, and nothing of the present run", () => {
    const heap = new Heap(host, host.memory.buffer.byteLength, 4096);
    const [a, b, c] = [region(400), region(400), region(400)];
    const owner = {};
    for (const each of [a, b]) {
      heap.beginRun();
      heap.admit(each.region, owner);
    }
    a.slot.view().fill(1);
    const resident = new BufferStorage(a.slot);
    heap.beginRun();
    heap.touch(b.region);
    heap.admit(c.region, owner);
    expect([a, b, c].map((each) => each.region.address !== undefined)).toEqual([false, true, true]);
    expect(resident.read()).toEqual(new Float32Array(400).fill(1));
    // A run may exceed the budget with the memory that it needs itself.
    heap.admit(a.region, owner);
    expect(heap.usedBytes).toBeGreaterThan(4096);
    const addresses = [a, b, c].map((each) => each.region.address as number);
    expect(new Set(addresses).size).toBe(3);
  });

  test("moves scratch memory only when it must grow, and says so", () => {
    const heap = new Heap(host, host.memory.buffer.byteLength);
    const small = heap.scratch(1000);
    const { version } = heap;
    expect([heap.scratch(2 ** 20), heap.version]).toEqual([small, version]);
    heap.scratch(2 ** 20 + 1);
    expect(heap.version).not.toBe(version);
  });
});
