// Elementwise kernels of two operands, with the backward half of each.
//
// Three forms: both operands of `count` elements; the right one a single element (…Scalar); the
// right one a row of `columns`, repeated over `rows` (…Row). Both operations are commutative, so
// a left operand that repeats is passed on the right, with its gradient.
//
// Forward:   (x, y, out, count), (x, y, out, count), (x, y, out, scratch, rows, columns).
// Backward:  what came in first, then the inputs that the rule needs, then the gradients. The
//            gradient of a repeated operand is a sum over the batch, in the order of summation.ts.
// `scratch` is rowScratchByteLength() bytes of memory that nothing else uses during the call.
//
// The two precisions are written out because an export cannot be generic.

import {
  ADD,
  forwardRow,
  forwardSame,
  forwardScalar,
  MULTIPLY,
  multiplyBackwardSame,
} from "./elementwise";
import { sumRows } from "./row";
import { SUM_AND_COPY, SUM_PRODUCT_AND_SCALE, sumAndCopy, sumProductAndScale } from "./summation";

export { rowScratchByteLength } from "./row";

/** out[i] = x[i] + y[i] */
export function addForward_f32(x: usize, y: usize, out: usize, count: usize): void {
  forwardSame<f32>(ADD, x, y, out, count);
}

/** out[i] = x[i] + y[0] */
export function addForwardScalar_f32(x: usize, y: usize, out: usize, count: usize): void {
  forwardScalar<f32>(ADD, x, load<f32>(y), out, count);
}

/** out[r][c] = x[r][c] + y[c] */
export function addForwardRow_f32(
  x: usize,
  y: usize,
  out: usize,
  scratch: usize,
  rows: usize,
  columns: usize,
): void {
  forwardRow<f32>(ADD, x, y, out, scratch, rows, columns);
}

/** xGradient[i] = yGradient[i] = gradient[i] */
export function addBackward_f32(
  gradient: usize,
  xGradient: usize,
  yGradient: usize,
  count: usize,
): void {
  memory.copy(xGradient, gradient, count * sizeof<f32>());
  memory.copy(yGradient, gradient, count * sizeof<f32>());
}

/** xGradient[i] = gradient[i], yGradient[0] = Σ gradient[i] */
export function addBackwardScalar_f32(
  gradient: usize,
  xGradient: usize,
  yGradient: usize,
  count: usize,
): void {
  store<f32>(yGradient, sumAndCopy<f32>(gradient, xGradient, count));
}

/** xGradient[r][c] = gradient[r][c], yGradient[c] = Σ gradient[r][c] over r */
export function addBackwardRow_f32(
  gradient: usize,
  xGradient: usize,
  yGradient: usize,
  scratch: usize,
  rows: usize,
  columns: usize,
): void {
  sumRows<f32>(
    SUM_AND_COPY,
    gradient,
    gradient,
    xGradient,
    gradient,
    yGradient,
    scratch,
    rows,
    columns,
  );
}

/** out[i] = x[i] + y[i] */
export function addForward_f64(x: usize, y: usize, out: usize, count: usize): void {
  forwardSame<f64>(ADD, x, y, out, count);
}

/** out[i] = x[i] + y[0] */
export function addForwardScalar_f64(x: usize, y: usize, out: usize, count: usize): void {
  forwardScalar<f64>(ADD, x, load<f64>(y), out, count);
}

/** out[r][c] = x[r][c] + y[c] */
export function addForwardRow_f64(
  x: usize,
  y: usize,
  out: usize,
  scratch: usize,
  rows: usize,
  columns: usize,
): void {
  forwardRow<f64>(ADD, x, y, out, scratch, rows, columns);
}

/** xGradient[i] = yGradient[i] = gradient[i] */
export function addBackward_f64(
  gradient: usize,
  xGradient: usize,
  yGradient: usize,
  count: usize,
): void {
  memory.copy(xGradient, gradient, count * sizeof<f64>());
  memory.copy(yGradient, gradient, count * sizeof<f64>());
}

/** xGradient[i] = gradient[i], yGradient[0] = Σ gradient[i] */
export function addBackwardScalar_f64(
  gradient: usize,
  xGradient: usize,
  yGradient: usize,
  count: usize,
): void {
  store<f64>(yGradient, sumAndCopy<f64>(gradient, xGradient, count));
}

