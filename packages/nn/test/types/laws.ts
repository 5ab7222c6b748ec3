/**
 * Laws for the types of functions that transform other functions. Only the compiler reads this file: it has calls that
 * must compile, calls that must not, and types of results. `npm run types` runs the repository's compiler, `npm run
 * test:installed` the oldest one as well.
 */

import {
  checkpoint,
  compile,
  customGradient,
  Draws,
  explain,
  findNaN,
  forLoop,
  type Graph,
  grad,
  hessian,
  hvp,
  jacobian,
  jvp,
  Layer,
  linearize,
  type ModelGradient,
  meshgrid,
  mul,
  relu,
  type State,
  scan,
  split,
  type Tensor,
  type TensorLike,
  type TensorTree,
  tensor,
  Variable,
  valueAndGrad,
  variables,
  vectorize,
  vjp,
  whileLoop,
} from "@graddiff/core";
import {
  Adam,
  accuracy,
  BatchNorm,
  crossEntropy,
  Dense,
  fit,
  LBFGS,
  MultiHeadAttention,
  Sequential,
  SGD,
  trainingStep,
} from "@graddiff/nn";

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/** Compiles if the type of the value is exactly the given one. */
export function is<Told>() {
  return <Value>(_value: Value, _equal: Equal<Told, Value>): void => {};
}

const x = tensor([1, 2]);
const w = new Variable(x);

// Transforms keep the names and the number of parameters of functions of plain tensors, annotated or not.
const two = (price: Tensor, count: Tensor): Tensor => price.mul(count).sum();
is<[price: TensorLike, count: TensorLike]>()(
  [x, 1] as Parameters<ReturnType<typeof gradOfTwo>>,
  true,
);
function gradOfTwo() {
  return grad(two);
}
is<Tensor>()(grad(two)(1, x), true);
is<Tensor>()(grad((a, b) => a.mul(b))(1, 2), true);
// @ts-expect-error one argument is missing
grad(two)(1);
// @ts-expect-error one argument is too many
grad(two)(1, 2, 3);
// @ts-expect-error bare parameters are counted, too
grad((a, b) => a.mul(b))(1);
// @ts-expect-error a string is not a tensor
grad(two)("1", 2);
// @ts-expect-error the result must be a tensor
grad((a: Tensor) => a.item());
// @ts-expect-error the result must be a tensor, not a list
grad((a: Tensor) => [a, 1]);

// Nested transforms keep the names of parameters, too.
is<[price: TensorLike, count: TensorLike]>()(
  [1, 2] as Parameters<ReturnType<typeof compiledSecond>>,
  true,
);
function compiledSecond() {
  return compile(grad(grad(two)));
}
is<Tensor>()(compile(grad(grad(two)))(1, 2), true);
is<Tensor>()(vectorize(grad(compile(two)))(x, x), true);
// @ts-expect-error one argument is missing
compile(grad(grad(two)))(1);
// @ts-expect-error one argument is missing
vectorize(grad(two))(x);
// @ts-expect-error one argument is missing
compile(two).program(1);

// Ops are functions of tensors, too, so they can be transformed.
is<Tensor>()(grad(mul)(1, 2), true);
// @ts-expect-error mul has two parameters
grad(mul)(1);

// Optional, default and rest parameters.
const some = (a: Tensor, b?: Tensor): Tensor => (b === undefined ? a : a.mul(b));
grad(some)(1);
grad(some)(1, 2);
// @ts-expect-error there is no third parameter
grad(some)(1, 2, 3);
const rated = (a: Tensor, rate: Tensor = tensor(2)): Tensor => a.mul(rate);
compile(rated)(1);
compile(rated)(1, 2);
const all = (...each: Tensor[]): Tensor => each.reduce((sum, one) => sum.add(one));
grad(all)(1, 2, 3);
is<Tensor>()(grad(all, { argnums: 7 })(1), true);

