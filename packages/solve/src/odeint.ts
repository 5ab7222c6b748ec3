/**
 * `odeint`: integrates a system of ordinary differential equations, and returns its states at some times.
 */

import { ArgumentError, diff, type Input, type Tensor, treeMap, where } from "@graddiff/core";
import {
  anything,
  callable,
  checked,
  describe,
  oneOf,
  optional,
  optionsReader,
  positive,
  positiveInteger,
  refuseSurplus,
} from "@graddiff/core/extend";
import { dataOf, inOrder } from "./data.ts";
import { refuseShape, refuseType } from "./doors.ts";
import { areFinite, toleranceOf, whereNotFinite, whole } from "./numbers.ts";
import { ARRIVED, EVENT, type EventFunction, integrate } from "./ode/adaptive.ts";
import { dormandPrince } from "./ode/dormandPrince.ts";
import { firstEvent } from "./ode/events.ts";
import { rosenbrock } from "./ode/rosenbrock.ts";
import { rungeKutta4 } from "./ode/rungeKutta4.ts";
import { NOT_FINITE, Outcome, type Progress, STALLED } from "./outcome.ts";
import { type Unknowns, unknownsOf, vectorOf } from "./unknowns.ts";

/** The settings of {@link odeint}. */
export interface OdeOptions<State, Data> {
  /**
   * The third argument of `derivative` and `events`: a tree of tensors and numbers. Default: none.
   */
  readonly data?: Input<Data>;
  /**
   * "dopri5", Dormand and Prince's method of order 5(4) (the default); "rosenbrock", Rodas4 of order 4(3), for stiff systems; "rk4",
   * the classical method, with `steps` equal steps between two times.
   */
  readonly method?: "dopri5" | "rosenbrock" | "rk4";
  /**
   * The relative tolerance of the error of a step, at least the ε of the dtype. Default 1e-6 for float64, and 1e-4 for
   * float32.
   */
  readonly relative?: number;
  /** The absolute tolerance of the error of a step, which is added. Default 1e-9 for float64, and 1e-6 for float32. */
  readonly absolute?: number;
  /** The number of steps of "rk4" between two times. Default 1. */
  readonly steps?: number;
  /** Functions of time, state and data, at whose first change of sign the run ends. Default: none. */
  readonly events?: readonly ((time: Tensor, state: State, data: Data) => Tensor)[];
  /**
   * The greatest number of steps, including rejected ones. Default 10,000. A gradient reserves memory for all of them:
   * for each step 17 bytes for each time, 24 bytes for each unknown, and six times the residuals of `derivative`. So
   * 10,000 steps of the Lotka–Volterra equations with 100 times take 20 MB. Above 256 MiB it stores only the states of
   * √maxSteps steps, recomputes the others, and warns.
   */
  readonly maxSteps?: number;
}

const readOptions = optionsReader({
  data: anything,
  method: optional(oneOf("dopri5", "rosenbrock", "rk4"), "dopri5"),
  relative: optional(positive, undefined),
  absolute: optional(positive, undefined),
  steps: optional(positiveInteger, undefined),
  events: optional(readEvents, []),
  maxSteps: optional(positiveInteger, 10_000),
});

type Event = (time: Tensor, state: never, data: never) => unknown;

function readEvents(op: string, argument: string, value: unknown): readonly Event[] {
  if (!Array.isArray(value)) {
    const expected = "a list of functions";
    throw new ArgumentError({ op, argument, expected, got: describe(value) });
  }
  value.forEach((event, i) => {
    callable(op, `${argument}[${i}]`, event);
  });
  return value as readonly Event[];
}

/** The end of a run of {@link odeint}: an event, or the last time. */
export interface OdeEvent<State> {
  /** The index of the event in the option `events`, an int32 scalar; −1 if there was none. */
  readonly index: Tensor;
  /** The time of the event, a scalar; without an event the time at which the run ended. */
  readonly time: Tensor;
  /** The state at that time. */
  readonly state: State;
}

/** The result of {@link odeint}. */
export class OdeSolution<State> extends Outcome {
  /**
   * The states at the times, in the form of the start, with the times as a first axis. At times after an event, and at
   * times that the run has not reached, the states are NaN; `event.state` is the last state.
   */
  readonly values: State;
  /** The event that ended the integration, if one did. */
  readonly event: OdeEvent<State>;