/** xGradient[r][c] = gradient[r][c], yGradient[c] = Σ gradient[r][c] over r */
export function addBackwardRow_f64(
  gradient: usize,
  xGradient: usize,
  yGradient: usize,
  scratch: usize,
  rows: usize,
  columns: usize,
): void {
  sumRows<f64>(
    SUM_AND_COPY,
    gradient,
    gradient,
    xGradient,
    gradient,
    yGradient,
    scratch,
    rows,
    columns,
  );
}

/** out[i] = x[i] · y[i] */
export function multiplyForward_f32(x: usize, y: usize, out: usize, count: usize): void {
  forwardSame<f32>(MULTIPLY, x, y, out, count);
}

/** out[i] = x[i] · y[0] */
export function multiplyForwardScalar_f32(x: usize, y: usize, out: usize, count: usize): void {
  forwardScalar<f32>(MULTIPLY, x, load<f32>(y), out, count);
}

/** out[r][c] = x[r][c] · y[c] */
export function multiplyForwardRow_f32(
  x: usize,
  y: usize,
  out: usize,
  scratch: usize,
  rows: usize,
  columns: usize,
): void {
  forwardRow<f32>(MULTIPLY, x, y, out, scratch, rows, columns);
}

/** xGradient[i] = gradient[i] · y[i], yGradient[i] = gradient[i] · x[i] */
export function multiplyBackward_f32(
  gradient: usize,
  x: usize,
  y: usize,
  xGradient: usize,
  yGradient: usize,
  count: usize,
): void {
  multiplyBackwardSame<f32>(gradient, x, y, xGradient, yGradient, count);
}

/** xGradient[i] = gradient[i] · y[0], yGradient[0] = Σ gradient[i] · x[i] */
export function multiplyBackwardScalar_f32(
  gradient: usize,
  x: usize,
  y: usize,
  xGradient: usize,
  yGradient: usize,
  count: usize,
): void {
  store<f32>(yGradient, sumProductAndScale<f32>(gradient, x, xGradient, load<f32>(y), count));
}

/** xGradient[r][c] = gradient[r][c] · y[c], yGradient[c] = Σ gradient[r][c] · x[r][c] over r */
export function multiplyBackwardRow_f32(
  gradient: usize,
  x: usize,
  y: usize,
  xGradient: usize,
  yGradient: usize,
  scratch: usize,
  rows: usize,
  columns: usize,
): void {
  sumRows<f32>(SUM_PRODUCT_AND_SCALE, gradient, x, xGradient, y, yGradient, scratch, rows, columns);
}

/** out[i] = x[i] · y[i] */
export function multiplyForward_f64(x: usize, y: usize, out: usize, count: usize): void {
  forwardSame<f64>(MULTIPLY, x, y, out, count);
}

/** out[i] = x[i] · y[0] */
export function multiplyForwardScalar_f64(x: usize, y: usize, out: usize, count: usize): void {
  forwardScalar<f64>(MULTIPLY, x, load<f64>(y), out, count);
}

/** out[r][c] = x[r][c] · y[c] */
export function multiplyForwardRow_f64(
  x: usize,
  y: usize,
  out: usize,
  scratch: usize,
  rows: usize,
  columns: usize,
): void {
  forwardRow<f64>(MULTIPLY, x, y, out, scratch, rows, columns);
}

/** xGradient[i] = gradient[i] · y[i], yGradient[i] = gradient[i] · x[i] */
export function multiplyBackward_f64(
  gradient: usize,
  x: usize,
  y: usize,
  xGradient: usize,
  yGradient: usize,
  count: usize,
): void {
  multiplyBackwardSame<f64>(gradient, x, y, xGradient, yGradient, count);
}

/** xGradient[i] = gradient[i] · y[0], yGradient[0] = Σ gradient[i] · x[i] */
export function multiplyBackwardScalar_f64(
  gradient: usize,
  x: usize,
  y: usize,
  xGradient: usize,
  yGradient: usize,
  count: usize,
): void {
  store<f64>(yGradient, sumProductAndScale<f64>(gradient, x, xGradient, load<f64>(y), count));
}

/** xGradient[r][c] = gradient[r][c] · y[c], yGradient[c] = Σ gradient[r][c] · x[r][c] over r */
export function multiplyBackwardRow_f64(
  gradient: usize,
  x: usize,
  y: usize,
  xGradient: usize,
  yGradient: usize,
  scratch: usize,
  rows: usize,
  columns: usize,
): void {
  sumRows<f64>(SUM_PRODUCT_AND_SCALE, gradient, x, xGradient, y, yGradient, scratch, rows, columns);
}
