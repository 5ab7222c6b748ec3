// The bits of elementary functions, which graddiff promises. A changed checksum breaks that promise. If the change is
// intended, note it in the changelog, and write the new checksum to the function's description, and here for the first
// arguments.

import { describe, expect, it } from "vitest";
import {
  arityOf,
  compute,
  described,
  float32FromBits,
  float64FromBits,
  type Name,
  names,
  type Precision,
  precisions,
  randomBits,
} from "./support.ts";

const view = new DataView(new ArrayBuffer(8));

/** An FNV-1a hash of the 32-bit words of numbers; all NaN count as the same. */
class Checksum {
  #hash = 0x811c9dc5;

  add(number: number): void {
    view.setFloat64(0, number);
    for (const word of Number.isNaN(number) ? [1] : [view.getUint32(0), view.getUint32(4)]) {
      this.#hash = Math.imul(this.#hash ^ word, 0x01000193);
    }
  }

  toString(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, "0");
  }
}

const POINTS = 20_000;

/** Draws arguments: half of them are any bit pattern, the others are between −32 and 32. */
function float32Argument(next: () => number, index: number): number {
  return index % 2 === 0 ? float32FromBits(next()) : Math.fround(next() / 2 ** 26 - 32);
}

function float64Argument(next: () => number, index: number): number {
  const [upper, lower] = [next(), next()];
  return index % 2 === 0 ? float64FromBits(upper, lower) : upper / 2 ** 26 - 32 + lower / 2 ** 58;
}

const ARGUMENT = { f32: float32Argument, f64: float64Argument };

function checksumOf(name: Name, precision: Precision): string {
  const next = randomBits(7);
  const checksum = new Checksum();
  for (let index = 0; index < POINTS; index++) {
    const inputs = Array.from({ length: arityOf(name) }, () => ARGUMENT[precision](next, index));
    checksum.add(compute[name][precision](...inputs));
  }
  return checksum.toString();
}

describe("the bits of the elementary functions", () => {
  it.each(names)("are for %s those that its description tells", (name) => {
    for (const precision of precisions) {
      expect(checksumOf(name, precision), precision).toBe(described[name].checksum[precision]);
    }
  });

  it("never change", () => {
    const checksums = names.flatMap((name) =>
      precisions.map((precision) => [`${name}_${precision}`, checksumOf(name, precision)]),
    );
    expect(Object.fromEntries(checksums)).toMatchObject({
      exp_f32: "b76fc53b",
      exp_f64: "9ff00f3d",
      expm1_f32: "6318af5c",
      expm1_f64: "bd73d458",
      log_f32: "bbed3596",
      log_f64: "ae78f973",
      log1p_f32: "708e5faa",
      log1p_f64: "847dd7e1",
      sin_f32: "380b80d6",
      sin_f64: "4a279e5b",
      cos_f32: "283bd1a0",
      cos_f64: "0cf54889",
      tanh_f32: "be8d0bf1",
      tanh_f64: "0dc03ed1",
      pow_f32: "feccb53d",
      pow_f64: "ea703ad9",
    });
  });
});
