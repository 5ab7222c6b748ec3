/**
 * Batches of data in memory: trees of tensors, and arrays of examples.
 */

import * as gd from "@graddiff/core";
import { describe, expect, expectTypeOf, test } from "vitest";
import { messageOf, wrong } from "../../../core/test/misuse/support.ts";
import fc from "../../../core/test/support/properties.ts";
import * as nn from "../../src/index.ts";

/** The kinds of data, each with the examples 0, 1, … */
const kinds = {
  tree: (count: number) => ({
    id: gd.arange(count),
    row: gd.arange(2 * count).reshape([count, 2]),
  }),
  array: (count: number) =>
    Array.from({ length: count }, (_, i) => ({ id: i, row: Float32Array.of(2 * i, 2 * i + 1) })),
} as const;

type Kind = keyof typeof kinds;
const anyKind = fc.constantFrom<Kind>("tree", "array");

interface Batch {
  readonly id: gd.Tensor;
  readonly row: gd.Tensor;
}

interface Setting {
  readonly size: number;
  readonly shuffle?: boolean;
  readonly seed?: number;
  readonly last?: "keep" | "drop";
}

const make = (kind: Kind, count: number, setting: Setting): nn.Batches<Batch> =>
  kind === "tree"
    ? nn.batches(kinds.tree(count), setting)
    : nn.batches(kinds.array(count), setting);

const ids = ({ id }: Batch) => [...id.data()];
/** Returns the ids of the examples in each batch of a loop. */
const loop = (data: Iterable<Batch>) => Array.from(data, ids);

describe("an epoch", () => {
  test("has every example exactly once, for any size", () => {
    fc.assert(
      fc.property(
        anyKind,
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 40 }),
        fc.boolean(),
        fc.nat(),
        (kind, count, size, shuffle, seed) => {
          const data = make(kind, count, { size, shuffle, seed });
          const batches = loop(data);
          expect(batches.length).toBe(data.length);
          expect(batches.slice(0, -1).every(({ length }) => length === size)).toBe(true);
          expect(batches.flat().sort((a, b) => a - b)).toEqual(
            Array.from({ length: count }, (_, i) => i),
          );
        },
      ),
    );
  });

  test("keeps what belongs together", () => {
    for (const kind of ["tree", "array"] as const) {
      for (const { id, row } of make(kind, 7, { size: 3, shuffle: true, seed: 5 })) {
        expect(row.shape).toEqual([id.size, 2]);
        expect(row.toArray()).toEqual([...id.data()].map((i) => [2 * i, 2 * i + 1]));
      }
    }
  });

  test("in the order of the data copies nothing", () => {
    const x = gd.uniform([10, 3], { seed: 1 });
    const parts = [...nn.batches(x, { size: 4 })];
    expect(gd.concat(parts).toArray()).toEqual(x.toArray());
    const buffers = parts.map(({ storage }) => (storage as Float32Array).buffer);
    expect(new Set(buffers).size).toBe(1);
    // A batch may be the argument of a compiled function.
    const double = gd.compile((part: gd.Tensor) => part.mul(2));
    expect(parts.map((part) => double(part).toArray())).toEqual(
      parts.map((part) => part.mul(2).toArray()),
    );
  });

  test("leaves the last examples out with drop", () => {
    const data = make("tree", 7, { size: 3, last: "drop" });
    expect([data.length, data.examples]).toEqual([2, 7]);
    expect(loop(data)).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
  });

  test("of other seeds and of other epochs has another order, and of one seed the same one", () => {
    fc.assert(
      fc.property(anyKind, fc.nat(), (kind, seed) => {
        const setting = { size: 8, shuffle: true, seed };
        const data = make(kind, 50, setting);
        const [first, second] = [loop(data), loop(data)];
        expect(first).not.toEqual(second);
        const again = make(kind === "tree" ? "array" : "tree", 50, setting);
        expect([loop(again), loop(again)]).toEqual([first, second]);
        expect(loop(make(kind, 50, { ...setting, seed: seed + 1 }))).not.toEqual(first);
      }),
      { numRuns: 20 },
    );
  });

  test("has an order that nothing else draws from its seed", () => {
    const order = loop(make("tree", 40, { size: 40, shuffle: true, seed: 3 })).flat();
    const drawn = [
      gd.permutation(40, { seed: 3 }),
      gd.permutation(40, { seed: gd.splitSeed(3, 1).at(0) }),
    ];
    const [split] = nn.splitData({ row: gd.arange(40) }, [39 / 40, 1 / 40], { seed: 3 });
    const others = [...drawn, split?.row as gd.Tensor].map((each) => [...each.data()]);
    for (const other of others) expect(order.slice(0, 39)).not.toEqual(other.slice(0, 39));
  });

  test("can be padded, with a mask of what counts", () => {
    for (const shuffle of [false, true]) {
      const data = nn.batches(kinds.tree(7), { size: 3, last: "pad", shuffle, seed: 1 });
      const parts = [...data];
      expect(parts.map(({ batch }) => batch.row.shape)).toEqual([
        [3, 2],
        [3, 2],
        [3, 2],
      ]);
      expect(parts.map(({ mask }) => mask.toArray())).toEqual([
        [true, true, true],
        [true, true, true],
        [true, false, false],
      ]);
      const counted = parts.flatMap(({ batch, mask }) => [...gd.compress(batch.id, mask).data()]);
      expect(counted.sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
      const [a, b, c] = parts[2]?.batch.id.data() ?? [];
      expect([b, c]).toEqual([a, a]);
    }
    const [only] = nn.batches([{ id: 4 }, { id: 5 }], { size: 5, last: "pad" });
    expect(String(only?.batch.id)).toBe("[4. 5. 4. 5. 4.]");
  });

  test("of padded batches gives a loss the examples that count", () => {
    const x = gd.tensor([1, 2, 3, 4, 5]);
    const sums = Array.from(nn.batches(x, { size: 2, last: "pad" }), ({ batch, mask }) =>
      nn.meanSquaredError(batch, gd.zeros([2]), { mask, reduction: "sum" }).item(),
    );
    expect(sums).toEqual([5, 25, 25]);
  });
});

