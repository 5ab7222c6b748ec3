/** The memory of a program: the table and the picture show the values of its plan. */

import {
  ArgumentError,
  compile,
  drawMemory,
  grad,
  type PlacedValue,
  type ProgramMemory,
  Relu,
  scan,
  setMemoryLimit,
  type Tensor,
  uniform,
  valueAndGrad,
  zeros,
} from "@graddiff/core";
import { afterEach, describe, expect, test, vi } from "vitest";
import { expectSameBits } from "../../../core/test/support/opChecks.ts";
import { inputsOf, randomFunction } from "../../../core/test/support/randomFunctions.ts";
import { expectWellFormed } from "../../../core/test/support/xml.ts";
import {
  Conv2d,
  crossEntropy,
  Dense,
  Flatten,
  LSTM,
  MaxPool2d,
  Sequential,
  SGD,
} from "../../src/index.ts";

afterEach(() => setMemoryLimit(2 ** 31));

const model = new Sequential(
  new Dense(30, 20, { seed: 1 }),
  new Relu(),
  new Dense(20, 4, { seed: 2 }),
);
const optimizer = new SGD(model, { learningRate: 0.1, momentum: 0.9 });
const step = compile((x: Tensor, y: Tensor) =>
  optimizer.minimize(() => crossEntropy(model.forward(x), y)),
);
const x = uniform([64, 30], { seed: 3 });
const y = uniform([64], { seed: 4, high: 4, dtype: "float64" }).cast("int32");
const memoryOfStep = () => step.program(x, y).memory();

const overlap = (a: PlacedValue, b: PlacedValue) =>
  a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes;

/**
 * Expects no two values to share memory while both are alive, except where a step reads the first one for the last
 * time.
 */
function expectApart({
  values,
  scratchBytes,
  persistentBytes,
  variableBytes,
}: ProgramMemory): void {
  const sizes = { scratch: scratchBytes, persistent: persistentBytes, variable: variableBytes };
  for (const value of values) {
    expect(value.offset + value.bytes).toBeLessThanOrEqual(sizes[value.region]);
    expect(value.from).toBeLessThanOrEqual(value.to);
  }
  const scratch = values.filter(({ region }) => region === "scratch");
  for (const a of scratch) {
    for (const b of scratch) {
      const together = a.id < b.id && a.from < b.to && b.from < a.to;
      if (together && overlap(a, b)) expect.fail(`%${a.id} and %${b.id} overlap`);
    }
  }
}

test("says where values stand and when", () => {
  const { values, steps, scratchBytes, workBytes, persistentBytes, variableBytes, peak } =
    memoryOfStep();
  const first = steps.indexOf("matmul [64, 20]");
  // The Variables are weights, biases, and the momentum of each.
  expect(variableBytes).toBe(2 * 4 * (30 * 20 + 20 + 20 * 4 + 4));
  const sizes = step.program(x, y).describe().split("flops in ")[1]?.split(", values")[0];
  const grouped = (bytes: number) => bytes.toLocaleString("en-US");
  const own = persistentBytes > 0 ? `, ${grouped(persistentBytes)} persistent` : "";
  expect(sizes).toBe(
    `${grouped(scratchBytes)} bytes, ${grouped(workBytes)} for calls${own}, buffers of 8 Variables`,
  );
  const product = values.find(({ what }) => what === "matmul [64, 20]");
  expect(product).toMatchObject({ from: first, bytes: 5120, dtype: "float32", shape: [64, 20] });
  expect(peak.bytes).toBeLessThanOrEqual(scratchBytes);
  expect(values.filter(({ from }) => from < 0).map(({ what }) => what)).toContain(
    "Variable [30, 20]",
  );
});

test("no two values are in the same bytes at a time, in random programs", () => {
  expectApart(memoryOfStep());
  for (let seed = 0; seed < 60; seed++) {
    const inputs = inputsOf(seed, "float32");
    const memory = compile(grad(randomFunction(seed)))
      .program(...inputs)
      .memory();
    expectApart(memory);
    expect(memory.peak.bytes).toBeLessThanOrEqual(memory.scratchBytes);
  }
});

test("the peak counts each byte once", () => {
  const { values, peak, steps } = memoryOfStep();
  const bytesAt = (time: number) => {
    const used = new Set<number>();
    for (const { region, offset, bytes, from, to } of values) {
      if (region !== "scratch" || from > time || to < time) continue;
      for (let byte = 0; byte < bytes; byte++) used.add(offset + byte);
    }
    return used.size;
  };
  const all = steps.map((_, i) => bytesAt(i));
  expect(peak.bytes).toBe(Math.max(...all));
  expect(peak.step).toBe(all.indexOf(peak.bytes));
});

