/** Functions that PyTorch has exported with open lengths (`golden/exports.py`), eager and compiled. */

import { gunzipSync } from "node:zlib";
import { arange, compile, type Tensor } from "@graddiff/core";
import { expect, test } from "vitest";
import { importOnnx } from "../../src/index.ts";
import golden from "./golden/exports.json" with { type: "json" };

const x = arange(0, 140, { dtype: "float32" }).reshape([2, 2, 5, 7]).div(8).sub(3);

test.each(Object.entries(golden))("%s of PyTorch is read", (_name, { model, y, shape }) => {
  const { fn } = importOnnx(new Uint8Array(gunzipSync(Buffer.from(model, "base64"))));
  for (const run of [fn, compile((own: Tensor) => fn(own))]) {
    const [got] = run(x);
    expect(got.shape).toEqual(shape);
    const elements = got.data();
    const differences = y.map((value, i) => Math.abs(value - Number(elements[i])));
    expect(Math.max(...differences)).toBeLessThan(1e-5);
  }
});