// Indices of arguments.
is<Tensor>()(grad(two, { argnums: 1 })(1, 2), true);
is<[Tensor, Tensor]>()(grad(two, { argnums: [0, 1] })(1, 2), true);
is<[Tensor, Tensor]>()(grad(two, { argnums: [1, 0] as const })(1, 2), true);
const place: number = 1;
grad(two, { argnums: place });
grad(two, { argnums: [place, 0] });
grad(some, { argnums: 1 });
// @ts-expect-error there is no such index
grad(two, { argnums: 5 });
// @ts-expect-error there is no index 2
grad(two, { argnums: [0, 2] });
// @ts-expect-error a function of a tree has no index 1
grad((line: { w: Tensor }) => line.w, { argnums: 1 });
// @ts-expect-error an option is misspelt
grad(two, { argnum: 1 });
// @ts-expect-error one of the options is misspelt
grad(two, { argnums: 1, hasAxu: true });

// Trees.
interface Line {
  readonly slope: Tensor;
  readonly offset: Tensor;
  readonly name?: string;
}
const line = ({ slope, offset }: Line, at: Tensor): Tensor => slope.mul(at).add(offset).sum();
is<{ readonly slope: Tensor; readonly offset: Tensor; readonly name?: string }>()(
  grad(line)({ slope: 1, offset: 2 }, x),
  true,
);
grad(line)({ slope: 1, offset: x, name: "first" }, 1);
grad(line)(grad(line)({ slope: 1, offset: 2 }, x), x);
// @ts-expect-error the offset is missing
grad(line)({ slope: 1 }, x);
// @ts-expect-error an argument is missing
grad(line)({ slope: 1, offset: 2 });
is<Tensor>()(grad(line, { argnums: 1 })({ slope: 1, offset: 2 }, x), true);
const flagged = (a: Tensor, training: boolean, mode: "sum" | "mean"): Tensor =>
  training && mode === "sum" ? a.sum() : a.mean();
is<Tensor>()(compile(flagged)(x, true, "mean"), true);
// @ts-expect-error there is no mode max
compile(flagged)(x, true, "max");
is<{ a: Tensor; list: Tensor[] }>()(compile((a: Tensor) => ({ a, list: [a, a] }))(1), true);

// Generic functions.
function scaled<Model extends { readonly gain: Tensor }>(model: Model, at: Tensor): Tensor {
  return model.gain.mul(at).sum();
}
is<Tensor>()(grad(scaled<{ gain: Tensor; bias: Tensor }>)({ gain: 1, bias: 2 }, x).bias, true);

// The function's auxiliary value is returned with its result.
is<{ readonly accuracy: number }>()(
  grad((a: Tensor) => [a.sum(), { accuracy: 1 } as { readonly accuracy: number }] as const, {
    hasAux: true,
  })(x).aux,
  true,
);
is<string>()(
  valueAndGrad((a: Tensor, b: Tensor): [Tensor, string] => [a.mul(b), "aux"], {
    hasAux: true,
    argnums: 1,
  })(1, 2).aux,
  true,
);
is<string>()(
  valueAndGrad((l: Line): [Tensor, string] => [l.slope, "aux"], { hasAux: true })({
    slope: 1,
    offset: 2,
  }).aux,
  true,
);
// @ts-expect-error the function returns no auxiliary value
grad((a: Tensor) => a.sum(), { hasAux: true });

// Variables.
const loss = (): Tensor => w.value.sum();
is<readonly [Tensor]>()(grad(loss, { variables: [w] })(), true);
is<{ readonly weight: Tensor; readonly bias: Tensor }>()(
  valueAndGrad(loss, { variables: { weight: w, bias: w } })().gradient,
  true,
);
is<Tensor>()(grad(loss, { variables: w })(), true);
const list: Variable[] = new Dense(2, 1).variables;
is<Tensor[]>()(valueAndGrad(loss, { variables: list })().gradient, true);
const both = valueAndGrad((a: Tensor) => a.mul(w.value).sum(), { variables: [w], argnums: [0] });
is<{ arguments: [Tensor]; variables: readonly [Tensor] }>()(both(x).gradient, true);
const withAux = valueAndGrad(() => [w.value.sum(), 3] as const, { variables: [w], hasAux: true });
is<3>()(withAux().aux, true);
is<readonly [Tensor]>()(withAux().gradient, true);
// An expected type of the result does not select options.
const expected: Tensor = grad(loss, { variables: w })();
const told: { value: Tensor; gradient: readonly [Tensor] } = valueAndGrad(loss, {
  variables: [w],
})();

