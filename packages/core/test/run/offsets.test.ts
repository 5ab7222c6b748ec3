/**
 * Offsets of values in memory, by their lifetimes.
 */

import { expect, test } from "vitest";
import { type Lifetime, offsetsOf } from "../../src/run/program/locations/offsets.ts";
import { at, numberAt } from "../../src/tensor/shape.ts";
import { randomBits } from "../elementary/support.ts";

/** Returns random lifetimes in the order in which they begin. */
function randomLives(count: number, seed: number): Lifetime[] {
  const next = randomBits(seed);
  const below = (limit: number) => next() % limit;
  const lives = Array.from({ length: count }, () => {
    const from = below(count) - 1;
    return { bytes: 64 * below(9), from, to: from + below(12) };
  });
  return lives.sort((a, b) => a.from - b.from);
}

/** Returns the most bytes that are alive at one time, which is the least memory possible. */
function mostAtOnce(lives: readonly Lifetime[]): number {
  const at = (time: number) =>
    lives.reduce((sum, { bytes, from, to }) => sum + (from <= time && time <= to ? bytes : 0), 0);
  return Math.max(0, ...lives.map(({ from }) => at(from)));
}

function expectApart(lives: readonly Lifetime[]): number {
  const { offsets, bytes } = offsetsOf(lives);
  lives.forEach((life, i) => {
    const start = numberAt(offsets, i);
    expect(start % 64).toBe(0);
    expect(start + life.bytes).toBeLessThanOrEqual(bytes);
    for (let k = 0; k < i; k++) {
      const other = at(lives, k);
      const together = other.from <= life.to && life.from <= other.to;
      const ahead = numberAt(offsets, k);
      const apart = start + life.bytes <= ahead || ahead + other.bytes <= start;
      if (together && life.bytes > 0 && other.bytes > 0 && !apart) {
        throw new Error(`${k} and ${i} overlap`);
      }
    }
  });
  return bytes;
}

test("values that live together do not overlap, in little more than what lives at once", () => {
  let [taken, needed] = [0, 0];
  for (let seed = 1; seed <= 60; seed++) {
    const lives = randomLives(seed * 3, seed);
    taken += expectApart(lives);
    needed += mostAtOnce(lives);
  }
  expect(taken).toBeGreaterThanOrEqual(needed);
  expect(taken).toBeLessThan(1.06 * needed);
  expect(offsetsOf([])).toEqual({ offsets: [], bytes: 0 });
});

test("also where there are so many that they are placed in order of time", () => {
  expectApart(randomLives(1200, 7));
});

test("a large value later on fits where smaller ones of before have stood", () => {
  const lives = [
    { bytes: 64, from: 0, to: 1 },
    { bytes: 64, from: 0, to: 9 },
    { bytes: 64, from: 0, to: 1 },
    { bytes: 128, from: 2, to: 3 },
  ];
  expect(expectApart(lives)).toBe(192);
});