describe("the position", () => {
  test("resumes at any batch of any epoch to the same batches", () => {
    fc.assert(
      fc.property(
        anyKind,
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 8 }),
        fc.boolean(),
        fc.integer({ min: 0, max: 60 }),
        (kind, count, size, shuffle, steps) => {
          const setting = { size, shuffle, seed: 11 };
          const data = make(kind, count, setting);
          const seen: number[][] = [];
          let saved = gd.state(data);
          while (data.epoch < 3) {
            for (const batch of data) {
              seen.push(ids(batch));
              if (seen.length === steps) saved = gd.state(data);
            }
          }
          const resumed = make(kind, count, { ...setting, seed: 0 });
          gd.loadState(resumed, saved);
          const rest: number[][] = [];
          while (resumed.epoch < 3) rest.push(...loop(resumed));
          const all = seen.length;
          expect(rest).toEqual(seen.slice(steps <= all ? steps : 0));
        },
      ),
    );
  });

  test("counts what a loop has had, and goes on after a break", () => {
    const data = make("tree", 10, { size: 2 });
    const positions: [number, number][] = [];
    for (const _ of data) {
      positions.push([data.epoch, data.consumed]);
      if (data.consumed === 2) break;
    }
    expect([data.epoch, data.consumed]).toEqual([0, 2]);
    expect(loop(data)).toEqual([
      [4, 5],
      [6, 7],
      [8, 9],
    ]);
    expect(positions).toEqual([
      [0, 1],
      [0, 2],
    ]);
    expect([data.epoch, data.consumed]).toEqual([1, 0]);
    data.seek(4, 4);
    expect([loop(data), data.epoch]).toEqual([[[8, 9]], 5]);
    data.seek(0);
    expect(loop(data).length).toBe(5);
  });

  test("saved after the last batch leaves nothing of the epoch", () => {
    const data = make("tree", 4, { size: 2 });
    const states = Array.from(data, () => gd.state(data));
    gd.loadState(data, states[1] ?? {});
    expect([data.epoch, data.consumed, loop(data), data.epoch]).toEqual([0, 2, [], 1]);
  });

  test("is a part of the state of a training, and nothing that is trained", () => {
    const model = new nn.Dense(2, 1, { seed: 1 });
    const data = make("tree", 4, { size: 2, shuffle: true, seed: 2 ** 52 + 1 });
    const training = { model, data };
    expect(gd.variables(training).length).toBe(2);
    const saved = gd.fromMessage(gd.toMessage(gd.state(training)).message);
    expect(Object.keys((saved as Record<string, object>)["data"] ?? {})).toEqual(["state"]);
    gd.loadState(training, saved);
    expect(data.state.seed?.value.item()).toBe(2 ** 52 + 1);
  });

  test("makes an interrupted training end with the bits of a whole one", () => {
    const x = gd.normal([23, 3], { seed: 1 });
    const y = x.sum(1, { keepDims: true });
    const begin = () => {
      const model = new nn.Dense(3, 1, { seed: 2 });
      const optimizer = new nn.SGD(model.variables, { learningRate: 0.05, momentum: 0.9 });
      return { model, optimizer, data: nn.batches({ x, y }, { size: 4, shuffle: true, seed: 3 }) };
    };
    type Training = ReturnType<typeof begin>;
    const train = ({ model, optimizer, data }: Training, after = (_steps: number) => {}) => {
      const loss = (batch: { x: gd.Tensor; y: gd.Tensor }) =>
        nn.meanSquaredError(model.forward(batch.x), batch.y);
      let steps = 0;
      while (data.epoch < 3) {
        for (const batch of data) {
          optimizer.step(gd.grad(loss, { variables: model.variables })(batch));
          after(++steps);
        }
      }
      return String(model.weight.value);
    };
    const saved: gd.State[] = [];
    const whole = begin();
    const end = train(whole, () => saved.push(gd.state(whole)));
    expect(saved.length).toBe(18);
    for (const at of [0, 5, 8, 17]) {
      const resumed = begin();
      gd.loadState(resumed, saved[at] ?? {});
      expect(train(resumed)).toBe(end);
    }
  });

  test("of another size, after the end, or moved below a loop is refused", () => {
    const data = make("tree", 10, { size: 2 });
    gd.loadState(data, gd.state(make("tree", 10, { size: 5 })));
    expect(messageOf(() => loop(data))).toBe(
      "batches: size: expected 5, as in the state that was loaded, got 2. A position counts batches of one size.",
    );
    const short = make("tree", 4, { size: 2 });
    const long = make("tree", 10, { size: 2 });
    long.seek(0, 3);
    gd.loadState(short, gd.state(long));
    expect(messageOf(() => loop(short))).toBe(
      "batches: state.consumed: expected at most the 2 batches of an epoch, got 3.",
    );
    expect(messageOf(() => long.seek(0, 6))).toBe(
      "batches.seek: batch: expected at most the 5 batches of an epoch, got 6.",
    );
    expect(messageOf(() => long.seek(-1))).toMatch("batches.seek: epoch: expected a non-negative");
    long.seek(0);
    expect(
      messageOf(() => {
        for (const _ of long) loop(long);
      }),
    ).toMatch(
      /^batches: expected a loop that goes on at batch 1 of epoch 0, got batch 0 of epoch 1\./,
    );
  });
});