  /** @internal */
  constructor(
    values: State,
    event: OdeEvent<State>,
    progress: Progress,
    explain: () => string | undefined,
  ) {
    super(progress, explain);
    this.values = values;
    this.event = event;
  }

  /** @internal */
  protected override say(status: number): string {
    switch (status) {
      case ARRIVED:
        return "all times have been reached";
      case EVENT:
        return "an event has ended the run";
      case NOT_FINITE:
        return "derivative is not finite at the start, or a state has become so";
      case STALLED:
        return "steps have become too short for the time to go on: the state may be infinite there, or the system stiff";
      default:
        return "maxSteps steps came first: the system may be stiff, or the tolerances too small";
    }
  }
}

/**
 * Integrates y′ = derivative(t, y) from a start, and returns y at some times.
 *
 * The lengths of steps are controlled by the tolerances. States at the times are computed from the polynomials within
 * steps, so times do not shorten steps. All steps run as one program for each shape, for all values of captured
 * tensors. The result is differentiable, in both modes and to all orders, with respect to start, times, `data` and
 * captured tensors. Derivatives are those of the steps that were made, with their lengths as constants, so they are
 * about as accurate as the tolerances. The time of an event is differentiated by the implicit function theorem.
 * `vectorize` integrates a batch, in which each trajectory has its own steps. Times may decrease. It computes in the
 * dtype of the state: plain numbers are float64, and tensors keep their dtype.
 *
 * @param derivative a function from the time (a scalar), the state and `data` to the derivative of the state, in its
 *   form.
 * @param start the state at the first time, a tree of tensors and numbers.
 * @param times a vector of at least two times, which increase or decrease.
 * @param options `data`, `method` (default "dopri5"), `relative` and `absolute` (defaults 1e-6 and 1e-9 for float64), `steps`,
 *   `events` and `maxSteps` (default 10,000).
 * @returns an {@link OdeSolution}: `values` and `event`, `status` (2 after an event), `iterations` (the number of
 *   accepted steps), `evaluations` and `reason`. If it does not reach the last time, it does not throw: `status` is
 *   then 0 or below.
 * @throws ShapeError for a derivative of another form, or times that are not a vector; ArgumentError for times that
 *   change their direction (in a recording when it runs), and for NaN in `data`. ArgumentError for a relative tolerance
 *   below the ε of the dtype, for `steps` without "rk4", and for `events` with it; DTypeError for a start, times or
 *   derivative that are not floats.
 * @example
 * ```ts
 * import { grad, linspace, type Tensor, tensor } from "@graddiff/core";
 * import { odeint } from "@graddiff/solve";
 *
 * // A ball that is thrown upwards, until it is on the ground again.
 * const fall = (speed: Tensor) =>
 *   odeint(
 *     (_time: Tensor, { velocity }: { height: Tensor; velocity: Tensor }) => ({
 *       height: velocity,
 *       velocity: velocity.mul(0).sub(9.81),
 *     }),
 *     { height: 0, velocity: speed },
 *     linspace(0, 10, 11, { dtype: "float64" }),
 *     { events: [(_time, { height }) => height] },
 *   ).event.time;
 * const speed = tensor(20, { dtype: "float64" });
 * console.log(fall(speed).item().toFixed(6), grad(fall)(speed).item().toFixed(6)); // 4.077472 0.203874
 * ```
 */
