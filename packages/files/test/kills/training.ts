/**
 * A small training that goes on where a checkpoint left it: weights, Adam's state, the random state of noise,
 * and the position in the data.
 */

import { renameSync, writeFileSync } from "node:fs";
import {
  Adam,
  compile,
  Dense,
  loadState,
  meanSquaredError,
  normal,
  Sequential,
  state,
  Tanh,
  type Tensor,
  tensor,
  uniform,
  Variable,
  valueAndGrad,
} from "@graddiff/core";
import { writeSafetensors } from "../../src/index.ts";
import { newestCheckpoint, saveCheckpoint } from "../../src/node.ts";

const ROWS = 48;
const BATCH = 8;

/** Steps of the whole training, and between two checkpoints. */
export const STEPS = 120;
const EVERY = 2;

function makeTraining() {
  const model = new Sequential(
    new Dense(4, 16, { seed: 1 }),
    new Tanh(),
    new Dense(16, 1, { seed: 2 }),
  );
  const { variables } = model;
  const optimizer = new Adam(variables, { learningRate: 0.01 });
  const random = new Variable(tensor(0, { dtype: "int32" }));
  const position = new Variable(tensor(0, { dtype: "int32" }));
  const update = compile((x: Tensor) => {
    const noise = normal([BATCH, 4], { seed: random.value }).mul(0.1);
    const target = x.square().sum(1, { keepDims: true });
    const loss = () => meanSquaredError(model.forward(x.add(noise)), target);
    optimizer.step(valueAndGrad(loss, { variables })().gradient);
    random.assign(random.value.add(1));
  });
  const data = uniform([ROWS, 4], { seed: 3 });
  const step = () => {
    const begin = position.value.item();
    update(data.slice([begin, 0], [begin + BATCH, 4]));
    position.assign(tensor((begin + BATCH) % ROWS, { dtype: "int32" }));
  };
  return { parts: { model, optimizer, random, position }, step };
}

/**
 * Trains to the end, and writes a checkpoint after every second step. Standard output tells how far it is.
 *
 * @param folder where checkpoints are.
 * @param result the file for the state at the end.
 */
export async function train(folder: string, result: string): Promise<void> {
  const { parts, step } = makeTraining();
  const { checkpoint, damaged } = await newestCheckpoint(folder);
  for (const { path, reason } of damaged) console.log(`damaged ${path}: ${reason}`);
  if (checkpoint !== undefined) loadState(parts, checkpoint.tensors);
  console.log(`from ${checkpoint?.step ?? 0}`);
  for (let done = (checkpoint?.step ?? 0) + 1; done <= STEPS; done++) {
    step();
    if (done % EVERY !== 0) continue;
    await saveCheckpoint(folder, state(parts), { step: done });
    console.log(`saved ${done}`);
  }
  writeFileSync(`${result}.temporary`, writeSafetensors(state(parts)));
  renameSync(`${result}.temporary`, result);
}
