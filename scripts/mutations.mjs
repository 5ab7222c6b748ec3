/**
 * Plants faults in a copy of the project, one at a time, and checks that tests find each of them:
 *
 *   npm run mutations              all faults
 *   npm run mutations -- scatter   only the faults whose name contains `scatter`
 *
 * Faults of ops are wrong kernels, derivatives and batching rules, at least one for each family of ops; the tests that
 * are generated from the table of ops (`LAWS`) must fail. For a wrong line elsewhere, in any package or app, `FAULTS`
 * names the tests that must fail. If no test fails, a test is missing.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { copy, copyBuilt, makeCopy, restoreCopy, run } from "./copy.mjs";

const ops = "packages/core/src/ops";
const families = "packages/core/src/families";
const bodies = "packages/core/src/bodies";

const lanes = "packages/core/src/run/wasm/kernel/lanes.ts";

const source = "packages/core/src";

const threads = `${source}/run/threads`;

const generated = `${source}/generated/`;

const stats = "packages/stats/src";

/**
 * The faults: the name, the file, a text that is in the file exactly once, the wrong text that replaces it, and the
 * paths of the tests that must fail, from packages/ or with apps/ (default: LAWS).
 */
const FAULTS = [
  ["sub with the instructions of add", lanes, "sub: { opcodes: SUB }", "sub: { opcodes: ADD }"],
  [
    "lessEqual with those of less",
    lanes,
    "lessEqual: { opcodes: AT_MOST }",
    "lessEqual: { opcodes: LESS }",
  ],
  ["add with the kernel of mul", lanes, 'kernel: "addForward"', 'kernel: "multiplyForward"'],
  ["max with the kernels of min", `${ops}/reduction.ts`, 'kernel: "max"', 'kernel: "min"'],
  ["min with the kernels of sum", `${ops}/reduction.ts`, 'kernel: "min"', 'kernel: "sum"'],
  [
    "products of a stack with its first right factor",
    `${families}/contractionForm.ts`,
    "moved(y.address, numberAt(b.offsets, product) * bytes, ofY)",
    "moved(y.address, 0, ofY)",
  ],
  [
    "take of float64 in halves",
    `${families}/indexing.ts`,
    "copies ? [inner * bytes]",
    "copies ? [inner * Math.min(4, bytes)]",
  ],
  [
    "scatterAdd of int32 with the kernel of float32",
    `${families}/indexing.ts`,
    "SUFFIX[dtype]}`, size)",
    'SUFFIX[dtype === "int32" ? "float32" : dtype]}`, size)',
  ],
  [
    "random numbers that are counted from 1",
    `${families}/random.ts`,
    "address, length, first, step, low",
    "address, length, first + 1, step, low",
  ],
  [
    "slices that begin one element later",
    `${ops}/view.ts`,
    "sum + stride * at(starts, axis), 0)",
    "sum + stride * at(starts, axis), 1)",
  ],
  [
    "abs with a derivative that is wrong for negative numbers",
    `${ops}/arithmetic.ts`,
    "derivative: partials((x) => x.sign()),",
    "derivative: partials((x) => x.greater(0).cast(x.dtype)),",
  ],
  [
    "exp with a derivative of first order only",
    `${ops}/transcendental.ts`,
    "derivative: partials((_x, output) => output),",
    "derivative: partials((_x, output) => output.stopGradient()),",
  ],
  [
    "sum with an adjoint that is twice as large",
    `${ops}/reduction.ts`,
    "restore(cotangent, inputOf(context).shape, context.attributes),",
    "restore(cotangent.mul(2), inputOf(context).shape, context.attributes),",
  ],
  [
    "reductions batched along another axis",
    `${ops}/reduction.ts`,
    "attributes.axes.map((axis) => axis + 1) });",
    "attributes.axes.map((axis) => Math.max(1, axis)) });",
  ],
  [
    "take batched along another axis",
    `${ops}/indexing.ts`,
    "applyAll(op, inputs, { ...attributes, axis: axis + 1 })",
    "applyAll(op, inputs, attributes)",
  ],
  [
    "split batched along another axis",
    `${ops}/splitting.ts`,
    "{ ...attributes, axis: attributes.axis + 1 }",
    "attributes",
  ],
  [
    "a convolution whose gradient has the weights forwards",
    `${ops}/convolution.ts`,
    "[cotangent, backwards(weight, (each) => each > 1)]",
    "[cotangent, weight]",
  ],
  [
    "a convolution of a batch in the groups of one example",
    `${ops}/convolution.ts`,
    "{ ...attributes, groups: groups * size }",
    "attributes",
  ],
  [
    "the kernel of convolutions with one plane for each group",
    `${families}/windows.ts`,
    "const counts = [batch, groups, planes / groups];",
    "const counts = [batch, groups, 1];",
  ],
  [
    "the kernel of pools without padding",
    `${families}/windows.ts`,
    "inner(low, 0)",
    "inner([], 0)",
  ],
  [
    "a view of windows without dilation",
    `${ops}/unfold.ts`,
    "...steps(dilation), ...steps(stride)",
    "...strides.slice(leading), ...steps(stride)",
  ],
  [
    "windows that are added without dilation",
    `${families}/windows.ts`,
    "(element % size[2]) * dilation[2]",
    "element % size[2]",
  ],
  [
    "the kernel of windows that are added, one after the other",
    `${families}/windows.ts`,
    "[lengths, size, stride, dilation, outputSize].flatMap",
    "[lengths, size, size, dilation, outputSize].flatMap",
  ],
  [
    "row programs whose chunks begin with the first row",
    "packages/core/src/run/program/callWriter.ts",
    "steps.push(bytes);",
    "steps.push(0);",
  ],
  [
    "row programs of rows that are read by others",
    "packages/core/src/run/program/fuse/rows.ts",
    "if (step !== row) return undefined;",
    "",
  ],
  [
    "topK in ascending order",
    `${generated}algorithms/order.ts`,
    "return first < second;",
    "return first > second;",
  ],
  [
    "topK of float64 with the kind of float32",
    `${families}/order.ts`,
    "[rows, length, k, kind, Number(descending)]",
    "[rows, length, k, Math.min(1, kind), Number(descending)]",
  ],
  [
    "topK whose places are those of the values",
    `${families}/order.ts`,
    "[x.address, values.address, indices.address, scratch]",
    "[x.address, indices.address, values.address, scratch]",
  ],
  [
    "the second result of an op at the place of the first",
    "packages/core/src/run/program/callWriter.ts",
    'address: addressFor(each, "write") };',
    'address: addressFor(at(writes, 0), "write") };',
  ],
  [
    "scan that stays at its second carry",
    `${bodies}/scanOp.ts`,
    "now = results.slice(0, carries);",
    "if (n < 2) now = results.slice(0, carries);",
  ],
  [
    "cond that takes the other function",
    `${bodies}/conditional.ts`,
    "=== 0 ? whenFalse : whenTrue, captured)",
    "=== 0 ? whenTrue : whenFalse, captured)",
  ],
  [
    "scans from the other end",
    `${families}/scan.ts`,
    "Number(attributes.reverse),",
    "Number(!attributes.reverse),",
  ],
  [
    "cumulative sums without superblocks",
    `${families}/scan.ts`,
    "if (k % (SCAN_BLOCK * SCAN_BLOCK) === 0) {",
    "if (k < 0) {",
    ["core/test/ops/cumulative.test.ts"],
  ],
  [
    "gradients of recurrences in the direction of the walk",
    `${ops}/scans.ts`,
    "return apply(recurrenceOp, [fromLater(a, walk), cotangent], { axis, reverse: !reverse });",
    "return apply(recurrenceOp, [fromLater(a, walk), cotangent], { axis, reverse });",
  ],
  [
    "sorts of int32 as of float32",
    `${families}/order.ts`,
    "const KINDS = { int32: 0,",
    "const KINDS = { int32: 1,",
  ],
  [
    "put of what is there already",
    `${families}/putting.ts`,
    "at(arrays, 2), combineOf",
    "at(arrays, 0), combineOf",
  ],
  [
    "parts of gradients one after their index",
    `${ops}/placedParts.ts`,
    "stridedLayout(shape, at(starts, i), at(steps, i))",
    "stridedLayout(shape, at(starts, 0), at(steps, i))",
  ],
  [
    "steps whose loops may throw that are planned as if they did not",
    `${source}/run/program/plan.ts`,
    "return ends || bodies.some((body) => body.throws);",
    "return ends;",
    ["core/test/generated/failing.test.ts"],
  ],
  [
    "rows of a loop backwards from the first that was not visited",
    `${source}/run/wasm/interpret/control.ts`,
    "move(1 - at(views.int32, count))",
    "move(-at(views.int32, count))",
    ["core/test/control/while.test.ts"],
  ],
  [
    "stops that go on",
    `${source}/differentiate/rules.ts`,
    'derivative?.kind === "partials" && derivative.stops;',
    "derivative === undefined;",
    ["core/test/differentiate/stops.test.ts"],
  ],
  [
    "drawn constants that gradients come to",
    `${source}/differentiate/tape.ts`,
    "this.fixed.add(id);",
    "",
    ["core/test/differentiate/stops.test.ts"],
  ],
  [
    "Variables of a function's own that are known at their first level alone",
    `${source}/graph/recording.ts`,
    "tensor = resolve(tensor).value) {",
    "tensor = undefined) {",
    ["core/test/control/variables.test.ts"],
  ],
  [
    "checks that make no call",
    `${source}/run/program/callWriter.ts`,
    "isReshape(item, this.#trace) && !refuses(item, this.#trace) ?",
    "isReshape(item, this.#trace) ?",
    ["nn/test/checked.test.ts"],
  ],
  [
    "checks of the value that is handed on",
    "packages/core/src/families/checking.ts",
    "const { address, shape, dtype } = at(inputs, 1);",
    "const { address, shape, dtype } = at(inputs, 0);",
    ["nn/test/checked.test.ts"],
  ],
  [
    "branches that are computed for all examples",
    `${bodies}/conditional.ts`,
    "fails && takes.size > 0\n",
    "fails && takes.size > 9\n",
    ["core/test/generated/untaken.test.ts"],
  ],
  [
    "examples that are computed like one that has ended, too",
    `${bodies}/examples.ts`,
    'cast("int32").argMax()',
    'cast("int32").argMin()',
    ["core/test/generated/untaken.test.ts", "core/test/control/while.test.ts"],
  ],
  [
    "strides of windows beyond 32 bits",
    `${ops}/windows.ts`,
    "list.map((each, axis) => Math.min(each, Math.max(1, at(lengths, axis))));",
    "list;",
    ["core/test/ops/sizes.test.ts"],
  ],
  [
    "NaN after all numbers in descending order",
    `${generated}algorithms/words.ts`,
    "turn === 0 ? 0 : length - numbers;",
    "0;",
    ["core/test/ops/order.test.ts"],
  ],
  [
    "the third moment of an optimizer",
    "packages/nn/src/optimizers/adam.ts",
    "rate.div(biasOf(beta1, steps))",
    "rate.div(biasOf(beta2, steps))",
    ["nn/test/golden/optimizers.test.ts", "nn/test/optimizers"],
  ],
  [
    "means over all elements, a mask or not",
    "packages/nn/src/losses/reducing.ts",
    "return mask ? kept.sum().div(broadcastTo(mask, losses.shape).sum()) : losses.mean();",
    "return kept.mean();",
    ["nn/test/losses", "nn/test/golden/losses.test.ts"],
  ],
  [
    "confusions the other way",
    "packages/nn/src/metrics/confusion.ts",
    "row.mul(classes).add(column)",
    "column.mul(classes).add(row)",
    ["nn/test/metrics", "nn/test/golden/metrics.test.ts"],
  ],
  [
    "running statistics that forget at once",
    "packages/nn/src/layers/normalization.ts",
    "running.value.mul(1 - this.#momentum)",
    "running.value.mul(this.#momentum)",
    ["nn/test/layers", "nn/test/golden/layers.test.ts"],
  ],
  [
    "states of another dtype",
    `${source}/models/matching.ts`,
    "if (value.dtype !== dtype) return fault(DTypeError, describe(value));",
    "",
    ["nn/test/training/state.test.ts"],
  ],
  [
    "places that values share with those that end as they begin",
    `${source}/run/program/locations/offsets.ts`,
    "if (life.from > to || life.to < from) continue;",
    "if (life.from > to || life.to <= from) continue;",
    ["core/test/run/offsets.test.ts"],
  ],
  [
    "copied loops with the first addresses",
    `${source}/run/wasm/emit/templates.ts`,
    'if ("array" in move) value = move.value + at(addresses, move.array);',
    'if ("array" in move) value = move.value;',
    ["core/test/run/emit/templates.test.ts"],
  ],
  [
    "results that programs write over",
    `${source}/run/device/bufferStorage.ts`,
    "if (holds instanceof BufferStorage) holds.moveOut(this);",
    "",
    ["core/test/compile/storages.test.ts"],
  ],
  [
    "Variables assigned in place before an error after which calls go on",
    `${source}/run/program/plan.ts`,
    "last >= 0 && !target.stopsAtErrors ? items.length : last",
    "last",
    ["core/test/run/testBackend.test.ts"],
  ],
  [
    "loops of more arrays than a target has",
    `${source}/run/program/schedule/fewArrays.ts`,
    "return arrays.size <= most;",
    "return true;",
    ["core/test/run/mostArrays.test.ts"],
  ],
  [
    "bools of one byte in pieces of a target on which they have four",
    `${source}/run/program/calls/division.ts`,
    "...loop.inputs.map(({ dtype = loop.dtype }) => bytes[dtype]),",
    "...loop.inputs.map(({ dtype = loop.dtype }) => BYTES[dtype]),",
    ["core/test/run/division.test.ts"],
  ],
  [
    "segments of loops one after the other, backwards too",
    `${bodies}/segments.ts`,
    "concat(reverse ? [result, other] : [other, result])",
    "concat([other, result])",
    ["core/test/control/segments.test.ts"],
  ],
  [
    "switches that compiled functions do not look at",
    `${source}/graph/guards.ts`,
    "if (!Object.is(each.peek(), value)) return false;",
    "if (each === value) return false;",
    ["nn/test/layers/modes.test.ts"],
  ],
  [
    "replaced parts that compiled functions do not look at",
    `${source}/graph/guards.ts`,
    "if (owner[keys[k] as string] !== values[k]) return false;",
    "if (owner === values[k]) return false;",
    ["nn/test/compile/parts.test.ts"],
  ],
  [
    "one sequence for every purpose of a seed",
    `${source}/ops/sequences.ts`,
    "elementOf(seed, -numberOf(purpose))",
    "elementOf(seed, -1 - 0 * numberOf(purpose))",
    ["nn/test/layers/seeds.test.ts"],
  ],
  [
    "models left in evaluation that nobody is told of",
    `${source}/graph/modes.ts`,
    "hasWarned ? undefined : [...evaluated]",
    "!hasWarned ? undefined : [...evaluated]",
    ["nn/test/training/evaluation.test.ts"],
  ],
  [
    "normal numbers from one uniform number",
    `${source}/tensor/threefry.ts`,
    "const angle = 2 * Math.PI * unit64(...threefry(key0, key1, 2 * pair + 1, 0));",
    "const angle = 2 * Math.PI * unit64(...threefry(key0, key1, 2 * pair, 0));",
    ["core/test/tensor/random.test.ts"],
  ],
  [
    "batches of results that stay where they are",
    `${source}/differentiate/vectorize.ts`,
    'return moveAxis(batch, 0, normalizeAxis("vectorize", outAxis, batch.rank));',
    "return batch;",
    ["core/test/differentiate/transforms.test.ts"],
  ],
  [
    "examples of a stream that are drawn twice",
    "packages/nn/src/data/shuffling.ts",
    "this.#buffer[index] = example;",
    "",
    ["nn/test/data"],
  ],
  [
    "threads: one scratch memory for all",
    `${threads}/work.ts`,
    "const scratchBytes = thread * (numbers[start] as number);",
    "const scratchBytes = 0 * thread * (numbers[start] as number);",
    ["core/test/run/threads/bits.test.ts"],
  ],
  [
    "threads: pieces that two of them take",
    `${threads}/work.ts`,
    "if (Atomics.compareExchange(control, controlWords.ticket, ticket, ticket - 1) !== ticket)\n        continue;",
    "Atomics.store(control, controlWords.ticket, ticket - 1);",
    ["core/test/run/threads"],
  ],
  [
    "threads: pieces whose functions are not looked for",
    `${threads}/work.ts`,
    "      look();\n",
    "",
    ["core/test/run/threads/bits.test.ts"],
  ],
  [
    "threads: calls that touch each other in one phase",
    `${threads}/schedule.ts`,
    "at(waits, i).some((other) => open.has(other))",
    "at(waits, i).every((other) => open.has(other))",
    ["core/test/run/threads/bits.test.ts"],
  ],
  [
    "threads: the last unit of work of nobody",
    `${threads}/schedule.ts`,
    "cuts.push(unit * Math.floor((i * units) / partitions));\n  return [...cuts, count];",
    "cuts.push(unit * Math.floor((i * units) / partitions));\n  return [...cuts, count - 1];",
    ["core/test/run/threads/bits.test.ts"],
  ],
  [
    "threads: each step of a loop on the rows of the first",
    `${threads}/divided.ts`,
    "numbers[STEP] = step;",
    "numbers[STEP] = 0 * step;",
    ["core/test/run/threads/bits.test.ts"],
  ],
  [
    "threads: of several refusals the last one",
    `${threads}/divided.ts`,
    "codes.findIndex((code) => code < 0)",
    "codes.findLastIndex((code) => code < 0)",
    ["core/test/run/threads/bits.test.ts"],
  ],
  [
    "calls: a guard that forgets that numbers are plain",
    `${source}/compile/signature.ts`,
    "value.dtype !== dtype || value.weak !== weak || !sameShape",
    "value.dtype !== dtype || !sameShape",
    ["core/test/generated/calls.test.ts"],
  ],
  [
    "onnx: the cubic of Resize of other libraries",
    "packages/onnx/src/read/operators/resize.ts",
    'node.float("cubic_coeff_a", -0.75)',
    'node.float("cubic_coeff_a", -0.5)',
    ["onnx/test/read/defaults"],
  ],
  [
    "onnx: the slope of HardSigmoid of PyTorch",
    "packages/onnx/src/read/operators/elementwise.ts",
    'node.float("alpha", 0.2), node.float("beta", 0.5)',
    'node.float("alpha", 1 / 6), node.float("beta", 0.5)',
    ["onnx/test/read/defaults"],
  ],
  [
    "solve: ends of pchip of twice the secant",
    "packages/solve/src/interpolate1d.ts",
    "where(turns, d.mul(3), slope)",
    "where(turns, d.mul(2), slope)",
    ["solve/test/methods.test.ts"],
  ],
  [
    "solve: tolerances by the state before a step alone",
    "packages/solve/src/ode/adaptive.ts",
    "before.abs().maximum(after.abs()).stopGradient()",
    "before.abs().stopGradient()",
    ["solve/test/methods.test.ts"],
  ],
  [
    "batches: indices that an inner batch shares",
    `${ops}/putting.ts`,
    "const isShared = shared > 0 || batched[1] === true;",
    "const isShared = batched[1] === true;",
    ["core/test/generated/nested.test.ts"],
  ],
  [
    "docs: a page that says another number",
    "apps/docs/pages/guide/random.md",
    "[2.9175794 0.2553825 1.106967 ]",
    "[2.9175794 0.2553825 1.206967 ]",
    ["apps/docs/test/programs.test.ts"],
  ],
  [
    "demo: moves since the first step",
    "apps/demo/src/web/store.ts",
    "[run.history[run.at - 1], run.history[run.at]]",
    "[run.history[0], run.history[run.at]]",
    ["apps/demo/test/store.test.ts"],
  ],
  [
    "files: what other machines write, taken for leftovers",
    "packages/files/src/checkpoints.ts",
    "if (host !== hostname()) return false;",
    "if (host === undefined) return false;",
    ["files/test/checkpoints.test.ts"],
  ],
  [
    "files: one checkpoint more than is kept",
    "packages/files/src/checkpoints.ts",
    "const tooMany = older.slice(0, Math.max(0, older.length - (keep - 1)));",
    "const tooMany = older.slice(0, Math.max(0, older.length - (keep - 2)));",
    ["files/test/checkpoints.test.ts"],
  ],
  [
    "files: headers of safetensors that are not padded",
    "packages/files/src/safetensors.ts",
    "const length = Math.ceil(json.length / LENGTH_BYTES) * LENGTH_BYTES;",
    "const length = json.length;",
    ["files/test/safetensors.test.ts"],
  ],
  [
    "files: strides of PyTorch without the first axis",
    "packages/files/src/torch.ts",
    "for (let axis = shape.length - 1; axis >= 0; axis--) {",
    "for (let axis = shape.length - 1; axis > 0; axis--) {",
    ["files/test/torch.test.ts"],
  ],
  [
    "one window too many in the mode that rounds up",
    "packages/core/src/ops/windows.ts",
    "return ceilMode && steps * step >= length + before ? steps : steps + 1;",
    "return ceilMode && steps * step > length + before ? steps : steps + 1;",
    ["core/test/ops/windows.test.ts"],
  ],
  [
    "attention whose dropout does not scale what stays",
    "packages/core/src/bodies/attention.ts",
    "weights = where(mask, dropout < 1 ? weights.div(1 - dropout) : 0, 0);",
    "weights = where(mask, dropout < 1 ? weights : 0, 0);",
    ["core/test/ops/attention.test.ts"],
  ],
  [
    "demo: a corner told with its sides exchanged",
    "apps/demo/src/web/checkText.ts",
    "return words.corner(store.number(left), store.number(right), store.number(gradient));",
    "return words.corner(store.number(right), store.number(left), store.number(gradient));",
    ["apps/demo/test/store.test.ts"],
  ],
  [
    "running variances without the correction of Bessel",
    "packages/nn/src/layers/normalization.ts",
    "update(this.runningVariance, spread.mul(count / (count - 1)));",
    "update(this.runningVariance, spread);",
    ["nn/test/golden/layers.test.ts"],
  ],
  [
    "weights of classes where labels take no part",
    "packages/nn/src/losses/classes.ts",
    "const weights = weight && selected(takesPart, take(weight, classes), 0);",
    "const weights = weight && take(weight, classes);",
    ["nn/test/golden/losses.test.ts"],
  ],
  [
    "variances below the least without a gradient",
    "packages/nn/src/losses/likelihoods.ts",
    "const variances = v.add(v.maximum(epsilon).sub(v).stopGradient());",
    "const variances = v.maximum(epsilon);",
    ["nn/test/golden/losses.test.ts"],
  ],
  [
    "scores weighted by what is predicted",
    "packages/nn/src/metrics/confusion.ts",
    "return ratioOr(0, each.mul(expected).sum(), expected.sum());",
    "return ratioOr(0, each.mul(predicted).sum(), predicted.sum());",
    ["nn/test/golden/metrics.test.ts"],
  ],
  [
    "gates of an LSTM exchanged",
    "packages/nn/src/layers/recurrent.ts",
    "const [i, f, g, o] = ofInput.map((own, gate) => own.add(ofState[gate] as Tensor)) as [",
    "const [f, i, g, o] = ofInput.map((own, gate) => own.add(ofState[gate] as Tensor)) as [",
    ["nn/test/golden/layers.test.ts"],
  ],
  [
    "cosine schedules that rise again",
    "packages/nn/src/optimizers/schedules.ts",
    "alongCosine(initial, final, minimum(step, steps).div(steps)),",
    "alongCosine(initial, final, step.div(steps)),",
    ["nn/test/optimizers/optimizers.test.ts"],
  ],
  [
    "plateaus counted on after a rate has fallen",
    "packages/nn/src/optimizers/reduceOnPlateau.ts",
    "waited.assign(where(falls, 0, count));",
    "waited.assign(count);",
    ["nn/test/golden/optimizers.test.ts"],
  ],
  [
    "positive weights that are not checked",
    "packages/nn/src/losses/classification.ts",
    'checkFactor(op, "positiveWeight", positiveWeight, given);',
    "",
    ["nn/test/losses/losses.test.ts"],
  ],
  [
    "first weights without the size of the window",
    "packages/nn/src/layers/weights.ts",
    "const limit = Math.sqrt(6 / Math.max((first + second) * sizeOf(window), 1));",
    "const limit = Math.sqrt(6 / Math.max(first + second, 1));",
    ["nn/test/layers/kit.test.ts"],
  ],
  [
    "compiled calls: sums of parts that forget what was there",
    `${source}/differentiate/bodies.ts`,
    "found.addSums(leaves, unpackTangents(tangents.slice(come.length), before));",
    "",
    ["core/test/compile/inside.test.ts"],
  ],
  [
    "compiled calls: parts that are put together with what is whole",
    `${source}/differentiate/reverse.ts`,
    "const cotangents = goesOn\n    ? found.sums(results)\n    : results.map(",
    "const cotangents = results.map(",
    ["core/test/compile/inside.test.ts"],
  ],
  [
    "compiled calls: parts without their guard",
    `${source}/differentiate/tape.ts`,
    "this.addPart(id, wholePart(parts.value), parts.mask)",
    "this.addPart(id, wholePart(parts.value), undefined)",
    ["core/test/compile/inside.test.ts"],
  ],
  [
    "slices that touch, taken for neighbours",
    `${ops}/placedParts.ts`,
    "start > at(spans, i - 1)[1]",
    "start >= at(spans, i - 1)[1]",
    ["core/test/compile/inside.test.ts"],
  ],
  [
    "sizes: products in JavaScript in other chunks",
    `${families}/multiply.ts`,
    "const CHUNK = 4096;",
    "const CHUNK = 2048;",
    ["core/test/run/thresholds.test.ts"],
  ],
  [
    "quantiles: ties that go up",
    `${source}/functions/quantiles.ts`,
    "rest === 0.5 ? below % 2",
    "rest === 0.5 ? 1",
    ["core/test/ops/selecting.test.ts"],
  ],
  [
    "linspace that counts to its end",
    `${source}/tensor/create.ts`,
    "last: count > 1 ? stop : undefined",
    "last: undefined",
    ["core/test/tensor/create.test.ts"],
  ],
  [
    "averages that pad after as before",
    `${source}/functions/averagePooling.ts`,
    "return [-before, length + after];",
    "return [-before, length + before];",
    ["core/test/options.test.ts"],
  ],
  [
    "threads: one sleeper that nobody wakes",
    `${threads}/pool.ts`,
    "CONTROL_WORDS.sleepers) > 0)",
    "CONTROL_WORDS.sleepers) > 1)",
    ["core/test/run/threads/faults.test.ts"],
  ],
  [
    "attention: next rows that do not see themselves",
    "packages/nn/src/layers/attention.ts",
    "const mask = positions.lessEqual(own.expandDims(1));",
    "const mask = positions.less(own.expandDims(1));",
    ["nn/test/layers", "nn/test/generation"],
  ],
  [
    "a loop of which nobody knows that it may end with an error",
    `${source}/run/program/plan.ts`,
    "return ends || bodies.some((body) => body.throws);",
    "return bodies.some((body) => body.throws);",
    ["core/test/run/testBackend.test.ts"],
  ],
  [
    "demo: letters that do not follow what was adjusted",
    "apps/demo/src/web/store.ts",
    "      adjusted.value;\n",
    "",
    ["apps/demo/test/reader/edits.dom.test.ts"],
  ],
  [
    "onnx: ends of slices from behind",
    "packages/onnx/src/ops/shapes.ts",
    "return isAhead ? addLengths(end, timesLength(at(at(inputs, 0).shape, axis), -1)) : end;",
    "return end;",
    ["onnx/test/batch.test.ts", "onnx/test/exportOnnx.test.ts", "onnx/test/table"],
  ],
  [
    "a hint that moves channels the wrong way",
    "packages/nn/src/layers/normalization.ts",
    "moveAxis(x, -1, 1) puts",
    "moveAxis(x, 1, -1) puts",
    ["nn/test/layers", "nn/test/misuse"],
  ],
  [
    "dependencies: writers that wait for no reader",
    `${source}/run/program/calls/dependencies.ts`,
    'if (access !== "read") waits.push(...interval.readers);',
    'if (access !== "read" && interval.writer === undefined) waits.push(...interval.readers);',
    ["core/test/run/division.test.ts", "core/test/run/threads"],
  ],
  [
    "threads: modules that are gone and still known",
    `${threads}/pool.ts`,
    "this.#known.delete(",
    "String(",
    ["core/test/run/threads"],
  ],
  [
    "threads: two of them in one scratch memory",
    `${threads}/work.ts`,
    "const scratchBytes = thread * (numbers[start] as number);",
    "const scratchBytes = Math.max(0, thread - 1) * (numbers[start] as number);",
    ["core/test/run/threads"],
  ],
  [
    "kernel: an index that is the length",
    "packages/wasm-kernel/assembly/indexing.ts",
    "lowest) >= range) return -1 - <i32>j;",
    "lowest) > range) return -1 - <i32>j;",
    ["core/test/run/indexing.test.ts", "core/test/generated/failing.test.ts"],
  ],
  [
    "kernel: rows of a reduction that are narrower than they are",
    "packages/wasm-kernel/assembly/reduction.ts",
    "const step = pitch * bytes;",
    "const step = kept * bytes;",
    ["core/test/run/division.test.ts"],
  ],
  [
    "fft: a root of unity of a turn too many",
    `${source}/fft/tables.ts`,
    "case 3:\n      return [-c, s];",
    "case 3:\n      return [-c, -s];",
    ["core/test/fft", "core/test/golden/fft.test.ts"],
  ],
  [
    "fft: the middle of a spectrum that is doubled",
    "packages/wasm-kernel/assembly/algorithms/fft/transforms.ts",
    "const isEnd = k === 0 || k === last;",
    "const isEnd = k === 0;",
    ["core/test/fft", "core/test/generated"],
  ],
  [
    "fft: an adjoint of the same sign",
    `${source}/fft/ops.ts`,
    "inverse: !inverse }),",
    "inverse }),",
    ["core/test/fft", "core/test/golden/fft.test.ts"],
  ],
  [
    "fft: Bluestein's filter without its end",
    `${source}/fft/tables.ts`,
    "for (const i of [j, (longer - j) % longer]) {",
    "for (const i of [j]) {",
    ["core/test/fft"],
  ],
  [
    "fft: passes of which the scratch memory is that of others, too",
    `${source}/run/program/calls/dependencies.ts`,
    'if (access !== "read") waits.push(...interval.readers);',
    'if (access === "write") waits.push(...interval.readers);',
    ["core/test/run/division.test.ts"],
  ],
  [
    "fft: a partition of a pass that begins at the twiddles of the first one",
    `${source}/fft/ops.ts`,
    "steps: stepsOf(width, radix * width, 1) };",
    "steps: stepsOf(width, radix * width, 0) };",
    ["core/test/run/division.test.ts"],
  ],
  [
    "fft: frames that are not divided by the squares of their windows",
    `${source}/fft/stft.ts`,
    "added(samples.mul(factors)).div(squares)",
    "added(samples.mul(factors))",
    ["core/test/fft", "core/test/golden/fft.test.ts"],
  ],
  [
    "statistics: gamma draws of a small parameter with a wrong boost",
    `${ops}/gammaDraws.ts`,
    "log1p(uniforms(NUMBERS - 1).neg()).div(where(isSmall, alpha, 1))",
    "log1p(uniforms(NUMBERS - 1).neg()).mul(where(isSmall, alpha, 1))",
    ["core/test/tensor/distributions.test.ts"],
  ],
  [
    "statistics: a wrong term of the expansion of betaI for large parameters",
    "packages/wasm-kernel/assembly/algorithms/statistics/beta.ts",
    "((1.0 - e) / 12.0) * m2",
    "((1.0 + e) / 12.0) * m2",
    ["core/test/golden/statistics.test.ts"],
  ],
  [
    "statistics: the continued fraction of betaI with a wrong partial denominator",
    "packages/wasm-kernel/assembly/algorithms/statistics/beta.ts",
    "(start + m * (1.0 + y)) * (c - s)",
    "(start + m * (1.0 + x)) * (c - s)",
    ["core/test/golden/statistics.test.ts"],
  ],
  [
    "statistics: derivatives of betaI in parameters below 1 without what their shift leaves",
    `${ops}/incompleteBeta.ts`,
    "const term = x.mul(y).div(first);",
    "const term = x.div(first);",
    ["core/test/golden/statistics.test.ts", "core/test/generated"],
  ],
  [
    "statistics: counts of the lower tail that end too low",
    "packages/wasm-kernel/assembly/algorithms/statistics/counts.ts",
    "if (lower ? next < wanted : next > wanted) break;",
    "if (next > wanted) break;",
    ["core/test/tensor/counts.test.ts"],
  ],
  [
    "statistics: binomial counts whose odds are probabilities",
    "packages/wasm-kernel/assembly/algorithms/statistics/counts.ts",
    "const odds = x / y;",
    "const odds = x;",
    ["core/test/tensor/counts.test.ts"],
  ],
  [
    "stats: a leapfrog step with too little of its last kick",
    `${stats}/nuts.ts`,
    "return { point, p: half.add(point.gradient.mul(step.mul(0.5)))",
    "return { point, p: half.add(point.gradient.mul(step.mul(0.49)))",
    ["stats/test/leapfrog.test.ts"],
  ],
  [
    "stats: leaves of a trajectory that are drawn without their weights",
    `${stats}/nuts.ts`,
    "const isTaken = random(s.seed).less(change.sub(logWeight).exp())",
    "const isTaken = random(s.seed).less(0.5)",
    ["stats/test/sample.test.ts", "stats/test/posteriordb.test.ts"],
  ],
  [
    "stats: a state of the chains that goes on with other data",
    `${stats}/sample.ts`,
    "if (Object.is(here, point.logDensity.item())) continue;",
    "if (!Number.isNaN(here)) continue;",
    ["stats/test/sample.test.ts"],
  ],
  [
    "stats: a run that goes on with the draws of the first chain in all",
    `${stats}/sample.ts`,
    "subarray(c * kept * width, (c + 1) * kept * width)",
    "subarray(0, kept * width)",
    ["stats/test/sample.test.ts"],
  ],
  [
    "stats: a worker of another model that is not refused",
    `${stats}/workers.ts`,
    "if (Object.is(got, expected)) return;",
    "if (Number.isFinite(got)) return;",
    ["stats/test/workers.test.ts"],
  ],
  [
    "stats: an evidence with the determinant of the covariance upside down",
    `${stats}/laplace.ts`,
    "LOG_ROOT_2PI - diagonal(root)",
    "LOG_ROOT_2PI + diagonal(root)",
    ["stats/test/laplace.test.ts"],
  ],
  [
    "stats: counts without the remainder of Stirling's formula",
    `${stats}/stirling.ts`,
    "    .sub(stirlingRemainder(many))\n",
    "",
    ["stats/test/distributions.test.ts"],
  ],
  [
    "stats: a positive unknown without the volume of its transform",
    `${stats}/supports.ts`,
    "constrain: (u) => ({ x: exp(u), logVolume: u.sum() }),",
    "constrain: (u) => ({ x: exp(u), logVolume: u.mul(0).sum() }),",
    ["stats/test/distributions.test.ts", "stats/test/posteriordb.test.ts"],
  ],
];

