/**
 * `@graddiff/onnx`: functions of graddiff as ONNX models and back, and training steps for other engines.
 */

export type { OnnxModel, OnnxValue } from "./exportModel.ts";
export { type ExportOptions, exportOnnx, type OpenLengths } from "./exportOnnx.ts";
export {
  exportTrainingStep,
  type GradientOptimizer,
  type TrainingStepFiles,
  type TrainingStepOptions,
} from "./exportTrainingStep.ts";
export type { ExternalOptions, OnnxFile } from "./files.ts";
export type { Opset } from "./options.ts";
export { type ImportOptions, importOnnx } from "./read/importOnnx.ts";
export {
  type AbortSource,
  type ByteBlob,
  type ByteResponse,
  type ByteStream,
  type LoadOptions,
  type LoadSource,
  loadOnnx,
} from "./read/loadOnnx.ts";
export type { ImportLimits } from "./read/meter.ts";
export type {
  FrozenTensor,
  ImportedModel,
  ImportedNode,
  ImportedSummary,
  ImportedSummaryRow,
  ImportedValue,
  StoredTensor,
} from "./read/model.ts";
export { type ElementArrays, toElements } from "./read/toElements.ts";
export type { ElementType } from "./read/types.ts";
