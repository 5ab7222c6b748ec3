// Every exported kernel of the base, the module that every program has, one family per file. What no method of
// Tensor needs is a group, a folder of groups/, and a module of its own.
//
// A name ends in the element type that it works on (`multiplyForward_f32`). Arguments come in one
// order everywhere: pointers (bytes from the start of memory), then counts, then strides, both in
// elements.

export * from "./binary";
export * from "./checking";
export * from "./cumulativeSum";
export * from "./elementary";
export {
  gather,
  scatterAdd_f32,
  scatterAdd_f64,
  scatterAdd_i32,
} from "./indexing";
export * from "./matmul";
export { multiplyBlock_f32, multiplyBlock_f64 } from "./matmulBlock";
export * from "./matmulInteger";
export * from "./memory";
export * from "./random";
export * from "./reduction";
export * from "./remainder";
export * from "./unary";