/** The tests that are generated from the table of ops. */
const LAWS = ["core/test/generated", "core/test/run/rows.test.ts"];

/** Returns the folder of a test's package, and the path of the test in that folder. */
function placed(test) {
  const [, folder, path] = /^(apps\/\w+|\w+)\/(.*)$/.exec(test);
  return [folder.startsWith("apps/") ? folder : `packages/${folder}`, path];
}

/** True if one of the tests fails in the copy. The first failure ends the run. */
function fails(tests = LAWS) {
  const byFolder = new Map();
  for (const [folder, path] of tests.map(placed)) {
    byFolder.set(folder, [...(byFolder.get(folder) ?? []), path]);
  }
  return [...byFolder].some(([folder, paths]) => {
    // The programs of the documentation are extracted again from its pages, which the fault may have changed.
    if (folder === "apps/docs") run(folder, "npm", "run", "blocks");
    return failsIn(folder, paths);
  });
}

/** True if one of some tests of a package fails. */
function failsIn(folder, tests) {
  const report = join(copy, "report.json");
  const words = [
    "vitest",
    "run",
    // Laws try all cases instead of samples.
    "--mode",
    "whole",
    "--bail=1",
    "--reporter=json",
    `--outputFile=${report}`,
    ...tests,
  ];
  try {
    run(folder, "npx", ...words, "--exclude", "**/{coverage,pickup}.test.ts");
  } catch {
    // If tests fail, the command fails, and the report has the number of failures.
  }
  const { numFailedTests, numFailedTestSuites } = JSON.parse(readFileSync(report, "utf8"));
  // A file that does not load counts as a failed suite without tests.
  return numFailedTests + numFailedTestSuites > 0;
}