describe("map", () => {
  test("changes the batches, and has their position", () => {
    const data = make("tree", 5, { size: 2 });
    const places: nn.BatchIndex[] = [];
    const mapped = data.map(({ row }, place) => {
      places.push(place);
      return row.sum(1);
    });
    expect(mapped.length).toBe(3);
    for (const _ of data) break;
    expect(Array.from(mapped, String)).toEqual(["[ 9. 13.]", "[17.]"]);
    expect(places).toEqual([
      { epoch: 0, index: 1 },
      { epoch: 0, index: 2 },
    ]);
    expect([data.epoch, mapped.epoch]).toEqual([1, 1]);
  });

  test("takes no function that must be awaited", () => {
    const data = make("tree", 5, { size: 2 });
    expect(messageOf(() => data.map(async () => 1))).toMatch(
      "batches.map: fn: expected a function",
    );
    expect(messageOf(() => data.map(wrong(3)))).toMatch("batches.map: fn: expected a function");
  });
});

describe("examples", () => {
  test("keep dtypes, and numbers are floats", () => {
    const label = gd.tensor(3, { dtype: "int32" });
    const examples = [0, 1, 2].map((i) => ({
      label,
      number: i,
      truth: i > 0,
      nested: [gd.tensor([i, i]), { pixels: Uint8Array.of(i, 255, 0) }] as const,
      wide: BigInt64Array.of(5n),
    }));
    const [batch] = nn.batches(examples, { size: 3 });
    const { nested, ...rest } = batch ?? expect.fail();
    expect(Object.values(rest).map(({ dtype, shape }) => [dtype, shape])).toEqual([
      ["int32", [3]],
      ["float32", [3]],
      ["bool", [3]],
      ["int32", [3, 1]],
    ]);
    expect([nested[0].toArray(), nested[1].pixels.toArray(), nested[1].pixels.dtype]).toEqual([
      [
        [0, 0],
        [1, 1],
        [2, 2],
      ],
      [
        [0, 255, 0],
        [1, 255, 0],
        [2, 255, 0],
      ],
      "int32",
    ]);
    const doubles = gd.withDefaultDType("float64", () => nn.batches([1, 2, 3], { size: 2 }));
    expect(Array.from(doubles, ({ dtype }) => dtype)).toEqual(["float64", "float64"]);
  });

  test("keep their gradients", () => {
    const weights = gd.tensor([2, 3]);
    const loss = (w: gd.Tensor) => {
      const rows = [w, w.mul(2)].map((row) => ({ row }));
      const [listed] = nn.batches(rows, { size: 2 });
      const [, column] = nn.batches({ w }, { size: 1 });
      return gd.add(listed?.row.sum() ?? 0, column?.w.sum() ?? 0);
    };
    expect(String(gd.grad(loss)(weights))).toBe("[3. 4.]");
  });

  test("of tensors of all kinds are stacked", () => {
    const program = gd.compile((x: gd.Tensor) => x.mul(3));
    const examples = [gd.zeros([40]), gd.ones([40]), program(gd.ones([40]))].map((x) => [x]);
    const [batch] = nn.batches(examples, { size: 3 });
    expect(batch?.[0]?.sum(1).toArray()).toEqual([0, 40, 120]);
  });
});

