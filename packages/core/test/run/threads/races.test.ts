/**
 * The law of races: no two partitions of a job access a byte that one of them writes, whatever threads run them. It
 * holds for the shipped phases, with all calls divided, and for random phases.
 */

import { requireWebAssembly } from "@graddiff/wasm-kernel";
import { afterAll, describe, expect, test } from "vitest";
import { type Address, isScratch } from "../../../src/graph/call.ts";
import { setRunner, type Tensor } from "../../../src/index.ts";
import { qr } from "../../../src/linalg.ts";
import type { ProgramCall } from "../../../src/run/program/calls/call.ts";
import type { Program } from "../../../src/run/program/program.ts";
import { ThreadsOf } from "../../../src/run/threads/divided.ts";
import { MemoryRun } from "../../../src/run/wasm/memory/memory.ts";
import {
  replaceWorkspace,
  sharedWorkspace,
  type Threads,
  workspaceOfOne,
} from "../../../src/run/wasm/memory/workspace.ts";
import { blockCases } from "../../support/blocks.ts";
import {
  type Application,
  of,
  programFor,
  programs,
  randomFunctions,
  refusals,
  sampledOps,
} from "../../support/dividedPrograms.ts";
import { drawnPool, drawnThreads } from "../../support/division.ts";
import { expectSameBits } from "../../support/opChecks.ts";
import { type Race, RaceRecorder, WatchedThreads, watching } from "../../support/races.ts";
import { chooser } from "../../support/randomFunctions.ts";
import { recordAccesses, withRecords } from "../../support/recordedWasm.ts";
import { numbersTo, sampled, seedsTo, WHOLE } from "../../support/sampling.ts";
import { stackCases } from "../../support/stacks.ts";

const recorder = new RaceRecorder();
/** WebAssembly before it is instrumented. */
const plain = requireWebAssembly();
recordAccesses(recorder);
setRunner("wasm");

const EVERYTHING = { program: 0, op: 0, call: 0, partition: 0 };
const choose = chooser(62);
const space = sharedWorkspace(() => {});
const pool = drawnPool(space, 4, choose, watching(recorder));
/** Threads with the shipped phases, and threads with random phases. */
const shipped = new WatchedThreads(new ThreadsOf(pool, EVERYTHING), recorder);
const drawn = new WatchedThreads(drawnThreads(pool, choose), recorder);
const alone = workspaceOfOne();

afterAll(() => replaceWorkspace(workspaceOfOne()));

interface Ran {
  readonly races: readonly Race[];
  readonly results: readonly Tensor[] | string;
}

/** Runs a program, and records the races of its threads. */
function watched(program: Program, inputs: readonly Tensor[], threads: Threads): Ran {
  space.threads = threads;
  recorder.races.length = 0;
  const run = new MemoryRun(program, space);
  try {
    const results = run.run(inputs);
    for (const result of results) result.toArray();
    return { races: [...recorder.races], results };
  } catch (error) {
    return { races: [...recorder.races], results: String(error) };
  } finally {
    run.release();
  }
}

/** Expects no race, and the same bits or error as on one thread. */
function expectNone({ name, fn, inputs }: Application): void {
  const program = programFor(fn, inputs);
  const whole = new MemoryRun(program, alone);
  let expected: readonly Tensor[] | string;
  try {
    expected = whole.run(inputs);
    for (const own of expected) own.toArray();
  } catch (error) {
    expected = String(error);
  }
  whole.release();
  for (const threads of [shipped, drawn]) {
    const { races, results } = watched(program, inputs, threads);
    expect(races, name).toEqual([]);
    if (typeof results === "string" || typeof expected === "string") {
      // Random phases may report another one of several errors.
      if (threads === shipped) expect(results, name).toBe(expected);
      else expect(typeof results, name).toBe(typeof expected);
      continue;
    }
    results.forEach((result, i) => {
      expectSameBits(result, (expected as readonly Tensor[])[i] as Tensor);
    });
  }
}

test("partitions of the ops of the table have no race", () => {
  for (const own of sampledOps(WHOLE ? 1 : 8, 1)) expectNone(own);
  expect(shipped.divided).toBeGreaterThan(40);
});

test("nor have those of random functions and of their gradients", () => {
  for (const own of randomFunctions(sampled(seedsTo(400), 50))) expectNone(own);
});

