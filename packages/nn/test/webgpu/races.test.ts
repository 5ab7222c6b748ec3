/**
 * The law of races on a GPU: no two workgroups of a dispatch access a word that one of them writes. It holds for single
 * shaders, and for several that are joined into one dispatch.
 */

import { ArgumentError, compile, relu, type Tensor, uniform } from "@graddiff/core";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Address } from "../../../core/src/graph/call.ts";
import type { ProgramCall } from "../../../core/src/run/program/calls/call.ts";
import { DispatchWriter } from "../../../core/src/run/webgpu/dispatches.ts";
import { supportOf } from "../../../core/src/run/webgpu/target.ts";
import { of, programs, sampledOps } from "../../../core/test/support/dividedPrograms.ts";
import { sampled, WHOLE } from "../../../core/test/support/sampling.ts";
import { registeredOps } from "../../../core/test/support/table.ts";
import { openRecorded } from "../../../core/test/webgpu/races.ts";
import {
  Adam,
  BatchNorm,
  Conv2d,
  crossEntropy,
  Dense,
  Embedding,
  Flatten,
  GRU,
  Sequential,
  TransformerBlock,
  trainingStep,
} from "../../src/index.ts";

const { gpu, races, compared } = await openRecorded({ exact: true });

afterEach(() => vi.restoreAllMocks());

type Fn = (...inputs: Tensor[]) => readonly Tensor[];

/** Runs a function. @returns false if WebGPU refuses it. */
async function ran(fn: Fn, inputs: readonly Tensor[]): Promise<boolean> {
  try {
    await gpu.read(compile((...given: Tensor[]) => [...fn(...given)], { backend: gpu })(...inputs));
    return true;
  } catch (error) {
    if (error instanceof ArgumentError && /WebGPU|float64/.test(error.message)) return false;
    throw error;
  }
}

interface Applied {
  readonly fn: Fn;
  readonly inputs: readonly Tensor[];
}

/**
 * Runs applications as one program with joined shaders. If it is refused, each half is tried, so refused applications
 * are left out.
 *
 * @returns the number of applications that ran.
 */
async function ranTogether(all: readonly Applied[]): Promise<number> {
  if (all.length === 0) return 0;
  const fn: Fn = (...given) => {
    let next = 0;
    return all.flatMap((own) => {
      const inputs = given.slice(next, next + own.inputs.length);
      next += own.inputs.length;
      return own.fn(...inputs);
    });
  };
  const inputs = all.flatMap((own) => own.inputs);
  if (await ran(fn, inputs)) return all.length;
  if (all.length === 1) return 0;
  const half = Math.ceil(all.length / 2);
  return (await ranTogether(all.slice(0, half))) + (await ranTogether(all.slice(half)));
}

/** The most ops of a program. */
const MANY = 4;

/**
 * Returns lists of applications with different sizes. Applications of equal size would be joined into one loop, and the
 * time in which software drivers compile a shader grows faster than its length.
 */
function listsOf(all: readonly Applied[]): Applied[][] {
  const lists: Applied[][] = [];
  const size = ({ inputs }: Applied) => Math.max(0, ...inputs.map((own) => own.size));
  for (const own of all) {
    const list = lists.find(
      (some) => some.length < MANY && some.every((other) => size(other) !== size(own)),
    );
    if (list === undefined) lists.push([own]);
    else list.push(own);
  }
  return lists;
}

test("ops of the table, many in a program, have no race", async () => {
  const isSupported = new Map(registeredOps().map((op) => [op.name, supportOf(op) !== "refused"]));
  const some = [...sampledOps(16, 0)].filter(
    ({ name, inputs }, i) =>
      (!WHOLE || i % 16 === 0) &&
      isSupported.get(name.replace(/ of \w+$/, "")) &&
      inputs.every(({ dtype }) => dtype !== "float64"),
  );
  let count = 0;
  for (const list of listsOf(some)) count += await ranTogether(list);
  expect(count).toBeGreaterThan(some.length / 2);
  expect(compared()).toBeGreaterThan(5);
  expect(await races()).toBeUndefined();
});

test.each(sampled(Object.keys(programs), 5))("nor has a program of %s", async (name) => {
  const [fn, inputs] = programs[name] ?? [];
  if (fn === undefined || inputs === undefined) throw new Error("each name has a program");
  const before = compared();
  if (await ran(fn, inputs)) expect(compared()).toBeGreaterThan(before);
  expect(await races()).toBeUndefined();
});