describe("mistakes", () => {
  const x = gd.ones([4, 2]);
  test.each([
    [
      () => nn.batches({ x, y: gd.ones([3]) }, { size: 2 }),
      "batches: data.y: expected 4 examples along the first axis, as data.x has, got 3.",
    ],
    [
      () => nn.batches([x, gd.ones([3])], { size: 2 }),
      "batches: data[1]: expected 4 examples along the first axis, as data[0] has, got 3.",
    ],
    [
      () => nn.batches({ x, y: gd.tensor(3) }, { size: 2 }),
      "batches: data.y: expected tensors that have the examples along their first axis, got a scalar.",
    ],
    [
      () => nn.batches({ x, y: 3 }, { size: 2 }),
      "batches: data.y: expected tensors that have the examples along their first axis, got 3.",
    ],
    [() => nn.batches({}, { size: 2 }), "batches: data: expected tensors that have the"],
    [
      () => nn.batches(wrong([]), { size: 2 }),
      "batches: data: expected at least one example, got none.",
    ],
    [
      () => nn.batches(gd.zeros([0, 3]), { size: 2 }),
      "batches: data: expected at least one example, got none.",
    ],
    [
      () => nn.batches(x, { size: 5, last: "drop" }),
      'batches: size: expected at most the 4 examples of the data, since last is "drop", got 5. An epoch would',
    ],
    [
      () => nn.batches(x, { size: 2, shuffle: true }),
      "batches: seed: expected an integer from 0 to 2^53 - 1, since the examples are shuffled, got undefined.",
    ],
    [
      () => nn.batches(x, { size: 2, shuffle: 10, seed: 1 }),
      "batches: shuffle: expected true or false, since all examples are at hand, got 10.",
    ],
    [() => nn.batches(x, wrong({})), "batches: size: expected a positive integer, got undefined."],
    [() => nn.batches(x, wrong(undefined)), "batches: size: expected a positive integer"],
    [() => nn.batches(x, { size: 0 }), "batches: size: expected a positive integer, got 0."],
    [
      () => nn.batches(x, { size: 1, last: wrong("none") }),
      'batches: last: expected "keep" or "drop" or "pad", got "none".',
    ],
    [
      () => nn.batches(x, { size: 1, shuffle: wrong("yes") }),
      'batches: shuffle: expected true, false or the length of a buffer, a positive integer, got "yes".',
    ],
    [
      () => nn.batches(wrong("abc"), { size: 1 }),
      "batches: data: expected a tree of tensors, an array or iterable of examples, or a function that makes one",
    ],
    [() => nn.batches(x, wrong({ sise: 3 })), "batches: options: expected no others than size"],
    [
      () => nn.batches([{ a: 1 }, { b: 1 }], { size: 2 }),
      "batches: data[1]: expected an object of a, as data[0] has, got an object of b. Examples are alike.",
    ],
    [
      () => nn.batches([{ a: { b: [1] } }, { a: { b: [1, 2] } }], { size: 2 }),
      "batches: data[1].a.b: expected an array of length 1, as data[0] has, got an array of length 2.",
    ],
    [
      () => nn.batches([{ a: gd.ones([2]) }, { a: gd.ones([3]) }], { size: 2 }),
      "batches: data[1].a: expected float32 of shape [2], as data[0] has, got float32 of shape [3].",
    ],
    [
      () => nn.batches([Float32Array.of(1), Float64Array.of(1)], { size: 2 }),
      "batches: data[1]: expected float32 of shape [1], as data[0] has, got float64 of shape [1].",
    ],
    [
      () => nn.batches([{ a: 1, name: "one" }], { size: 2 }),
      'batches: data[0].name: expected tensors, numbers, booleans or typed arrays in nested arrays and objects, got "one".',
    ],
    [
      () => nn.batches([{ a: 1 }, undefined], wrong({ size: 2 })),
      "batches: data[1]: expected an obj",
    ],
    [
      () => [...nn.batches([Uint32Array.of(2 ** 31)], { size: 2 })],
      "tensor: data: expected integers from -2147483648 to 2147483647, for an int32, got 2147483648",
    ],
    [() => nn.batches([{}], { size: 2 }), "batches: data[0]: expected tensors, numbers"],
    [
      () => nn.batches(wrong([[x, x], x]), { size: 2 }),
      "batches: data[1]: expected an array of length 2, as data[0] has, got a float32 Tensor",
    ],
  ])("are named: %#", (run, message) => {
    expect(messageOf(run)).toContain(message);
  });
});

