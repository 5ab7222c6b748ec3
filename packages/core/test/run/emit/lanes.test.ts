/** The table of lane instructions. */

import { expect, test } from "vitest";
import { kindsOfOp } from "../../../src/run/program/loop/kinds.ts";
import { type Kind, LOOP_OPS, type LoopOp } from "../../../src/run/program/loop/loopOps.ts";
import {
  CONVERSIONS,
  LANE_OPS,
  type LaneOp,
  type LaneWriter,
  resultOf,
} from "../../../src/run/wasm/kernel/lanes.ts";

const OPS = Object.keys(LANE_OPS) as LoopOp[];

/** Returns a writer that writes nothing: only missing instructions throw. */
function writer(loop: "float32" | "float64", vectors: boolean): LaneWriter {
  const single = loop === "float32" ? "f32" : "f64";
  const vector = loop === "float32" ? "f32x4" : "f64x2";
  return {
    vectors,
    laneOf: (kind) => {
      if (kind !== "number") return vectors ? "i32x4" : "i32";
      return vectors ? vector : single;
    },
    constant() {},
    instruct() {},
    plain() {},
    lane() {},
  };
}

test.each(OPS)("%s has instructions for every kind of operands that it takes", (name) => {
  const op: LaneOp = LANE_OPS[name];
  if (op.elementary === true && name !== "fmod") return expect(op.kernel).toBe(name);
  for (const loop of ["float32", "float64"] as const) {
    const kinds: Kind[] =
      loop === "float32" ? ["number", "integer", "boolean"] : ["number", "boolean"];
    for (const kind of kinds) {
      const { operands } = kindsOfOp(
        name,
        LOOP_OPS[name].operands.map(() => kind),
        loop,
      );
      const own = operands.at(-1) ?? "number";
      // In loops of floats this op is a call of an elementary function, not an instruction.
      if (op.elementary === true && own === "number") continue;
      for (const vectors of [true, false]) {
        const code = writer(loop, vectors);
        const terms = operands.map(() => () => {});
        expect(() => resultOf(op, terms)(code, own), `${kind} in ${loop}`).not.toThrow();
        op.besideConstant?.(
          () => {},
          () => {},
          0,
        );
      }
    }
  }
});

test("every conversion between kinds has instructions", () => {
  for (const [from, targets] of Object.entries(CONVERSIONS)) {
    for (const [to, row] of Object.entries(targets)) {
      for (const vectors of [true, false]) {
        const kind = (to === "boolean" ? from : to) as Kind;
        // Loops of float64 have no integers.
        const loops =
          from === "integer" || to === "integer"
            ? (["float32"] as const)
            : (["float32", "float64"] as const);
        for (const loop of loops) {
          const code = writer(loop, vectors);
          expect(() => resultOf(row, [() => {}])(code, kind), `${from} to ${to}`).not.toThrow();
        }
      }
    }
  }
});

test("a row without instructions for a lane is an error, not a loop that computes something else", () => {
  const row: LaneOp = { opcodes: { f32: 1 } };
  expect(() => resultOf(row, [() => {}])(writer("float64", false), "number")).toThrow("f64");
});
