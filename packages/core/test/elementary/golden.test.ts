// float64 accuracy, against values computed with mpmath (test/golden/elementary.py).

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { pow_f64 } from "../../src/elementary/elementary.ts";
import { float64FromBits, type UnaryName, ulpOfFloat64, unary, unaryNames } from "./support.ts";

const golden: Record<UnaryName | "pow", string[]> = JSON.parse(
  readFileSync(new URL("../golden/elementary.json", import.meta.url), "utf8"),
);

/** The largest error that is allowed, in ulp: just above the worst that is known. */
const WORST = {
  exp: 0.8,
  expm1: 1.05,
  log: 0.85,
  log1p: 0.9,
  sin: 0.85,
  cos: 0.85,
  tanh: 1.2,
  pow: 0.9,
};

function parse(word: string): number {
  return float64FromBits(Number.parseInt(word.slice(0, 8), 16), Number.parseInt(word.slice(8), 16));
}

/** The largest error over the points of one function, and where. */
function worstError(points: string[], compute: (...inputs: number[]) => number) {
  let worst = { ulp: 0, at: "" };
  for (const point of points) {
    const words = point.split(" ");
    const offset = Number(words.pop());
    const nearest = parse(words.pop() ?? "");
    const result = compute(...words.map(parse));
    const ulp = Object.is(result, nearest)
      ? Math.abs(offset)
      : Math.abs((result - nearest) / ulpOfFloat64(nearest) - offset);
    if (!(ulp <= worst.ulp)) worst = { ulp, at: `(${words.map(parse).join(", ")}) = ${result}` };
  }
  return worst;
}

describe("float64 elementary functions against mpmath", () => {
  it("has some hundreds of points for every function", () => {
    for (const points of Object.values(golden)) expect(points.length).toBeGreaterThanOrEqual(400);
  });

  for (const name of unaryNames) {
    it(`${name} errs by at most ${WORST[name]} ulp`, () => {
      const { ulp, at } = worstError(golden[name], unary[name].f64);
      expect(ulp, at).toBeLessThan(WORST[name]);
    });
  }

  it(`pow errs by at most ${WORST.pow} ulp`, () => {
    const { ulp, at } = worstError(golden.pow, pow_f64);
    expect(ulp, at).toBeLessThan(WORST.pow);
  });
});
