export { Draws } from "./draws.ts";
export { FunctionLayer, layer } from "./function.ts";
export { Layer } from "./layer.ts";
export * from "./primitive.ts";
export type { Computation, ForwardInputs, Indices } from "./types.ts";