test("the table has the largest first, and all bytes", () => {
  const memory = memoryOfStep();
  const lines = String(memory).split("\n");
  expect(lines[0]?.trim().split(/ {2,}/)).toEqual(["bytes", "where", "steps", "what"]);
  const rows = lines.slice(1, -2).map((line) => line.trim().split(/ {2,}/));
  const bytes = rows.map(([cell]) => Number(cell?.replaceAll(",", "")));
  const total = memory.values.reduce((sum, value) => sum + value.bytes, 0);
  expect(bytes.reduce((sum, each) => sum + each, 0)).toBe(total);
  const told = bytes.slice(0, -1);
  expect(told).toEqual([...told].sort((a, b) => b - a));
  for (const [, where, steps, what] of rows.slice(0, -1)) {
    const id = Number(/^%(\d+) /.exec(what ?? "")?.[1]);
    const value = memory.values.find((each) => each.id === id) as PlacedValue;
    expect(where).toBe(`${value.region} + ${value.offset.toLocaleString("en-US")}`);
    const start = value.from < 0 ? "start" : String(value.from);
    const end = value.to === memory.steps.length ? "end" : String(value.to);
    expect(steps).toBe(start === end ? start : `${start}–${end}`);
  }
  const { bytes: most, step: when } = memory.peak;
  expect(lines.at(-2)).toBe(
    `most at once: ${most.toLocaleString("en-US")} bytes of scratch memory at step ${when}, ${memory.steps[when]}`,
  );
});

describe("the picture", () => {
  const attribute = (element: string, name: string) =>
    Number(new RegExp(` ${name}="([^"]*)"`).exec(element)?.[1]);

  test.each([{}, { width: 320, theme: "dark" }] as const)(
    "has a box for each value, at the addresses and steps of the axes %o",
    (options) => {
      const memory = memoryOfStep();
      const svg = drawMemory(step.program(x, y), options);
      expectWellFormed(svg);
      const regions = svg.split('<g class="region">').slice(1);
      expect(regions).toHaveLength(3);
      const steps = [...svg.matchAll(/<text class="tick" data-step[^>]*>/g)].map(([text]) => text);
      const [first = "", second = ""] = steps;
      const perStep =
        (attribute(second, "x") - attribute(first, "x")) /
        (attribute(second, "data-step") - attribute(first, "data-step"));
      const startOf = (step: number) =>
        attribute(first, "x") + (step - attribute(first, "data-step") - 0.5) * perStep;
      let count = 0;
      regions.forEach((region, i) => {
        const ticks = [...region.matchAll(/<text class="tick" data-bytes[^>]*>/g)].map(([t]) => t);
        const boxes = [...region.matchAll(/<g class="(?:computed|input)"[^>]*>.*?<rect[^>]*>/g)];
        const [low = "", high = ""] = [ticks[0], ticks.at(-1)];
        for (const [box] of boxes) {
          const rect = box.slice(box.indexOf("<rect"));
          const [from, to] = [attribute(box, "data-from"), attribute(box, "data-to")];
          expect(Math.abs(attribute(rect, "x") - startOf(from))).toBeLessThan(0.1);
          const right = attribute(rect, "x") + attribute(rect, "width");
          const ends = [startOf(to), startOf(to + 1)];
          expect(Math.min(...ends.map((end) => Math.abs(end - right)))).toBeLessThan(0.1);
          if (ticks.length < 2) continue;
          const perByte =
            (attribute(low, "y") - attribute(high, "y")) / attribute(high, "data-bytes");
          const [offset, bytes] = [attribute(box, "data-offset"), attribute(box, "data-bytes")];
          expect(Math.abs(attribute(rect, "height") - bytes * perByte)).toBeLessThan(0.1);
          const below = attribute(rect, "y") + attribute(rect, "height");
          expect(Math.abs(attribute(low, "y") - below - offset * perByte)).toBeLessThan(0.1);
        }
        const name = (["scratch", "persistent", "variable"] as const)[i];
        expect(boxes).toHaveLength(memory.values.filter((value) => value.region === name).length);
        count += boxes.length;
      });
      expect(count).toBe(memory.values.length);
    },
  );

  test("refuses other options, and of a program without values has none", () => {
    expect(() => drawMemory(step.program(x, y), { width: 100 })).toThrow(
      /^drawMemory: width: expected a number of at least 260/,
    );
    expect(() => drawMemory(memoryOfStep() as never)).toThrow(
      /^drawMemory: program: expected a program, as step.program\(…arguments\) gives it/,
    );
    const nothing = compile((x: Tensor) => x).program(x);
    expectWellFormed(drawMemory(nothing));
    expect(String(nothing.memory())).toContain("0 bytes of scratch memory");
  });
});

