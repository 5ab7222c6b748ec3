/**
 * Batches of examples from a stream, synchronous or asynchronous.
 */

import * as gd from "@graddiff/core";
import { describe, expect, test } from "vitest";
import { messageOf, wrong } from "../../../core/test/misuse/support.ts";
import fc from "../../../core/test/support/properties.ts";
import * as nn from "../../src/index.ts";

interface Batch {
  readonly id: gd.Tensor;
}

const ids = ({ id }: Batch) => [...id.data()];
const loop = (data: Iterable<Batch>) => Array.from(data, ids);

async function loopAsync(data: AsyncIterable<Batch>): Promise<number[][]> {
  const batches: number[][] = [];
  for await (const batch of data) batches.push(ids(batch));
  return batches;
}

const examplesOf = (count: number) => Array.from({ length: count }, (_, id) => ({ id }));

function source(count: number) {
  return function* () {
    yield* examplesOf(count);
  };
}

function asyncSource(count: number) {
  return async function* () {
    for (const example of examplesOf(count)) {
      await Promise.resolve();
      yield example;
    }
  };
}

async function errorOf(run: () => Promise<unknown>): Promise<string> {
  try {
    await run();
  } catch (error) {
    return (error as Error).message;
  }
  return "";
}

describe("a stream", () => {
  test("has every example once an epoch, and resumes at any batch, at once and awaited", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 6 }),
        fc.option(fc.integer({ min: 1, max: 25 }), { nil: false as const }),
        fc.integer({ min: 1, max: 40 }),
        async (count, size, shuffle, steps) => {
          const setting = { size, shuffle, seed: 3 };
          const data = nn.batches(source(count), setting);
          const seen: number[][] = [];
          let saved = gd.state(data);
          const epochs: number[][] = [];
          while (data.epoch < 2) {
            const epoch: number[] = [];
            for (const batch of data) {
              seen.push(ids(batch));
              epoch.push(...ids(batch));
              if (seen.length === steps) saved = gd.state(data);
            }
            epochs.push(epoch);
          }
          const all = Array.from({ length: count }, (_, i) => i);
          for (const epoch of epochs) expect([...epoch].sort((a, b) => a - b)).toEqual(all);
          const rest = seen.slice(steps <= seen.length ? steps : 0);
          const resumed = nn.batches(source(count), setting);
          gd.loadState(resumed, saved);
          const own: number[][] = [];
          while (resumed.epoch < 2) own.push(...loop(resumed));
          expect(own).toEqual(rest);
          const awaited = nn.batches(asyncSource(count), setting).prefetch(2);
          gd.loadState(awaited, saved);
          const others: number[][] = [];
          while (awaited.epoch < 2) others.push(...(await loopAsync(awaited)));
          expect(others).toEqual(rest);
        },
      ),
    );
  });

  test("knows no length", () => {
    const data = nn.batches(source(3), { size: 2 });
    expect([data.length, data.examples, data.size]).toEqual([undefined, undefined, 2]);
  });

  test("may be an iterable that begins anew, a function, or a promise of one", async () => {
    const twice = (data: Iterable<Batch>) => [loop(data), loop(data)];
    const epoch = [[0, 1], [2]];
    expect(twice(nn.batches(new Set(examplesOf(3)), { size: 2 }))).toEqual([epoch, epoch]);
    const epochs: number[] = [];
    const made = nn.batches(
      (number) => {
        epochs.push(number);
        return examplesOf(3);
      },
      { size: 2 },
    );
    expect(twice(made)).toEqual([epoch, epoch]);
    expect(epochs).toEqual([0, 1]);
    const promised = nn.batches(async () => asyncSource(3)(), { size: 2 });
    expect(await loopAsync(promised)).toEqual(epoch);
    const plain = nn.batches(async () => examplesOf(3), { size: 2 });
    expect(await loopAsync(plain)).toEqual(epoch);
  });

  test("may write all examples into one array", () => {
    for (const shuffle of [false, 2] as const) {
      const data = nn.batches(
        function* () {
          const row = new Float32Array(2);
          for (let i = 0; i < 6; i++) yield { id: row.fill(i) };
        },
        { size: 3, shuffle, seed: 1 },
      );
      const all = loop(data).flat();
      expect(all.sort()).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
    }
  });

  test("is shuffled in a buffer, of each epoch otherwise and of one seed alike", () => {
    const setting = { size: 100, shuffle: 20, seed: 5 };
    const data = nn.batches(source(100), setting);
    const [[first = []], [second = []]] = [loop(data), loop(data)];
    expect(first).not.toEqual(second);
    expect(loop(nn.batches(source(100), setting))).toEqual([first]);
    // An example comes at most one buffer earlier than in the source.
    expect(first.every((id, place) => id <= place + 20)).toBe(true);
    expect(first.filter((id, place) => id === place).length).toBeLessThan(20);
    const places = Array.from({ length: 200 }, (_, seed) =>
      loop(nn.batches(source(10), { size: 10, shuffle: 10, seed }))
        .flat()
        .indexOf(0),
    );
    // A buffer for all examples gives a permutation of all: the first example may be at any position.
    for (let place = 0; place < 10; place++) {
      expect(places.filter((each) => each === place).length).toBeGreaterThan(5);
    }
  });

  test("drops or pads its last batch", () => {
    const drop = nn.batches(source(5), { size: 2, last: "drop" });
    expect(loop(drop)).toEqual([
      [0, 1],
      [2, 3],
    ]);
    const pad = [...nn.batches(source(5), { size: 2, last: "pad" })];
    expect(pad.map(({ batch, mask }) => [ids(batch), mask.toArray()])).toEqual([
      [
        [0, 1],
        [true, true],
      ],
      [
        [2, 3],
        [true, true],
      ],
      [
        [4, 4],
        [true, false],
      ],
    ]);
  });

  test("may seek, so that nothing is read again", async () => {
    const sought: number[] = [];
    const read: number[] = [];
    const seekable = (count: number) => {
      let from = 0;
      return {
        seek(position: number) {
          sought.push(position);
          from = position;
        },
        *[Symbol.iterator]() {
          for (let id = from; id < count; id++) {
            read.push(id);
            yield { id };
          }
        },
      };
    };
    const data = nn.batches(seekable(7), { size: 2 });
    data.seek(2, 2);
    expect([loop(data), loop(data).length]).toEqual([[[4, 5], [6]], 4]);
    expect(sought).toEqual([4, 0]);
    expect(read.slice(0, 3)).toEqual([4, 5, 6]);

    const { seek, [Symbol.iterator]: iterate } = seekable(7);
    const awaited = nn.batches(
      wrong({
        seek: async (position: number) => seek(position),
        async *[Symbol.asyncIterator]() {
          yield* iterate();
        },
      }) as AsyncIterable<{ id: number }>,
      { size: 2 },
    );
    awaited.seek(0, 3);
    expect(await loopAsync(awaited)).toEqual([[6]]);

    // With a shuffle buffer, `seek` starts at the beginning, since the buffer depends on all earlier examples.
    sought.length = 0;
    const shuffled = nn.batches(seekable(7), { size: 2, shuffle: 3, seed: 1 });
    const [, ...rest] = loop(shuffled);
    shuffled.seek(0, 1);
    expect(loop(shuffled)).toEqual(rest);
    expect(sought).toEqual([0, 0]);
  });
});