const assembly = "packages/wasm-kernel/assembly/";
const compileKernel = () => run("packages/wasm-kernel", process.execPath, "scripts/compile.mjs");

const writeGenerated = () =>
  run("packages/wasm-kernel", process.execPath, "elementary/generate.mjs", "--core");

const wanted = process.argv.slice(2);
makeCopy();
const faults = FAULTS.filter(([name]) => wanted.every((text) => name.includes(text)));
const all = new Set(faults.flatMap(([, , , , tests = LAWS]) => tests));
compileKernel();
writeGenerated();
for (const name of ["core", "nn"]) {
  run(`packages/${name}`, process.execPath, "../core/scripts/examples.mjs", ".");
}
// The pages of apps and their programs import built packages.
if ([...all].some((test) => test.startsWith("apps/"))) copyBuilt();
if (fails([...all])) throw new Error("the tests fail without a fault");
for (const [name, file, from, to, tests] of faults) {
  const path = join(copy, file);
  const [head, tail, more] = readFileSync(path, "utf8").split(from);
  if (tail === undefined || more !== undefined) {
    throw new Error(`${file} has not exactly one ${JSON.stringify(from)}`);
  }
  writeFileSync(path, head + to + tail);
  if (file.startsWith(assembly)) compileKernel();
  // An algorithm is also compiled to JavaScript, which must have the same fault.
  if (file.startsWith(`${assembly}algorithms/`)) writeGenerated();
  const isFound = fails(tests);
  console.log(`${isFound ? "found" : "NOT FOUND"}: ${name}`);
  if (!isFound) process.exitCode = 1;
  restoreCopy();
  if (file.startsWith(generated) || file.startsWith(assembly)) writeGenerated();
  if (file.startsWith(assembly)) compileKernel();
}