test("types", () => {
  const x = gd.ones([2, 2]);
  const size = { size: 2 };
  expectTypeOf(nn.batches({ x, y: [x] }, size)).toEqualTypeOf<
    nn.TableBatches<{ x: gd.Tensor; y: gd.Tensor[] }>
  >();
  expectTypeOf(nn.batches([x, x], size)).toEqualTypeOf<nn.TableBatches<[gd.Tensor, gd.Tensor]>>();
  expectTypeOf(nn.batches(x, size)).toEqualTypeOf<nn.TableBatches<gd.Tensor>>();
  expectTypeOf(nn.batches(Uint8Array.of(1), size)).toEqualTypeOf<nn.TableBatches<gd.Tensor>>();
  expectTypeOf(nn.batches([{ x, y: 1 }], size)).toEqualTypeOf<
    nn.TableBatches<{ x: gd.Tensor; y: gd.Tensor }>
  >();
  expectTypeOf(nn.batches([1, 2], size)).toEqualTypeOf<nn.TableBatches<gd.Tensor>>();
  const pairs: [Float32Array, number][] = [[Float32Array.of(1), 1]];
  expectTypeOf(nn.batches(pairs, size)).toEqualTypeOf<nn.TableBatches<[gd.Tensor, gd.Tensor]>>();
  expectTypeOf(nn.batches(pairs, { size: 2, last: "pad" })).toEqualTypeOf<
    nn.TableBatches<nn.Padded<[gd.Tensor, gd.Tensor]>>
  >();
  interface Example {
    readonly image: Uint8Array;
  }
  const examples: readonly Example[] = [{ image: Uint8Array.of(1) }];
  expectTypeOf(nn.batches(examples, size)).toEqualTypeOf<nn.TableBatches<{ image: gd.Tensor }>>();
  expectTypeOf(nn.batches(new Set(examples), size)).toEqualTypeOf<
    nn.Batches<{ image: gd.Tensor }>
  >();
  expectTypeOf(nn.batches(() => examples, size)).toEqualTypeOf<nn.Batches<{ image: gd.Tensor }>>();
  class Lines {
    readonly length = 1;
    *[Symbol.iterator]() {
      yield { x: 1 };
    }
  }
  expectTypeOf(nn.batches(new Lines(), size)).toEqualTypeOf<nn.Batches<{ x: gd.Tensor }>>();
  expectTypeOf(nn.batches(new Set([x]), size)).toEqualTypeOf<nn.Batches<gd.Tensor>>();
  const read = async function* () {
    yield { x: 1 };
  };
  expectTypeOf(nn.batches(read, size)).toEqualTypeOf<nn.AsyncBatches<{ x: gd.Tensor }>>();
  expectTypeOf(nn.batches(read(), size)).toEqualTypeOf<nn.AsyncBatches<{ x: gd.Tensor }>>();
  expectTypeOf(nn.batches(async () => read(), size).prefetch(1)).toEqualTypeOf<
    nn.AsyncBatches<{ x: gd.Tensor }>
  >();
  expectTypeOf(nn.batches(read, size).map(async ({ x }) => x)).toEqualTypeOf<
    nn.AsyncBatches<gd.Tensor>
  >();
  // @ts-expect-error An array of tensors is a tree of columns, whose length is known.
  nn.batches([x, x] as gd.Tensor[], size);
  // @ts-expect-error Batches of data in memory have no prefetch.
  nn.batches(x, size).prefetch;
});
