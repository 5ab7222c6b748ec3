/** Valid calls of core's public functions, for the tests of misuse. */

import * as extend from "../../src/extend.ts";
import * as fft from "../../src/fft.ts";
import * as gd from "../../src/index.ts";
import * as linalg from "../../src/linalg.ts";
import { Gpu } from "../../src/run/webgpu/gpu.ts";
import { WebGpu } from "../../src/run/webgpu/webGpu.ts";
import * as threads from "../../src/threads.ts";
import * as webgpu from "../../src/webgpu.ts";
import { Doors, type Examples } from "./doors.ts";
import { loss, weight, wrong, x } from "./support.ts";

const truth = gd.tensor([true, false, true]);
const index = gd.tensor([0, 1], { dtype: "int32" });
const matrix = gd.tensor([
  [1, 2],
  [3, 4],
]);
const seeded = { seed: 1 };
const image = gd.ones([1, 1, 2, 2]);
const program = gd.compile(loss).program(x);

/** A layer with a weight. */
class Scale extends gd.Layer {
  readonly weight: gd.Variable = weight();
  override compute(input: gd.Tensor): gd.Tensor {
    return input.mul(this.weight.value);
  }
}

/** Returns a GPU device that accepts all calls and does nothing. */
const idle = (): Gpu["device"] => ({
  limits: { maxStorageBufferBindingSize: 2 ** 20, maxBufferSize: 2 ** 20 },
  lost: new Promise(() => {}),
  queue: { submit: () => {}, writeBuffer: () => {} },
  createBuffer: ({ size }) => ({
    size,
    mapAsync: async () => {},
    getMappedRange: () => new ArrayBuffer(size),
    unmap: () => {},
    destroy: () => {},
  }),
  pushErrorScope: () => {},
  popErrorScope: async () => null,
  createShaderModule: () => ({}),
  createBindGroupLayout: () => ({}),
  createPipelineLayout: () => ({}),
  createBindGroup: () => ({}),
  createComputePipeline: () => ({}),
  createCommandEncoder: () => ({
    copyBufferToBuffer: () => {},
    beginComputePass: () => ({
      setPipeline: () => {},
      setBindGroup: () => {},
      dispatchWorkgroups: () => {},
      end: () => {},
    }),
    finish: () => ({}),
  }),
  addEventListener: () => {},
  destroy: () => {},
});
const host = {
  requestAdapter: async () => ({
    limits: idle().limits,
    info: { description: "" },
    requestDevice: async () => idle(),
  }),
};

/** Returns a GPU for which programs can be prepared but not run. */
export const idleGpu = (): WebGpu => new WebGpu(new Gpu(host, idle(), false));

