/**
 * `@graddiff/core`: automatic differentiation for TypeScript.
 *
 * This file only exports names; ARCHITECTURE.md has the map of the folders.
 */

import "./folding.ts";
import "./run/runner.ts";

export { type AttentionOptions, scaledDotProductAttention } from "./bodies/attention.ts";
export { checkpoint } from "./bodies/checkpoint.ts";
export { cond } from "./bodies/conditional.ts";
export { customGradient } from "./bodies/customGradient.ts";
export { type ScanOptions, scan } from "./bodies/scan.ts";
export { forLoop, type WhileOptions, whileLoop } from "./bodies/whileLoop.ts";
export { type Compiled, type CompileOptions, compile } from "./compile/compile.ts";
export { drawMemory, graphOf } from "./compile/drawings.ts";
export type { PlacedValue, ProgramMemory } from "./compile/memory.ts";
export type { Program } from "./compile/program.ts";
export { type CheckOptions, type CheckReport, checkGradients } from "./differentiate/check.ts";
export { checkNode, type NodeCheck, type NodeVerdict } from "./differentiate/checkNode.ts";
export { type ExplainOptions, explain } from "./differentiate/explain.ts";
export { jvp } from "./differentiate/forward.ts";
export {
  type AuxAndGradient,
  grad,
  type ValueAndGradient,
  valueAndGrad,
} from "./differentiate/grad.ts";
export {
  type HessianOptions,
  hessian,
  type Jacobian,
  type JacobianMode,
  type JacobianOptions,
  jacobian,
} from "./differentiate/jacobian.ts";
export { hvp, type Linearized, linearize } from "./differentiate/linearize.ts";
export { type VectorizeOptions, vectorize } from "./differentiate/vectorize.ts";
export { type Vjp, type VjpOptions, vjp } from "./differentiate/vjp.ts";
export { Graph } from "./draw/graph.ts";
export type { GraphEdge, GraphNode } from "./draw/nodes.ts";
export type {
  GraphLayout,
  LayoutNode,
  LayoutOptions,
  LayoutRoute,
  LayoutSize,
  Point,
  Size,
} from "./draw/positions.ts";
export type { SvgOptions } from "./draw/svg.ts";
export type { TextOptions } from "./draw/text.ts";
export type { WideSvgOptions } from "./draw/wide.ts";
export {
  ArgumentError,
  DerivativeError,
  DTypeError,
  GraddiffError,
  RecordingError,
  ShapeError,
} from "./errors.ts";
export * from "./functions/index.ts";
export type {
  ArgnumOptions,
  AuxOptions,
  GradOptions,
  Hessian,
} from "./graph/functions.ts";
export { fromMessage, type Message, toMessage } from "./graph/message.ts";
export type { Recordable } from "./graph/recordable.ts";
export { whenRecordingCloses } from "./graph/recording.ts";
export {
  type Gradient,
  type GradientTree,
  type Input,
  type Mapped,
  type ModelGradient,
  type TensorTree,
  type Trainable,
  treeLeaves,
  treeMap,
} from "./graph/tree.ts";
export { Variable, type VariableOptions } from "./graph/variable.ts";
export { type ImplicitOptions, implicit } from "./implicit/implicit.ts";
export * from "./layers/index.ts";
export { type CopyStateOptions, copyState } from "./models/copyState.ts";
export { findNaN, type NaNReport, type ValueRange } from "./models/findNaN.ts";
export { type Profile, profile, type TraceEvent } from "./models/profile.ts";
export type { ProfileRow } from "./models/profiling.ts";
export {
  type LoadStateOptions,
  loadState,
  type State,
  type StateLoad,
  state,
} from "./models/state.ts";
export { type Summary, type SummaryRow, summary } from "./models/summary.ts";
export { freeze, trained, unfreeze, variables } from "./models/variables.ts";
export * from "./ops/index.ts";
export type { Backend } from "./run/device/backend.ts";
export { setMemoryLimit } from "./run/device/memoryLimit.ts";
export { activeRunner, type RunnerName, setRunner } from "./run/runner.ts";
export { useKernel } from "./run/useKernel.ts";
export {
  allClose,
  arange,
  type CreateOptions,
  eye,
  full,
  linspace,
  ones,
  onesLike,
  type RangeOptions,
  type TensorOptions,
  type Tolerance,
  tensor,
  zeros,
  zerosLike,
} from "./tensor/create.ts";
export { defaultDType, setDefaultDType, withDefaultDType } from "./tensor/defaultDType.ts";
export type { DType, TypedArray } from "./tensor/dtype.ts";
export type { NumberArray, TensorData } from "./tensor/elements.ts";
export { PublicTensor as Tensor } from "./tensor/face.ts";
export type { NestedArray } from "./tensor/nested.ts";
export type { Shape } from "./tensor/shape.ts";
export type { TensorLike } from "./tensor/tensor.ts";
