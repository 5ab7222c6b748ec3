/** Valid calls of the package's public functions, for the tests of misuse. */

import * as gd from "@graddiff/core";
import { Doors, type Examples } from "../../../core/test/misuse/doors.ts";
import { weight, x } from "../../../core/test/misuse/support.ts";
import * as nn from "../../src/index.ts";

const truth = gd.tensor([true, false, true]);
const index = gd.tensor([0, 1], { dtype: "int32" });
const matrix = gd.tensor([
  [1, 2],
  [3, 4],
]);
const seeded = { seed: 1 };
const rate = { learningRate: 1 };
const trained = new nn.Dense(2, 1, seeded);
const own = weight();
const fitting = {
  loss: (model: nn.Dense) => model.weight.value.sum(),
  optimizer: new nn.SGD(trained, rate),
  epochs: 1,
};
const attention = new nn.MultiHeadAttention(2, 1, { causal: true });
const block = new nn.TransformerBlock(2, 1, { causal: true });
const image = gd.ones([1, 1, 2, 2]);
const series = gd.ones([1, 1, 1]);
const place = gd.ones([1, 1, 2]);
const whole = gd.tensor(0, { dtype: "int32" });
const decoder = new nn.Sequential(new nn.Embedding(4, 2), new nn.Dense(2, 4));