describe("a loop that ends early", () => {
  test("closes the source, with prefetching too", async () => {
    for (const ahead of [0, 3]) {
      let closed = 0;
      let made = 0;
      const read = async function* () {
        try {
          for (let id = 0; ; id++) {
            made++;
            yield { id };
          }
        } finally {
          closed++;
        }
      };
      const plain = nn.batches(read, { size: 2 });
      const data = ahead === 0 ? plain : plain.prefetch(ahead);
      for await (const _ of data) if (data.consumed === 2) break;
      expect([closed, data.consumed]).toEqual([1, 2]);
      expect(made).toBeLessThanOrEqual(2 * (2 + ahead + 1));
      const failed = errorOf(async () => {
        for await (const _ of data) throw new Error("mine");
      });
      expect([await failed, closed, data.consumed]).toEqual(["mine", 2, 3]);
    }
    let closed = false;
    const sync = nn.batches(
      function* () {
        try {
          yield* examplesOf(9);
        } finally {
          closed = true;
        }
      },
      { size: 2 },
    );
    for (const _ of sync) break;
    expect(closed).toBe(true);
  });
});

describe("prefetch", () => {
  test("prepares batches while the loop works, and counts those that it has had", async () => {
    let made = 0;
    const data = nn
      .batches(
        async function* () {
          while (made < 20) yield { id: made++ };
        },
        { size: 1 },
      )
      .prefetch(3);
    for await (const batch of data) {
      const [id = 0] = ids(batch);
      expect(data.consumed).toBe(id + 1);
      await new Promise((resolve) => setTimeout(resolve));
      expect(made).toBe(Math.min(20, id + 4));
    }
  });

  test("throws an error where the loop comes to it, and unhandled nowhere", async () => {
    const unhandled: unknown[] = [];
    const listen = (error: unknown) => unhandled.push(error);
    process.on("unhandledRejection", listen);
    const data = nn
      .batches(
        async function* () {
          yield* examplesOf(6);
          throw new Error("broken");
        },
        { size: 2 },
      )
      .map(async (batch) => batch)
      .prefetch(5);
    const had: number[][] = [];
    const message = await errorOf(async () => {
      for await (const batch of data) {
        had.push(ids(batch));
        await new Promise((resolve) => setTimeout(resolve));
      }
    });
    process.off("unhandledRejection", listen);
    expect([message, had.length, data.epoch, data.consumed, unhandled]).toEqual([
      "broken",
      3,
      0,
      3,
      [],
    ]);
  });

  test("asks the source for one batch at a time", async () => {
    let pending = 0;
    let most = 0;
    const counted = {
      [Symbol.asyncIterator]: () => {
        let id = 0;
        return {
          async next() {
            most = Math.max(most, ++pending);
            await Promise.resolve();
            pending--;
            return id < 9 ? { value: { id: id++ }, done: false } : { value: undefined, done: true };
          },
        } as AsyncIterator<{ id: number }>;
      },
    };
    const data = nn.batches(counted, { size: 2 }).prefetch(4);
    expect((await loopAsync(data)).flat()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(most).toBe(1);
  });

  test("takes a positive count", () => {
    const data = nn.batches(asyncSource(3), { size: 2 });
    expect(messageOf(() => data.prefetch(0))).toBe(
      "batches.prefetch: count: expected a positive integer, got 0.",
    );
  });
});

describe("mistakes", () => {
  test("an iterator that was used is no second epoch", async () => {
    const once = nn.batches(source(4)(), { size: 2 });
    expect(loop(once).length).toBe(2);
    expect(messageOf(() => loop(once))).toBe(
      "batches: data: expected examples that can be iterated again, for each epoch and after break, got an iterator that was used before. An iterator can be read once: pass a function that makes it, as in batches(() => read(), …).",
    );
    const awaited = nn.batches(asyncSource(4)(), { size: 2 });
    for await (const _ of awaited) break;
    expect(await errorOf(() => loopAsync(awaited))).toMatch("got an iterator that was used before");
    const examples = examplesOf(3).values();
    const again = function* () {
      yield* examples;
    };
    const hidden = nn.batches(again, { size: 2 });
    expect(loop(hidden).length).toBe(2);
    expect(messageOf(() => loop(hidden))).toMatch("expected at least one example, got none");
  });

  test("examples that differ are named", () => {
    const data = nn.batches(
      function* () {
        yield { a: 1 };
        yield { a: 2 };
        yield { b: 1 } as never;
      },
      { size: 2 },
    );
    expect(messageOf(() => [...data])).toMatch(
      "batches: data[2]: expected an object of a, as data[0] has, got an object of b.",
    );
  });

  test("a loop without await over what is awaited, and the like", async () => {
    const awaited = nn.batches(asyncSource(3), { size: 2 });
    expect(messageOf(() => loop(wrong(awaited)))).toMatch(
      /^batches: data: expected examples that are there at once, .* Write for await \(const batch of data\)\.$/,
    );
    expect(await loopAsync(wrong(nn.batches(examplesOf(3), { size: 2 })))).toEqual([[0, 1], [2]]);
    expect(messageOf(() => nn.batches(source(3), { size: 2, shuffle: true, seed: 1 }))).toMatch(
      "batches: shuffle: expected the length of a buffer, since the examples come one after the other, got true.",
    );
    expect(messageOf(() => nn.batches(source(3), { size: 2, shuffle: 10 }))).toMatch(
      "batches: seed: expected",
    );
    const none = nn.batches(
      wrong(() => 3),
      { size: 2 },
    );
    expect(messageOf(() => loop(wrong(none)))).toBe(
      "batches: data: expected a function that returns an iterable or an async iterable of examples, got one that returns 3.",
    );
    expect(messageOf(() => loop(nn.batches(source(0), { size: 2 })))).toMatch("got none");
    expect(messageOf(() => loop(nn.batches(source(3), { size: 4, last: "drop" })))).toMatch(
      'batches: size: expected at most the 3 examples of the data, since last is "drop", got 4.',
    );
    const short = nn.batches(source(3), { size: 2 });
    short.seek(0, 4);
    expect(messageOf(() => loop(short))).toMatch(
      "batches: data: expected as many examples as its state tells were consumed, got 3.",
    );
  });
});