// Optimizers take the same models as gradient functions, and the gradients with respect to them.
const model = { dense: new Dense(2, 1), scale: new Variable(tensor(1)) };
const optimizer = new Adam(model, { learningRate: 0.1 });
new SGD(variables(model), { learningRate: 0.1 });
const tree = { weight: w, more: [w, w] };
optimizer.step(valueAndGrad(loss, { variables: tree })().gradient);
optimizer.step(valueAndGrad(loss, { variables: variables(model) })().gradient);
optimizer.step(valueAndGrad(loss, { variables: w })().gradient);
optimizer.step(valueAndGrad(loss, { variables: model })().gradient);
optimizer.step(valueAndGrad(loss, { variables: new Dense(2, 1) })().gradient);
// @ts-expect-error a number is not a gradient
optimizer.step({ weight: 3 });
// @ts-expect-error a number cannot be trained
new SGD(3, { learningRate: 1 });

// vjp, jvp and explain.
is<[price: Tensor, count: Tensor]>()(vjp(two)(1, 2).pullback(1), true);
is<[Tensor]>()(vjp(two, { argnums: [1] })(1, 2).pullback(1), true);
// @ts-expect-error one argument is missing
vjp(two)(1);
is<Tensor>()(jvp(two)([1, 2], [0, 1]).tangent, true);
// @ts-expect-error one tangent is missing
jvp(two)([1, 2], [0]);
is<Graph>()(explain(two)(1, 2), true);
// @ts-expect-error one argument is missing
explain(two)(1);
is<Graph>()(explain(two, { names: ["price", "count"], result: "total" })(1, 2), true);
// @ts-expect-error a name is a string
explain(two, { names: [1] });

// jacobian, hessian, hvp and linearize.
is<Tensor>()(jacobian(two)(1, 2), true);
is<[price: TensorLike, count: TensorLike]>()(
  [1, 2] as Parameters<ReturnType<typeof jacobianOfTwo>>,
  true,
);
function jacobianOfTwo() {
  return jacobian(two, { argnums: [0, 1], mode: "forward" });
}
is<[Tensor, Tensor]>()(jacobianOfTwo()(1, 2), true);
is<Tensor>()(jacobian((a, b) => a.mul(b), { argnums: 1 })(1, 2), true);
// @ts-expect-error bare parameters are counted
jacobian((a, b) => a.mul(b))(1);
// @ts-expect-error there is no such index
jacobian(two, { argnums: 2 });
// @ts-expect-error there is no such mode
jacobian(two, { mode: "backward" });
// @ts-expect-error jacobian returns no auxiliary value
jacobian(two, { hasAux: true });
const parts = (l: Line): { sum: Tensor; list: [Tensor, Tensor] } => ({
  sum: l.slope.add(l.offset),
  list: [l.slope, l.offset],
});
is<{ sum: Line; list: [Line, Line] }>()(jacobian(parts)({ slope: 1, offset: x }), true);
is<{ sum: readonly [Tensor]; list: [readonly [Tensor], readonly [Tensor]] }>()(
  jacobian(parts, { variables: [w] })({ slope: 1, offset: x }),
  true,
);
is<Tensor>()(compile(jacobian(vectorize(grad(two))))(x, x), true);
is<Tensor>()(jacobian(loss, { variables: w })(), true);

is<Tensor>()(hessian(two)(1, 2), true);
is<[[Tensor, Tensor], [Tensor, Tensor]]>()(hessian(two, { argnums: [0, 1] })(1, 2), true);
is<Tensor>()(hessian(line)({ slope: 1, offset: 2 }, x).slope.offset, true);
is<readonly [readonly [Tensor]]>()(hessian(loss, { variables: [w] })(), true);
// @ts-expect-error one argument is missing
hessian(two)(1);
// @ts-expect-error the result must be a tensor
hessian(parts);

is<Tensor>()(hvp(two)(1, x, 2), true);
is<[x: TensorLike, v: TensorLike, count: TensorLike]>()(
  [1, 2, 3] as Parameters<ReturnType<typeof productOfTwo>>,
  true,
);
function productOfTwo() {
  return hvp(two);
}
is<Line>()(hvp(line)({ slope: 1, offset: 2 }, { slope: 1, offset: 0 }, x), true);
is<readonly Tensor[]>()(hvp((all: readonly Variable[]) => loss().mul(all.length))([w], [x]), true);
// @ts-expect-error the direction is missing
hvp(two)(1, 2);
// @ts-expect-error a part of the direction is missing
hvp(line)({ slope: 1, offset: 2 }, { slope: 1 }, x);

