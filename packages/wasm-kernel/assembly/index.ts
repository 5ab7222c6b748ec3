// The exported kernels of the base, the module that every program has; each file has one family. Kernels that no method
// of Tensor needs are in groups: each folder of groups/ is a separate module.
//
// A kernel's name ends in its element type (`multiplyForward_f32`). Arguments have the same order everywhere: pointers
// (bytes from the start of memory), then counts, then strides, both in elements.

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
