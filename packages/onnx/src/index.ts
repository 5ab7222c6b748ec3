/**
 * `@graddiff/onnx`: functions of graddiff as ONNX models, and training steps for other engines.
 */

export { type ExportOptions, exportOnnx, type OnnxModel, type OnnxValue } from "./exportOnnx.ts";
export {
  exportTrainingStep,
  type TrainingStepFiles,
  type TrainingStepOptions,
} from "./exportTrainingStep.ts";
export type { Opset } from "./options.ts";
