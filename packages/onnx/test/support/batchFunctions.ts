/**
 * Functions of rows [N, 3] that are defined in the same way for every batch size N. They compute in the dtype of the
 * rows.
 */

import {
  arange,
  cond,
  eye,
  grad,
  linspace,
  matmul,
  max,
  normal,
  ones,
  scan,
  split,
  type Tensor,
  take,
  tensor,
  topK,
  uniform,
  vectorize,
  where,
  zeros,
} from "@graddiff/core";

const countOf = (x: Tensor) => x.shape[0] ?? 0;
const like = ({ dtype }: Tensor) => ({ dtype: dtype === "float32" ? dtype : "float64" }) as const;
const seedOf = (x: Tensor) => x.mul(0).sum().cast("int32").add(5);
const tableOf = (x: Tensor) => uniform([6, 2], { seed: 9, low: -1, high: 2, ...like(x) });
const placesOf = (x: Tensor) => x.mul(1.5).sum(1).abs().cast("int32").minimum(5);

export const batchFunctions: Readonly<Record<string, (x: Tensor) => Tensor | readonly Tensor[]>> = {
  "a mean": (x) => x.mean(),
  "a mean by hand": (x) => x.sum().div(countOf(x)),
  "a mean by a reciprocal": (x) => x.sum().mul(1 / countOf(x)),
  "a mean of columns by a reciprocal": (x) => x.sum(0).mul(1 / countOf(x)),
  "a weight for each row": (x) => x.mul(0.3 / countOf(x)),
  "an unbiased variance": (x) =>
    x
      .sub(x.mean(0))
      .square()
      .sum(0)
      .mul(1 / (countOf(x) - 1)),
  "a multiple of the size": (x) => x.add(0.7 * countOf(x)),
  "the square of the size": (x) => x.mul(countOf(x) ** 2).sub(countOf(x) * (countOf(x) - 3)),
  "a weight for each pair": (x) => x.sum().mul(2 / (countOf(x) * (countOf(x) + 1))),
  "a gradient of a mean": (x) => grad((y: Tensor) => y.square().mean())(x),
  "a gradient of a mean of pairs": (x) =>
    grad((y: Tensor) => y.matmul(y.transpose()).tanh().mean())(x),
  "all pairs in one axis": (x) =>
    x
      .matmul(x.transpose())
      .reshape([countOf(x) ** 2])
      .sin(),
  "a standardized batch": (x) => {
    const centred = x.sub(x.mean(0));
    return centred.div(centred.square().mean(0).add(0.1).sqrt());
  },
  "axes put together": (x) => x.reshape([countOf(x) * 3]).sin(),
  "axes taken apart": (x) => x.reshape([countOf(x), 3, 1]).mul(2),
  "more rows": (x) => matmul(x.reshape([countOf(x) * 3, 1]), tensor([[1, 2]], like(x))),
  "a longer batch": (x) => [x, x.slice([0], [1])].reduce((a, b) => a.add(b)),
  "all but the first": (x) => x.slice([1], []).sum(1),
  ones: (x) => ones([countOf(x), 3], like(x)).mul(x),
  "a range": (x) => arange(0, countOf(x), like(x)).reshape([-1, 1]).mul(x),
  "a range backwards": (x) =>
    arange(countOf(x), 0, { ...like(x), step: -1 })
      .reshape([-1, 1])
      .mul(x),
  "a range with an end": (x) => linspace(0, 1, countOf(x), like(x)).reshape([-1, 1]).mul(x),
  "a range about 0": (x) => linspace(-1, 1, countOf(x), like(x)).reshape([-1, 1]).mul(x),
  "a range up to the size": (x) =>
    linspace(0.5, countOf(x), countOf(x), like(x)).reshape([-1, 1]).mul(x),
  "the identity": (x) => eye(countOf(x), countOf(x), like(x)).matmul(x),
  "a constant with NaN in it": (x) =>
    where(tensor([1, Number.NaN, 3], like(x)).greater(2), x, x.mul(2)),
  "random numbers": (x) => uniform(x.shape, { seed: seedOf(x), ...like(x) }).add(x),
  "random numbers up to the size": (x) =>
    uniform([4], { seed: seedOf(x), high: countOf(x) + 0.5, ...like(x) }).add(x.sum()),
  "a normal number for each row": (x) =>
    normal([countOf(x)], { seed: seedOf(x), ...like(x) })
      .reshape([-1, 1])
      .add(x),
  "normal numbers": (x) =>
    normal(x.shape, { seed: seedOf(x), mean: 2, deviation: 0.5, ...like(x) }).add(x),
  "pairs of normal numbers": (x) => normal([countOf(x), 2], { seed: seedOf(x), ...like(x) }),
  "a product with its transpose": (x) => x.matmul(x.transpose()).sum(1),
  "rows of a table": (x) => take(tableOf(x), placesOf(x)),
  "a gradient of rows": (x) =>
    grad((table: Tensor) => take(table, placesOf(x)).square().sum())(tableOf(x)),
  "the greatest of each row": (x) => Object.values(topK(x, 2)),
  "a gradient of the greatest": (x) => grad((y: Tensor) => topK(y, 2).values.square().sum())(x),
  "the greatest of integers": (x) => Object.values(topK(x.mul(9).cast("int32"), 2)),
  "parts of each row": (x) => split(x, [1, 2], 1),
  "a loop over the rows": (x) =>
    scan(
      (sum: Tensor, row: Tensor) => [sum.add(row).tanh(), sum] as [Tensor, Tensor],
      zeros([3], like(x)),
      x,
    ) as [Tensor, Tensor],
  "a loop over the rows, backwards": (x) =>
    scan(
      (sum: Tensor, row: Tensor) => [sum.add(row).tanh(), sum] as [Tensor, Tensor],
      zeros([3], like(x)),
      x,
      { reverse: true },
    ) as [Tensor, Tensor],
  "a gradient of a loop": (x) =>
    grad((y: Tensor) =>
      (
        scan(
          (sum: Tensor, row: Tensor) => [sum.add(row).tanh(), sum] as [Tensor, Tensor],
          zeros([3], like(x)),
          y,
        ) as [Tensor, Tensor]
      )[0].sum(),
    )(x),
  "a loop without rows": (x) =>
    scan((y: Tensor) => [y.mul(0.5).sin(), y] as [Tensor, Tensor], x.sum(0), undefined, {
      length: countOf(x),
    }) as [Tensor, Tensor],
  "a loop with a carry of rows": (x) =>
    scan((y: Tensor) => [y.mul(0.5).sin(), y.sum()] as [Tensor, Tensor], x, undefined, {
      length: 3,
    }) as [Tensor, Tensor],
  "a loop in a loop": (x) =>
    scan(
      (sum: Tensor, row: Tensor): [Tensor, Tensor] => {
        const [inner] = scan(
          (own: Tensor, other: Tensor): [Tensor, Tensor] => [own.add(other.mul(row)).tanh(), own],
          sum,
          x,
        );
        return [inner, topK(x, 1).values.sum()];
      },
      zeros([3], like(x)),
      x,
    ) as [Tensor, Tensor],
  "a condition for each row": (x) =>
    vectorize((row: Tensor) =>
      cond(
        row.sum().greater(1),
        () => row.abs().sqrt(),
        () => row.mul(2),
      ),
    )(x),
  "a condition on the batch": (x) =>
    cond(
      x.sum().greater(0),
      () => x.mul(2),
      () => x.neg(),
    ),
  "a gradient for each row": (x) => vectorize(grad((row: Tensor) => row.square().sum()))(x),
  "the extremes": (x) => [x.max(0), x.min(1), x.max()],
  "the extremes of each row": (x) => [x.max(1), x.min(1), grad((y: Tensor) => max(y, 1).sum())(x)],
  "sums and products": (x) => [x.sum(0), x.mul(2), x.sum(), x.transpose().matmul(x)],
};