export function odeint<State, Data = undefined>(
  derivative: (time: Tensor, state: State, data: Data) => unknown,
  start: Input<State>,
  times: Tensor,
  options?: OdeOptions<State, Data>,
): OdeSolution<State> {
  refuseSurplus("odeint", 4, arguments);
  callable("odeint", "derivative", derivative);
  const { data, method, steps, events, maxSteps, ...tolerances } = readOptions("odeint", options);
  const unknowns = unknownsOf<State>("odeint", start);
  const given = dataOf<Data>("odeint", "data", data);
  const at = readTimes(times).cast(unknowns.dtype);
  const fn = (time: Tensor, state: Tensor) => {
    const found = derivative(time, unknowns.tree(state), given);
    const slope = vectorOf("odeint", "derivative", found, unknowns.dtype);
    if (slope.size === unknowns.size) return slope;
    const expected = `as many numbers as the state has, ${unknowns.size}`;
    return refuseShape("odeint", "derivative", expected, String(slope.size));
  };
  const explain = () =>
    whereNotFinite("derivative", () => derivative(at.at(0), unknowns.tree(unknowns.start), given));
  checkFit(method, steps, events);
  if (method === "rk4") {
    const values = rungeKutta4(fn, unknowns.start, at, steps ?? 1);
    const intervals = at.size - 1;
    const status = where(areFinite(values), ARRIVED, NOT_FINITE).cast("int32");
    const iterations = whole(intervals * (steps ?? 1));
    const event = {
      index: whole(-1),
      time: at.at(intervals),
      state: unknowns.tree(values.at(intervals)),
    };
    const progress = { status, iterations, evaluations: iterations.mul(4) };
    return new OdeSolution(statesOf(unknowns, values), event, progress, explain);
  }
  const isDouble = unknowns.dtype === "float64";
  const usual = isDouble ? 1e-6 : 1e-4;
  const relative = tolerances.relative ?? usual;
  const own = events.map(
    (event, i): EventFunction =>
      (time, state) => {
        const value = vectorOf(
          "odeint",
          `events[${i}]`,
          event(time, unknowns.tree(state) as never, given as never),
          unknowns.dtype,
        );
        if (value.size === 1) return value.reshape([]);
        return refuseShape("odeint", `events[${i}]`, "a scalar", `[${value.shape}]`);
      },
  );
  const way = method === "rosenbrock" ? rosenbrock : dormandPrince;
  const found = integrate(way, fn, unknowns.start, at, {
    relative: toleranceOf("odeint", "relative", relative, unknowns.dtype, 1),
    absolute: tolerances.absolute ?? (isDouble ? 1e-9 : 1e-6),
    maxSteps,
    events: own,
  });
  const end = firstEvent(own, way, found);
  const direction = where(at.at(at.size - 1).less(at.at(0)), -1, 1);
  const isBehind = at
    .sub(end.time)
    .mul(direction)
    .greater(0)
    .logicalAnd(found.status.notEqual(ARRIVED));
  const values = where(isBehind.reshape([at.size, 1]), Number.NaN, found.values);
  const event = { index: end.index, time: end.time, state: unknowns.tree(end.state) };
  const progress = {
    status: found.status,
    iterations: found.steps,
    evaluations: found.evaluations,
  };
  return new OdeSolution(statesOf(unknowns, values), event, progress, explain);
}

/** Returns vectors of states as a tree whose leaves have the times as a first axis. */
function statesOf<State>(unknowns: Unknowns<State>, values: Tensor): State {
  let from = 0;
  const [count] = values.shape as [number];
  // The result has the tree of the start, with a first axis of times in each leaf.
  return treeMap((leaf) => {
    const part = values.slice([0, from], [count, from + leaf.size]);
    from += leaf.size;
    return part.reshape([count, ...leaf.shape]).cast(leaf.dtype);
  }, unknowns.tree(unknowns.start)) as State;
}

function readTimes(times: Tensor): Tensor {
  const [at] = [times].flatMap((own) => (typeof own === "object" && "shape" in own ? own : []));
  if (at === undefined) return refuseType("odeint", "times", "a tensor of floats", describe(times));
  if (at.dtype !== "float32" && at.dtype !== "float64") {
    refuseType("odeint", "times", "floats", at.dtype);
  }
  if (at.rank !== 1 || at.size < 2) {
    refuseShape("odeint", "times", "a vector of at least two times", `[${at.shape}]`);
  }
  const way = at.at(at.size - 1).sub(at.at(0));
  const [expected, got] = [ORDERED, "a distance from the first to the last of"];
  const apart = { op: "odeint", argument: "times", low: Number.MIN_VALUE, expected, got };
  const steps = diff(at).mul(where(way.less(0), -1, 1).cast(at.dtype));
  const distinct = checked(at, { ...apart, high: Number.MAX_VALUE }, way.abs());
  return inOrder("odeint", "times", distinct, steps, 0, ORDERED);
}

const ORDERED = "finite times that go on in one direction";

function checkFit(method: string, steps: number | undefined, events: readonly unknown[]): void {
  const isFixed = method === "rk4";
  if (steps !== undefined && !isFixed) {
    const expected = 'steps with the method "rk4" alone: others choose theirs';
    throw new ArgumentError({ op: "odeint", argument: "steps", expected, got: String(steps) });
  }
  if (events.length === 0 || !isFixed) return;
  const expected =
    'events with the methods "dopri5" and "rosenbrock", which know states inside of steps';
  throw new ArgumentError({ op: "odeint", argument: "events", expected, got: 'the method "rk4"' });
}
