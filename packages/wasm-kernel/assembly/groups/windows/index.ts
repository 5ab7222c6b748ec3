// The group of kernels for windows that slide over planes.

export * from "./convolution";
export * from "./depthwise";
export * from "./maxPool";
export * from "./maxPoolWithIndices";
export * from "./maxPoolWithIndices";
export * from "./overlapAdd";
export { windowScratchByteLength } from "./plane";
