/**
 * The cost of an op, computed from the types of its inputs before it runs: its largest tensor and its work. Readers of
 * untrusted models need it, because a few bytes of a model can demand much memory and time.
 */

import { LoweringRecording } from "../graph/lower.ts";
import { isComposite, type Op } from "../graph/op.ts";
import { record } from "../graph/recording.ts";
import { nodeAt, type Trace } from "../graph/trace.ts";
import type { Attributes, TensorType } from "../graph/types.ts";
import { sizeOf } from "../tensor/shape.ts";
import { resolve, type Tensor } from "../tensor/tensor.ts";

/** The cost of an op: elements and work. */
export interface OpCost {
  /** The elements of the largest input or output. */
  readonly elements: number;
  /** Operations of about a nanosecond each: arithmetic, the elements that are written, and a fixed cost of each op. */
  readonly work: number;
}

/** The operations that writing an element costs, and the fixed cost of an op in a program. */
const ELEMENT = 4;
const OP = 64;

/** Returns the cost of an op that is not decomposed, with the ops of its bodies. */
function costOfWhole(
  op: Op,
  inputs: readonly TensorType[],
  results: readonly TensorType[],
  attributes: Attributes,
): OpCost {
  const [first] = results;
  const written = results.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  // An input may be a symbolic constant, such as an iota, which is written to an array when it is read.
  const greatest = [...inputs, ...results].reduce(
    (most, { shape }) => Math.max(most, sizeOf(shape)),
    0,
  );
  const control = op.bodies?.control?.(attributes);
  const whole = {
    elements: greatest,
    work:
      OP +
      ELEMENT * written +
      ((first && (op.kernel ?? op.compositeKernel)?.flops?.(inputs, first, attributes)) || 0),
  };
  if (control === undefined) return whole;
  const [bodies, times] =
    control.kind === "repeat"
      ? [[control.body], control.stops ? 1 : control.length]
      : [[control.whenTrue, control.whenFalse], 1];
  const inside = bodies.map(costInside);
  return {
    elements: Math.max(whole.elements, ...inside.map(({ elements }) => elements)),
    work: whole.work + times * Math.max(...inside.map(({ work }) => work)),
  };
}

/** Composites that have a kernel are not decomposed. */
const hasKernel = ({ compositeKernel }: Op) => compositeKernel !== undefined;

function costInside({ nodes }: Trace): OpCost {
  let [elements, work] = [0, 0];
  for (const node of nodes) {
    const size = sizeOf(node.shape);
    if (node.kind === "projection") {
      elements = Math.max(elements, size);
      work += ELEMENT * size;
    }
    if (node.kind !== "operation") continue;
    const inputs = node.inputs.map((input) => nodeAt(nodes, input));
    const cost = isOpened(node.op)
      ? costOfOps(node.op, inputs, node.attributes)
      : costOfWhole(node.op, inputs, [node], node.attributes);
    elements = Math.max(elements, cost.elements);
    work += cost.work;
  }
  return { elements, work };
}

/** Decomposes composites and adds up the costs of their ops. Nothing is computed. */
class CostRecording extends LoweringRecording {
  elements = 0;
  work = 0;

  constructor() {
    super(hasKernel);
  }

  override apply(op: Op, inputs: readonly Tensor[], attributes: Attributes): readonly Tensor[] {
    const results = super.apply(op, inputs, attributes);
    if (isOpened(op)) return results;
    const { elements, work } = costOfWhole(op, inputs, results, attributes);
    this.elements = Math.max(this.elements, elements);
    this.work += work;
    return results;
  }
}

const isOpened = (op: Op) => isComposite(op) && !hasKernel(op);

/** The costs of composites by their types and attributes; decomposing one takes as long as many small ops. */
const known = new Map<string, OpCost>();
const MOST_KNOWN = 4096;

function costOfOps(op: Op, inputs: readonly TensorType[], attributes: Attributes): OpCost {
  // Composites of functions have no short key by which they could be compared.
  const key = op.bodies ? undefined : JSON.stringify([op.name, inputs.map(keyOf), attributes]);
  const before = key === undefined ? undefined : known.get(key);
  if (before !== undefined) return before;
  const cost = record(new CostRecording(), (recording) => {
    recording.apply(
      op,
      inputs.map((input) => recording.argument(input)),
      attributes,
    );
    return { elements: recording.elements, work: recording.work };
  });
  if (known.size >= MOST_KNOWN) known.clear();
  if (key !== undefined) known.set(key, cost);
  return cost;
}

const keyOf = ({ shape, dtype, weak }: TensorType) => [shape, dtype, weak];

/** Zero cost: a composite is counted through the ops that it expands to. */
const NOTHING: OpCost = { elements: 0, work: 0 };

/**
 * Returns the cost of an op.
 *
 * @param isWhole true if a composite is counted with the ops of its body. If false, it has no cost, because these ops
 *   are counted one by one.
 * @throws ShapeError for inputs that do not fit.
 */
export function costOf(
  op: Op,
  inputs: readonly TensorType[],
  attributes: Attributes,
  isWhole: boolean,
): OpCost {
  if (!isOpened(op)) return costOfWhole(op, inputs, op.results(inputs, attributes), attributes);
  return isWhole ? costOfOps(op, inputs, attributes) : NOTHING;
}

/**
 * Returns the number of elements of a tensor below all recordings. For an example inside `vectorize`, it is that of the
 * whole batch.
 */
export function elementsBelow(tensor: Tensor): number {
  let source = resolve(tensor);
  while (source.value !== undefined) source = resolve(source.value);
  return source.size;
}