is<[price: TensorLike, count: TensorLike]>()(
  [1, 2] as Parameters<ReturnType<ReturnType<typeof linearizeTwo>>["pushforward"]>,
  true,
);
function linearizeTwo() {
  return linearize(two);
}
is<Tensor>()(linearizeTwo()(1, 2).pushforward(1, x), true);
is<Tensor>()(linearize(two, { argnums: [1] })(1, 2).pushforward(1), true);
is<{ sum: Tensor; list: [Tensor, Tensor] }>()(
  linearize(parts)({ slope: 1, offset: 2 }).pushforward({ slope: 1, offset: 2 }),
  true,
);
// @ts-expect-error one tangent is missing
linearize(two)(1, 2).pushforward(1);
// @ts-expect-error one argument is missing
linearize(two)(1);

export { expected, told };

// If the number of parts is known, the type of a split is a tuple.
is<[Tensor, Tensor]>()(split(tensor([1, 2]), 2), true);
is<[Tensor, Tensor, Tensor]>()(split(tensor([1, 2]), [1, 1, 0]), true);
is<Tensor[]>()(split(tensor([1, 2]), 1 as number), true);
is<Tensor[]>()(split(tensor([1, 2]), [1, 1] as number[]), true);
is<Tensor[]>()(split(tensor([1, 2]), 0.5), true);
is<[Tensor, Tensor]>()(meshgrid([tensor([1]), 2]), true);
is<Tensor[]>()(meshgrid([tensor([1])] as Tensor[]), true);

