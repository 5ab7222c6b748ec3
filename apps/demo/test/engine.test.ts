/**
 * Tests of the engine of a page, with a worker that records its messages: each part of the page ends only its own
 * tasks.
 */

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import fc from "../../../packages/core/test/support/properties.ts";
import { type Engine, type Work, workerEngine } from "../src/web/work/engine.ts";

/** A worker that does nothing by itself. */
class StubWorker {
  static all: StubWorker[] = [];
  onmessage: ((event: { data: unknown }) => void) | undefined;
  onerror: (() => void) | undefined;
  isTerminated = false;
  readonly ids: number[] = [];

  constructor() {
    StubWorker.all.push(this);
  }

  postMessage({ id }: { id: number }): void {
    this.ids.push(id);
  }

  terminate(): void {
    this.isTerminated = true;
  }
}

beforeEach(() => {
  StubWorker.all = [];
  vi.stubGlobal("Worker", StubWorker);
});

afterEach(() => {
  vi.unstubAllGlobals();
});

/** The events of a task, as a part of the page receives them. */
interface Seen {
  readonly work: Work;
  /** The number of the started task. */
  readonly number: number;
  news: number;
  hasFailed: boolean;
  isReplaced: boolean;
}

let count = 0;

function begin(engine: Engine, kind: "time" | "train"): Seen {
  const seen = { news: 0, hasFailed: false, isReplaced: false };
  const listener = {
    news: () => {
      seen.news++;
    },
    failed: () => {
      seen.hasFailed = true;
    },
    replaced: () => {
      seen.isReplaced = true;
    },
  };
  const training = {
    lesson: "",
    text: "",
    points: { data: [], rows: [] },
    inputs: {},
    to: 1,
    most: 1,
  };
  const work =
    kind === "time"
      ? engine.begin({ kind, purchases: 1 }, listener)
      : engine.begin({ kind, ...training }, listener);
  return Object.assign(seen, { work, number: ++count });
}

/** Makes the running worker report the news of its last task. */
function tell(): void {
  const worker = StubWorker.all.at(-1);
  if (worker?.isTerminated === false)
    worker.onmessage?.({ data: { id: worker.ids.at(-1), news: {} } });
}

test("Work that has been replaced cannot end what has replaced it.", () => {
  const engine = workerEngine();
  const race = begin(engine, "time");
  const training = begin(engine, "train");
  expect(race.isReplaced).toBe(true);
  // A task of another kind does not wait for the task before.
  expect(StubWorker.all.map(({ isTerminated }) => isTerminated)).toEqual([true, false]);
  race.work.stop();
  tell();
  expect([training.news, race.news]).toEqual([1, 0]);
  training.work.stop();
  expect(StubWorker.all.at(-1)?.isTerminated).toBe(true);
});

test("Whatever is begun and stopped in any order, the last work that nobody stopped has its news, and no other.", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.constantFrom("time" as const, "train" as const), fc.nat(9)), {
        maxLength: 12,
      }),
      (acts) => {
        StubWorker.all = [];
        const engine = workerEngine();
        const all: Seen[] = [];
        const stopped = new Set<Seen>();
        for (const act of acts) {
          if (typeof act === "string") all.push(begin(engine, act));
          else {
            const one = all[act % Math.max(1, all.length)];
            one?.work.stop();
            if (one !== undefined) stopped.add(one);
          }
        }
        tell();
        for (const [i, one] of all.entries()) {
          const isLast = i === all.length - 1;
          expect(one.news).toBe(isLast && !stopped.has(one) ? 1 : 0);
          // Every listener whose task was replaced is told so.
          if (!isLast && !stopped.has(one)) expect(one.isReplaced).toBe(true);
        }
        expect(StubWorker.all.filter(({ isTerminated }) => !isTerminated).length).toBeLessThan(2);
      },
    ),
    { numRuns: 300 },
  );
});