const integers = (most: number, ...shape: number[]) =>
  uniform(shape, { seed: 3, high: most }).floor().cast("int32");

interface Batch {
  readonly x: Tensor;
  readonly y: Tensor;
}

const models: Readonly<Record<string, () => readonly [Sequential, Batch]>> = {
  "dense layers": () => [
    new Sequential(new Dense(78, 128), relu, new Dense(128, 10), { seed: 1 }),
    { x: uniform([32, 78], { seed: 3 }), y: integers(10, 32) },
  ],
  "a convolution and a batch norm": () => [
    new Sequential(new Conv2d(3, 8, 3), new BatchNorm(8), relu, new Flatten(), new Dense(288, 10), {
      seed: 1,
    }),
    { x: uniform([16, 3, 8, 8], { seed: 3 }), y: integers(10, 16) },
  ],
  "a transformer": () => [
    new Sequential(new Embedding(50, 32), new TransformerBlock(32, 4), new Dense(32, 50), {
      seed: 1,
    }),
    { x: integers(50, 4, 16), y: integers(50, 4, 16) },
  ],
  "a recurrent layer": () => [
    new Sequential(...[new GRU(6, 20, { output: "last" }), new Dense(20, 10)], { seed: 1 }),
    { x: uniform([6, 4, 6], { seed: 3 }), y: integers(10, 6) },
  ],
};

test.each(sampled(Object.keys(models), 2))("nor have steps that train %s", async (name) => {
  const [model, batch] = models[name]?.() ?? [];
  if (model === undefined || batch === undefined) throw new Error("each name has a model");
  model.train();
  const loss = (own: Sequential, { x, y }: Batch) => {
    const scores = own.forward(x);
    return crossEntropy(scores.reshape([-1, scores.shape.at(-1) as number]), y.reshape([-1]));
  };
  const step = trainingStep(model, loss, new Adam(model, { learningRate: 0.01 }), { backend: gpu });
  const before = compared();
  for (let i = 0; i < 2; i++) step(batch);
  await gpu.read(model);
  expect(compared() - before).toBeGreaterThan(10);
  expect(await races()).toBeUndefined();
});

/** Makes the dispatches of all programs from changed calls. */
function change(own: (call: ProgramCall) => ProgramCall): void {
  const { of: write } = DispatchWriter.prototype;
  vi.spyOn(DispatchWriter.prototype, "of").mockImplementation(function (
    this: DispatchWriter,
    calls,
  ) {
    return write.call(this, calls.map(own));
  });
}

/** Returns a call with some of its addresses changed. */
const withAddresses = (call: ProgramCall, own: (address: Address) => Address): ProgramCall => ({
  ...call,
  arguments: call.arguments.map((each) => (typeof each === "object" ? own(each) : each)),
});

describe("planted, it is found that", () => {
  const [a, b] = [of([70, 70], 1), of([70, 70], 2)];
  const products: Fn = (x, y) => {
    const first = (x as Tensor).matmul(y as Tensor);
    return [first, first.matmul(y as Tensor)];
  };

  test("two products are joined of which one reads the other", async () => {
    const before = compared();
    expect(await ran(products, [a, b])).toBe(true);
    expect(await races()).toBeUndefined();
    expect(compared() - before).toBe(2);
    // Arguments that are read get a length of no bytes, so that no dispatch waits for another.
    change((call) =>
      withAddresses(call, (own) => (own.access === "read" ? { ...own, bytes: 0 } : own)),
    );
    expect(await ran(products, [a, b])).toBe(true);
    expect(compared() - before).toBe(3);
    expect((await races())?.words).toBeGreaterThan(1000);
  });

  test("loops that are joined write the same words", async () => {
    const two: Fn = (x, y) => [(x as Tensor).exp(), (y as Tensor).flip(0).mul(2)];
    change((call) =>
      withAddresses(call, (own) =>
        own.access === "write" ? { ...own, offset: 0, within: 0, bytes: 0 } : own,
      ),
    );
    await ran(two, [a, of([60, 90], 3)]);
    expect((await races())?.words).toBeGreaterThan(1000);
  });
});
