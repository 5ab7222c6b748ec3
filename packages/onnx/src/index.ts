/**
 * `@graddiff/onnx`: functions of graddiff as ONNX models.
 */

export { type ExportOptions, exportOnnx, type OnnxModel, type OnnxValue } from "./exportOnnx.ts";
