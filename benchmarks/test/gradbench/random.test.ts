import { describe, expect, it } from "vitest";
import { NumpyRandom, seed } from "../../gradbench/random.ts";

describe("the random numbers", () => {
  // import numpy as np; np.random.seed(31337); a = np.random.rand(2000)   (NumPy 2.2.4)
  // [a[i] for i in (0, 1, 2, 311, 312, 1999)], a.sum()
  it("are those of NumPy's np.random.seed and np.random.rand, bit for bit", () => {
    const numbers = new NumpyRandom(seed).uniform(2000);
    expect([0, 1, 2, 311, 312, 1999].map((i) => numbers[i])).toEqual([
      0.7218521074240813, 0.9664407992811007, 0.28904906882680115, 0.024049232989990843,
      0.9679199540033884, 0.4862902092152366,
    ]);
    const sum = numbers.reduce((sum, value) => sum + value, 0);
    expect(Math.abs(sum - 1006.2254408147876)).toBeLessThan(1e-9);
    // np.random.seed(0); np.random.rand()
    expect(new NumpyRandom(0).next()).toBe(0.5488135039273248);
  });

  it("are one sequence, however it is cut", () => {
    const cut = new NumpyRandom(seed);
    const pieces = [...cut.uniform(3), cut.next(), ...cut.uniform(700)];
    expect(pieces).toEqual([...new NumpyRandom(seed).uniform(704)]);
  });

  it("of the normal distribution have mean 0, variance 1, and its share within one deviation", () => {
    const count = 100_000;
    const numbers = new NumpyRandom(seed).normal(count);
    const mean = (of: (value: number) => number) =>
      numbers.reduce((sum, value) => sum + of(value), 0) / count;
    expect(Math.abs(mean((value) => value))).toBeLessThan(0.015);
    expect(Math.abs(mean((value) => value ** 2) - 1)).toBeLessThan(0.02);
    expect(Math.abs(mean((value) => (Math.abs(value) < 1 ? 1 : 0)) - 0.6827)).toBeLessThan(0.007);
  });
});
