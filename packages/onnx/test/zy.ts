import { readFileSync, writeFileSync } from "node:fs";
import { type Tensor, tensor } from "@graddiff/core";
import { exportOnnx } from "../src/index.ts";
import { computed, NETWORKS } from "./models/networks.ts";

const about = JSON.parse(readFileSync("/tmp/models-a/models.json").toString());
for (const name of ["tagger", "forecast", "encoder", "gpt", "resnet", "unet", "lenet"]) {
  const {
    inputs: [x],
  } = about[name];
  const model = (NETWORKS[name] as any)().train(false);
  const example = tensor(x.values, { dtype: x.dtype }).reshape(x.shape);
  for (const open of [true, false]) {
    const file = exportOnnx((x: Tensor) => computed(model, x), [example], {
      variables: model,
      inputs: ["x"],
      ...(open && { dynamic: { x: 0 } }),
    });
    writeFileSync(`/tmp/dyn/${name}.${open ? "open" : "fixed"}.onnx`, file.bytes);
  }
}