test("nor have those of long arrays, bodies and what may refuse something", () => {
  for (const [name, [fn, inputs]] of Object.entries(programs)) expectNone({ name, fn, inputs });
  for (const inputs of refusals.cases) expectNone({ name: "refusals", fn: refusals.fn, inputs });
});

/** Stacks of two or five matrices, since more matrices only take longer. */
const fewMatrices = stackCases.filter(({ rows, stack }) =>
  rows === 33 ? stack === 5 : [65, 129].includes(rows) && stack === 2,
);

test("nor have those of stacks of matrices around the blocks of all factorisations", () => {
  for (const { name, fn, matrices } of sampled(fewMatrices, 9)) {
    expectNone({ name, fn: (a) => fn(a as Tensor), inputs: [matrices()] });
  }
});

test("nor have those of products and convolutions around their blocks", () => {
  // Gradients of products are left out, since they are products; float64 has the same blocks.
  const some = blockCases.filter(({ name }) => /^(?!gradients of a product).*float32$/.test(name));
  for (const own of sampled(some, 9)) expectNone(own);
});

test("nor have those of ops that are computed at once", () => {
  space.threads = shipped;
  replaceWorkspace(space);
  const before = shipped.divided;
  recorder.races.length = 0;
  for (const [fn, inputs] of Object.values(programs)) fn(...inputs);
  const blocked = fewMatrices.filter(({ rows }) => rows === 33);
  for (const { fn, matrices } of sampled(blocked, 6, 1)) fn(matrices());
  expect(recorder.races).toEqual([]);
  expect(shipped.divided - before).toBeGreaterThan(10);
});

test("the record has every byte that jobs change", () => {
  let before = new Uint8Array();
  let jobs = 0;
  const watch = watching(recorder);
  const own = drawnPool(space, 4, choose, (job, partition, thread) => {
    const { buffer } = space.host.memory;
    if (partition !== undefined) {
      if (before.length === 0) before = new Uint8Array(buffer).slice();
      watch(job, partition, thread);
      return;
    }
    const after = new Uint8Array(buffer);
    for (let address = 0; address < after.length; address++) {
      // A plain condition is used, since one expectation per byte would take minutes.
      if (after[address] !== before[address] && !recorder.hasWritten(address)) {
        expect.fail(`byte ${address} has changed`);
      }
    }
    before = new Uint8Array();
    jobs++;
    watch(job, partition, thread);
  });
  const threads = new WatchedThreads(new ThreadsOf(own, EVERYTHING), recorder);
  for (const name of [
    "products and reductions",
    "sums of a few long rows",
    "factors of matrices",
  ]) {
    const [fn, inputs] = programs[name] ?? [];
    if (fn === undefined || inputs === undefined) throw new Error("each name has a program");
    expect(watched(programFor(fn, inputs), inputs, threads).races).toEqual([]);
  }
  expect(jobs).toBeGreaterThan(5);
});

