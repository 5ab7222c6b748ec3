/** The memory of a GPU, after many steps and with many programs. */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import {
  compile,
  conv2d,
  grad,
  maxPool2d,
  relu,
  scan,
  sort,
  state,
  type Tensor,
  take,
  tensor,
  uniform,
  Variable,
  whileLoop,
} from "@graddiff/core";
import type { WebGpu } from "@graddiff/core/webgpu";
import { describe, expect, test } from "vitest";
import type { GpuBuffer, GpuDevice } from "../../../core/src/run/webgpu/api.ts";
import { WHOLE } from "../../../core/test/support/sampling.ts";
import { hostWith, openDriver } from "../../../core/test/webgpu/open.ts";
import { Adam, Dense, Sequential, trainingStep } from "../../src/index.ts";

const [STEPS, PROGRAMS] = WHOLE ? [10_000, 1000] : [1000, 100];

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Gives the engine a chance to collect unreferenced objects. */
async function settle(): Promise<void> {
  for (let i = 0; i < 3; i++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** Counts the bytes of a GPU's buffers until they are destroyed or collected. */
class Counted {
  bytes = 0;
  readonly #collected = new FinalizationRegistry<{ size: number }>((entry) => this.#drop(entry));

  #drop(entry: { size: number }): void {
    this.bytes -= entry.size;
    entry.size = 0;
  }

  /**
   * Opens a GPU.
   *
   * @param most the bytes that it claims to bind. Default: those that it can.
   * @param room the bytes of the largest buffer that it allocates. Default: no limit.
   * @param exact true for the bits of WebAssembly. Default: false.
   */
  async open(most?: number, room = Number.POSITIVE_INFINITY, exact = false): Promise<WebGpu> {
    const gpu = hostWith((device) => {
      const create = device.createBuffer.bind(device);
      const refused = new Set<number>();
      let depth = 0;
      device.createBuffer = (descriptor) => {
        if (descriptor.size <= room) return this.#count(create(descriptor));
        refused.add(depth);
        return invalid(device, () => create({ ...descriptor, usage: IMPOSSIBLE }));
      };
      const [push, pop] = [device.pushErrorScope.bind(device), device.popErrorScope.bind(device)];
      device.pushErrorScope = (kind) => {
        depth++;
        push(kind);
      };
      device.popErrorScope = () => {
        const outcome = pop();
        return refused.delete(depth--) ? Promise.resolve({ message: "no memory" }) : outcome;
      };
      if (most !== undefined) {
        const value = { maxStorageBufferBindingSize: most, maxBufferSize: most };
        Object.defineProperty(device, "limits", { value });
      }
    });
    return await openDriver({ gpu, exact });
  }

  #count(buffer: GpuBuffer): GpuBuffer {
    const entry = { size: buffer.size };
    this.bytes += entry.size;
    this.#collected.register(buffer, entry);
    const destroy = buffer.destroy.bind(buffer);
    buffer.destroy = () => {
      this.#drop(entry);
      destroy();
    };
    return buffer;
  }
}

/** A usage that no buffer may have: memory that both the host and shaders read. */
const IMPOSSIBLE = 1 | 0x80;

/** Returns an invalid buffer, as a driver without memory makes it: commands that use it are errors. */
function invalid(device: GpuDevice, create: () => GpuBuffer): GpuBuffer {
  device.pushErrorScope("validation");
  const buffer = create();
  device.popErrorScope().catch(() => {});
  return buffer;
}

/** The bytes of spare buffers that may wait for the next copies. */
const SPARE = 16 * 1024;

/** The bytes of JavaScript's heap that each program may leave. */
const HEAP = 4000;

test("steps leave no memory behind", async () => {
  const counted = new Counted();
  const gpu = await counted.open();
  const total = new Variable(tensor([0, 0]));
  const step = compile(
    (x: Tensor, index: Tensor) => {
      total.assign(total.value.add(x));
      return [total.value.mul(2), take(uniform([500], { seed: 1 }), index, 0)];
    },
    { backend: gpu },
  );
  const index = tensor([3, 4], { dtype: "int32" });
  let first = 0;
  for (let i = 1; i <= STEPS; i++) {
    const results = step(tensor([i, 1]), index);
    if (i % 10 === 0) await gpu.read(i % 20 === 0 ? results : total);
    if (i % (STEPS / 10) !== 0) continue;
    await settle();
    first ||= counted.bytes;
    expect(counted.bytes).toBeLessThanOrEqual(first + SPARE);
  }
  expect(first).toBeGreaterThan(0);
  const [, ones] = (await total.value.read()).data();
  expect(ones).toBe(STEPS);
  gpu.close();
});