const examples: Examples = {
  modules: { ".": nn },
  arguments: {
    fromPixels: [{ data: new Uint8Array(4), width: 1, height: 1 }, {}],
    flipImages: [image, seeded],
    shiftImages: [image, { most: 1, ...seeded }],
    cropImages: [image, { size: 1, ...seeded }],
    rotateImages: [image, { degrees: 1, ...seeded }],
    scaleImages: [image, seeded],
    jitterColors: [image, seeded],
    addNoise: [image, seeded],
    mixup: [image, matrix.slice([0], [1]), seeded],
    cutout: [image, { size: 1, ...seeded }],
    crossEntropy: [matrix, index, {}],
    negativeLogLikelihood: [matrix, index, {}],
    binaryCrossEntropy: [x, truth, {}],
    ctcLoss: [gd.ones([1, 1, 2]), gd.ones([1, 1], { dtype: "int32" }), {}],
    hingeLoss: [x, gd.tensor([1, -1, 1]), {}],
    cosineEmbeddingLoss: [matrix, matrix, gd.tensor([1, -1]), {}],
    accuracy: [index, index, {}],
    topKAccuracy: [matrix, index, { k: 1 }],
    precision: [index, index, {}],
    recall: [index, index, {}],
    f1: [index, index, {}],
    confusionMatrix: [index, index, { classes: 2 }],
    areaUnderCurve: [x, truth, {}],
    perplexity: [matrix, index, {}],
    splitData: [x, [1], seeded],
    reduceOnPlateau: [new nn.SGD([weight()], rate), {}],
    glorot: [[2, 2], seeded],
    he: [[2, 2], seeded],
    lecun: [[2, 2], seeded],
    orthogonal: [[2, 2], seeded],
    fit: [trained, { data: [], ...fitting }],
    lossCurve: [[1, 2], {}],
    "AveragePool2d.forward": [image],
    "BatchNorm.forward": [gd.ones([2, 1])],
    "Conv1d.forward": [gd.ones([1, 1, 2])],
    "Conv2d.forward": [image],
    "Conv3d.forward": [gd.ones([1, 1, 1, 1, 1])],
    "ConvTranspose2d.forward": [image],
    "Dense.forward": [gd.ones([1, 1])],
    "Embedding.forward": [gd.tensor([0], { dtype: "int32" })],
    "Flatten.forward": [matrix],
    "LowRank.forward": [gd.ones([1, 2])],
    "LearnedPositions.forward": [series],
    "SinusoidalPositions.forward": [place],
    "new SinusoidalPositions": [2, {}],
    "LearnedPositions.next": [series, { length: whole }],
    "SinusoidalPositions.next": [place, { length: whole }],
    generate: [decoder, [0], { count: 1 }],
    "GRU.next": [series, gd.ones([1, 1])],
    "RNN.next": [series, gd.ones([1, 1])],
    "LSTM.next": [series, { hidden: gd.ones([1, 1]), cell: gd.ones([1, 1]) }],
    "GRU.forward": [series, { state: gd.ones([1, 1]), mask: gd.ones([1, 1]).greater(0) }],
    "GroupNorm.forward": [gd.ones([2, 1])],
    "InstanceNorm.forward": [gd.ones([1, 1, 2])],
    "Upsample.forward": [image],
    "new Upsample": [{ scale: 1 }],
    "LSTM.forward": [series, { mask: gd.ones([1, 1]).greater(0) }],
    "LayerNorm.forward": [gd.ones([1])],
    "MaxPool2d.forward": [image],
    "MultiHeadAttention.forward": [series, { context: series, causal: false }],
    "RMSNorm.forward": [gd.ones([1])],
    "RNN.forward": [series, { lengths: gd.tensor([1], { dtype: "int32" }) }],
    "Residual.forward": [matrix],
    "new Residual": [(v: gd.Tensor) => v],
    "Sequential.forward": [matrix],
    "TransformerBlock.forward": [series, { causal: true }],
    "confusionMatrix.streaming": [{ classes: 2 }],
    "new LowRank": [new nn.Dense(2, 1, seeded), { rank: 1 }],
    loadTorch: [{ w: weight() }, { w: gd.tensor([1, 2]) }, {}],
    "AveragedWeights.within": [() => x],
    "new AveragedWeights": [new nn.Dense(2, 1, seeded), {}],
    "Optimizer.minimize": [() => own.value.sum()],
    "LBFGS.minimize": [() => own.value.square().sum()],
    "LBFGS.minimizeRecorded": [() => own.value.square().sum()],
    "Optimizer.step": [[gd.tensor([1, 2])]],
    "Plateau.step": [1],
    "MultiHeadAttention.next": [place, attention.start(1, 2)],
    "TransformerBlock.next": [place, block.start(1, 2)],
    "StreamingMetric.add": [nn.accuracy.streaming().start(), index, index, truth.slice([0], [2])],
    "StreamingMetric.result": [nn.accuracy.streaming().start()],
    trainingStep: [
      trained,
      (model: nn.Dense) => model.forward(matrix).sum(),
      new nn.SGD(trained, rate),
      {},
    ],
  },
  instances: {
    AveragedWeights: () => new nn.AveragedWeights(new nn.Dense(2, 1, seeded)),
    AsyncBatches: () => nn.batches((async function* () {})(), { size: 1 }),
    Batches: () => nn.batches(new Set([x]), { size: 1 }),
    BatchesPosition: () => nn.batches(x, { size: 1 }),
    // Each call gets a new layer, since LowRank freezes its layer.
    Dense: () => new nn.Dense(2, 1, seeded),
    Fit: () => nn.fit(trained, { data: [[]], ...fitting }),
    History: () => nn.fit(trained, { data: [[]], ...fitting }).history,
    GRU: () => new nn.GRU(1, 1),
    LBFGS: () => new nn.LBFGS([own]),
    LSTM: () => new nn.LSTM(1, 1),
    LearnedPositions: () => new nn.LearnedPositions(1, 1),
    Layer: () => {
      const dense = new nn.Dense(2, 1, seeded);
      dense.forward(matrix);
      return dense;
    },
    LowRank: () => new nn.LowRank(new nn.Dense(2, 1, seeded), { rank: 1 }),
    MultiHeadAttention: () => attention,
    Optimizer: () => new nn.SGD([own], rate),
    Plateau: () => nn.reduceOnPlateau(new nn.SGD(trained, rate)),
    Standardization: () => nn.standardize(x),
    RNN: () => new nn.RNN(1, 1),
    SinusoidalPositions: () => new nn.SinusoidalPositions(2),
    StreamingMetric: () => nn.accuracy.streaming(),
    TableBatches: () => nn.batches(x, { size: 1 }),
    TransformerBlock: () => block,
  },
  said: {
    AsyncBatches: "batches.",
    Batches: "batches.",
    BatchesPosition: "batches.",
    Fit: "fit.",
    History: "",
    Optimizer: "SGD.",
    Plateau: "reduceOnPlateau.",
    StreamingMetric: "accuracy.",
    TableBatches: "batches.",
  },
  exempt: [
    [/^pairLoss$/, "its options are readers of any name"],
    [/^(metric|updateRule)$/, "its definition is for the compiler to check"],
    [/^TrainingStep\.program$/, "its arguments are those of the function"],
    [/^Metric\.streaming$/, "each metric has its own"],
    [/^Seekable\./, "users give them"],
  ],
  otherwise: () => trained,
};

export const doors = new Doors(new URL("../../", import.meta.url), examples);