describe("the record of", () => {
  /**
   * Returns the accesses that a function of some instructions reports. Its module has one page of memory, and locals
   * for a number and a vector.
   */
  function touchedBy(...code: number[]): string[] {
    const body = [2, 1, 0x7f, 1, 0x7b, ...code, 0x0b];
    const bytes = Uint8Array.of(
      ...[0, 97, 115, 109, 1, 0, 0, 0],
      ...[1, 4, 1, 0x60, 0, 0],
      ...[2, 15, 1, 3, 101, 110, 118, 6, 109, 101, 109, 111, 114, 121, 2, 0, 1],
      ...[3, 2, 1, 0],
      ...[7, 7, 1, 3, 114, 117, 110, 0, 0],
      ...[10, body.length + 2, 1, body.length, ...body],
    );
    const list: string[] = [];
    const note = (what: string) => (address: number, offset: number, count: number) => {
      list.push(`${what} ${address + offset}..${address + offset + count}`);
      return address;
    };
    const module = new plain.Module(withRecords(bytes));
    const memory = new plain.Memory({ initial: 1 });
    const imports = { env: { memory }, recorder: { read: note("read"), write: note("write") } };
    const { run } = new plain.Instance(module, imports).exports as { run(): void };
    run();
    return list;
  }

  test.each<[string, readonly number[], readonly string[]]>([
    ["i32.load", [0x41, 8, 0x28, 2, 4, 0x1a], ["read 12..16"]],
    ["i64.load8_s", [0x41, 8, 0x30, 0, 3, 0x1a], ["read 11..12"]],
    ["i64.load32_u", [0x41, 8, 0x35, 2, 0, 0x1a], ["read 8..12"]],
    ["f64.load", [0x41, 8, 0x2b, 3, 0, 0x1a], ["read 8..16"]],
    ["i32.store16", [0x41, 8, 0x41, 1, 0x3b, 1, 2], ["write 10..12"]],
    ["f64.store", [0x41, 8, 0x44, 0, 0, 0, 0, 0, 0, 0, 0, 0x39, 3, 0], ["write 8..16"]],
    ["v128.load", [0x41, 16, 0xfd, 0, 4, 0, 0x1a], ["read 16..32"]],
    ["v128.load16_splat", [0x41, 16, 0xfd, 8, 1, 0, 0x1a], ["read 16..18"]],
    ["v128.load64_zero", [0x41, 16, 0xfd, 93, 3, 0, 0x1a], ["read 16..24"]],
    ["v128.load32_lane", [0x41, 16, 0x20, 1, 0xfd, 86, 2, 0, 1, 0x1a], ["read 16..20"]],
    ["v128.store", [0x41, 16, 0x20, 1, 0xfd, 11, 4, 0], ["write 16..32"]],
    ["v128.store64_lane", [0x41, 16, 0x20, 1, 0xfd, 91, 3, 8, 1], ["write 24..32"]],
    ["memory.copy", [0x41, 40, 0x41, 8, 0x41, 24, 0xfc, 10, 0, 0], ["write 40..64", "read 8..32"]],
    ["memory.fill", [0x41, 40, 0x41, 0, 0x41, 5, 0xfc, 11, 0], ["write 40..45"]],
    ["no memory", [0x41, 8, 0x21, 0, 0x20, 0, 0x1a], []],
  ])("%s", (_name, code, expected) => {
    expect(touchedBy(...code)).toEqual(expected);
  });
});

/** Returns a program with some of its calls replaced. */
function changed(program: Program, change: (call: ProgramCall) => ProgramCall): Program {
  const calls = program.calls.map(change);
  expect(calls).not.toEqual(program.calls);
  return { ...program, calls };
}

describe("planted, it is found that", () => {
  const matrices = of([5, 65, 65], 1);
  const factors = programFor((a) => [qr(a as Tensor).r], [matrices]);

  test.each([0, 1])("scratch address %i of a call does not move with the thread", (which) => {
    const planted = changed(factors, (call) => {
      const scratch = call.arguments.flatMap((own, i) => (isScratch(own) ? [i] : []));
      const stays = scratch[which];
      return {
        ...call,
        arguments: call.arguments.map((own, i) =>
          i === stays ? { ...(own as Address), access: "write" } : own,
        ),
      };
    });
    // The race does not show in every random order, so several orders are tried.
    const races = numbersTo(8).flatMap(() => watched(planted, [matrices], shipped).races);
    expect(races).not.toEqual([]);
  });

  const x = of([300, 200], 2);

  test("partitions write over the rows of others", () => {
    const product = programFor((a) => [(a as Tensor).transpose().matmul(a as Tensor)], [x]);
    const { races } = watched(
      changed(product, (call) => {
        if (typeof call.splits !== "object") return call;
        const output = call.arguments.findIndex(
          (own) => typeof own === "object" && own.access === "write",
        );
        const splits = call.splits.map((split) => ({
          ...split,
          steps: split.steps.map((step, i) => (i === output ? step / 2 : step)),
        }));
        return { ...call, splits };
      }),
      [x],
      shipped,
    );
    expect(races[0]?.accesses).toEqual(["writes", "has written"]);
  });

  test("a call reads what another one of its phase writes", () => {
    const sums = programFor((a) => [(a as Tensor).matmul((a as Tensor).exp().transpose())], [x]);
    const { races } = watched(
      // Arguments that are read get a length of no bytes, so that no call waits for another.
      changed(sums, (call) => ({
        ...call,
        arguments: call.arguments.map((own) =>
          typeof own === "object" && own.access === "read" ? { ...own, bytes: 0 } : own,
        ),
      })),
      [x],
      shipped,
    );
    expect([
      ["reads", "has written"],
      ["writes", "has read"],
    ]).toContainEqual(races[0]?.accesses);
  });
});
