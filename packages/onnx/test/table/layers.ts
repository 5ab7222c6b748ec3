/** The layers of `nn` for the table: in evaluation mode, with their gradients, and training steps. */

import { type Tensor, treeLeaves, uniform, valueAndGrad } from "@graddiff/core";
import { BatchNorm, Dense, Residual, Sequential, SGD } from "@graddiff/nn";
import { type LayerRow, layersOf, resultOf } from "../../../nn/test/table/layers.ts";
import { exportTrainingStep } from "../../src/index.ts";
import type { Case } from "./cases.ts";

const rowsOf = (dtype: "float32" | "float64"): Readonly<Record<string, LayerRow>> => {
  const seeded = { seed: 1, dtype } as const;
  const points = (count: number) => uniform([count, 4], { seed: count, low: -1, dtype });
  return {
    ...layersOf(dtype),
    "BatchNorm of rows": { make: () => new BatchNorm(4, { dtype }), inputs: points },
    "Dense and BatchNorm": {
      make: () => new Sequential(new Dense(4, 3, seeded), new BatchNorm(3, { dtype })),
      inputs: points,
    },
    "Residual with BatchNorm": {
      make: () => new Residual(new Dense(4, 4, seeded), new BatchNorm(4, { dtype })),
      inputs: points,
    },
  };
};

const DTYPES = ["float32", "float64"] as const;

function evaluated({ make, inputs }: LayerRow) {
  const model = make();
  // A forward pass changes the running statistics from their initial values.
  resultOf(model, inputs(4));
  model.train(false);
  return model;
}

/** Returns the layers in evaluation mode, and their gradients with respect to each Variable. */
export function layers(): Case[] {
  return DTYPES.flatMap((dtype) =>
    Object.entries(rowsOf(dtype)).flatMap(([title, row]): Case[] => {
      const model = evaluated(row);
      const { variables } = model;
      const common = { op: "layer", dtype, inputs: [row.inputs(3)], values: 1 };
      const forward = (x: Tensor) => resultOf(model, x);
      const gradient = (x: Tensor) => {
        const loss = () => resultOf(model, x).square().mean();
        return treeLeaves(valueAndGrad(loss, { variables })().gradient);
      };
      const own: Case[] = [{ ...common, title, fn: (x) => forward(x as Tensor) }];
      if (variables.length === 0) return own;
      return [...own, { ...common, title: `${title}, gradient`, fn: (x) => gradient(x as Tensor) }];
    }),
  );
}

/** Returns the models of a training step, by name, for each layer with trained Variables. */
export function trainingSteps(): Record<string, Uint8Array> {
  const files: Record<string, Uint8Array> = {};
  for (const dtype of DTYPES) {
    for (const [title, row] of Object.entries(rowsOf(dtype))) {
      const model = evaluated(row);
      if (model.variables.length === 0) continue;
      const step = exportTrainingStep((x: Tensor) => resultOf(model, x).square().mean(), {
        parameters: { model },
        optimizer: new SGD(model, { learningRate: 0.1, momentum: 0.9 }),
        batch: [row.inputs(2)],
      });
      files[`${title} of ${dtype}, gradient of a step`] = step["gradient.onnx"];
      files[`${title} of ${dtype}, update of a step`] = step["update.onnx"];
    }
  }
  return files;
}