test("programs leave no memory behind", { timeout: 300_000 }, async () => {
  const counted = new Counted();
  const gpu = await counted.open();
  const own = async (i: number) => {
    // Each program has different shaders.
    const size = 10_000 + i;
    const fn = compile(
      (x: Tensor, index: Tensor) => take(x.mul(i).add(uniform([size], { seed: 1 })), index, 0),
      { backend: gpu },
    );
    const got = fn(uniform([size], { seed: i }), tensor([size - 1], { dtype: "int32" }));
    expect((await got.read()).shape).toEqual([1]);
  };
  let [bytes, heap] = [0, 0];
  for (let i = 1; i <= PROGRAMS; i++) {
    await own(i);
    // The memory grows if the garbage of many programs waits to be collected, which is up to the engine.
    if (i % 10 === 0) await settle();
    if (i % (PROGRAMS / 5) !== 0) continue;
    // The measurement after the first programs includes memory that all of them share.
    if (bytes === 0) [bytes, heap] = [counted.bytes, process.memoryUsage().heapUsed];
    expect(counted.bytes).toBeLessThanOrEqual(bytes);
  }
  expect(process.memoryUsage().heapUsed - heap).toBeLessThan(HEAP * PROGRAMS);
  gpu.close();
});

test("what is read is kept here alone, and may go there again", async () => {
  const counted = new Counted();
  const gpu = await counted.open();
  const large = compile((x: Tensor) => x.add(uniform([250_000], { seed: 1 })), { backend: gpu });
  // Each unread result has a copy on the GPU.
  const kept: Tensor[] = [];
  await large(tensor(0)).read();
  const before = counted.bytes;
  for (let i = 0; i < 20; i++) {
    const own = large(tensor(i));
    kept.push(own);
    await own.read();
  }
  expect(counted.bytes).toBeLessThanOrEqual(before + 4 * 2 ** 20);
  const sum = compile((x: Tensor) => x.sum(), { backend: gpu });
  const [a, b] = [sum(kept[3] as Tensor), sum(kept[7] as Tensor)];
  await gpu.read([a, b]);
  expect(b.item() - a.item()).toBeCloseTo(4 * 250_000, -1);
  gpu.close();
});

test("what is too large is an error, after which all goes on", async () => {
  const most = 8 * 2 ** 20;
  const gpu = await new Counted().open(most);
  const total = new Variable(tensor([0, 0]));
  const add = (x: Tensor) => {
    total.assign(total.value.add(x));
    return total.value.mul(2);
  };
  const step = compile(add, { backend: gpu });
  const loss = step(tensor([1, 2]));
  const sizes = (rows: number) =>
    compile(
      (x: Tensor) => {
        total.assign(total.value.add(1));
        const product = x.matmul(uniform([1, rows], { seed: 1 }));
        return product.sub(product.max([0], { keepDims: true }));
      },
      { backend: gpu },
    );
  const column = uniform([1000, 1], { seed: 2 });
  const refused = async (rows: number) => {
    const large = sizes(rows);
    for (let i = 0; i < 2; i++)
      expect(() => large(column)).toThrow(/at most 8388608 bytes together/);
  };
  for (const rows of [3000, 2400, 2200]) {
    await refused(rows);
    step(tensor([1, 2]));
  }
  await settle();
  // Memory of unreferenced values is reused when a value of another size is allocated.
  const { shape } = await (sizes(500)(column) as Tensor).read();
  expect(shape).toEqual([1000, 500]);
  expect((await loss.read()).toArray()).toEqual([2, 4]);
  expect((await step(tensor([1, 2])).read()).toArray()).toEqual([12, 22]);
  expect((await total.value.read()).toArray()).toEqual([6, 11]);
  gpu.close();
});

