/**
 * `@graddiff/core/internal`: what the other packages of this repository need of the engine, such as traces
 * and the door of public functions. They are released together with core; for all others it may change with
 * any version.
 */

import type { Program } from "./compile/program.ts";
import type { Cell } from "./graph/cell.ts";
import type { Variable } from "./graph/variable.ts";
import { type CallWork, workOfCalls } from "./run/program/calls/work.ts";

export {
  anyNumber,
  callable,
  checkFunction,
  checkMethod,
  flag,
  integer,
  isPlainObject,
  listOf,
  numberThat,
  oneOf,
  optional,
  optionsReader,
  type Reader,
  text,
} from "./arguments.ts";
export type { Branches } from "./bodies/conditional.ts";
export type { Scanned } from "./bodies/loop.ts";
export { readBackend } from "./compile/compile.ts";
export { ExportRecording, type Fault } from "./compile/exportRecording.ts";
export { type Copy, THIS_COPY, VERSION } from "./copies.ts";
export { run } from "./differentiate/grad.ts";
export { parameterNames } from "./differentiate/parameterNames.ts";
export { alignColumns } from "./draw/columns.ts";
export { type Curve, drawCurves, type Panel } from "./draw/curves.ts";
export {
  addToMessage,
  describe,
  describeList,
  formatShape,
  shortened,
  warn,
  withArticle,
} from "./errors.ts";
export type { Order, Search } from "./families/order.ts";
export type { AlongScan } from "./families/scan.ts";
export type { GroupedWindows } from "./families/windows.ts";
export { leavesFolder } from "./fileNames.ts";
export { readAveragePoolOptions } from "./functions/averagePooling.ts";
export { readInterpolateOptions } from "./functions/interpolate.ts";
export { readOutputPadding } from "./functions/transposedConvolution.ts";
export { applyAll, isOf, type Watch, watchOps } from "./graph/apply.ts";
export type { Cell } from "./graph/cell.ts";
export { transformed } from "./graph/compiled.ts";
export { putSwitch, Switch, withSwitch } from "./graph/guards.ts";
export type { Keeps } from "./graph/lower.ts";
export { leaveInEvaluation, warnOfEvaluation } from "./graph/modes.ts";
export type { Op } from "./graph/op.ts";
export type { Recordable } from "./graph/recordable.ts";
export {
  recordingOfConstants,
  runningRecording,
  withoutRecordingConstants,
} from "./graph/recording.ts";
export {
  isTrace,
  neededNodes,
  nodeAt,
  type Site,
  type Trace,
  type TraceNode,
} from "./graph/trace.ts";
export { recordFunction, withSites } from "./graph/tracing.ts";
export {
  DEEPEST,
  type Filler,
  fillerOf,
  formWith,
  isOpaque,
  leafTensor,
  type Mapped,
  walkTree,
} from "./graph/tree.ts";
export type { TensorType } from "./graph/types.ts";
export { hasNewGradient, useGradient, watchReads } from "./graph/variable.ts";
export {
  type Inside,
  insideTrained,
  isOptimizer,
  leavesByName,
  namesOfTrained,
  nothingTrained,
  objectsInside,
  type Path,
  variablesByName,
} from "./graph/variableTree.ts";
export { beginningOf } from "./layers/beginnings.ts";
export { runningLayers, wayTo } from "./layers/place.ts";
export { matchEntries } from "./models/matching.ts";
export { listVariables, variablesOf } from "./models/state.ts";
export { askedBy, elementsBelow } from "./models/work.ts";
export { checked, isKnown } from "./ops/checked.ts";
export { clipFactor } from "./ops/clipFactor.ts";
export type { Scattered, Taken } from "./ops/indexing.ts";
export { takeFromRows, takeOfExamples, takeRows } from "./ops/indexing.ts";
export type { Joined } from "./ops/joining.ts";
export type { Parts } from "./ops/placedParts.ts";
export { readPoolOptions } from "./ops/pooling.ts";
export type { PrimitiveName } from "./ops/primitives.ts";
export { readFloat, readFloatOrDefault, readSeed } from "./ops/random.ts";
export type { ReductionAttributes } from "./ops/reduction.ts";
export { seedFor, sequence } from "./ops/sequences.ts";
export type { Transposed } from "./ops/transposedConvolution.ts";
export type { Overlapped, Slid } from "./ops/unfold.ts";
export type { Permuted, SliceBackward, Sliced, Targeted } from "./ops/view.ts";
export { elementsAlong } from "./ops/view.ts";
export { perAxis, readGroups, readLengths, windowReaders } from "./ops/windows.ts";
export { Backend } from "./run/device/backend.ts";
export { type DividedWork, threadsInUse } from "./run/withWasm.ts";
export { littleEndianBytes, nativeBytes } from "./tensor/bytes.ts";
export { defaultDType } from "./tensor/defaultDType.ts";
export { allocate, convert, isFloat } from "./tensor/dtype.ts";
export { convertElements, readElements } from "./tensor/elements.ts";
export { onlyElement, ruleOf } from "./tensor/pattern.ts";
export { allocateResult } from "./tensor/results.ts";
export { at, checkShape, int32At, normalizeAxes, SCALAR, sizeOf } from "./tensor/shape.ts";
export { isReadable, isRecorded, readArray, scalar, stored } from "./tensor/tensor.ts";
export { keysOf, threefry, unit64 } from "./tensor/threefry.ts";

export type { CallWork };

/** Returns the work of a program by calls, with how far each can be divided; undefined where ops run one by one. */
export function workOf(program: Program): readonly CallWork[] | undefined {
  const run = program.prepared().called();
  return run && workOfCalls(run.program.calls);
}

/** Returns the cell in which a Variable keeps its value, which traces know. */
export function cellOf(variable: Variable): Cell {
  return variable.cell;
}
