export { BinaryLayer, UnaryLayer } from "./arity.ts";
export { Dense, type DenseOptions } from "./dense.ts";
export { FunctionLayer, layer } from "./function.ts";
export { Layer } from "./layer.ts";
export * from "./primitive.ts";
export { Sequential } from "./sequential.ts";
