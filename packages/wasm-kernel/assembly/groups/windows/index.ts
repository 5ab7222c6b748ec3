// Windows that slide over planes.

export * from "./depthwise";
export * from "./maxPool";
export { windowScratchByteLength } from "./plane";
