/** The normal quantile has the same bits in WebAssembly, which takes the tails of 64 elements together, and JavaScript. */

import { expect, test } from "vitest";
import { compile, normalQuantile, setRunner, type Tensor, tensor, where } from "../../src/index.ts";

/** Sizes around the runs of 64 elements. */
const SIZES = [1, 2, 3, 62, 63, 64, 65, 66, 127, 128, 129, 200];

/** Parts of the elements that are in the tails. */
const TAILS = [0, 0.02, 0.15, 0.5, 0.98, 1];

const SPECIAL = [0, 1, Number.NaN, -1, 2, 1e-300, 1 - 2 ** -24, 0.075, 0.925];

/** Returns probabilities, of which some are in the tails and the one in the middle of the array is special. */
function probabilities(size: number, tails: number, special: number): number[] {
  const at = (i: number, step: number) => ((i + 1) * step) % 1;
  const numbers = Array.from({ length: size }, (_, i) => {
    const part = at(i, 0.6180339887498949);
    if (at(i, 0.7548776662466927) >= tails) return 0.075 + 0.85 * part;
    const tail = 0.075 * part ** (1 + 40 * at(i, 0.5698402909980532));
    return i % 2 === 0 ? tail : 1 - tail;
  });
  numbers[size >> 1] = special;
  return numbers;
}

for (const dtype of ["float32", "float64"] as const) {
  test(`of ${dtype}`, () => {
    let drawn = 0;
    for (const size of SIZES) {
      for (const tails of TAILS) {
        const special = SPECIAL[drawn++ % SPECIAL.length] ?? 0;
        const p = tensor(probabilities(size, tails, special), { dtype });
        setRunner("js");
        const js = normalQuantile(p).data();
        setRunner("wasm");
        const name = `${size} elements, ${tails} of them in tails, and ${special}`;
        expect(compile(normalQuantile)(p).data(), name).toEqual(js);
        // The result may take the place of an argument that nothing else reads.
        const inPlace = compile((x: Tensor) => normalQuantile(where(x.greater(-2), x, x)));
        expect(inPlace(p).data(), name).toEqual(js);
      }
    }
  });
}
