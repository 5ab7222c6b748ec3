/**
 * `@graddiff/core/internal`: what the other packages of this repository need of the engine, such as traces. They are
 * released together with core; for all others it may change with any version.
 */

import type { Program } from "./compile/program.ts";
import type { Cell } from "./graph/cell.ts";
import type { Variable } from "./graph/variable.ts";
import { type CallWork, workOfCalls } from "./run/program/calls/work.ts";

export { text } from "./arguments.ts";
export type { Branches } from "./bodies/conditional.ts";
export type { Scanned } from "./bodies/loop.ts";
export { ExportRecording, type Fault } from "./compile/exportRecording.ts";
export { VERSION } from "./copies.ts";
export { run } from "./differentiate/grad.ts";
export { parameterNames } from "./differentiate/parameterNames.ts";
export { alignColumns } from "./draw/columns.ts";
export { drawCurves } from "./draw/curves.ts";
export { type Scale, scaleOf } from "./draw/scale.ts";
export { FONT_SIZE, looksFor, type SvgTheme } from "./draw/svgStyle.ts";
export { coordinate, escapeXml, proportionalWidth } from "./draw/svgText.ts";
export { MARGIN, wideLooks, wideReaders } from "./draw/wide.ts";
export { addToMessage, shortened, warn, withArticle } from "./errors.ts";
export type { Order, Search } from "./families/order.ts";
export type { AlongScan } from "./families/scan.ts";
export type { GroupedWindows } from "./families/windows.ts";
export { leavesFolder } from "./fileNames.ts";
export { applyAll, type Watch, watchOps } from "./graph/apply.ts";
export type { Cell } from "./graph/cell.ts";
export { transformed } from "./graph/compiled.ts";
export type { HasKernel } from "./graph/lower.ts";
export { leaveInEvaluation } from "./graph/modes.ts";
export type { Op } from "./graph/op.ts";
export { recordingOfConstants, withoutRecordingConstants } from "./graph/recording.ts";
export {
  isTrace,
  neededNodes,
  nodeAt,
  type SourceLocation,
  type Trace,
  type TraceNode,
} from "./graph/trace.ts";
export { recordFunction, withLocations } from "./graph/tracing.ts";
export { fillerWith, leafTensor, walkTree } from "./graph/tree.ts";
export type { TensorType } from "./graph/types.ts";
export { takeGradient, watchReads } from "./graph/variable.ts";
export { isOptimizer, leavesByName, modelParts } from "./graph/variableTree.ts";
export { runningLayers, wayTo } from "./layers/layerPath.ts";
export { variablesOf } from "./models/state.ts";
export { costOf, elementsBelow } from "./models/work.ts";
export { clipFactor } from "./ops/clipFactor.ts";
export type { Scattered, Taken } from "./ops/indexing.ts";
export { takeAt } from "./ops/indexing.ts";
export type { Joined } from "./ops/joining.ts";
export type { Parts } from "./ops/placedParts.ts";
export type { PrimitiveName } from "./ops/primitives.ts";
export type { ReductionAttributes } from "./ops/reduction.ts";
export { derivedSequence, seedFor } from "./ops/sequences.ts";
export type { Transposed } from "./ops/transposedConvolution.ts";
export type { Overlapped, Slid } from "./ops/unfold.ts";
export type { Permuted, SliceBackward, Sliced, Targeted } from "./ops/view.ts";
export { listen, listenTo, type Port, type ThreadWorker, workerPort } from "./ports.ts";
export { Backend } from "./run/device/backend.ts";
export { type DividedWork, threadsInUse } from "./run/withWasm.ts";
export { littleEndianBytes, nativeBytes } from "./tensor/bytes.ts";
export { at, sizeOf } from "./tensor/shape.ts";
export { onlyElement, ruleOf } from "./tensor/symbolicConstant.ts";
export { elementsOf, isRecorded, readArray, stored } from "./tensor/tensor.ts";

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
