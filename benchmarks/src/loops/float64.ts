// The JavaScript baseline: handwritten loops over typed arrays, one per operation and element type, so that V8 sees one
// type at each site and compiles scalar machine code. float64: JavaScript's own arithmetic.
//
// `as number` asserts that the index is in range; a default value at run time would slow down the measured loops.

export function addForward(x: Float64Array, y: Float64Array, out: Float64Array): void {
  for (let i = 0; i < out.length; i++) {
    out[i] = (x[i] as number) + (y[i] as number);
  }
}

export function addBackward(
  gradient: Float64Array,
  xGradient: Float64Array,
  yGradient: Float64Array,
): void {
  xGradient.set(gradient);
  yGradient.set(gradient);
}

export function multiplyForward(x: Float64Array, y: Float64Array, out: Float64Array): void {
  for (let i = 0; i < out.length; i++) {
    out[i] = (x[i] as number) * (y[i] as number);
  }
}

export function multiplyBackward(
  gradient: Float64Array,
  x: Float64Array,
  y: Float64Array,
  xGradient: Float64Array,
  yGradient: Float64Array,
): void {
  for (let i = 0; i < gradient.length; i++) {
    const incoming = gradient[i] as number;
    xGradient[i] = incoming * (y[i] as number);
    yGradient[i] = incoming * (x[i] as number);
  }
}

/** Computes total = price · count · tax. */
export function snackTaxForward(
  price: Float64Array,
  count: Float64Array,
  tax: Float64Array,
  total: Float64Array,
): void {
  for (let i = 0; i < total.length; i++) {
    const subtotal = (price[i] as number) * (count[i] as number);
    total[i] = subtotal * (tax[i] as number);
  }
}

/** Computes the total, and its gradients for all three inputs, in one pass without stored intermediate values. */
export function snackTaxGradients(
  price: Float64Array,
  count: Float64Array,
  tax: Float64Array,
  gradient: Float64Array,
  total: Float64Array,
  priceGradient: Float64Array,
  countGradient: Float64Array,
  taxGradient: Float64Array,
): void {
  for (let i = 0; i < total.length; i++) {
    const onePrice = price[i] as number;
    const oneCount = count[i] as number;
    const oneTax = tax[i] as number;
    const incoming = gradient[i] as number;
    const subtotal = onePrice * oneCount;
    const subtotalGradient = incoming * oneTax;
    total[i] = subtotal * oneTax;
    taxGradient[i] = incoming * subtotal;
    priceGradient[i] = subtotalGradient * oneCount;
    countGradient[i] = subtotalGradient * onePrice;
  }
}