describe("values of more than one buffer", () => {
  const most = 2 ** 18;

  test("are those of one: a network with the means of Adam", async () => {
    const counted = new Counted();
    const gpu = await counted.open(most, undefined, true);
    const given = { x: uniform([16, 64], { seed: 3 }), y: uniform([16, 64], { seed: 4 }) };
    const losses = ["wasm" as const, gpu].map((backend) => {
      const model = new Sequential(new Dense(64, 256), relu, new Dense(256, 64), { seed: 1 });
      const loss = (own: Sequential, { x, y }: typeof given) =>
        own.forward(x).sub(y).square().mean();
      const step = trainingStep(model, loss, new Adam(model, { learningRate: 0.01 }), { backend });
      return { model, all: Array.from({ length: 5 }, () => step(given)) };
    });
    await gpu.read(losses.map(({ model, all }) => [state(model), all]));
    const [want, got] = losses.map(({ model, all }) =>
      [...model.variables.map(({ value }) => value), ...all].map((each) => each.toArray()),
    );
    expect(got).toEqual(want);
    // The weights and their two moments take more than one and a half buffers.
    expect(counted.bytes).toBeGreaterThan(1.5 * most);
    gpu.close();
  });

  test("are found by all kinds of shaders, and so are errors", async () => {
    const gpu = await new Counted().open(most, undefined, true);
    // The Variables fill the first buffer.
    const first = [1, 2, 3].map((seed) => new Variable(uniform([20_000], { seed })));
    const fill = compile(() => first.map((each) => each.assign(each.value.add(1))), {
      backend: gpu,
    });
    fill();
    const x = uniform([40, 50], { seed: 5, low: -1 });
    const image = uniform([2, 3, 9, 8], { seed: 6, low: -1 });
    const indices = tensor([3, 39, 0, 3], { dtype: "int32" });
    const all: (() => Tensor)[] = [
      () => relu(x.matmul(x.transpose()).add(1)),
      () => grad((a: Tensor) => take(a, indices, 0).square().sum())(x),
      () => sort(x.reshape([-1])).cumulativeSum(),
      () => x.sum(0).softmax(),
      () => grad((a: Tensor) => maxPool2d(a, 2).square().sum())(image),
      () => conv2d(image, uniform([4, 3, 3, 3], { seed: 7 }), { padding: 1 }).sum([2, 3]),
      () =>
        scan((h: Tensor, row: Tensor) => [h.mul(0.5).add(row), h.sum()], x.sum(0), x)[1] as Tensor,
      () =>
        whileLoop(
          (a: Tensor) => a.sum().less(100),
          (a: Tensor) => a.mul(2).abs(),
          x.sum(0),
        ),
    ];
    for (const [i, fn] of all.entries()) {
      const got = compile(fn, { backend: gpu })();
      expect((await got.read()).toArray(), `${i}`).toEqual(compile(fn)().toArray());
    }
    const found = compile((index: Tensor) => take(x, index, 0), { backend: gpu });
    await expect(found(tensor([3, 40], { dtype: "int32" })).read()).rejects.toThrow(/40/);
    await gpu.read(first);
    expect(first.map(({ value }) => value.slice([0], [2]).toArray())).toEqual(
      [1, 2, 3].map((seed) => uniform([20_000], { seed }).add(1).slice([0], [2]).toArray()),
    );
    gpu.close();
  });

  test("are at most eight buffers", async () => {
    const gpu = await new Counted().open(most);
    const all = Array.from({ length: 9 }, (_, seed) => new Variable(uniform([60_000], { seed })));
    const add = (list: readonly Variable[]) =>
      compile(() => list.map((each) => each.assign(each.value.add(1))), { backend: gpu });
    expect(() => add(all)()).toThrow(/at most 2097152 bytes together/);
    await settle();
    add(all.slice(0, 7))();
    await gpu.read(all);
    expect(all[6]?.value.min().item()).toBeGreaterThanOrEqual(1);
    expect(all[7]?.value.max().item()).toBeLessThan(1);
    gpu.close();
  });
});

test("a driver with less memory than it says refuses what runs after it, and all else goes on", async () => {
  const gpu = await new Counted().open(undefined, 4 * 2 ** 20);
  const total = new Variable(tensor([1, 2]));
  const step = compile(
    (x: Tensor) => {
      total.assign(total.value.add(x));
      return total.value.mul(2);
    },
    { backend: gpu },
  );
  const first = step(tensor([1, 1]));
  const given = new Float32Array([10, 10]);
  const own = new Variable(tensor([5, 5]));
  const large = compile(
    (x: Tensor, rows: Tensor) => {
      total.assign(total.value.add(100));
      own.assign(own.value.add(x));
      const product = rows.matmul(uniform([1, 1000], { seed: 1 }));
      return product.sub(product.max([0], { keepDims: true }));
    },
    { backend: gpu },
  );
  // The lack of memory is known only later, so both calls and the step after them are submitted.
  const column = uniform([1000, 1], { seed: 2 });
  const refused = [large(tensor(given), column), large(tensor([1, 1]), column)];
  const behind = step(tensor([7, 7]));
  given.fill(0);
  const message = /webgpu: expected values of at most \d+ bytes together, got \d+ bytes/;
  for (const each of [...refused, behind]) await expect(each.read()).rejects.toThrow(message);
  expect((await first.read()).toArray()).toEqual([4, 6]);
  expect((await total.value.read()).toArray()).toEqual([2, 3]);
  expect((await own.value.read()).toArray()).toEqual([5, 5]);
  // From now on the program throws at once, and others go on.
  expect(() => large(tensor([1, 1]), column)).toThrow(message);
  expect((await step(tensor([1, 1])).read()).toArray()).toEqual([6, 8]);
  own.assign(tensor([1, 1]));
  const small = compile(
    (x: Tensor) => own.value.mul(x).add(uniform([300_000], { seed: 3 }).max()),
    {
      backend: gpu,
    },
  );
  expect((await small(tensor([0, 0])).read()).max().item()).toBeGreaterThan(0.99);
  gpu.close();
});
