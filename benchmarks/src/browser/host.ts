// A browser that runs the cases of the suites, each in a fresh page, so that first calls are first calls.

import { WrongAnswerError } from "../equality.ts";
import type { Host } from "../host.ts";
import type { PageJob, PageOutcome } from "./entry.ts";
import { openPages, type PagesOptions } from "./pages.ts";

/** @param options `entry` is entry.ts, or entry.js of the build. */
export async function openBrowserHost(options: PagesOptions): Promise<Host> {
  const pages = await openPages<PageJob, PageOutcome>(options);
  return {
    name: pages.name,
    measure: async (name, _case, effort) => {
      const outcome = await pages.call({ name, effort });
      if ("wrongAnswer" in outcome) throw new WrongAnswerError(outcome.wrongAnswer);
      return outcome;
    },
    close: pages.close,
  };
}
