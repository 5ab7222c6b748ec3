/**
 * `@graddiff/onnx`: functions of graddiff as ONNX models, and training steps for other engines.
 */

export type { OnnxModel, OnnxValue } from "./exportModel.ts";
export { type ExportOptions, exportOnnx } from "./exportOnnx.ts";
export {
  exportTrainingStep,
  type TrainingStepFiles,
  type TrainingStepOptions,
} from "./exportTrainingStep.ts";
export type { Opset } from "./options.ts";
