// A program that uses the author's package: its layer, loss, optimizer and metric have the abilities of those in
// @graddiff/nn.

import {
  compile,
  loadState,
  profile,
  state,
  summary,
  type Tensor,
  tensor,
  trained,
  uniform,
  zeros,
} from "@graddiff/core";
import {
  batches,
  cosineDecay,
  Dense,
  initialize,
  Sequential,
  fit as train,
  trainingStep,
} from "@graddiff/nn";
import { exportOnnx, importOnnx } from "@graddiff/onnx";
import { Damped, laplaceLoss, meanError, RunningScale } from "./author.js";

const make = () =>
  new Sequential(new Dense(3, 4), new RunningScale(4), new Dense(4, 1), { seed: 7 });
const x = uniform([16, 3], { seed: 1 });
const y = x.sum(1, { keepDims: true });
const loss = (model: Sequential) => laplaceLoss(model.forward(x), y, { scale: 2 });
const optimizerOf = (model: Sequential) =>
  new Damped(model, { learningRate: cosineDecay(0.1, { steps: 40 }), damping: 0.25 });

declare const console: { log(text: string): void };

const messageOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    return (error as Error).message;
  }
  return "no error";
};

// Training gives the same bits eager and compiled.
const [eager, compiled] = [make(), make()];
const [slow, fast] = [optimizerOf(eager), optimizerOf(compiled)];
const step = trainingStep(compiled, loss, fast);
for (let i = 0; i < 20; i++) {
  slow.minimize(() => loss(eager));
  step();
}
const same = JSON.stringify(state(eager)) === JSON.stringify(state(compiled));

// The layer updates its statistics only in training mode, and another model loads its state.
const scale = compiled.layers[1] as RunningScale;
const first = String(scale.size.value);
compiled.forward(x);
const second = String(scale.size.value);
compiled.train(false);
compiled.forward(x);
const kept = first !== second && String(scale.size.value) === second;
const other = make();
loadState(
  { other, optimizer: optimizerOf(other) },
  { other: state(compiled), optimizer: state(fast) },
);
other.train(false);
const loaded = String(other.forward(x)) === String(compiled.forward(x));

// `initialize` with a seed also sets the weights of the author's layer.
const seeded = make();
initialize(seeded, 7);
const begun = String(state(seeded)["layers"]) === String(state(make())["layers"]);

// The model that is exported to ONNX and imported again has the same outputs.
const { bytes } = exportOnnx((rows: Tensor) => compiled.forward(rows), [x], {
  variables: compiled,
});
const [result] = importOnnx(bytes).fn(x);
const onnx = result.sub(compiled.forward(x)).abs().max().item();

const model = make();
const training = train(model, {
  data: batches({ x, y }, { size: 4 }),
  loss: (net, batch) => {
    const predicted = net.forward(batch.x);
    return { loss: laplaceLoss(predicted, batch.y), predicted, expected: batch.y };
  },
  metrics: { meanError },
  optimizer: optimizerOf(model),
  epochs: 2,
});
const history = await training.run();

console.log(
  JSON.stringify({
    ...{ same, kept, loaded, begun, onnx: onnx < 1e-5 },
    summary: /RunningScale of 4/.test(String(summary(make(), x))),
    trained: trained(make()).length,
    profiled: profile(step).rows.some(({ layer }) => /RunningScale/.test(layer ?? "")),
    history: history.rows.length,
    masked: laplaceLoss(tensor([1, Number.NaN]), tensor([2, 0]), {
      mask: tensor([true, false]),
    }).item(),
    messages: [
      messageOf(() => new RunningScale(0)),
      messageOf(() => new RunningScale(2, { momentum: 2 })),
      messageOf(() => Reflect.apply(laplaceLoss, undefined, [x, x, { sale: 2 }])),
      messageOf(() => new Damped(make(), { learningRate: 0.1, damping: 1 })),
      messageOf(() => meanError.streaming().add({}, x, y)),
      messageOf(() => compile((rows: Tensor) => make().forward(rows))(zeros([2, 5]))),
      messageOf(() => compile((rows: Tensor) => new RunningScale(3).forward(rows))(zeros([2, 5]))),
    ],
  }),
);
