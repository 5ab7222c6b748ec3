// Windows that slide over planes.

export * from "./depthwise";
export * from "./maxPool";
export * from "./overlapAdd";
export { windowScratchByteLength } from "./plane";