// A number is a Tensor inside of a recorded function, so no parameter is declared as one.
// @ts-expect-error n would be a Tensor, and never equal 0
compile((a: Tensor, n: number) => (n === 0 ? a : a.neg()));
// @ts-expect-error a union of numbers would be a Tensor, too
compile((a: Tensor, n: 0 | 1) => (n === 0 ? a : a.neg()));
// @ts-expect-error a number inside of a tree would be a Tensor, too
compile(({ a, n }: { a: Tensor; n: number }) => a.mul(n));
// @ts-expect-error numbers in nested lists would be Tensors, too
compile(({ a, n }: { a: Tensor; n?: readonly (readonly number[])[] }) => (n ? a : a.neg()));
// @ts-expect-error a number in a tuple would be a Tensor, too
compile(([a, n]: [Tensor, number]) => a.mul(n));
// @ts-expect-error the numbers of a rest parameter would be Tensors, too
compile((a: Tensor, ...n: number[]) => a.mul(n.length));
// @ts-expect-error a rest parameter may not be numbers alone either
compile((...n: number[]) => n[0]);
// @ts-expect-error the numbers of a record would be Tensors, too
compile((n: Record<string, number>) => n["a"]);
// @ts-expect-error the option backend makes no argument static
compile((a: Tensor, n: number) => a.mul(n), { backend: "js" });
// @ts-expect-error only n is static, but m is a number, too
compile((n: number, m: number) => tensor(n + m), { static: [0] });
compile((a: Tensor, n: number) => (n === 0 ? a : a.neg()), { static: [1] })(1, 0);
// @ts-expect-error a static argument stays a number
compile((a: Tensor, n: number) => (n === 0 ? a : a.neg()), { static: [1] })(1, x);
compile((a: Tensor, ...n: number[]) => a.mul(n.length), { static: [1] })(1, 2);
const places = { static: [1] };
compile((a: Tensor, n: number) => a.mul(n), places)(1, 0);
// An optional parameter of a number may keep its default, but no argument may be passed.
const halved = compile((a: Tensor, n: number = 2) => a.div(n));
halved(x);
// @ts-expect-error the number would be a Tensor inside
halved(x, 3);
compile(crossEntropy)(x, x);
// @ts-expect-error the number in the options would be a Tensor
compile(crossEntropy)(x, x, { labelSmoothing: 0.1 });
compile(crossEntropy, { static: [2] })(x, x, { labelSmoothing: 0.1 });
// Arguments are accepted that may be a Tensor, contain no number, or have an unknown type. Numbers in instances of
// classes are their settings.
class Sized extends Layer {
  readonly size: number = 3;
  override compute(a: Tensor): Tensor {
    return a.reshape([this.size]);
  }
}
compile((a: Tensor, n: TensorLike) => a.mul(n))(1, 2);
compile((each: { readonly a: Tensor | number; readonly n: TensorLike }) => each)({ a: 1, n: x });
compile(([a, n]: [TensorLike, TensorLike]) => [a, n])([1, x]);
compile((a: Tensor, own: Sized) => (own.size === 3 ? own.forward(a) : a))(1, new Sized());
grad((a: Tensor, own: Sized) => own.forward(a))(1, new Sized());
vectorize((a: Tensor, own: Sized) => own.forward(a))(1, new Sized());
compile((a: Tensor, saved: State) => a.mul(Object.keys(saved).length))(1, { a: x });
compile((a: Tensor, { tree }: { tree: TensorTree }) => [a, tree])(1, { tree: [x, { a: x }] });
compile((a: Tensor, act: (size: number) => Tensor) => a.mul(act(1)));
compile((a: Tensor, more: unknown) => [a, more]);
is<Tensor>()(compile((a, b) => a.mul(b))(1, 2), true);
is<Tensor>()(compile((a, more: boolean) => (more ? a : tensor(2)))(1, true), true);
// Generic functions can be transformed, also inside of functions that are generic in the recorded data.
compile(scaled)({ gain: 1 }, x);
grad(scaled)({ gain: 1 }, x);
vectorize(scaled)({ gain: x }, x);
function compiledOf<Batch>(ofBatch: (batch: Batch) => Tensor) {
  return compile((batch: Batch) => ofBatch(batch));
}
compiledOf((batch: Tensor) => batch)(1);
// No function that records another one accepts a parameter of type number.
const rule = () => [];
const onward = <State>(state: State): State => state;
// @ts-expect-error vectorize
vectorize((a: Tensor, n: number) => a.mul(n));
// @ts-expect-error checkpoint
checkpoint((a: Tensor, n: number) => a.mul(n));
// @ts-expect-error customGradient
customGradient((a: Tensor, n: number) => a.mul(n), rule);
// @ts-expect-error grad
grad((a: Tensor, n: number) => a.mul(n));
// @ts-expect-error valueAndGrad with an auxiliary value
valueAndGrad((a: Tensor, n: number) => [a.mul(n), n] as const, { hasAux: true });
// @ts-expect-error vjp
vjp((a: Tensor, n: number) => a.mul(n));
// @ts-expect-error jvp
jvp((a: Tensor, n: number) => a.mul(n));
// @ts-expect-error jacobian
jacobian((a: Tensor, n: number) => a.mul(n));
// @ts-expect-error hessian
hessian((a: Tensor, n: number) => a.mul(n));
// @ts-expect-error hvp
hvp((a: Tensor, n: number) => a.mul(n));
// @ts-expect-error linearize
linearize((a: Tensor, n: number) => a.mul(n));
// @ts-expect-error explain
explain((a: Tensor, n: number) => a.mul(n));
// @ts-expect-error findNaN
findNaN((a: Tensor, n: number) => a.mul(n));
// @ts-expect-error a number as the carry
scan((sum: number, a: Tensor) => [sum, a], 0, x);
// @ts-expect-error a number as a row
scan((sum: Tensor, a: number) => [sum, a], 0, x);
// @ts-expect-error a number in the state
whileLoop((s: { t: number }) => s.t === 0, onward, { t: 0 });
// @ts-expect-error a number as the state of the body
forLoop(0, 3, (_i, s: number) => s, 0);
is<Tensor>()(
  forLoop(0, 3, (_i, s: Tensor) => s, 0),
  true,
);
is<{ t: Tensor }>()(
  whileLoop(
    (s: { t: Tensor }) => s.t.less(3),
    (s) => s,
    { t: 0 },
  ),
  true,
);
is<Tensor>()(scan((sum: Tensor, a: Tensor) => [sum, a], 0, x)[0], true);
const dense = new Dense(1, 1);
const descent = new SGD(dense, { learningRate: 1 });
trainingStep(dense, (own, { a }: { a: Tensor }) => own.forward(a), descent)({ a: x });
// @ts-expect-error a number in a batch
trainingStep(dense, (own, { a, n }: { a: Tensor; n: number }) => own.forward(a).mul(n), descent);
const everyOne = { optimizer: descent, epochs: 1 };
fit(dense, { ...everyOne, data: [{ a: x }], loss: (own, { a }) => own.forward(a) });
// @ts-expect-error a number in a batch
fit(dense, { ...everyOne, data: [{ a: x, n: 1 }], loss: (own, { a }) => own.forward(a) });
// The compiler's message contains this sentence.
is<"Inside, a number is a Tensor: declare it as Tensor, or name the index of the argument in static">()(
  "" as keyof NonNullable<Parameters<typeof halved>[1]>,
  true,
);

