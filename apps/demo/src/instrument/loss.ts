/**
 * The loss that training lowers, for the current numbers and for numbers around them: the result of the program, or its
 * mean over points.
 */

import { type Graph, type Tensor, tensor } from "@graddiff/core";
import type { Catalogue } from "../course/catalogue/index.ts";
import type { InputValues, Lesson } from "../course/lesson.ts";
import type { PlanData, Point, TrainingPlan } from "../course/plan.ts";
import { shownName } from "./format.ts";

/** Returns the mean loss of a plan over columns of points; without points the loss of the inputs. */
export function lossOn(
  { loss, data }: TrainingPlan,
  given: Readonly<Record<string, Tensor>>,
  columns: readonly Tensor[],
): Tensor {
  if (data === undefined) return loss(given);
  const points = data.names.map((name, i) => [name, columns[i]] as const);
  return loss({ ...given, ...Object.fromEntries(points) } as Record<string, Tensor>).mean();
}

/** Returns the points of a plan by the inputs that they give: a tensor of all points for each. */
export function columnsOf(data: PlanData | undefined, points: readonly Point[]): readonly Tensor[] {
  if (data === undefined || points.length === 0) return [];
  return data.names.map((_, i) =>
    tensor(Float64Array.from(points, (point) => point[i] ?? Number.NaN)),
  );
}

/**
 * Returns the loss for some values. Without points it is the result of their graph, including the differences that were
 * added.
 */
export function lossAt(lesson: Lesson, values: InputValues, graph: Graph): number {
  const plan = lesson.training;
  if (plan?.data === undefined) return graph.nodes[graph.output]?.value?.item() ?? Number.NaN;
  const given = Object.fromEntries(plan.names.map((name) => [name, number(values[name] ?? 0)]));
  return lossOn(plan, given, columnsOf(plan.data, plan.data.points)).item();
}

/**
 * Returns the name of the loss: the name of the result, or a name for its mean over points, which differs from the
 * result at the drawn point.
 */
export function lossName(
  { name, training }: Lesson,
  { nodes, output }: Graph,
  texts: Pick<Catalogue, "lessons" | "training">,
): string {
  const own = nodes[output]?.name ?? "";
  if (training?.data !== undefined) return texts.training.meanOf(own);
  return shownName(texts.lessons[name].nodes, own);
}

/** Returns the losses for some values of one parameter, with all others fixed. */
export function lossAround(
  { training: plan }: Lesson,
  values: InputValues,
  name: string,
  at: readonly number[],
): readonly number[] {
  if (plan === undefined) return at.map(() => Number.NaN);
  const { data } = plan;
  const plain = Object.fromEntries(plan.names.map((each) => [each, number(values[each] ?? 0)]));
  const many = tensor(Float64Array.from(at));
  if (data === undefined) {
    const losses = plan.loss({ ...plain, [name]: many });
    return losses.rank === 0 ? at.map(() => losses.item()) : (losses.toArray() as number[]);
  }
  // The losses have a row for each value and a column for each point.
  const columns = columnsOf(data, data.points);
  const points = data.names.map((each, i) => [each, columns[i]] as const);
  const given = { ...plain, ...Object.fromEntries(points), [name]: many.reshape([at.length, 1]) };
  const losses = plan.loss(given as typeof plain);
  return losses.rank < 2
    ? at.map(() => losses.mean().item())
    : (losses.mean(1).toArray() as number[]);
}

function number(value: number) {
  return tensor(value, { dtype: "float64" });
}
