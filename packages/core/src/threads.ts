/**
 * `@graddiff/core/threads`: as many cores as there are. It is a separate entry, so a program without it has none of it.
 */

export type { ThreadWorker } from "./ports.ts";
export { setThreads, type ThreadOptions } from "./run/threads/setThreads.ts";