// A model is a tree of its Variables: its gradient has their names and no other properties.
type DenseGradient = { readonly weight: Tensor; readonly bias: Tensor | undefined };
is<ModelGradient<Dense>>()(valueAndGrad(loss, { variables: dense })().gradient, true);
const ofDense: DenseGradient = grad(loss, { variables: dense })();
is<"weight" | "bias">()("" as keyof ModelGradient<Dense>, true);
const [ofFirst]: readonly [DenseGradient] = grad(loss, { variables: [new Dense(1, 1)] })();
class Net {
  readonly #hidden = 3;
  readonly size = 3;
  readonly name: string = "net";
  readonly start = tensor(1);
  readonly draws = new Draws(1);
  readonly act: (a: Tensor) => Tensor = relu;
  readonly widths = [1, 2];
  readonly seen = new Map<string, number>();
  readonly first = new Dense(1, 2);
  readonly rest = [new Dense(2, 1)];
  readonly norm = new BatchNorm(2);
  readonly scale = new Variable(x);
  readonly maybe: Dense | undefined;
  readonly children: readonly Net[] = [];
  forward(a: Tensor): Tensor {
    return this.first.forward(a.mul(this.#hidden));
  }
}
const ofNet = grad(loss, { variables: new Net() })();
is<"first" | "rest" | "norm" | "scale" | "maybe" | "children">()("" as keyof typeof ofNet, true);
is<Tensor | undefined>()(ofNet.children[0]?.children[0]?.rest[0]?.bias, true);
is<DenseGradient | undefined>()(ofNet.maybe, true);
const network = new Sequential(new Dense(1, 1), relu);
is<"layers">()("" as keyof ModelGradient<Sequential>, true);
descent.step(ofDense);
descent.step([ofFirst]);
descent.step(ofNet);
descent.step(grad(loss, { variables: network })());
descent.step(grad(loss, { variables: network.layers })());
descent.step(grad((own: Dense) => own.forward(x).sum())(dense));
const attention = grad(loss, { variables: new MultiHeadAttention(2, 2) })();
is<Tensor>()(attention.query.weight, true);
is<DenseGradient>()(
  vjp((a: Tensor) => a, { variables: { w, name: "x", sub: { dense } } })(1).pullback(1).sub.dense,
  true,
);
is<Tensor>()(hessian(loss, { variables: dense })().weight.weight, true);
is<Tensor>()(jacobian(loss, { variables: { dense } })().dense.weight, true);
const applied = (own: Dense, a: Tensor): Tensor => own.forward(a).sum();
is<Tensor>()(hvp(applied)(dense, { weight: x, bias: x }, 1).weight, true);
is<Tensor>()(jvp(applied)([dense, x], [{ weight: 1, bias: undefined }, 1]).tangent, true);
const { pushforward } = linearize(applied)(dense, x);
is<Tensor>()(pushforward({ weight: 1, bias: undefined }, 1), true);
// @ts-expect-error a tangent is missing
pushforward({ bias: undefined }, 1);
new Adam({ w, parts: [dense, new Net()] }, { learningRate: 1 });
// @ts-expect-error a Tensor cannot be trained
new Adam(x, { learningRate: 1 });
// @ts-expect-error LBFGS cannot train a Tensor
new LBFGS(x);
const search = new LBFGS(dense);
const lossOfDense = () => ({ loss: dense.forward(x).sum(), name: "first" });
is<number>()(search.minimize(lossOfDense).steps, true);
is<boolean>()(search.minimize(lossOfDense).converged, true);
const recorded = compile(() => search.minimizeRecorded(() => dense.forward(x).sum()));
is<Tensor>()(recorded().converged, true);
is<Tensor>()(recorded().result, true);
is<string>()(search.minimizeRecorded(lossOfDense).result.name, true);
is<Tensor>()(trainingStep(dense, applied, search)(x), true);
// @ts-expect-error a Tensor has no Variables
variables(x);
// @ts-expect-error a method is not a gradient
descent.step({ weight: x, bias: () => x });

// A recorded function is not asynchronous, and only functions of Tensors have derivatives.
// @ts-expect-error compile of an async function
compile(async (a: Tensor) => a);
// @ts-expect-error an async function without types
compile(async (a) => a);
// @ts-expect-error an async function of a Tensor and a boolean
compile(async (a: Tensor, more: boolean) => (more ? a : x));
// @ts-expect-error vectorize
vectorize(async (a: Tensor) => a);
// @ts-expect-error checkpoint
checkpoint(async (a: Tensor) => a);
// @ts-expect-error jvp
jvp(async (a: Tensor) => a);
// @ts-expect-error vjp
vjp(async (a: Tensor) => a);
// @ts-expect-error jacobian
jacobian(async (a: Tensor) => a);
// @ts-expect-error grad
grad(async (a: Tensor) => a);
// @ts-expect-error the function returns nothing
grad((a: Tensor) => void a.sum());
// @ts-expect-error numbers have no gradient
grad((a: Tensor) => a.toArray());
// @ts-expect-error numbers have no Jacobian
jacobian((a: Tensor) => a.toArray());
// @ts-expect-error numbers in a list have no Jacobian
jacobian((a: Tensor, more: string) => [a.item(), more]);
is<{ a: Tensor }>()(jacobian((a: Tensor) => ({ a }))(1), true);
compile((a): unknown => a)(1);
function compiledAs<Result>(fn: (a: Tensor) => Result) {
  return compile(fn);
}
compiledAs((a) => a)(1);

// Axes are one for all arguments, or one for each.
// @ts-expect-error there is one argument
vectorize((a: Tensor) => a, { axes: [0, 1, 2] });
// @ts-expect-error there are two arguments
vectorize((a: Tensor, b: Tensor) => a.mul(b), { axes: [0] });
// @ts-expect-error there are two arguments, not three
vectorize((a: Tensor, more: boolean) => (more ? a : x), { axes: [0, null, 1] });
// @ts-expect-error a string is no axis
vectorize((a: Tensor) => a, { axes: "0" });
// @ts-expect-error an option is misspelt
vectorize((a: Tensor) => a, { axis: 1 });
vectorize((a: Tensor, b: Tensor) => a.mul(b), { axes: [0, null] })(x, 1);
vectorize((a, b) => a.mul(b), { axes: [0, null] })(x, 1);
vectorize(some, { axes: [0] })(x);
vectorize(some, { axes: [0, null] })(x, 1);
vectorize((a: Tensor, more: boolean) => (more ? a : x), { axes: [0, null] })(x, true);
vectorize(all, { axes: [0, null, 1] })(x, 1, x);
const axes = [0, 1];
vectorize((a: Tensor) => a, { axes })(x);
vectorize((a: Tensor) => a, { axes: null, outAxis: 1 })(x);

// Early stopping watches a value that exists.
const measured = { ...everyOne, data: [x], metrics: { accuracy } };
const withMetrics = (own: Dense, a: Tensor) => ({
  loss: own.forward(a),
  predicted: a,
  expected: a,
  extra: a,
});
const patient = { patience: 1 };
fit(dense, { ...measured, loss: withMetrics, earlyStopping: { ...patient, metric: "accuracy" } });
fit(dense, { ...measured, loss: withMetrics, earlyStopping: { ...patient, metric: "extra" } });
fit(dense, { ...measured, loss: withMetrics, earlyStopping: patient });
// @ts-expect-error there is no such metric
fit(dense, { ...measured, loss: withMetrics, earlyStopping: { ...patient, metric: "acuracy" } });
// @ts-expect-error the value is not a scalar
fit(dense, { ...measured, loss: withMetrics, earlyStopping: { ...patient, metric: "predicted" } });
