// The hosts of the cases: this process, or a browser (browser/).

import { nodeName } from "./machine.ts";
import { type Effort, measure, type Timing } from "./measure.ts";
import type { BenchmarkCase } from "./suite.ts";

export interface Host {
  /** The name with its version, for the printed environment and the JSON. */
  readonly name: string;
  /**
   * Checks the answers of a case, then times its contestants.
   *
   * @param name the full name of the case.
   * @throws WrongAnswerError when a contestant's answer differs from the first one's
   */
  readonly measure: (
    name: string,
    benchmarkCase: BenchmarkCase,
    effort: Effort,
  ) => Promise<readonly Timing[]>;
  readonly close: () => Promise<void>;
}

export const node: Host = {
  name: nodeName(process.versions),
  measure,
  close: async () => {},
};
