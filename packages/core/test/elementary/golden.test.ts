// float64 accuracy, against values computed with mpmath (test/golden/elementary.py). The descriptions of functions have
// the limits.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  compute,
  described,
  float64FromBits,
  type Name,
  names,
  scaleOfError,
  ulpOfFloat64,
} from "./support.ts";

const golden: Record<Name, string[]> = JSON.parse(
  readFileSync(new URL("../golden/elementary.json", import.meta.url), "utf8"),
);

function parse(word: string): number {
  return float64FromBits(Number.parseInt(word.slice(0, 8), 16), Number.parseInt(word.slice(8), 16));
}

/** Returns the largest error over the golden points of a function, and the arguments where it occurs. */
function worstError(name: Name) {
  let worst = { ulp: 0, at: "" };
  for (const point of golden[name]) {
    const words = point.split(" ");
    const offset = Number(words.pop());
    const nearest = parse(words.pop() ?? "");
    const inputs = words.map(parse);
    const result = compute[name].f64(...inputs);
    const unit = ulpOfFloat64(nearest);
    const ofResult = Object.is(result, nearest)
      ? Math.abs(offset)
      : Math.abs((result - nearest) / unit - offset);
    const ulp = ofResult * (unit / ulpOfFloat64(scaleOfError(name, inputs[0] ?? 0, nearest)));
    if (!(ulp <= worst.ulp)) worst = { ulp, at: `(${inputs.join(", ")}) = ${result}` };
  }
  return worst;
}

describe("float64 elementary functions against mpmath", () => {
  it("has some hundreds of points for every function", () => {
    expect(Object.keys(golden).sort()).toEqual([...names].sort());
    for (const points of Object.values(golden)) expect(points.length).toBeGreaterThanOrEqual(400);
  });

  it.each(names.map((name) => [name, described[name].worst.f64] as const))(
    "%s errs by at most %d ulp",
    (name, allowed) => {
      const { ulp, at } = worstError(name);
      expect(ulp, at).toBeLessThan(allowed);
    },
  );
});
