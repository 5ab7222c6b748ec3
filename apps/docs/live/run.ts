/** One run of a program in a separate worker, which is terminated if it takes too long. */

import type { Order, Report } from "./messages.ts";
import { ProgramError, prepare } from "./program.ts";

export interface Run {
  /** Ends the program. */
  stop(): void;
  /** Resolves when the run has ended, and nothing more is reported. */
  readonly ended: Promise<void>;
}

/**
 * Runs a program.
 *
 * @param seconds the time after which it is stopped.
 * @param report receives its output, its pictures and its errors.
 */
export function run(code: string, seconds: number, report: (report: Report) => void): Run {
  let worker: Worker | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let finish = () => {};
  const ended = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const end = () => {
    clearTimeout(timer);
    worker?.terminate();
    finish();
  };
  const fail = (text: string, line?: number) => {
    report({ kind: "error", text, line });
    end();
  };

  const tooLong = () => fail(`Stopped after ${seconds} s: it did not end.`);
  const start = async () => {
    const order: Order = await prepare(code);
    worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    worker.addEventListener("message", ({ data }: MessageEvent<Report>) => {
      report(data);
      if (data.kind === "done") end();
      // The time limit begins after loading, which depends on the network.
      if (data.kind === "begun") timer = setTimeout(tooLong, seconds * 1000);
    });
    worker.addEventListener("error", ({ message }) => {
      fail(message || "The worker of this block could not be loaded.");
    });
    worker.postMessage(order);
  };
  start().catch((error: unknown) => {
    if (error instanceof ProgramError) fail(error.message, error.line);
    else fail(String(error));
  });
  return { stop: () => fail("Stopped."), ended };
}