test("what is made of arguments waits for its first reader", () => {
  const fn = compile((x: Tensor, w: Tensor) => {
    const turned = x.transpose([1, 0, 2]).reshape([40, 300]);
    let y = w;
    for (let i = 0; i < 4; i++) y = y.matmul(w).tanh();
    return turned.matmul(y);
  });
  const { values } = fn
    .program(uniform([30, 40, 10], { seed: 1 }), uniform([300, 300], { seed: 2 }))
    .memory();
  const copies = values.filter(({ what }) => /^(transpose|reshape) /.test(what));
  expect(copies.map(({ from, to }) => to - from)).toEqual([1]);
});

test("rows of a loop that nothing reads, or twice, take no memory", () => {
  const rows = uniform([50, 40], { seed: 1 });
  const fn = (xs: Tensor) => {
    const [last, ys] = scan(
      (sum: Tensor, x: Tensor) => {
        const next = sum.add(x);
        return [next, { read: next.tanh(), unread: next.exp(), same: next.tanh(), other: x }];
      },
      zeros([40]),
      xs,
    );
    return { last, read: ys.read.add(ys.same), other: ys.other.sum() };
  };
  const compiled = compile(fn);
  const [got, expected] = [compiled(rows), fn(rows)];
  expectSameBits(got.last, expected.last);
  expectSameBits(got.read, expected.read);
  expectSameBits(got.other, expected.other);
  const returned = (text: string) => {
    const simplified = text.split("simplified:")[1] ?? "";
    return [...simplified.matchAll(/return (.*)/g)].map(([, ids = ""]) => ids.split(" "));
  };
  // The body returns the carry and two kinds of rows.
  expect(returned(compiled.program(rows).stages())[0]).toHaveLength(3);
  // The derivative of a layer saves values of the loop. The derivative of the loss differentiates it, and saves the
  // same values only once.
  const lstm = new LSTM(8, 8, { seed: 1 });
  const loss = (x: Tensor) => lstm.forward(x).output.square().mean();
  const { variables } = lstm;
  const step = compile((x: Tensor) => valueAndGrad(loss, { variables })(x).gradient);
  const [forward = []] = returned(step.program(uniform([3, 5, 8], { seed: 2 })).stages());
  const saved = forward.slice(2);
  expect(saved.length).toBeGreaterThan(5);
  expect(new Set(saved).size).toBe(saved.length);
});

test("a step of LeNet takes little more memory than its activations", () => {
  const net = new Sequential(
    new Conv2d(1, 6, 5, { seed: 1 }),
    new Relu(),
    new MaxPool2d(2),
    new Conv2d(6, 16, 5, { seed: 2 }),
    new Relu(),
    new MaxPool2d(2),
    new Flatten(),
    new Dense(256, 10, { seed: 3 }),
  );
  const sgd = new SGD(net, { learningRate: 0.1 });
  const train = compile((x: Tensor, y: Tensor) =>
    sgd.minimize(() => crossEntropy(net.forward(x), y)),
  );
  const images = uniform([32, 1, 28, 28], { seed: 4 });
  const classes = uniform([32], { seed: 5, high: 10 }).cast("int32");
  const { scratchBytes, values } = train.program(images, classes).memory();
  const activations = 6 * 24 * 24 + 6 * 12 * 12 + 16 * 8 * 8 + 16 * 4 * 4 + 10;
  expect(scratchBytes / (4 * 32 * activations)).toBeLessThan(1.7);
  // No op after the gradient of the pools may fail, as the pools found its indices themselves. So the new weights
  // overwrite the old ones at once, without a value in scratch memory.
  const updates = values.filter(
    ({ what, region }) => region === "scratch" && what === "sub [256, 10]",
  );
  expect(updates).toEqual([]);
});

test("shows what a program would need that needs too much", () => {
  const large = compile((x: Tensor) => x.matmul(x.transpose()).tanh().sum());
  const input = uniform([600, 600], { seed: 1 });
  const { scratchBytes, values } = large.program(input).memory();
  const other = compile((x: Tensor) => x.matmul(x.transpose()).tanh().sum());
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  setMemoryLimit(2 ** 20);
  other(input);
  const shown = other.program(input).memory();
  // The message names neither the transpose nor the sum. The product reads its factors in place, and the sum takes next
  // to no memory.
  expect(warn.mock.lastCall?.[0]).toMatch(/Its largest values are matmul \[600, 600\] of 2 MiB\. /);
  warn.mockRestore();
  expect(shown.scratchBytes).toBe(scratchBytes);
  expect(shown.values).toEqual(values);
});

test("refuses programs in JavaScript", () => {
  const compiled = compile((x: Tensor) => x.mul(2).sum(), { backend: "js" });
  expect(() => compiled.program(x).memory()).toThrow(ArgumentError);
  expect(() => compiled.program(x).memory()).toThrow(
    /memory: program: expected a program in WebAssembly's memory, got 2 ops of .*backend js/,
  );
});
