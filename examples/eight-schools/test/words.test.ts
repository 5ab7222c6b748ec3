import { describe, expect, test } from "vitest";
import { type Run, type SessionState, STARTING } from "../src/state.ts";
import { fileNameOf, rowsOf, shareOf, warningsOf, wordsOf } from "../src/words.ts";

const ready: SessionState = { ...STARTING, phase: "ready" };

const begun: Run = {
  seed: 4,
  warmed: 0,
  draws: 0,
  divergences: 0,
  milliseconds: 0,
  rows: undefined,
  warnings: [],
};
const row = { mean: -4.04, deviation: 3.26, mcse: 0, q5: 0, q50: 0, q95: 0, essTail: 0 };
const stopped: Run = {
  ...begun,
  warmed: 1000,
  draws: 500,
  divergences: 1,
  milliseconds: 1234,
  rows: [
    { ...row, name: "mu", essBulk: 1234.5, rhat: 1.0104 },
    { ...row, name: "theta[2]", essBulk: 99.6, rhat: 1.0004 },
  ],
  warnings: ["One.", "Two."],
};
const whole: Run = { ...stopped, draws: 2000, divergences: 1315 };

const withRun = (centred: Run): SessionState => ({ ...ready, runs: { centred } });

/** Returns the status and the name of the button. */
function said(state: SessionState, seed: number): string[] {
  const { status, run } = wordsOf(state, seed);
  return [run, status];
}

describe("what the page says", () => {
  test("of a form without a run is that nothing is drawn", () => {
    expect(wordsOf(ready, 4)).toEqual({
      status: "Nothing is drawn in this form. Draw begins with seed 4.",
      run: "Draw",
      shownOf: "The model centred",
      draws: "–",
      time: "–",
      centredCount: "–",
      centredOf: "nothing drawn yet",
      notCentredCount: "–",
      notCentredOf: "nothing drawn yet",
    });
    expect(shareOf(undefined)).toBe(0);
    expect(fileNameOf(ready)).toBeUndefined();
    expect(warningsOf(ready)).toEqual(["Warnings are computed when a run ends."]);
  });

  test("of a run is how far it is, and what comes next", () => {
    const drawing = { ...withRun(begun), phase: "drawing" as const };
    const warming = "Warming up: 1,000 transitions adapt the steps of each of 4 chains.";
    expect(said(drawing, 4)).toEqual(["Stop", warming]);
    expect(said({ ...drawing, isSlow: true }, 4)[1]).toBe(
      `${warming} WebAssembly is forbidden here, so it is slow.`,
    );
    expect(said({ ...drawing, runs: { centred: stopped } }, 4)).toEqual([
      "Stop",
      "Drawing: 2,000 draws of each of 4 chains.",
    ]);
    expect(said({ ...drawing, phase: "stopping" }, 4)).toEqual(["Stop", "Stopping."]);
    expect(said(withRun({ ...begun, warmed: 150 }), 4)).toEqual([
      "Go on",
      "Stopped in the warm-up: there are no draws. Go on completes the run.",
    ]);
    const kept = "Stopped: 500 of 2,000 draws of each chain are kept.";
    expect(said(withRun(stopped), 4)).toEqual([
      "Go on",
      `${kept} Go on makes the others, with the bits of a run without a stop.`,
    ]);
    expect(said(withRun(stopped), 5)).toEqual(["Draw", `${kept} Draw begins anew, with seed 5.`]);
    expect(said(withRun(stopped), Number.NaN)).toEqual([
      "Draw",
      `${kept} A seed is a whole number from 0 to 999,999.`,
    ]);
    expect(said(withRun(whole), 4)).toEqual([
      "Draw",
      "Done: 8,000 draws. Draw makes the same draws again, Next seed makes others.",
    ]);
  });

  test("of other states is in words", () => {
    expect(said(STARTING, 1)[1]).toBe("Starting.");
    expect(said({ ...ready, phase: "failed", error: "none" }, 1)[1]).toBe("Error: none.");
    expect(said({ ...ready, error: "Broken." }, 1)[1]).toBe(
      "Error: Broken. Nothing is drawn in this form. Draw begins with seed 1.",
    );
  });

  test("in numbers is of the form that is shown, with the divergences of both", () => {
    const both: SessionState = { ...ready, runs: { centred: whole, notCentred: stopped } };
    const centred = {
      draws: "8,000 of 8,000",
      time: "1.23 s",
      shownOf: "The model centred, seed 4",
      centredCount: "1,315",
      centredOf: "of 8,000 divergent",
      notCentredCount: "1",
      notCentredOf: "of 2,000 divergent",
    };
    expect(wordsOf(both, 4)).toMatchObject(centred);
    const other: SessionState = { ...both, form: "notCentred" };
    expect(wordsOf(other, 4)).toMatchObject({
      ...centred,
      draws: "2,000 of 8,000",
      shownOf: "The model not centred, seed 4",
    });
    expect(wordsOf(withRun(begun), 4)).toMatchObject({ draws: "0 of 8,000", time: "–" });
    expect(wordsOf(withRun(begun), 4)).toMatchObject({
      centredCount: "–",
      centredOf: "no draws yet",
    });
    expect([begun, stopped, whole].map(shareOf)).toEqual([0, 0.5, 1]);
    expect(fileNameOf(both)).toBe("eight-schools-centred-seed-4.json");
    expect(fileNameOf(other)).toBe("eight-schools-not-centred-seed-4.json");
    expect(fileNameOf(withRun(begun))).toBeUndefined();
  });

  test("in the table is a row of each number, and dashes while a run goes on", () => {
    const rows = rowsOf(stopped);
    expect(rows.map(({ name, measured }) => `${name} ${measured}`.trim())).toEqual([
      "mu",
      "tau",
      "theta[0] 28 ± 15",
      "theta[1] 8 ± 10",
      "theta[2] −3 ± 16",
      "theta[3] 7 ± 11",
      "theta[4] −1 ± 9",
      "theta[5] 1 ± 11",
      "theta[6] 18 ± 10",
      "theta[7] 12 ± 18",
    ]);
    const numbers = { mean: "−4.0", deviation: "3.3" };
    expect(rows[0]).toMatchObject({ ...numbers, ess: "1,235", rhat: "1.010", isDoubtful: true });
    expect(rows[4]).toMatchObject({ ...numbers, ess: "100", rhat: "1.000", isDoubtful: false });
    const dashes = { mean: "–", deviation: "–", ess: "–", rhat: "–", isDoubtful: false };
    for (const each of rowsOf(begun)) expect(each).toMatchObject(dashes);
    expect(warningsOf(withRun(stopped))).toEqual(["One.", "Two."]);
    expect(warningsOf(withRun({ ...stopped, warnings: [] }))).toEqual([
      "No warning: the chains agree.",
    ]);
  });
});
