/**
 * Runs the files of a training step as train.py does.
 */

import { type DType, type Tensor, type TypedArray, tensor } from "@graddiff/core";
import * as ort from "onnxruntime-web";
import type { TrainingStepFiles } from "../../src/index.ts";

/** The names in training.json: keys are names in the state, values are names of a model's inputs or outputs. */
export interface Description {
  readonly gradient: {
    readonly batch: readonly { readonly name: string; readonly dtype: string }[];
    readonly state: Readonly<Record<string, string>>;
    readonly loss: string;
    readonly gradients: Readonly<Record<string, string>>;
  };
  readonly update: {
    readonly gradients: Readonly<Record<string, string>>;
    readonly state: Readonly<Record<string, string>>;
    readonly next: Readonly<Record<string, string>>;
  };
}

export type State = Readonly<Record<string, Tensor>>;

export function describedBy(files: TrainingStepFiles): Description {
  return JSON.parse(new TextDecoder().decode(files["training.json"])) as Description;
}

/** Runs a model. @returns the results, by the keys whose values in `wanted` are their names. */
export async function runModel(
  bytes: Uint8Array,
  feeds: State,
  wanted: Readonly<Record<string, string>>,
): Promise<Record<string, Tensor>> {
  const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 4 });
  try {
    const given = Object.entries(feeds).map(([name, value]) => [
      name,
      new ort.Tensor(value.dtype, value.data() as never, value.shape),
    ]);
    const results = await session.run(Object.fromEntries(given));
    return Object.fromEntries(
      Object.entries(wanted).map(([key, name]) => {
        const { data, dims, type } = results[name] as ort.Tensor;
        return [key, tensor(data as TypedArray, { shape: dims, dtype: type as DType })];
      }),
    );
  } finally {
    await session.release();
  }
}

/** Returns the part of a state that a model reads, by the names of the model's inputs. */
export function fed(state: State, inputs: Readonly<Record<string, string>>): State {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, input]) => [input, state[name] as Tensor]),
  );
}

/** Returns a step of one process as a function (state, batch) → (next state, loss). */
export function stepOf(files: TrainingStepFiles) {
  const { gradient, update } = describedBy(files);
  return async (state: State, batch: readonly Tensor[]) => {
    const rows = Object.fromEntries(
      gradient.batch.map(({ name }, i) => [name, batch[i] as Tensor] as const),
    );
    const { loss, ...gradients } = await runModel(
      files["gradient.onnx"],
      { ...fed(state, gradient.state), ...rows },
      { ...gradient.gradients, loss: gradient.loss },
    );
    const next = await runModel(
      files["update.onnx"],
      { ...fed(state, update.state), ...fed(gradients, update.gradients) },
      update.next,
    );
    return { state: { ...state, ...next }, loss: loss as Tensor };
  };
}
