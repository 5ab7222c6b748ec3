import { concat } from "@graddiff/core";
import { type Posterior, sample } from "@graddiff/stats";
import { expect, test } from "vitest";
import { data, models, type Schools } from "../src/schools.ts";
import { Session, type SessionOptions } from "../src/session.ts";
import { CHAINS, CHUNK, DRAWS, type Form, WARMUP } from "../src/settings.ts";
import { drawn } from "./support.ts";

/** Returns a session that shows no plots, in a form, and the number of calls of its functions. */
function sessionOf(form: Form, options: Partial<SessionOptions> = {}) {
  const count = { show: 0, wait: 0 };
  const session = new Session({
    tell: () => {},
    show: () => count.show++,
    isShown: () => false,
    isSlow: () => false,
    ...options,
    wait: (phase) => {
      count.wait++;
      options.wait?.(phase);
    },
  });
  session.open();
  session.choose(form);
  return { session, count, run: () => session.state.runs[form] };
}

/** Returns a function that stops a session at its n-th call in a phase. */
function stopAt(n: number, of: "warmup" | "draws", session: () => Session) {
  let calls = 0;
  return (phase: "warmup" | "draws") => {
    if (phase === of && ++calls === n) session().stop();
  };
}

const text = (posterior: Posterior<Schools> | undefined) => JSON.stringify(posterior);

test("a run that is stopped keeps its draws, and goes on to the bits of one without a stop", async () => {
  const wait = stopAt(3, "draws", () => session);
  const { session, run } = sessionOf("centred", { wait });
  await session.draw(1);
  expect(session.state.phase).toBe("ready");
  expect(run()).toMatchObject({ seed: 1, warmed: WARMUP, draws: 3 * CHUNK });
  expect(run()?.rows?.map(({ name }) => name)).toContain("theta[7]");
  const stopped = session.posterior;
  expect(stopped?.draws.theta.shape).toEqual([CHAINS, 3 * CHUNK, 8]);
  const whole = await drawn("centred", 1);
  // `from` continues to the same bits, too.
  const rest = await sample(models.centred, {
    data,
    draws: DRAWS - 3 * CHUNK,
    ...(stopped && { from: stopped.state }),
  });
  const joined = stopped && concat([stopped.draws.theta, rest.draws.theta], 1);
  expect(joined?.toArray()).toEqual(whole.draws.theta.toArray());

  await session.draw(1);
  expect(run()).toMatchObject({ draws: DRAWS, warnings: whole.warnings });
  expect(run()?.warnings).not.toEqual([]);
  expect(run()?.rows).toEqual(whole.summary().rows);
  expect(text(session.posterior)).toBe(text(whole));
});

test("a run that is stopped before its first draw has none, and goes on to all", async () => {
  const wait = stopAt(2, "warmup", () => session);
  const { session, run, count } = sessionOf("notCentred", { wait });
  await session.draw(2);
  expect(run()).toMatchObject({ draws: 0, divergences: 0, rows: undefined, warnings: [] });
  expect(run()?.warmed).toBeGreaterThan(0);
  expect(session.posterior).toBeUndefined();
  // A stop takes effect after the chunk that has begun.
  const before = { ...count, warmed: run()?.warmed ?? 0 };
  const second = session.draw(2);
  session.stop();
  await second;
  expect(count).toEqual({ show: before.show + 1, wait: before.wait + 1 });
  expect(run()?.warmed).toBeGreaterThan(before.warmed);
  expect(session.state.phase).toBe("ready");
  await session.draw(2);
  expect(run()).toMatchObject({ warmed: WARMUP, draws: DRAWS });
  // Another seed begins anew.
  const third = session.draw(3);
  expect(run()).toMatchObject({ seed: 3, warmed: 0, draws: 0 });
  session.stop();
  await third;
});

test("a form has its run: the other form stops it, and it is shown again", async () => {
  const shown: (number | undefined)[] = [];
  const seeds = new Set<number | undefined>();
  const { session } = sessionOf("centred", {
    isShown: () => true,
    tell: ({ runs }) => seeds.add(runs.centred?.seed),
    show: () => shown.push(session.posterior?.stats.divergent.shape[1]),
    wait(phase) {
      if (phase === "draws") session.choose("notCentred");
    },
  });
  // A second call during the run does nothing.
  await Promise.all([session.draw(1), session.draw(7)]);
  expect([...seeds]).toEqual([undefined, 1]);
  expect(session.state).toMatchObject({
    form: "notCentred",
    phase: "ready",
    runs: { centred: { seed: 1, draws: CHUNK } },
  });
  expect(session.state.runs.notCentred).toBeUndefined();
  expect(session.posterior).toBeUndefined();
  // The last draws of the centred form are not shown, since the other form is.
  expect(shown.slice(-2)).toEqual([CHUNK, undefined]);
  session.choose("centred");
  expect(shown.at(-1)).toBe(CHUNK);
});

test("an error of a run is in the state, and another run begins", async () => {
  let isBroken = true;
  const { session, run } = sessionOf("notCentred", {
    wait() {
      if (isBroken) throw new Error("broken");
      session.stop();
    },
  });
  await session.draw(1);
  expect(session.state).toMatchObject({ phase: "ready", error: "broken" });
  isBroken = false;
  await session.draw(1);
  expect(session.state.error).toBeUndefined();
  expect(run()?.warmed).toBeGreaterThan(0);
});
