/**
 * Times the four ways off the main thread.
 */

import { type Timing, type TimingProgress, timing } from "../course/lessons/timing.ts";

/** What the worker tells. */
export type SpeedMessage =
  | { readonly progress: TimingProgress }
  | { readonly result: Timing }
  | { readonly error: string };

const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<number>) => void;
  postMessage(message: SpeedMessage): void;
};

scope.onmessage = ({ data: purchases }) => {
  try {
    const run = timing(purchases);
    let step = run.next();
    while (!step.done) {
      scope.postMessage({ progress: step.value });
      step = run.next();
    }
    scope.postMessage({ result: step.value });
  } catch (error) {
    scope.postMessage({ error: String(error) });
  }
};
