import { describe, expect, test } from "vitest";
import { hashOf, numbersTo, sampled, seedOfTest, seedsTo, WHOLE } from "./sampling.ts";

describe.skipIf(WHOLE)("a sample", () => {
  const items = numbersTo(1000).map((i) => `item ${i}`);

  test("is the same each time, and has about one of so many items, the first and the last", () => {
    const some = sampled(items, 10);
    expect(sampled(items, 10)).toEqual(some);
    expect(some.length).toBeGreaterThan(60);
    expect(some.length).toBeLessThan(140);
    expect([some[0], some.at(-1)]).toEqual(["item 0", "item 999"]);
  });

  test("has all pinned items", () => {
    const pinned = items.slice(500, 520);
    const some = sampled(items, 100, "", pinned);
    expect(some).toEqual(expect.arrayContaining(pinned));
    expect(some.length).toBeLessThan(50);
    expect(sampled(items.slice(0, 30), 40, "", ["item 7"])).toContain("item 7");
  });

  test("has one of a few items, by its key", () => {
    const chosen = new Set(numbersTo(50).flatMap((key) => sampled(["a", "b", "c"], 4, key)));
    expect(sampled(["a", "b", "c"], 4)).toHaveLength(1);
    expect(chosen).toEqual(new Set(["a", "b", "c"]));
    expect(sampled([], 4)).toEqual([]);
  });

  test("inside of another sample is independent of it", () => {
    const pairs = sampled(numbersTo(60), 3).flatMap((i) =>
      sampled(numbersTo(60), 3, i).map((j) => [i, j]),
    );
    // Each remainder of one meets each remainder of the other.
    expect(new Set(pairs.map(([i = 0, j = 0]) => `${i % 3} ${j % 3}`)).size).toBe(9);
  });
});

const [one, other] = ["a test has a seed", "another test has another seed"];
const seeds: Record<string, number> = {};
test.each([one, other])("%s", (name) => {
  seeds[name] = seedOfTest();
  expect(seedOfTest()).toBe(seeds[name]);
  expect(seedOfTest("key")).not.toBe(seeds[name]);
});
test("seeds follow from the names of tests", () => {
  expect(seeds[one]).not.toBe(seeds[other]);
});

test("a hash is always the same, and seeds are counted from 0", () => {
  expect(["", "a", "graddiff"].map(hashOf)).toEqual([2872998923, 444641715, 210506889]);
  expect(new Set(numbersTo(1000).map((i) => hashOf(`${i}`))).size).toBe(1000);
  if (process.env["GRADDIFF_SEED"] === undefined) expect(seedsTo(3)).toEqual([0, 1, 2]);
});