const examples: Examples = {
  modules: {
    ".": gd,
    "./extend": extend,
    "./fft": fft,
    "./linalg": linalg,
    "./threads": threads,
    "./webgpu": webgpu,
    // The module of the worker entry exports nothing.
    "./worker": {},
  },
  arguments: {
    setMemoryLimit: [2 ** 31],
    openWebGpu: [{ gpu: host, fallback: true, exact: false }],
    profileWebGpu: [
      gd.compile(loss, { backend: new WebGpu(new Gpu(host, idle(), false)) }),
      x.cast("float32"),
    ],
    stft: [gd.ones([9]), { size: 4 }],
    inverseStft: [{ real: gd.ones([3, 2]), imaginary: gd.ones([3, 2]) }, { size: 4 }],
    quantile: [x, 0.5, 0, {}],
    binCount: [index, 3],
    put: [x, index, 1, 0, {}],
    putAlongAxis: [x, index, 1, 0, {}],
    segmentSum: [index, index, 2],
    segmentMean: [index, index, 2],
    segmentMax: [index, index, 2],
    segmentMin: [index, index, 2],
    segmentProd: [index, index, 2],
    gridSample: [image, gd.ones([1, 1, 1, 2]), {}],
    affineGrid: [gd.ones([1, 2, 3]), [1, 1], {}],
    pixelShuffle: [image, 1],
    pixelUnshuffle: [image, 1],
    rotate90: [matrix, 1, [0, 1]],
    adaptiveAveragePool3d: [gd.ones([1, 1, 1]), 1],
    adaptiveMaxPool2dWithIndices: [matrix, 1],
    adaptiveMaxPool3d: [gd.ones([1, 1, 1]), 1],
    adaptiveMaxPool3dWithIndices: [gd.ones([1, 1, 1]), 1],
    maxPool3dWithIndices: [gd.ones([1, 1, 1]), 1, {}],
    compress: [x, truth, 0],
    oneHot: [index, 2, {}],
    takeAlongAxis: [x, index, 0],
    diagonal: [matrix, {}],
    moveAxis: [matrix, 0, 1],
    swapAxes: [matrix, 0, 1],
    trace: [matrix, {}],
    tril: [matrix, {}],
    triu: [matrix, {}],
    flatten: [matrix, 0, 1],
    adaptiveAveragePool2d: [matrix, 1],
    adaptiveMaxPool2d: [matrix, 1],
    averagePool2d: [matrix, 1, {}],
    averagePool3d: [gd.ones([1, 1, 1]), 1, {}],
    bitwiseAnd: [truth, truth],
    bitwiseNot: [truth],
    bitwiseOr: [truth, truth],
    bitwiseXor: [truth, truth],
    broadcastTo: [x, [2, 3]],
    conv1d: [gd.ones([1, 1, 2]), gd.ones([1, 1, 1]), {}],
    conv2d: [gd.ones([1, 1, 2, 2]), gd.ones([1, 1, 1, 1]), {}],
    conv3d: [gd.ones([1, 1, 2, 2, 2]), gd.ones([1, 1, 1, 1, 1]), {}],
    convTranspose1d: [gd.ones([1, 1, 2]), gd.ones([1, 1, 1]), {}],
    convTranspose2d: [gd.ones([1, 1, 2, 2]), gd.ones([1, 1, 1, 1]), {}],
    convTranspose3d: [gd.ones([1, 1, 2, 2, 2]), gd.ones([1, 1, 1, 1, 1]), {}],
    cond: [gd.tensor(true), () => x, () => x],
    einsum: ["i,i", x, x],
    fold: [gd.ones([1, 1, 1]), 1, 1, {}],
    forLoop: [0, 2, (_i: gd.Tensor, c: gd.Tensor) => c, x, {}],
    fromMessage: [gd.toMessage([x]).message],
    groupNorm: [matrix, 1, {}],
    interpolate: [gd.ones([1, 1, 2]), { size: 1 }],
    leftShift: [index, 1],
    maxPool2d: [matrix, 1, {}],
    maxPool2dWithIndices: [matrix, 1, {}],
    maxPool3d: [gd.ones([1, 1, 1]), 1, {}],
    named: ["price", x],
    pairwiseDistance: [matrix, matrix, {}],
    reshape: [x, [3]],
    scaledDotProductAttention: [matrix, matrix, matrix, {}],
    rightShift: [index, 1],
    scan: [(c: gd.Tensor) => [c, []], x, undefined, { length: 1 }],
    setRunner: ["wasm"],
    squeeze: [x, []],
    take: [x, index, 0],
    tensor: [[1], {}],
    transpose: [x, [0]],
    unfold: [gd.ones([1, 1, 1]), 1, {}],
    bernoulli: [0.5, seeded],
    binomial: [4, 0.5, seeded],
    binomialQuantile: [4, 0.5, 0.5],
    useKernel: [wrong({})],
    where: [truth, x, x],
    whileLoop: [() => false, (c: gd.Tensor) => c, x, {}],
    withDefaultDType: ["float32", () => x],
    at: [x, 0],
    profile: [gd.compile(loss), x],
    summary: [new Scale(), matrix],
    "Graph.node": ["x"],
    loadState: [{ w: weight() }, { w: gd.tensor([1, 2]) }, {}],
    copyState: [{ w: weight() }, { w: weight() }, {}],
    freeze: [{ w: weight() }, "w"],
    unfreeze: [{ w: weight() }, "w"],
    toMessage: [[x]],
    "Graph.adjusted": [{}],
    "Graph.tangents": [{}],
    "Layer.backward": [gd.ones([2, 2])],
    "Tensor.copyTo": [new Float64Array(1)],
    "Variable.assign": [gd.tensor([1, 2])],
  },
  instances: {
    WebGpu: () => idleGpu(),
    Draws: () => new gd.Draws(1),
    Graph: () => gd.explain(loss)(x),
    Profile: () => gd.profile(gd.compile(loss), x),
    Program: () => program,
    Tensor: () => gd.tensor([2], { dtype: "float64" }),
    Variable: () => weight(),
    Layer: () => {
      const scale = new Scale();
      scale.forward(matrix);
      return scale;
    },
  },
  said: {
    Graph: "",
    Layer: "Scale.",
    Profile: "",
    Program: "",
    Tensor: "",
  },
  forAuthors: ["./extend"],
  exempt: [
    [/^(Seekable|LayoutSize|ThreadWorker)\./, "users give them"],
    [/^Compiled\.program$/, "its arguments are those of the function"],
    [/^(Function)?Layer\.(compute|forward)$/, "its arguments are those of its class or function"],
    [/^new (FunctionLayer|Graph)$/, "a function makes them"],
    [/^new \w+Error$/, "the library makes them"],
  ],
  otherwise: () => new Scale(),
};

export const doors = new Doors(new URL("../../", import.meta.url), examples);
