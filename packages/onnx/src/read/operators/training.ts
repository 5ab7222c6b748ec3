/**
 * Operators of the domain ai.onnx.preview.training: the gradient of a part of the model, and steps of optimizers.
 */

import { ones, type Tensor, vjp, where } from "@graddiff/core";
import type { Node } from "../node.ts";
import { rows } from "../operator.ts";

/** Returns the derivatives of y with respect to tensors of the model, by differentiating the nodes between them. */
function gradient(node: Node): Tensor[] {
  const between = node.body("y");
  const count = node.texts("xs")?.length ?? 0;
  const others = node.values.slice(count).map((_, i) => node.value(count + i));
  const fn = (...xs: Tensor[]): Tensor => {
    const own = xs.map((tensor, i) => ({ type: node.type(i), tensor }));
    const [y] = between([...own, ...others]);
    if (y === undefined) throw node.refusal("y", "a tensor", "none");
    return y.tensor;
  };
  const { value, pullback } = vjp(fn)(...node.all.slice(0, count));
  const gradients: unknown = pullback(ones(value.shape, { dtype: value.dtype }));
  // The gradients are one for each input, or a single one.
  return (Array.isArray(gradients) ? gradients : [gradients]) as Tensor[];
}

/** Returns the tensors that a step updates, each with its gradient and its states. */
function groupsOf(node: Node, states: number): Tensor[][] {
  const all = node.all.slice(2);
  const count = all.length / (2 + states);
  if (!Number.isInteger(count)) {
    throw node.refusal(
      "inputs",
      `tensors, as many gradients and ${states} times as many states`,
      String(all.length),
    );
  }
  return Array.from({ length: count }, (_, i) =>
    Array.from({ length: 2 + states }, (_s, k) => all[k * count + i] ?? node.input(0)),
  );
}

/** Returns the results by kind: first the tensors of all groups, then their states. */
function byKind(groups: readonly (readonly Tensor[])[]): Tensor[] {
  return (groups[0] ?? []).flatMap((_, k) => groups.flatMap((group) => group[k] ?? []));
}

function regularized(node: Node, x: Tensor, slope: Tensor): Tensor {
  return slope.add(x.mul(node.float("norm_coefficient", 0)));
}

type Step = (x: Tensor, slope: Tensor, states: readonly Tensor[]) => readonly Tensor[];

function stepped(node: Node, states: number, step: Step): Tensor[] {
  const groups = groupsOf(node, states).map(([x, slope, ...own]) =>
    x === undefined || slope === undefined ? [] : step(x, regularized(node, x, slope), own),
  );
  return byKind(groups);
}

function adagrad(node: Node): Tensor[] {
  const [rate, count] = [node.input(0), node.input(1).cast(node.input(0).dtype)];
  const decayed = rate.div(count.mul(node.float("decay_factor", 0)).add(1));
  return stepped(node, 1, (x, slope, [squares = x]) => {
    const next = squares.add(slope.square());
    return [x.sub(decayed.mul(slope).div(next.sqrt().add(node.float("epsilon", 1e-6)))), next];
  });
}

function adam(node: Node): Tensor[] {
  const [alpha, beta] = [node.float("alpha", 0.9), node.float("beta", 0.999)];
  const [rate, count] = [node.input(0), node.input(1)];
  const steps = count.cast(rate.dtype);
  const unbiased = (factor: number) => steps.mul(Math.log(factor)).expm1().neg();
  const adjusted = where(
    count.greater(0),
    rate.mul(unbiased(beta).sqrt()).div(unbiased(alpha)),
    rate,
  );
  return stepped(node, 2, (x, slope, [mean = x, squares = x]) => {
    const nextMean = mean.mul(alpha).add(slope.mul(1 - alpha));
    const nextSquares = squares.mul(beta).add(slope.square().mul(1 - beta));
    const root = nextSquares.sqrt().add(node.float("epsilon", 1e-6));
    const next = x.sub(adjusted.mul(nextMean).div(root));
    return [next.mul(1 - node.float("norm_coefficient_post", 0)), nextMean, nextSquares];
  });
}

function momentum(node: Node): Tensor[] {
  const [alpha, beta] = [node.float("alpha", 0), node.float("beta", 0)];
  const [rate, count] = [node.input(0), node.input(1)];
  const share = where(count.greater(0), beta, 1).cast(rate.dtype);
  const isNesterov = node.oneOf("mode", "standard", "nesterov") === "nesterov";
  return stepped(node, 1, (x, slope, [velocity = x]) => {
    const next = velocity.mul(alpha).add(share.mul(slope));
    const move = isNesterov ? slope.add(next.mul(alpha)) : next;
    return [x.sub(rate.mul(move)), next];
  });
}

export const training = rows({
  "ai.onnx.preview.training.Adagrad": { read: adagrad },
  "ai.onnx.preview.training.Adam": { read: adam },
  "ai.onnx.preview.training.Gradient": { read: gradient },
  "ai.onnx.preview.training.Momentum": { read: momentum },
});
